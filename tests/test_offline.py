"""Learning from a store alone: what the updates do, and whole runs without an environment."""

import copy
import json

import pytest
import torch

from archer import losses
from archer.algorithms import check_method
from archer.algorithms.archer_offline import ArcherOffline
from archer.algorithms.method import Setup
from archer.cli import main
from archer.config import ArcherOfflineConfig, Config, EnvConfig, load_config
from archer.errors import ConfigError
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from archer.train import train
from doors import cloned, guesses, success

AWR = {
    "critic_updates": 15,
    "critic_batch_size": 32,
    "critic_learning_rate": 1e-3,
    "critic_max_grad_norm": 100.0,
    "actor_updates": 8,
    "actor_batch_size": 32,
    "policy_learning_rate": 1e-3,
    "inverse_temperature": 10.0,
}
KL = AWR | {
    "actor": "iql_kl",
    "actor_batch_size": 64,
    "kl_coefficient": 0.1,
    "policy_learning_rate": 5e-4,
}


@pytest.fixture(scope="module")
def start():
    """A policy that guesses, with its demonstrations."""
    return cloned()


def method_of(start, micro_batch_tokens=None, **settings):
    config = Config(
        method="archer_offline",
        env=EnvConfig(id=None),
        archer_offline=ArcherOfflineConfig(**settings),
    )
    config.run.micro_batch_tokens = micro_batch_tokens
    policy = copy.deepcopy(start[0])
    generator = torch.Generator().manual_seed(0)
    return ArcherOffline(Setup(policy, TrajectoryStore(), config, generator, start[1]))


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])


@pytest.mark.parametrize("settings", [AWR, KL], ids=["awr", "iql_kl"])
def test_each_update_moves_its_own_network(start, settings):
    method = method_of(start, **settings)
    before = weights(method.policy), weights(method.critic.critic)
    method.update_critic()
    assert torch.equal(weights(method.policy), before[0])
    critic = weights(method.critic.critic)
    assert not torch.equal(critic, before[1])
    info = method.update_actor()
    assert torch.equal(weights(method.critic.critic), critic)
    assert not torch.equal(weights(method.policy), before[0])
    assert ("kl" in info) == (settings is KL)
    assert ("weight_mean" in info) == (settings is AWR)


def test_awr_is_cloning_weighted_by_the_advantage(start):
    method = method_of(start, **AWR)
    batch = start[1].gather(list(range(8))).to("cpu")
    same = {"sample_trajectories": lambda self, count: batch, "store": method.replay.store}
    method.replay = type("Same", (), same)()
    method.actor.optimizer = torch.optim.SGD(method.actor.parameters, lr=0.0)
    method.critic.critic.start_at(0.0)
    values = method.critic.values(batch)
    weight = losses.awr_weight(losses.q_minus_v(values.q, values.v), 10.0, 20.0)
    with torch.no_grad():
        logprob, _ = method.policy(batch.tokens, batch.lengths)
    per_turn = losses.turn_sum(logprob, batch.turn_of_token, batch.num_turns)
    info = method.update_actor()
    assert info["policy_loss"] == pytest.approx(float(-(weight * per_turn).mean()), rel=1e-4)


@pytest.mark.parametrize("settings", [AWR, KL], ids=["awr", "iql_kl"])
def test_micro_batches_give_the_same_steps(start, settings):
    whole, pieces = method_of(start, **settings), method_of(start, 100, **settings)
    for method in (whole, pieces):
        method.actor.optimizer = torch.optim.SGD(method.actor.parameters, lr=0.1)
        method.critic.optimizer = torch.optim.SGD(method.critic.critic.parameters(), lr=0.1)
        method.update_critic()
        method.update_actor()
    torch.testing.assert_close(weights(pieces.policy), weights(whole.policy), atol=1e-5, rtol=1e-4)
    critics = weights(pieces.critic.critic), weights(whole.critic.critic)
    torch.testing.assert_close(*critics, atol=1e-5, rtol=1e-4)


