"""A critic that is kept beside its policy, and the runs that may go on from it."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from archer.algorithms.archer import Archer
from archer.config import ArcherConfig, Config
from archer.errors import ConfigError, ModelError
from archer.stopwatch import Stopwatch
from doors import cloned
from test_archer_options import REPLAYED, method_of, play, weights


@pytest.fixture(scope="module")
def start():
    """A policy that guesses, with its demonstrations."""
    return cloned()


def test_a_critic_is_saved_beside_its_policy_and_loaded(start, tmp_path):
    method = method_of(start)
    method.critic.critic.start_at(0.7)
    method.save(tmp_path / "policy")
    folder = str(tmp_path / "policy")
    loaded = method_of(start, critic_from=folder, critic_pretraining_updates=0)
    assert torch.equal(weights(loaded.critic.critic), weights(method.critic.critic))
    assert torch.equal(weights(loaded.critic.target), weights(method.critic.critic))
    loaded.config.critic_updates = loaded.config.actor_epochs = 0
    loaded.learn(play(loaded), 0, Stopwatch())
    assert torch.equal(weights(loaded.critic.critic), weights(method.critic.critic))
    with pytest.raises(ModelError, match=r"there is no critic at .*expected the folder of a pol"):
        method_of(start, critic_from=str(tmp_path))
    with pytest.raises(ModelError, match=r"is another than that of the section critic: \d+ of"):
        method_of(start, critic_from=folder, critic="joint")
    (tmp_path / "policy" / "critic.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"critic\.safetensors is damaged"):
        method_of(start, critic_from=folder)
    # A checkpoint brings the critic, so that the folder may be gone.
    assert method_of(start, critic_from=str(tmp_path), resumed=True).critic


def test_a_critic_that_has_learned_v_alone_is_no_beginning_for_q(start, tmp_path):
    method_of(start, target="vtrace").save(tmp_path / "policy")
    folder = str(tmp_path / "policy")
    assert method_of(start, target="vtrace", critic_from=folder).critic
    settings = {"target": "one_step", "advantage": "td", "critic_from": folder}
    with pytest.raises(ConfigError, match=r"has learned V alone .*set target to 'vtrace'"):
        method_of(start, **settings)
    with pytest.raises(ConfigError, match="has learned V alone"):
        Archer.check(Config(archer=ArcherConfig(**REPLAYED | settings)))


def test_a_critic_goes_on_with_the_discount_that_it_has_learned(start, tmp_path):
    method_of(start, discount=0.9).save(tmp_path / "policy")
    folder = str(tmp_path / "policy")
    with pytest.raises(ConfigError, match=r"discount 0\.9, but archer\.discount is 0\.95"):
        method_of(start, critic_from=folder)
    assert method_of(start, critic_from=folder, discount=0.9).critic


@pytest.mark.parametrize("learned", ["no JSON", json.dumps(3)])
def test_what_a_damaged_file_says_of_itself_is_refused(start, tmp_path, learned):
    method_of(start).save(tmp_path / "policy")
    path = tmp_path / "policy" / "critic.safetensors"
    save_file(load_file(path), path, metadata={"learned": learned})
    with pytest.raises(ModelError, match=r"critic\.safetensors is damaged"):
        method_of(start, critic_from=str(tmp_path / "policy"))
