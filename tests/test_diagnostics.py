"""What a run says about its health, on numbers worked out by hand and on a known task."""

import math

import numpy as np
import pytest
import torch

from archer.config import Config, EnvConfig, PolicyConfig
from archer.critic import CriticValues
from archer.critic_fit import ExactValues, as_command, critic_fit, fit, monte_carlo
from archer.diagnostics import Diagnostics, divergence, spoken, store_of
from archer.env import explore, make_vec, scripted
from archer.env.tasks.corridor import COMMANDS
from archer.policy import Policy
from archer.rollout import Episode, assemble, collect, collect_scripted
from archer.store import TrajectoryStore


def episode(texts, rewards, logprobs, *, terminated=True):
    """Every text is one token."""
    pieces = [[number] for number in range(len(texts))]
    return Episode(
        assemble(
            pieces,
            rewards,
            logprobs,
            terminated=terminated,
            truncated=not terminated,
            policy_version=0,
            env_id="x",
            seed=0,
            extra={},
        ),
        texts,
    )


def values_of(v, v_next=None, q=None):
    v = torch.tensor([v, v])
    return CriticValues(
        v if q is None else torch.tensor([q, q]),
        v,
        v if v_next is None else torch.tensor([v_next, v_next]),
    )


def policy(seed=0):
    return Policy.load(PolicyConfig(device="cpu", max_new_tokens=6), seed)


def test_entropy_is_a_mean_over_tokens_and_repetition_is_within_an_episode():
    episodes = [
        episode(["o", "a", "p", "b", "p", "a", "p"], [0.0] * 3, [-1.0, -2.0, -6.0]),
        episode(["o", "a", "p"], [0.0], [-3.0]),
    ]
    assert spoken(episodes) == {"entropy": 3.0, "repeated_rate": 0.25}


@pytest.mark.parametrize(
    ("terminal", "truncated_returns"), [(False, [2.0 + 0.25 * 8, 0.0 + 0.5 * 8]), (True, [2.0, 0])]
)
def test_returns_go_on_with_the_critic_where_an_episode_was_cut(terminal, truncated_returns):
    played = [
        episode(["o", "a", "p", "b", "p"], [1.0, 4.0], [0.0, 0.0]),
        episode(["o", "a", "p", "b", "p"], [2.0, 0.0], [0.0, 0.0], terminated=False),
    ]
    batch = store_of(played).gather([0, 1]).to("cpu")
    values = values_of([0.0] * 4, v_next=[100.0, 100.0, 100.0, 8.0])
    returns = monte_carlo(batch, values, 0.5, truncation_is_terminal=terminal)
    assert returns.tolist() == [1.0 + 0.5 * 4, 4.0, *truncated_returns]


def test_a_discount_of_tokens_counts_each_of_an_utterance():
    # Utterances of two tokens and of one; every reward comes with the last of them.
    pieces = [[0], [1, 2], [3], [4], [5]]
    store = TrajectoryStore()
    store.extend([assemble(pieces, [1.0, 4.0], [-1.0] * 3, terminated=True, truncated=False)])
    batch = store.gather([0]).to("cpu")
    known = {"truncation_is_terminal": False}
    by_token = monte_carlo(batch, values_of([0.0, 0.0]), 0.5, per_token=True, **known)
    assert by_token.tolist() == [0.5 * 1 + 0.25 * 4, 4.0]
    assert monte_carlo(batch, values_of([0.0, 0.0]), 0.5, **known).tolist() == [1 + 0.5 * 4, 4.0]


def test_without_v_the_turns_of_an_episode_that_was_cut_are_left_out():
    nan = math.nan
    played = [
        episode(["o", "a", "p", "b", "p"], [1.0, 4.0], [0.0, 0.0]),
        episode(["o", "a", "p", "b", "p"], [2.0, 0.0], [0.0, 0.0], terminated=False),
    ]
    batch = store_of(played).gather([0, 1]).to("cpu")
    values = values_of([nan] * 4, q=[6.0, 5.0, 9.0, 9.0])
    returns = monte_carlo(batch, values, 1.0, truncation_is_terminal=False)
    assert returns.isfinite().tolist() == [True, True, False, False]
    info = critic_fit(values, returns)
    assert info["q_bias"] == pytest.approx(1.0)  # of 6 and 5 against 5 and 4
    assert info["q_correlation"] == pytest.approx(1.0)
    unknown = [value for name, value in info.items() if not name.startswith("q_")]
    assert all(math.isnan(value) for value in unknown)
    nothing = critic_fit(values, torch.full((4,), nan))
    assert all(math.isnan(value) for value in nothing.values())


