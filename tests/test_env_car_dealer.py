"""Car Dealer: its text to the letter, its limits against a second reading of the rules."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archer
from archer.env import scripted
from archer.env.tasks.car_buyer import read_opening
from archer.errors import OptionError
from env_cases import play

PAGE = (Path(__file__).parent.parent / "docs" / "car_dealer.md").read_text(encoding="utf-8")
ARGUMENTS = {
    "test drive": "Take a test drive.",
    "warranty": "It has a warranty.",
    "financing": "We have financing.",
    "safety": "It is safe.",
    "economy": "It is economical.",
    "resale": "Its resale value is high.",
    "performance": "It is powerful.",
    "discount": "There is a discount.",
}


def table():
    """The temperaments' numbers as the page has them: name -> row of cells by column."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    head = next(line for line in lines if "| base |" in line)
    names = [cell.strip() for cell in head.split("|")[1:-1]]
    start = lines.index(head) + 2
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[start : start + 6]]
    return {row[0].strip("`"): dict(zip(names[1:], row[1:], strict=True)) for row in rows}


NUMBERS = table()
TEMPERAMENTS = pytest.mark.parametrize("temperament", NUMBERS)


def limit(buyer, car, said):
    """What the page says that a car is worth to a buyer who heard these points, in dollars."""
    row = NUMBERS[buyer["temperament"]]
    points = int(row["base"]) + buyer["mood"]
    for aspect, value in zip(("type", "brand", "fuel", "colour"), car.aspects, strict=True):
        points += int(row[aspect]) * (buyer[aspect] == value)
    points += int(row["feature"]) * len({*buyer["features"]} & {*car.features} & {*said})
    points += sum(int(row[argument] or 0) for argument in said if argument in ARGUMENTS)
    budget = buyer["budget"] * 11 // 10 if "financing" in said else buyer["budget"]
    return min(car.price * min(points, 120) // 100, budget)


@TEMPERAMENTS
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_a_car_is_worth_what_the_page_says(temperament, seed, data):
    envs = archer.make_vec("car_dealer", 2, seed=seed, temperament=temperament)
    (opening,) = envs.reset_at([0])
    buyer = json.loads(envs.hidden([0])[0])
    lot, heard, _ = read_opening(opening)
    assert heard == temperament
    car = data.draw(st.sampled_from(lot))
    points = data.draw(
        st.lists(st.sampled_from([*ARGUMENTS, *car.features]), max_size=3, unique=True)
    )
    envs.step_at([0], [f"How about the {car}?"])
    for point in points:
        envs.step_at([0], [ARGUMENTS.get(point, f"It has {point}.")])
    envs.fork(0, [1])
    most = limit(buyer, car, points)
    step = envs.step_at([0, 1], [f"${most + 1:,}", f"${most:,}"])
    assert step.infos["win"].tolist() == [False, True]
    assert step.terminated[1]
    assert step.rewards.tolist() == [0, pytest.approx(most / car.price)]


def test_the_transcript_of_the_docs_is_one():
    transcript = PAGE.split("```\n")[1]
    opening, _, rest = transcript.partition("> ")
    env = archer.make("car_dealer", temperament="loyal")
    text, _ = env.reset(seed=5)
    assert text == opening
    for turn in rest.split("> "):
        said, heard = turn.rstrip("\n").split("\n")
        assert env.step(said)[0] == heard


# --- scripts ------------------------------------------------------------------------------------


def mean(name, count=300, **options):
    envs = archer.make_vec("car_dealer", count, seed=1, **options)
    return play(scripted("car_dealer", name, seed=2), envs, 1)[0].mean()


def ceiling(temperament, count):
    """The mean of the best price for any car after everything has been said."""
    envs = archer.make_vec("car_dealer", count, seed=1, temperament=temperament)
    shares = []
    for opening, hidden in zip(envs.reset_at(range(count)), envs.hidden(range(count)), strict=True):
        lot, buyer = read_opening(opening)[0], json.loads(hidden)
        worths = [limit(buyer, car, [*ARGUMENTS, *car.features]) / car.price for car in lot]
        shares.append(max(worths))
    return np.mean(shares)


@TEMPERAMENTS
def test_the_best_comes_near_the_ceiling_of_every_temperament(temperament):
    best = mean("best", temperament=temperament)
    top = ceiling(temperament, 300)
    assert top * 0.88 < best < top


def test_noise_costs_and_randomness_costs_more():
    assert mean("best") > 0.95
    assert 0.55 < mean("noisy") < 0.8
    assert 0.1 < mean("random") < 0.35


@pytest.mark.parametrize("name", ["best", "noisy", "random"])
def test_scripts_are_reproducible_and_independent(name):
    def texts(seed, num_envs):
        envs = archer.make_vec("car_dealer", num_envs, seed=2)
        return play(scripted("car_dealer", name, seed=seed), envs, 3)[1]

    assert texts(0, 4) == texts(0, 4)
    assert texts(0, 4) != texts(1, 4)
    alone, many = texts(0, 1), texts(0, 4)
    assert alone == [many[0], many[4], many[8]], "each environment has its own stream"


# --- options and answerers ----------------------------------------------------------------------


def test_bad_options_are_named():
    with pytest.raises(OptionError, match='temperament is "angry": give one of bargain_hunter'):
        archer.make("car_dealer", temperament="angry")
    env = archer.make("car_dealer")
    with pytest.raises(OptionError, match="temperament is 3"):
        env.reset(options={"temperament": 3})
    env.reset(options={"temperament": "cautious"})


def test_a_model_plays_the_buyer():
    heard = []

    def buyer(hidden, utterances):
        heard.extend(zip(map(json.loads, hidden), utterances, strict=True))
        return ["I'll take it." if "$20" in text else "I pay $9,000." for text in utterances]

    env = archer.make("car_dealer", answerer=buyer)
    opening, _ = env.reset(seed=0)
    car = read_opening(opening)[0][0]
    assert env.step(f"How about the {car} for $60,000?")[0] == "I pay $9,000."
    _, reward, terminated, *_ = env.step("Take it for $20,000.")
    assert terminated
    assert reward == pytest.approx(20_000 / car.price)
    assert heard[1][0]["offer"] == 9000
    assert heard[1][0]["car"] == str(car)
    assert re.fullmatch(r"\w+ [\w-]+ \w+", str(car))


def test_a_model_is_told_that_it_buys(monkeypatch):
    made = {}

    def load(model, **how):
        made[model] = how
        return lambda hidden, utterances: ["Goodbye."] * len(utterances)

    monkeypatch.setattr("archer.env.registration.TransformersAnswerer", load)
    env = archer.make("car_dealer", answerer="some/model")
    env.reset()
    assert env.step("Hello!")[:3] == ("Goodbye.", 0.0, True)
    prompt = made["some/model"]["prompt"].format(object="a {", question="Hello!")
    assert "buy a car" in prompt
    assert "Seller: Hello!" in prompt
