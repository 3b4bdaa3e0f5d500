"""Methods that play learn a corridor: policies come within a twentieth of the optimum."""

import copy

import pytest

from archer.algorithms.bc import BehaviourCloning
from archer.config import BCConfig
from archer.env import GroupedStarts, explore, make_vec
from archer.env.tasks.corridor import COMMANDS
from archer.evaluate import evaluate
from archer.rollout import collect, episode_returns
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from offline_cases import demonstrations
from on_policy_cases import method, policy

pytestmark = pytest.mark.learning
ROOMS = {"length": 4, "step_cost": 0.05, "max_turns": 10}
CLIPPED = {"minibatches": 1, "policy_learning_rate": 3e-4}
SETTINGS = {
    "turn_ppo": CLIPPED
    | {"critic_learning_rate": 1e-3, "critic_max_grad_norm": 100.0, "critic_epochs": 6},
    "ppo": CLIPPED | {"value_coefficient": 0.0},
    "reinforce": {"policy_learning_rate": 1e-3},
    "rloo": {"policy_learning_rate": 1e-3},
    "grpo": {"policy_learning_rate": 5e-4, "actor_epochs": 2, "normalize_advantage": False},
    "archer": {
        "sample_unit": "trajectory",
        "target": "vtrace",
        "value_target": "stored",
        "critic_updates": 6,
        "critic_batch_size": 32,
        "critic_learning_rate": 1e-3,
        "critic_max_grad_norm": 100.0,
        "critic_only_iterations": 2,
        "critic_only_updates": 40,
        "advantage": "gae",
        "normalize_advantage": True,
        "actor_data": "replayed_trajectories",
        "recent_episodes": 128,
        "actor_batch_size": 64,
        "actor_epochs": 4,
        "loss": "clipped",
        "policy_learning_rate": 3e-4,
    },
    "gigpo": {"policy_learning_rate": 5e-4, "actor_epochs": 2},
}


@pytest.fixture(scope="module")
def cloned():
    """A policy that has seen commands at random, now and then right ones."""
    actor = policy()
    _, store = demonstrations(actor, 200, "corridor", rate=0.3, **ROOMS)
    settings = BCConfig(steps=200, batch_size=32, learning_rate=3e-3)
    learner = BehaviourCloning(actor, store, settings, seed=0)
    for _ in range(200):
        learner.update()
    return actor


@pytest.mark.parametrize("name", SETTINGS)
def test_a_policy_comes_within_a_twentieth_of_the_optimum(cloned, name):
    actor = copy.deepcopy(cloned)
    doors = ({"door": "red"}, {"door": "blue"})
    best = explore("corridor", COMMANDS, resets=doors, **ROOMS).optimal_return
    eval_env = make_vec("corridor", 32, 77, **ROOMS)
    assert evaluate(actor, eval_env, 128, 1).mean_return < 0.8 * best
    store = TrajectoryStore()
    learner = method(name, actor, store, **SETTINGS[name])
    env = make_vec("corridor", 64, 0, **ROOMS)
    if (size := learner.group_size(learner.setup.config)) > 1:
        env = GroupedStarts(env, size)
    means = []
    while len(means) < 80 and sum(means[-4:]) < 4 * 0.98 * best:
        episodes = collect(actor, env, 64, learner.setup.generator)
        ids = store.extend([episode.trajectory for episode in episodes])
        learner.learn(ids, len(means), Stopwatch())
        means.append(float(episode_returns(episodes).mean()))
    assert evaluate(actor, eval_env, 512, 1).mean_return > 0.95 * best
