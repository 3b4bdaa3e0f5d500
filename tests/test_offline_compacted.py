"""Demonstrations whose oldest episodes were compacted away are learned from as any others."""

import pytest

from archer.algorithms.bc import BehaviourCloning
from archer.config import BCConfig
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from offline_cases import demonstrations, method, policy

SETTINGS = {
    "archer_offline": {"critic_updates": 1, "actor_updates": 1, "critic_batch_size": 4},
    "chai": {"critic_updates": 1, "critic_batch_size": 4, "proposals": 2},
    "ilql": {"updates": 1, "batch_size": 4},
}


@pytest.fixture(scope="module")
def actor():
    return policy()


@pytest.fixture(scope="module")
def compacted(actor, tmp_path_factory):
    path = tmp_path_factory.mktemp("compacted") / "store"
    with TrajectoryStore(path, segment_bytes=4096) as store:
        store.extend([episode.trajectory for episode in demonstrations(actor, 60)[0]])
        assert store.compact(55) > 0
        yield store


@pytest.mark.parametrize("name", SETTINGS)
def test_methods_learn_from_what_is_left(actor, compacted, name):
    assert compacted.first_id > 0
    learner = method(name, actor, compacted, **SETTINGS[name])
    assert learner.learn([], 0, Stopwatch())


def test_cloning_draws_only_what_is_left(actor, compacted):
    learner = BehaviourCloning(actor, compacted, BCConfig(batch_size=64), seed=0)
    assert learner.update()["loss"] > 0