def test_the_fit_of_a_critic_by_hand():
    returns = torch.tensor([0.0, 2.0, 4.0, 6.0])
    info = critic_fit(values_of([3.0, 4.0, 5.0, 6.0], q=[4.0, 4.0, 6.0, 6.0]), returns)
    # V is half of the return plus 3: what is left varies by a quarter of the return's variance.
    assert info["v_correlation"] == pytest.approx(1.0)
    assert info["v_bias"] == pytest.approx(1.5)
    assert info["v_explained_variance"] == pytest.approx(0.75)
    assert info["q_bias"] == pytest.approx(2.0)
    # Q - V = 1 0 1 0 against G - V = -3 -2 -1 0.
    assert info["advantage_spread"] == pytest.approx(0.5)
    assert info["advantage_correlation"] == pytest.approx(-0.5 / math.sqrt(1.25))


def test_a_critic_without_q_is_measured_by_v_alone():
    info = critic_fit(values_of([1.0, 2.0], q=[math.nan, math.nan]), torch.tensor([1.0, 2.0]))
    assert info["v_correlation"] == pytest.approx(1.0)
    assert all(math.isnan(value) for name, value in info.items() if not name.startswith("v_"))


def test_what_does_not_vary_has_no_correlation():
    info = fit("v", np.ones(3), np.full(3, 2.0))
    assert math.isnan(info["v_correlation"])
    assert math.isnan(info["v_explained_variance"])
    assert info["v_bias"] == -1.0


def test_the_divergence_from_itself_is_none_and_from_another_as_its_tokens_say():
    actor, other = policy(), policy(seed=1)
    env = make_vec("twenty_questions_subset", 4, seed=0, max_turns=3)
    played = collect(actor, env, 6, torch.Generator().manual_seed(0))
    assert divergence(actor, played, None) == pytest.approx(0.0, abs=1e-5)
    whole = divergence(other, played, None)
    assert divergence(other, played, 50) == pytest.approx(whole)
    store = store_of(played)
    batch = store.gather(range(6)).to("cpu")
    with torch.no_grad():
        logprob, _ = other(batch.tokens, batch.lengths)
    said = batch.turn_of_token >= 0
    expected = (batch.logprobs - logprob)[said].sum() / batch.num_turns
    assert whole == pytest.approx(float(expected), rel=1e-4)


def test_the_exact_values_are_those_of_the_policy_that_was_seen():
    exact = ExactValues.of_task("corridor", {"length": 3})
    env = make_vec("corridor", 8, seed=0, length=3)
    played = collect_scripted(scripted("corridor", "optimal", 0), env, 8, policy())
    mdp = explore("corridor", COMMANDS, resets=[{"door": "red"}, {"door": "blue"}], length=3)
    best = mdp.optimal(0.9)
    walks = [mdp.walk(e.texts[1::2], e.texts[0]) for e in played]
    v = np.concatenate([walk.v(best.v)[:-1] for walk in walks])
    q = np.concatenate([walk.q(best.v, 0.9) for walk in walks])
    # Somebody who knows V* and Q* is right about a policy that was seen to be optimal.
    info = exact.fit(played, values_of(v.tolist(), q=q.tolist()), 0.9)
    assert info["exact_v_correlation"] == pytest.approx(1.0)
    assert info["exact_v_bias"] == pytest.approx(0.0, abs=1e-6)
    assert info["exact_q_bias"] == pytest.approx(0.0, abs=1e-6)
    assert info["exact_q_explained_variance"] == pytest.approx(1.0)


def test_what_is_no_command_has_its_value_too():
    exact = ExactValues.of_task("corridor", {"length": 2, "step_cost": 0.1})
    opening = exact.mdp.openings[0]
    # Every episode: nonsense, then home. From the beginning: -0.1 + 0.5 * 0.15.
    texts = [opening, "hm", "What?", " Go HOME", "You are home."]
    played = [episode(texts, [-0.1, 0.15], [0.0, 0.0])]
    # The state is the same before and after nonsense; half of what was said there is nonsense.
    value = (0.5 * -0.1 + 0.5 * 0.15) / (1 - 0.5 * 0.5)
    info = exact.fit(played, values_of([value, value]), 0.5)
    assert info["exact_v_bias"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("env", "discount", "terminal"),
    [("twenty_questions_subset", 0.9, False), ("corridor", 1.0, False), ("corridor", 0.9, True)],
)
def test_tasks_and_settings_without_exact_values_have_none(env, discount, terminal, tmp_path):
    config = Config(env=EnvConfig(env))
    config.archer.discount, config.archer.truncation_is_terminal = discount, terminal
    assert Diagnostics(config, tmp_path).exact is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("go home", "go home"),
        (" Go Home\n", "go home"),
        ("go  home", "go  home"),
        ("go\nhome", "go\nhome"),
        ("ta\u212ae key", "ta\u212ae key"),  # the sign of the kelvin
        ("go home\x1c", "go home\x1c"),
    ],
)
def test_texts_are_read_as_the_task_reads_them(text, command):
    assert as_command(text) == command
    env = make_vec("corridor", 1, seed=0, length=4)
    env.reset_at([0])
    (invalid,) = env.step_at([0], [text]).infos["invalid"]
    assert bool(invalid) == (command not in COMMANDS)
