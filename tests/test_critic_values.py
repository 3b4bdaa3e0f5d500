"""What each critic says for diagnosis: V before each utterance, Q after it, NaN for the rest."""

import json

import pytest
import torch

import offline_cases
import on_policy_cases
from archer.config import load_config
from archer.train import train


def batch_of(actor):
    return offline_cases.demonstrations(actor, 6)[1].gather(range(6)).to("cpu")


def hidden_of(module, batch, row, column):
    """The state of a network at a place, from the tokens up to there alone."""
    tokens = batch.tokens[row : row + 1, : column + 1]
    return module(tokens, torch.tensor([column + 1]))


@torch.no_grad()
def test_ppo_says_v_before_the_first_token_of_each_utterance():
    actor = on_policy_cases.policy()
    ppo = on_policy_cases.method("ppo", actor, on_policy_cases.played(actor))
    torch.nn.init.normal_(ppo.actor.value.last.weight)
    batch = batch_of(actor)
    values = ppo.critic_values(batch)
    assert values.q.isnan().all()
    for n in range(batch.num_turns):
        for place, said in (
            (batch.context_end[n], values.v[:, n]),
            (batch.next_context_end[n], values.v_next[:, n]),
        ):
            tokens = batch.tokens[batch.row[n], : place + 1][None]
            tokens = torch.nn.functional.pad(tokens, (0, 1))
            none = torch.zeros_like(tokens, dtype=torch.bool)
            _, hidden = actor(tokens, torch.tensor([int(place) + 1]), none)
            expected = ppo.actor.value(hidden)[0, place + 1]
            if not (batch.terminated[n] and said is not values.v):
                torch.testing.assert_close(said, expected.expand(2), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_ilql_says_v_before_and_q_of_the_last_token_of_each_utterance():
    actor = offline_cases.policy()
    store = offline_cases.demonstrations(actor)[1]
    ilql = offline_cases.method("ilql", actor, store)
    batch = batch_of(actor)
    values = ilql.critic_values(batch)
    for n in range(batch.num_turns):
        row, end = int(batch.row[n]), int(batch.utterance_end[n])
        states = hidden_of(ilql.values, batch, row, end)[0]
        q = ilql.values.q(states[end - 1][None])[:, 0, batch.tokens[row, end]]
        torch.testing.assert_close(values.q[:, n], q, atol=1e-4, rtol=1e-4)
        v = ilql.values.v(states[int(batch.context_end[n])])
        torch.testing.assert_close(values.v[:, n], v.expand(2), atol=1e-4, rtol=1e-4)


def test_chai_says_q_alone():
    actor = offline_cases.policy()
    chai = offline_cases.method("chai", actor, offline_cases.demonstrations(actor)[1])
    batch = batch_of(actor)
    values = chai.critic_values(batch)
    assert torch.equal(values.q, chai.critic.values(batch).q)
    assert values.v.isnan().all()
    assert values.v_next.isnan().all()


SETTINGS = {
    "ppo": "{iterations: 1, episodes_per_iteration: 8}",
    "ilql": "{iterations: 1, updates: 1, batch_size: 4}",
}


@pytest.mark.parametrize("method", SETTINGS)
def test_a_run_says_what_its_critic_knows(method, tmp_path):
    path = tmp_path / "run.yaml"
    text = offline_cases.RUN.format(method=method, settings=SETTINGS[method], out=tmp_path / "run")
    path.write_text(text)
    folder = train(load_config(path), quiet=True)
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    line = [line for line in map(json.loads, lines) if line["phase"] == "evaluation"][-1]
    known = {"ppo": "v", "ilql": "vq"}[method]
    for name in "vq":
        assert (line[f"{name}_bias"] is not None) == (name in known)