@pytest.mark.learning
@pytest.mark.parametrize(("settings", "enough"), [(AWR, 0.8), (KL, 0.65)], ids=["awr", "iql_kl"])
def test_it_learns_more_than_it_was_shown(start, settings, enough):
    method = method_of(start, **settings)
    shown = sum(trajectory.episode_return for trajectory in start[1]) / len(start[1])
    assert 0.4 < shown < 0.6
    for iteration in range(10):
        method.learn([], iteration, Stopwatch())
    assert success(method.policy) > enough


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"actor": "iql_kl"}, "set it above 0 or actor to 'awr'"),
        ({"kl_coefficient": 0.1}, "set kl_coefficient to 0 or actor to 'iql_kl'"),
    ],
)
def test_settings_that_contradict_each_other(settings, message):
    config = Config(method="archer_offline", archer_offline=ArcherOfflineConfig(**settings))
    with pytest.raises(ConfigError, match=message):
        check_method(config)


@pytest.mark.parametrize("method", ["archer_offline", "chai", "ilql", "bc"])
def test_what_plays_no_episodes_needs_no_environment(method):
    check_method(Config(method=method, env=EnvConfig(id=None)))


def test_chai_needs_one_for_episodes_of_its_own():
    config = Config(method="chai", env=EnvConfig(id=None))
    config.chai.episodes_per_iteration = 4
    with pytest.raises(ConfigError, match=r"env\.id is null"):
        check_method(config)


@pytest.mark.parametrize("method", ["archer", "filtered_bc"])
def test_what_plays_episodes_needs_an_environment(method):
    with pytest.raises(ConfigError, match=r"env\.id is null; .*needs none: bc, .*archer_offline"):
        check_method(Config(method=method, env=EnvConfig(id=None)))


RUN = """
env: {{id: null}}
policy: {{max_new_tokens: 4, device: cpu}}
bc: {{steps: 3, batch_size: 4, store: {store}}}
method: {method}
archer_offline:
  iterations: 2
  critic_updates: 2
  critic_batch_size: 4
  actor_updates: 1
  actor_batch_size: 4
eval: {{every: 1}}
run: {{out: {out}, threads: 1, checkpoint_every: 1}}
"""


def config_of(tmp_path, method, store="demonstrations"):
    guesses(cloned(0)[0], 16, tmp_path / "demonstrations").close()
    path = tmp_path / f"{method}.yaml"
    given = tmp_path / store if store else "null"
    path.write_text(RUN.format(store=given, method=method, out=tmp_path / method))
    return path


@pytest.mark.parametrize("method", ["archer_offline", "bc"])
def test_a_run_without_an_environment(method, tmp_path, capsys):
    folder = train(load_config(config_of(tmp_path, method)))
    assert "env.id is null, so no episode was played" in capsys.readouterr().out.replace("\n", " ")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["env"] is None
    assert not summary.keys() & {"bc", "archer_offline", "optimal"}
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    phases = [json.loads(line)["phase"] for line in lines]
    learning = [method, "held_out"] * 2 if method == "archer_offline" else []
    assert [phase for phase in phases if phase != "alarm"] == ["bc", *learning[-1:], *learning]
    assert (folder / "policy" / "model.safetensors").is_file()
    assert main(["eval", str(folder)]) == 2
    assert "had no environment; name one: --env ID" in capsys.readouterr().err.replace("\n", " ")
    assert main(["eval", str(folder), "--env", "twenty_questions_subset", "--episodes", "2"]) == 0


def test_without_a_store_nobody_demonstrates(tmp_path):
    config = load_config(config_of(tmp_path, "archer_offline", store=""))
    with pytest.raises(ConfigError, match=r"bc\.store and env\.id are both null"):
        train(config, quiet=True)
    assert not (tmp_path / "archer_offline").exists()


def test_archer_goes_on_where_archer_offline_ended(tmp_path):
    offline = train(load_config(config_of(tmp_path, "archer_offline")), quiet=True)
    path = tmp_path / "online.yaml"
    path.write_text(
        f"""
env: {{id: "doors:Doors", num_envs: 4}}
policy: {{model: {offline / "policy"}, max_new_tokens: 4, device: cpu}}
bc: {{steps: 0}}
archer:
  iterations: 1
  episodes_per_iteration: 4
  discount: 0.99
  critic_from: {offline / "policy"}
  critic_only_iterations: 0
  critic_updates: 1
  critic_batch_size: 4
  actor_epochs: 1
  actor_batch_size: 4
eval: {{episodes: 4, final_episodes: 4, num_envs: 4}}
run: {{out: {tmp_path / "online"}, threads: 1}}
"""
    )
    folder = train(load_config(path), quiet=True)
    assert (folder / "policy" / "critic.safetensors").is_file()
    assert "archer" in json.loads((folder / "summary.json").read_text(encoding="utf-8"))
