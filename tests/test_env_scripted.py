"""Scripted policies: as good as they claim, as random as they claim, and reproducible."""

import numpy as np
import pytest

import archer
from archer.env import scripted
from archer.env.tasks.bank import BANK_SIZE, MAX_WORDS, full_bank, subset_bank
from archer.errors import OptionError
from env_cases import play

FULL, SUBSET = TASKS = "twenty_questions", "twenty_questions_subset"


@pytest.mark.parametrize("bank", [full_bank(), subset_bank()], ids=TASKS)
def test_the_oracle_gives_the_answers_of_the_bank_to_every_phrasing(bank):
    env_id = SUBSET if bank is subset_bank() else FULL
    envs = archer.make_vec(env_id, bank.num_objects, max_turns=10**6, autoreset_mode="Disabled")
    everyone = range(bank.num_objects)
    for i in everyone:
        name = bank.phrasings[bank.num_questions + i][0].removeprefix("Is it ").rstrip("?")
        envs.reset_at([i], {"object": name.removeprefix("an ").removeprefix("a ")})
    begun = envs.snapshot(everyone)
    for action, phrasings in enumerate(bank.phrasings):
        expected = [bool(bank.yes[action] >> i & 1) for i in everyone]
        for text in phrasings:
            envs.restore(begun, everyone)
            step = envs.step_at(everyone, [text] * bank.num_objects)
            assert ["Yes." in heard for heard in step.observations] == expected, text
            assert not step.infos["invalid"].any(), text
            if action >= bank.num_questions:
                named = action - bank.num_questions
                assert step.terminated.tolist() == [i == named for i in everyone], text


def test_the_subset_bank_is_short_and_diverse():
    bank = subset_bank()
    assert bank.num_objects == 10
    assert bank.num_questions == BANK_SIZE
    assert all(len(text.split()) <= MAX_WORDS for texts in bank.phrasings for text in texts)
    columns = bank.yes[: bank.num_questions]
    assert all(0 < column < bank.everything for column in columns)
    splits = {frozenset([column, bank.everything ^ column]) for column in columns}
    assert len(splits) >= 20
    for one in range(10):
        for other in range(one):
            assert sum(c >> one & 1 != c >> other & 1 for c in columns) >= 3


def best_returns(bank):
    """The greatest expected return over all ways to ask, found without shortcuts."""
    cost = {0: 0}
    for candidates in sorted(range(1, bank.everything + 1), key=int.bit_count):
        size = candidates.bit_count()
        options = [
            size - 1 + cost[candidates & ~naming]
            for naming in bank.yes[bank.num_questions :]
            if naming & candidates
        ]
        options += [
            size + cost[candidates & yes] + cost[candidates & ~yes]
            for yes in bank.yes[: bank.num_questions]
            if 0 < candidates & yes < candidates
        ]
        cost[candidates] = min(options)
    return -cost[bank.everything] / bank.num_objects


def test_the_optimum_on_the_subset_is_the_optimum():
    envs = archer.make_vec(SUBSET, 10)
    returns = []
    policy = scripted(SUBSET, "optimal")
    for phrasings in subset_bank().phrasings[-10:]:
        name = phrasings[0].removeprefix("Is it ").removeprefix("a ").rstrip("?")
        heard = envs.reset_at([0], {"object": name})
        policy.begin([0])
        total = 0.0
        while heard:
            step = envs.step_at([0], policy.act([0], heard))
            total += step.rewards[0]
            heard = [] if step.terminated[0] else step.observations
        returns.append(total)
    assert np.mean(returns) == pytest.approx(best_returns(subset_bank()))


def test_the_optimum_on_the_full_task_is_near_the_bound():
    returns, dialogues = play(scripted(FULL, "optimal"), archer.make_vec(FULL, 300, seed=1), 1)
    # Nobody does better than log2(158) = 7.3 questions minus what lucky namings save.
    assert -9 < returns.mean() < -6
    assert play(scripted(FULL, "optimal", seed=9), archer.make_vec(FULL, 300, seed=1), 1)[1] == (
        dialogues
    ), "the optimum is not random"


@pytest.mark.parametrize("env_id", TASKS)
def test_noise_costs_and_randomness_costs_more(env_id):
    means = [
        play(scripted(env_id, name, **options), archer.make_vec(env_id, 100, seed=2), 2)[0].mean()
        for name, options in [
            ("optimal", {}),
            ("noisy", {"rate": 0.2}),
            ("noisy", {}),
            ("random", {}),
        ]
    ]
    assert means == sorted(means, reverse=True)
    assert len(set(means)) == len(means)


@pytest.mark.parametrize("name", ["noisy", "random"])
def test_scripts_are_reproducible_and_independent(name):
    def texts(seed, num_envs):
        envs = archer.make_vec(SUBSET, num_envs, seed=2)
        return play(scripted(SUBSET, name, seed=seed), envs, 3)[1]

    assert texts(0, 4) == texts(0, 4)
    assert texts(0, 4) != texts(1, 4)
    alone, many = texts(0, 1), texts(0, 4)
    assert alone == [many[0], many[4], many[8]], "each environment has its own stream"
    assert many[0] != many[4]


def test_noise_paraphrases_and_covers_the_bank():
    dialogues = play(scripted(SUBSET, "random"), archer.make_vec(SUBSET, 300, seed=2), 2)[1]
    said = {text for dialogue in dialogues for text in dialogue[1::2]}
    assert said == {text for texts in subset_bank().phrasings for text in texts}


def test_a_lying_or_silent_answerer_cannot_stop_a_script():
    for answer in ("yes", "no", "I do not understand", "no"):
        envs = archer.make_vec(
            SUBSET, 1, answerer=lambda objects, questions, a=answer: [a] * len(questions)
        )
        returns, _ = play(scripted(SUBSET, "optimal"), envs, 2)
        assert (returns <= 0).all()


def test_a_task_of_ones_own_has_no_script():
    with pytest.raises(
        OptionError, match=r"my_task:Echo is a task of your own.*bc\.store.*steps: 0"
    ):
        scripted("my_task:Echo", "noisy")
