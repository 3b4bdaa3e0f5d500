"""`optimal_value`: of dialogues, against value iteration and by hand."""

import numpy as np
import pytest

import archer
from archer.env import explore, optimal_value, scripted
from archer.env.tasks.bank import subset_bank
from archer.env.tasks.corridor import COMMANDS
from archer.errors import OptionError, UnknownEnvironmentError
from env_cases import play

SUBSET = "twenty_questions_subset"


@pytest.mark.parametrize("discount", [1.0, 0.95, 0.5])
@pytest.mark.parametrize("options", [{}, {"length": 5, "step_cost": 0.0}])
def test_the_corridor_agrees_with_value_iteration(options, discount):
    mdp = explore("corridor", COMMANDS, resets=[{"door": "red"}, {"door": "blue"}], **options)
    v = mdp.optimal(discount).v
    envs = archer.make_vec("corridor", 8, seed=3, **options)
    _, dialogues = play(scripted("corridor", "noisy", seed=3, rate=0.7), envs, 3)
    for texts in dialogues:
        walk = mdp.walk(texts[1::2], texts[0])
        values = [
            optimal_value("corridor", texts[: 2 * turn + 1], discount, **options)
            for turn in range(len(walk.states))
        ]
        np.testing.assert_allclose(values, walk.v(v), atol=1e-6)


def test_the_optimum_of_the_subset_reaches_its_value():
    envs = archer.make_vec(SUBSET, 10, seed=0)
    (opening, *_) = envs.reset()[0]
    returns = []
    for name in subset_bank().phrasings[-10:]:
        hidden = name[0].removeprefix("Is it ").rstrip("?").split(maxsplit=1)[-1]
        heard, policy = envs.reset_at([0], {"object": hidden}), scripted(SUBSET, "optimal")
        policy.begin([0])
        over, total = False, 0.0
        while not over:
            step = envs.step_at([0], policy.act([0], heard))
            heard, over = step.observations, bool(step.terminated[0] or step.truncated[0])
            total += float(step.rewards[0])
        returns.append(total)
    assert optimal_value(SUBSET, [opening]) == pytest.approx(np.mean(returns))


def test_answers_change_the_value_and_nonsense_costs_only_its_turn():
    (opening,) = archer.make_vec(SUBSET).reset()[0]
    begin = optimal_value(SUBSET, [opening])
    assert optimal_value(SUBSET, [opening, "hm", "Invalid Question."]) == begin
    bank = subset_bank()
    even = next(q for q in range(bank.num_questions) if bank.yes[q].bit_count() == 5)
    for answer in ("Yes.", "No."):
        heard = [opening, bank.phrasings[even][-1], answer]
        assert optimal_value(SUBSET, heard) == pytest.approx(begin + 1)  # as good a question as any
        assert optimal_value(SUBSET, heard, discount=0.0) == pytest.approx(-4 / 5)  # names one
    one_left = [opening, "Is it a dog?", "Yes."]
    assert optimal_value(SUBSET, one_left) == 0.0


def test_what_is_no_dialogue_or_has_no_values_is_refused():
    with pytest.raises(OptionError, match="no exact values of twenty_questions are known"):
        optimal_value("twenty_questions", ["?"])
    with pytest.raises(UnknownEnvironmentError, match="did you mean"):
        optimal_value("coridor", ["?"])
    for texts in ("an opening", ["an opening", "an utterance"]):
        with pytest.raises(OptionError, match="give the opening, then"):
            optimal_value(SUBSET, texts)
    with pytest.raises(OptionError, match="from 0 to 1"):
        optimal_value(SUBSET, ["?"], discount=1.5)
    with pytest.raises(OptionError, match="rooms"):
        optimal_value("corridor", ["?"], rooms=3)
