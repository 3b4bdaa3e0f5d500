"""Rollouts: whole episodes, the sampled tokens, and what is recorded of them."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from archer.config import PolicyConfig
from archer.env import TextEnv, make, make_vec, scripted, vectorize
from archer.errors import OptionError
from archer.evaluate import Evaluation, confidence_interval, evaluate
from archer.policy import Policy
from archer.rollout import collect, collect_scripted
from archer.sampler import Sampler


class Countdown(TextEnv):
    """Ends after as many turns as its random stream said; counts them aloud."""

    max_turns = 6

    def reset(self, rng):
        self.left = int(rng.integers(1, 9))
        return f"{self.left} to go\n"

    def step(self, utterance):
        self.left -= 1
        return f"heard {utterance[:5]}", float(self.left), self.left == 0


@pytest.fixture
def policy():
    return Policy.load(PolicyConfig(device="cpu", max_new_tokens=5))


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def test_exactly_as_many_episodes_as_asked_for_and_none_is_cut(policy):
    env = vectorize(Countdown, 4, seed=0)
    episodes = collect(policy, env, 10, stream())
    assert len(episodes) == 10
    assert env.episodes.tolist() == [3, 3, 2, 2]
    for episode in episodes:
        first = int(episode.texts[0].split()[0])
        trajectory = episode.trajectory
        assert trajectory.num_turns == min(first, 6)
        assert trajectory.terminated == (first <= 6)
        assert trajectory.truncated == (first > 6)
        assert trajectory.rewards.tolist() == list(range(first - 1, max(first - 7, -1), -1))


def test_episodes_come_in_the_order_in_which_they_began(policy):
    episodes = collect(policy, vectorize(Countdown, 3, seed=0), 7, stream())
    assert [
        (e.trajectory.extra["episode"], e.trajectory.extra["environment"]) for e in episodes
    ] == [*((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0))]


def test_the_stream_is_what_was_sampled_and_heard(policy):
    episode = collect(policy, vectorize(Countdown, 1, seed=3), 1, stream())[0]
    trajectory = episode.trajectory
    bounds = trajectory.boundaries
    pieces = [trajectory.tokens[a:b].tolist() for a, b in pairwise(bounds)]
    assert pieces[0] == policy.encode_opening(episode.texts[0])
    assert [policy.decode(piece) for piece in pieces[1::2]] == episode.texts[1::2]
    assert pieces[2::2] == [policy.encode_observation(text) for text in episode.texts[2::2]]
    assert all(len(piece) == 5 or piece[-1] == policy.end_token for piece in pieces[1::2])
    assert len(trajectory.logprobs) == sum(len(piece) for piece in pieces[1::2])


def test_behaviour_logprobs_are_those_of_the_policy(policy):
    trajectory = collect(policy, vectorize(Countdown, 1, seed=3), 1, stream())[0].trajectory
    tokens = torch.tensor(trajectory.tokens)[None]
    with torch.no_grad():
        logprobs, _ = policy(tokens, torch.tensor([tokens.shape[1]]))
    bounds = trajectory.boundaries
    utterance = np.concatenate(
        [np.arange(a, b) for a, b in zip(bounds[1:-1:2], bounds[2::2], strict=True)]
    )
    np.testing.assert_allclose(logprobs[0].numpy()[utterance], trajectory.logprobs, atol=1e-4)


def test_the_same_seeds_give_the_same_episodes(policy):
    runs = [
        collect(policy, vectorize(Countdown, 4, seed=seed), 8, stream(seed)) for seed in (0, 0, 1)
    ]
    texts = [[episode.texts for episode in run] for run in runs]
    assert texts[0] == texts[1] != texts[2]


def test_progress_is_told_of_every_episode(policy):
    told = []
    collect(policy, vectorize(Countdown, 3, seed=0), 7, stream(), progress=told.append)
    assert sum(told) == 7


def test_scripts_have_no_logprobs_and_end_their_utterances(policy):
    env = make_vec("twenty_questions_subset", 8, seed=0)
    episodes = collect_scripted(scripted("twenty_questions_subset", "optimal"), env, 16, policy)
    for episode in episodes:
        trajectory = episode.trajectory
        assert np.isnan(trajectory.logprobs).all()
        assert trajectory.terminated
        assert trajectory.extra["win"] is True
        assert trajectory.extra["invalid"] == 0
        ends = trajectory.boundaries[2::2] - 1
        assert (trajectory.tokens[ends] == policy.end_token).all()


def test_options_of_the_reset_reach_the_environment(policy):
    env = make_vec("twenty_questions_subset", 4, seed=0)
    script = scripted("twenty_questions_subset", "optimal")
    for episode in collect_scripted(script, env, 4, policy, options={"object": "banana"}):
        assert "banana" in episode.texts[-2].lower()


def test_a_finished_environment_begins_its_next_episode_at_once(policy):
    """Episodes of one and of many turns: while a long one runs, its neighbour plays several."""
    log = []

    class Logged(Countdown):
        def reset(self, rng):
            text = super().reset(rng)
            log.append("reset")
            return text

        def step(self, utterance):
            log.append("step")
            return super().step(utterance)

    episodes = collect(policy, vectorize(Logged, 4, seed=0), 12, stream())
    lengths = np.array([e.trajectory.num_turns for e in episodes]).reshape(3, 4)
    waves = sum(wave.max() for wave in lengths)
    turns = lengths.sum(0).max()  # each environment plays its three episodes in a row
    assert turns < waves
    rows = lengths.sum()
    assert log.count("step") == rows
    # Refills happen between the turns, not after all have ended.
    assert "".join("r" if word == "reset" else "s" for word in log).count("sr") > 2


def test_the_episodes_are_those_of_one_environment_after_the_other(policy):
    """Texts depend on seed, environment and number alone, whoever finished first."""
    together = collect(policy, vectorize(Countdown, 4, seed=7), 12, stream(1))
    again = vectorize(Countdown, 4, seed=7)
    openings = [text for _ in range(3) for text in again.reset_at([0, 1, 2, 3])]
    assert [episode.texts[0] for episode in together] == openings


def test_another_way_to_act(policy):
    class Greedy(Sampler):
        wants_hidden = True

        def distribution(self, logits, hidden):
            assert hidden.shape == (len(logits), policy.model.config.hidden_size)
            best = torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1])
            return best.float().log()

    runs = [
        collect(policy, vectorize(Countdown, 3, seed=0), 6, stream(seed), sampler=Greedy)
        for seed in (0, 1)
    ]
    assert [e.texts for e in runs[0]] == [e.texts for e in runs[1]]
    assert all((e.trajectory.logprobs == 0).all() for e in runs[0])
    env = vectorize(Countdown, 3, seed=0)
    assert evaluate(policy, env, 6, seed=3, sampler=Greedy).episodes == 6


def test_evaluation_summarises_episodes(policy):
    env = vectorize(Countdown, 4, seed=5)
    episodes = collect(policy, env, 12, stream())
    evaluation = Evaluation.of(episodes)
    returns = [float(sum(e.trajectory.rewards)) for e in episodes]
    assert evaluation.mean_return == pytest.approx(np.mean(returns))
    assert evaluation.episodes == 12
    assert evaluation.mean_turns == pytest.approx(
        np.mean([len(e.trajectory.rewards) for e in episodes])
    )
    assert Evaluation.from_dict(evaluation.as_dict()) == evaluation


def test_evaluation_repeats_itself(policy):
    env = vectorize(Countdown, 8, seed=99)
    assert evaluate(policy, env, 16, seed=1) == evaluate(policy, env, 16, seed=1)
    assert evaluate(policy, env, 16, seed=1) != evaluate(policy, env, 16, seed=2)


def test_confidence_interval():
    # Mean 2, sample deviation 2, n 4: 2 +- 1.959964.
    low, high = confidence_interval(
        np.array([0.0, 2.0, 2.0, 4.0]) * np.sqrt(1.5) + 2 - 2 * np.sqrt(1.5)
    )
    assert (low, high) == (pytest.approx(2 - 1.959964), pytest.approx(2 + 1.959964))
    assert np.isnan(confidence_interval(np.array([3.0]))).all()


@pytest.mark.parametrize("episodes", [0, -1, 1.5, "many"])
def test_bad_numbers_of_episodes(policy, episodes):
    with pytest.raises(OptionError, match=r"episodes is .*: give a whole number"):
        collect(policy, make_vec("corridor", 2, 0), episodes, stream())


def test_an_environment_that_is_no_vector(policy):
    with pytest.raises(OptionError, match=r"env is .*: give what archer\.make_vec"):
        collect(policy, make("corridor"), 1, stream())
