"""What a whole run measures and says, and that measuring changes nothing."""

import json

import pytest

import archer.alarms
from archer.config import load_config
from archer.runlog import read_metrics
from archer.train import train

CONFIG = """
env: {{id: corridor, num_envs: 4, options: {{length: 2, max_turns: 6}}}}
policy: {{max_new_tokens: 6, device: cpu}}
bc: {{demonstrations: 8, steps: 3, batch_size: 8}}
archer:
  iterations: 3
  episodes_per_iteration: 8
  critic_updates: 1
  critic_only_iterations: 0
  critic_learning_rate: 0
  critic_batch_size: 8
  value_target: stored
  actor_data: fresh_trajectories
  actor_epochs: 1
  policy_learning_rate: 0.001
eval: {{episodes: 8, every: {every}, final_episodes: 8, num_envs: 4, kl_to_warm_start: {kl}}}
run: {{out: {out}, threads: 1}}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        for bound in ("BLIND_CORRELATION", "BLIND_VARIANCE"):
            patch.setattr(archer.alarms, bound, 2.0)  # every critic is blind
        for name, every, kl in (("watched", 1, "true"), ("plain", 0, "false")):
            (folder / f"{name}.yaml").write_text(
                CONFIG.format(out=folder / name, every=every, kl=kl), encoding="utf-8"
            )
            train(load_config(folder / f"{name}.yaml"), quiet=True)
    return folder


def test_measuring_changes_no_training(runs):
    weights = [runs / name / "policy" / "model.safetensors" for name in ("watched", "plain")]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    assert read_metrics(runs / "watched", "archer") == read_metrics(runs / "plain", "archer")


def test_every_metric_stands_under_its_name(runs):
    evaluation = read_metrics(runs / "watched", "evaluation")[-1]
    for name in ("v", "q", "exact_v", "exact_q"):
        for kind in ("correlation", "bias", "explained_variance"):
            assert f"{name}_{kind}" in evaluation
    assert {
        "entropy", "repeated_rate", "invalid_rate", "mean_turns", "kl_to_warm_start",
        "advantage_spread", "advantage_correlation",
    } <= evaluation.keys()  # fmt: skip
    assert evaluation["kl_to_warm_start"] != 0
    assert "kl_to_warm_start" not in read_metrics(runs / "plain", "evaluation")[-1]
    iteration = read_metrics(runs / "watched", "archer")[-1]
    assert {"entropy", "repeated_rate", "actor_grad_norm", "critic_grad_norm"} <= iteration.keys()


def test_an_alarm_is_raised_once_and_kept(runs):
    raised = read_metrics(runs / "watched", "alarm")
    kinds = [line["kind"] for line in raised]
    assert kinds.count("critic") == 1
    assert len(kinds) == len(set(kinds))
    summary = json.loads((runs / "watched" / "summary.json").read_text(encoding="utf-8"))
    assert summary["alarms"] == {line["kind"]: line["text"] for line in raised}
