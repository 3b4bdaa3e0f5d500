"""Runs with low-rank adapters: what they keep and save, and that they resume to the byte."""

import shutil

import pytest

from archer.algorithms.acting import load_acting
from archer.checkpoint import load_checkpoint
from archer.config import PolicyConfig, load_config
from archer.policy import Policy
from archer.train import Trainer, resume, train
from test_critic import episode_batch, values
from test_resume import digests

pytest.importorskip("peft")

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj"]
CONFIG = """
env: {{id: twenty_questions_subset, num_envs: 4, options: {{max_turns: 3}}}}
policy:
  model: {model}
  lora_rank: 2
  lora_targets: {targets}
  max_new_tokens: 4
  device: cpu
critic: {{kind: {kind}}}
bc: {{demonstrations: 8, steps: 2, batch_size: 4, learning_rate: 0.05}}
method: {method}
{method}: {{iterations: 2, {settings}}}
eval: {{episodes: 4, every: 0, final_episodes: 4, num_envs: 4}}
run: {{out: {out}, threads: 1, checkpoint_every: 1, keep_checkpoints: 3}}
"""
LEARN = "critic_batch_size: 4, critic_learning_rate: 0.01"
ARCHER = (
    f"{LEARN}, critic_updates: 1, episodes_per_iteration: 4, critic_only_iterations: 0, "
    "actor_batch_size: 4, policy_learning_rate: 0.05, kl_coefficient: 0.05"
)


def begin(tmp_path, model, **settings):
    path, targets = tmp_path / "config.yaml", ["c_attn"] if model == "tiny" else TARGETS
    path.write_text(CONFIG.format(model=model, targets=targets, out=tmp_path / "run", **settings))
    return train(load_config(path), quiet=True)


@pytest.mark.parametrize("kind", ["causal", "joint"])
def test_a_run_keeps_adapters_and_heads_alone_and_resumes_to_the_byte(
    kind, model_folder, tmp_path, monkeypatch
):
    policies = []
    run = Trainer.run
    monkeypatch.setattr(Trainer, "run", lambda self: (policies.append(self.policy), run(self))[1])
    folder = begin(tmp_path, model_folder("llama"), method="archer", kind=kind, settings=ARCHER)
    (policy,) = policies
    tensors = load_checkpoint(folder / "checkpoints").tensors
    kept = {module: names_of(tensors, module) for module in ("policy", "reference", "critic")}
    assert all("lora_" in name for name in kept["policy"] + kept["reference"])
    assert all("lora_" in name or "_head." in name for name in kept["critic"])
    assert kept["critic"] == names_of(tensors, "target")
    base = sum(p.nbytes for p in policy.parameters() if not p.requires_grad)
    networks = [tensor for name, tensor in tensors.items() if not name.startswith(("rng", "opt"))]
    assert sum(tensor.nbytes for tensor in networks) < base
    assert (folder / "policy" / "adapter_model.safetensors").stat().st_size < base / 10
    assert not (folder / "policy" / "model.safetensors").exists()
    whole = digests(folder)
    shutil.rmtree(sorted((folder / "checkpoints").glob("step-*"))[-1])
    resume(folder, quiet=True)
    assert digests(folder) == whole

    assert (folder / "policy" / "critic.safetensors").stat().st_size < base
    again = (folder / "config.yaml").read_text().replace(str(folder), str(tmp_path / "again"))
    again = again.replace(model_folder("llama"), str(folder / "policy")).replace(
        "steps: 2", "steps: 0"
    )
    again = again.replace("critic_from: null", f"critic_from: {folder / 'policy'}")
    (tmp_path / "again.yaml").write_text(again)
    train(load_config(tmp_path / "again.yaml"), quiet=True)


def names_of(tensors, module):
    names = [n.removeprefix(f"{module}.") for n in tensors if n.startswith(f"{module}.")]
    assert names
    return names


@pytest.mark.parametrize("base", ["llama", "tiny"])
def test_a_critic_that_acts_is_saved_over_the_policys_base(base, model_folder, tmp_path):
    model = "tiny" if base == "tiny" else model_folder(base)
    settings = f"{LEARN}, critic_updates: 2, proposals: 2, candidates: 2"
    run = begin(tmp_path, model, method="chai", kind="causal", settings=settings)
    folder = run / "policy"
    policy = Policy.load(PolicyConfig(model=str(folder), device="cpu"))
    acting = load_acting(folder, policy)
    shared = {id(p) for p in policy.parameters()} & {id(p) for p in acting.module.parameters()}
    assert bool(shared) == (base == "llama")
    assert values(acting.module, episode_batch()).isfinite().all()
