"""Which numbers make a run say that something went wrong."""

import pytest

from archer.alarms import alarms

WARM = {
    "mean_return": -10.0, "entropy": 1.0, "repeated_rate": 0.1, "invalid_rate": 0.07,
}  # fmt: skip
FINE = WARM | {
    "mean_return": -12.0, "kl_to_warm_start": 1.0, "v_correlation": 0.7,
    "v_explained_variance": 0.5,
}  # fmt: skip
FAULTS = {
    "critic": {"v_correlation": 0.1, "v_explained_variance": -0.3},
    "entropy": {"entropy": 0.05},
    "repeated": {"repeated_rate": 0.6},
    "invalid": {"invalid_rate": 0.9},
    "kl": {"kl_to_warm_start": 25.0},
}


def test_a_critic_that_says_one_number_explains_nothing():
    constant = {"v_correlation": float("nan"), "v_explained_variance": 0.0}
    assert "no correlation (it is the same everywhere)" in alarms(FINE | constant, WARM)["critic"]
    assert "a correlation of 0.10" in alarms(FINE | FAULTS["critic"], WARM)["critic"]


def test_nothing_is_said_of_a_healthy_run():
    assert alarms(FINE, WARM) == {}


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_is_named_with_what_to_try(kind):
    (found,) = alarms(FINE | FAULTS[kind], WARM).items()
    assert found[0] == kind
    assert found[1].startswith("The critic" if kind == "critic" else "The policy has collapsed")
    assert "learning_rate" in found[1] or "learning rate" in found[1]


@pytest.mark.parametrize("kind", sorted(FAULTS.keys() - {"critic"}))
def test_a_policy_that_is_better_than_its_warm_start_has_not_collapsed(kind):
    assert alarms(FINE | FAULTS[kind] | {"mean_return": -5.0}, WARM) == {}


def test_a_task_that_asks_for_repetition_raises_no_alarm():
    assert alarms(FINE | {"repeated_rate": 0.7}, WARM | {"repeated_rate": 0.6}) == {}


def test_numbers_that_are_missing_say_nothing():
    assert alarms({"v_correlation": None, "mean_return": None}, {}) == {}
    assert alarms({}, WARM) == {}
