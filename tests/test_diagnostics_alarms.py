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
    "q": {"q_correlation": 0.0, "q_explained_variance": -3.0, "advantage_correlation": 0.0},
    "advantage": {
        "q_correlation": 0.6, "q_explained_variance": 0.3, "advantage_correlation": 0.01,
    },
}  # fmt: skip
CRITIC = {"critic", "q", "advantage"}


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
    assert found[1].startswith("The critic" if kind in CRITIC else "The policy has collapsed")
    assert "learning_rate" in found[1] or "learning rate" in found[1]


@pytest.mark.parametrize("kind", sorted(FAULTS.keys() - CRITIC))
def test_a_policy_that_is_better_than_its_warm_start_has_not_collapsed(kind):
    assert alarms(FINE | FAULTS[kind] | {"mean_return": -5.0}, WARM) == {}


@pytest.mark.parametrize("kind", sorted(FAULTS.keys() - CRITIC))
def test_a_policy_that_stayed_as_bad_as_its_warm_start_can_have_collapsed(kind):
    now = FINE | FAULTS[kind] | {"mean_return": WARM["mean_return"]}
    assert "has not risen: -10.00 at the warm start, -10.00 now" in alarms(now, WARM)[kind]


@pytest.mark.parametrize("kind", ["q", "advantage"])
def test_what_q_knows_matters_only_where_it_is_followed(kind):
    assert alarms(FINE | FAULTS[kind], WARM, follows_q=False) == {}


def test_a_policy_that_got_better_and_varies_no_more_is_mentioned():
    risen = FINE | {"mean_return": -9.0, "kl_to_warm_start": 30.0}
    assert alarms(risen | {"entropy": 0.02}, WARM) == {}
    (found,) = alarms(risen | {"entropy": 0.0001}, WARM).items()
    assert found[0] == "certain"
    assert "0.0001 nats a token (1 at the warm start)" in found[1]
    assert "rose from -10.00 (warm start) to -9.00, so this need not be a failure" in found[1]


def test_where_no_return_is_known_the_same_is_said():
    text = alarms({"entropy": 0.0001}, {"entropy": 1.0})["certain"]
    assert "No return is known" in text


def test_a_task_that_asks_for_repetition_raises_no_alarm():
    assert alarms(FINE | {"repeated_rate": 0.7}, WARM | {"repeated_rate": 0.6}) == {}


def test_numbers_that_are_missing_say_nothing():
    assert alarms({"v_correlation": None, "mean_return": None}, {}) == {}
    assert alarms({}, WARM) == {}
