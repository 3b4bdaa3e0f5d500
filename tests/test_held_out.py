"""Demonstrations that a run without an environment learns nothing from, and is measured on."""

import json
from dataclasses import replace

import numpy as np
import pytest

from archer.algorithms.bc import shown
from archer.config import load_config
from archer.store import TrajectoryStore
from archer.train import Trainer, train
from doors import cloned, guesses

RUN = """
env: {{id: null}}
policy: {{max_new_tokens: 4, device: cpu}}
bc: {{steps: 3, batch_size: 4, store: {store}}}
method: {method}
{method}: {settings}
eval: {{every: 1, held_out: {share}, episodes: {most}}}
run: {{out: {out}, threads: 1, checkpoint_every: 1}}
"""
SETTINGS = {
    "archer_offline": "{iterations: 2, critic_updates: 2, critic_batch_size: 4, actor_updates: 1, "
    "actor_batch_size: 4, policy_learning_rate: 1.0e-3}",
    "ilql": "{iterations: 2, updates: 2, batch_size: 4, critic_learning_rate: 0.01}",
    "chai": "{iterations: 2, critic_updates: 2, critic_batch_size: 4, proposals: 2, candidates: 2}",
}
FIT = ("correlation", "bias", "explained_variance")


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored") / "demonstrations"
    guesses(cloned(0)[0], 16, folder).close()
    return folder


def config_of(tmp_path, store, method="archer_offline", share=0.25, most=256, settings=None):
    path = tmp_path / f"{method}.yaml"
    settings = settings or SETTINGS[method]
    given = {"store": store, "method": method, "settings": settings, "share": share, "most": most}
    path.write_text(RUN.format(out=tmp_path / method, **given), encoding="utf-8")
    return load_config(path)


def lines_of(folder, phase):
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["phase"] == phase]


@pytest.mark.parametrize("method", SETTINGS)
def test_a_run_without_an_environment_says_what_its_critic_knows(method, tmp_path, demonstrations):
    folder = train(config_of(tmp_path, demonstrations, method), quiet=True)
    lines = lines_of(folder, "held_out")
    assert [line["iteration"] for line in lines] == [0, 1, 2]
    assert all(line["demonstrations"] == 4 for line in lines)
    known = "q" if method == "chai" else "vq"
    for name in "vq":
        assert (lines[-1][f"{name}_bias"] is not None) == (name in known)
        assert {f"{name}_{kind}" for kind in FIT} <= lines[-1].keys()
    assert lines[0]["entropy"] > 0
    for name in ("entropy", "kl_to_warm_start"):
        # Of what the best of several are, there are no probabilities.
        assert (lines[-1][name] is None) == (method == "chai")
    assert not lines_of(folder, "evaluation")


def test_nothing_is_learned_from_them(tmp_path, demonstrations):
    """Those that are held out may say anything: the run ends with the same weights."""
    config = config_of(tmp_path, demonstrations)
    with TrajectoryStore(demonstrations, read_only=True) as store:
        held = Trainer(tmp_path, config, quiet=True).warm_start.held_out(store)
        assert len(held) == 4
        other = TrajectoryStore(tmp_path / "other")
        for number, trajectory in enumerate(store):
            # Twice the rewards, where it must not matter.
            other.extend([trajectory if number not in held else doubled(trajectory)])
        other.close()
    folders = []
    for name, source in (("one", demonstrations), ("two", tmp_path / "other")):
        (tmp_path / name).mkdir()
        folders.append(train(config_of(tmp_path / name, source), quiet=True))
    one, two = ((f / "policy" / "critic.safetensors").read_bytes() for f in folders)
    assert one == two
    biases = [lines_of(folder, "held_out")[-1]["v_bias"] for folder in folders]
    assert biases[0] != biases[1]


def doubled(trajectory):
    return replace(trajectory, rewards=np.asarray(2 * trajectory.rewards + 1, dtype=np.float32))


@pytest.mark.parametrize(
    ("share", "most", "count"), [(0.0, 256, 0), (0.01, 256, 1), (1.0, 256, 15), (0.5, 3, 3)]
)
def test_how_many_are_held_out(share, most, count, tmp_path, demonstrations):
    warm_start = Trainer(
        tmp_path, config_of(tmp_path, demonstrations, share=share, most=most), quiet=True
    ).warm_start
    with TrajectoryStore(demonstrations, read_only=True) as store:
        held = warm_start.held_out(store)
        assert len(held) == len(set(held)) == count
        assert set(held) <= set(range(16))
        assert sorted([*shown(store, held), *held]) == list(range(16))
        warm_start.config.run.seed += 1
        assert count in {0, 15} or warm_start.held_out(store) != held
        warm_start.config.env.id = "twenty_questions_subset"
        assert warm_start.held_out(store) == []


def test_a_single_demonstration_is_learned_from(tmp_path):
    guesses(cloned(0)[0], 1, tmp_path / "one").close()
    trainer = Trainer(tmp_path, config_of(tmp_path, tmp_path / "one"), quiet=True)
    with TrajectoryStore(tmp_path / "one", read_only=True) as store:
        assert trainer.warm_start.held_out(store) == []
