"""CHAI: what its updates do, how it acts, and that its values are right."""

import math

import pytest
import torch

from archer.algorithms.best_of import BestOf
from archer.algorithms.respoken import in_own_rows
from archer.batching import micro_batches
from archer.config import CriticConfig
from archer.contexts import Utterance
from archer.env import make_vec
from archer.evaluate import evaluation_episodes
from archer.rollout import collect
from archer.sampler import Sampler
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from offline_cases import (
    GAME,
    demonstrations,
    method,
    policy,
    streams,
    weights,
)

SMALL = {
    "critic_learning_rate": 1e-3,
    "critic_batch_size": 6,
    "critic_updates": 2,
    "proposals": 3,
    "candidates": 3,
}


def learner(actor=None, own=None, **settings):
    actor = actor or policy()
    chai = method("chai", actor, demonstrations(actor)[1], own, **(SMALL | settings))
    chai.start()
    return chai


@pytest.mark.parametrize("conservative", [0.0, 0.5])
def test_an_update_moves_the_critic_and_its_target_alone(conservative):
    chai = learner(conservative=conservative)
    parts = (chai.policy, chai.critic.critic, chai.critic.target)
    before = [weights(m) for m in parts]
    info = chai.update()
    after = [weights(m) for m in parts]
    torch.testing.assert_close(after[0], before[0], atol=0, rtol=0)
    assert not torch.equal(after[1], before[1])
    torch.testing.assert_close(after[2], before[2] + 0.1 * (after[1] - before[2]))
    assert all(math.isfinite(value) for value in info.values())


def test_targets_are_the_best_proposal_of_the_next_context():
    chai = learner(proposals=2)
    batch = chai.replays["demonstrated"].sample(16).to("cpu")
    assert 0 < int(batch.terminated.sum()) < 16
    said = {}

    def proposals(contexts):
        options = [
            [Utterance([5, 0], [0.0] * 2), Utterance([6, 7, 0], [0.0] * 3)] for _ in contexts
        ]
        said.update({tuple(c): o for c, o in zip(contexts, options, strict=True)})
        return options

    chai._proposals = proposals
    target = chai.targets(batch)
    for n in range(16):
        expected = float(batch.reward[n])
        if not batch.terminated[n]:
            context = batch.tokens[batch.row[n], : batch.next_context_end[n] + 1].tolist()
            options = said[tuple(context)]
            rows = in_own_rows([context] * 2, options, torch.device("cpu"))
            q = chai.critic.target_values(rows).q
            expected += 0.95 * float(q.amin(0).max())
        assert float(target[n]) == pytest.approx(expected, abs=1e-4)


def test_micro_batches_give_the_same_step():
    whole, pieces = learner(), learner()
    pieces.micro_batch_tokens = 150
    infos = []
    for chai in (whole, pieces):
        chai.critic.optimizer = torch.optim.SGD(chai.critic.critic.parameters(), lr=1e-2)
        chai.config.critic_max_grad_norm = 1e9
        infos.append(chai.update())
    moved = weights(pieces.critic.critic), weights(whole.critic.critic)
    torch.testing.assert_close(*moved, atol=1e-5, rtol=1e-4)
    assert infos[1] == pytest.approx(infos[0], rel=1e-3)


def test_the_conservative_term_lowers_proposals_below_what_was_said():
    free, held = learner(), learner(conservative=5.0)
    gaps = []
    for chai in (free, held):
        for _ in range(12):
            info = chai.update()
        gaps.append(info["q_mean"] - info["q_proposed"])
    assert gaps[1] > gaps[0] + 0.5


def test_of_one_candidate_it_is_the_policy_to_the_bit():
    chai = learner(candidates=1)
    env = make_vec(GAME, 4, 0, max_turns=4)
    alone = evaluation_episodes(chai.policy, env, 6, 3)
    assert streams(evaluation_episodes(chai.policy, env, 6, 3, sampler=chai.sampler)) == streams(
        alone
    )


class LastToken(torch.nn.Module):
    """A critic that wants the id of the last token small, or large."""

    def __init__(self, sign=-1.0):
        super().__init__()
        self.sign = sign

    def forward(self, batch):
        value = self.sign * batch.tokens[batch.row, batch.utterance_end].float()
        return type("Values", (), {"q": torch.stack([value, value])})()

    def pieces(self, batch, tokens):
        return micro_batches(batch, tokens)


def test_it_says_the_best_candidate_and_goes_on_from_there(model_folder):
    """Log-probabilities of what is said next are those after what was said, in every copy."""
    actor = policy(model=model_folder("llama"))
    contexts = [actor.encode_opening("Is it a cat?"), actor.encode_opening("Guess, please.")]
    spoken = {}
    for name, sign in (("small", -1.0), ("large", 1.0)):
        generator = torch.Generator().manual_seed(0)
        best = BestOf(LastToken(sign), 4, CriticConfig())
        sampler = best(actor, generator, contexts)
        last, streams_ = [], [list(c) for c in contexts]
        for _ in range(6):
            said = sampler.speak()
            heard = [actor.encode_observation("yes"), actor.encode_observation("no, it is not")]
            for stream, utterance, answer in zip(streams_, said, heard, strict=True):
                stream += [*utterance.tokens, *answer]
                last.append(utterance.tokens[-1])
                assert all(math.isnan(logprob) for logprob in utterance.logprobs)
            sampler.hear(heard)
            assert [row.context() for row in sampler._rows] == [
                s for s in streams_ for _ in range(4)
            ]
        spoken[name] = sum(last)
        # The next proposals, seen from inside: every copy continues the same stream.
        proposed = Sampler.speak(sampler)
        for row, utterance in zip(sampler._rows, proposed, strict=True):
            tokens = torch.tensor([row.stream])
            with torch.no_grad():
                logprob, _ = actor(tokens, torch.tensor([tokens.shape[1]]))
            torch.testing.assert_close(
                logprob[0, -len(utterance.tokens) :],
                torch.tensor(utterance.logprobs),
                atol=1e-4,
                rtol=1e-4,
            )
    assert spoken["small"] < spoken["large"] / 2


def test_it_learns_from_its_own_episodes_too():
    own, actor = TrajectoryStore(), policy()
    chai = learner(actor, own, episodes_per_iteration=4)
    assert chai.plays(chai.setup.config)
    env = make_vec(GAME, 4, 0, max_turns=4)
    episodes = collect(actor, env, 4, torch.Generator().manual_seed(0), sampler=chai.sampler)
    ids = own.extend([episode.trajectory for episode in episodes])
    assert all(math.isfinite(v) for v in chai.learn(ids, 1, Stopwatch()).values())
    assert len(chai.replays["own"]) == own.num_turns
