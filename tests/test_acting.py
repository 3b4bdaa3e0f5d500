"""A saved way to act: what is measured in training is what `archer eval` measures afterwards."""

import json

import pytest

from archer.algorithms.acting import load_acting
from archer.cli.runs import load_policy, load_run
from archer.config import load_config
from archer.env import make_vec
from archer.errors import ModelError
from archer.evaluate import evaluate, evaluation_episodes
from archer.sampler import Sampler
from archer.train import train
from offline_cases import RUN

SETTINGS = {
    "ilql": "{iterations: 1, updates: 3, batch_size: 4, critic_learning_rate: 0.01, "
    "perturbation: 8.0, polyak: 0.5}",
    "chai": "{iterations: 1, critic_updates: 2, critic_batch_size: 4, proposals: 2, "
    "candidates: 3, critic_learning_rate: 0.01, episodes_per_iteration: 4}",
}


@pytest.fixture(scope="module", params=SETTINGS)
def run(request, tmp_path_factory):
    """A short run of each method."""
    folder = tmp_path_factory.mktemp(request.param)
    path = folder / "run.yaml"
    out = folder / "run"
    path.write_text(RUN.format(method=request.param, settings=SETTINGS[request.param], out=out))
    return request.param, train(load_config(path), quiet=True)


def test_a_reloaded_run_acts_as_it_did_in_training(run):
    _, folder = run
    config, saved = load_run(folder)
    env = make_vec(config.env.id, config.eval.num_envs, 0, **config.env.options)
    again = evaluate(saved.policy, env, 8, config.eval.seed, sampler=saved.sampler)
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    measured = [line for line in map(json.loads, lines) if line["phase"] == "evaluation"][-1]
    for key, value in again.as_dict(count="evaluated").items():
        assert measured[key] == pytest.approx(value), key
    plain = evaluation_episodes(saved.policy, env, 8, config.eval.seed)
    acting = evaluation_episodes(saved.policy, env, 8, config.eval.seed, sampler=saved.sampler)
    assert [e.texts for e in acting] != [e.texts for e in plain]


def test_the_folder_of_the_policy_alone_says_how_it_acts(run):
    name, folder = run
    settings = json.loads((folder / "policy" / "acting.json").read_text())
    assert settings["kind"] == {"ilql": "steered", "chai": "best_of"}[name]
    assert load_policy(str(folder / "policy")).sampler is not Sampler
    assert load_policy(str(folder / "warm_start")).sampler is Sampler


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "acting.json").write_text("{"),
        lambda folder: (folder / "acting.json").write_text("[]"),
        lambda folder: (folder / "acting.json").write_text('{"kind": "dance"}'),
        lambda folder: (folder / "acting.json").write_text('{"kind": "steered"}'),
        lambda folder: (folder / "acting.safetensors").unlink(),
        lambda folder: (folder / "acting.safetensors").write_bytes(b"no tensors"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_so(run, tmp_path, damage):
    _, folder = run
    policy = load_policy(str(folder / "policy")).policy
    for name in ("acting.json", "acting.safetensors"):
        (tmp_path / name).write_bytes((folder / "policy" / name).read_bytes())
    damage(tmp_path)
    with pytest.raises(ModelError, match=r"cannot read how the policy in .* acts"):
        load_acting(tmp_path, policy)
