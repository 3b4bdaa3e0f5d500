"""What policies refuse to be loaded from, and to be saved to."""

import pytest

from archer.config import Config, PolicyConfig
from archer.errors import ConfigError
from archer.policy import Policy


@pytest.mark.parametrize("given", ["tiny", None, Config()])
def test_what_is_no_configuration_of_a_policy(given):
    with pytest.raises(ConfigError, match=r"was given .*; give a PolicyConfig"):
        Policy.load(given)


@pytest.mark.parametrize(
    "setting",
    [{"top_p": 0.0}, {"temperature": 0.0}, {"max_new_tokens": 0}, {"dtype": "half"}],
    ids=str,
)
def test_a_setting_out_of_its_range(setting):
    (name,) = setting
    with pytest.raises(ConfigError, match=rf"{name} in the policy's configuration is .*; expected"):
        Policy.load(PolicyConfig(device="cpu", **setting))


def test_utterances_as_long_as_the_model():
    with pytest.raises(ConfigError, match=r"max_new_tokens is 1024, but .* has 1024 positions"):
        Policy.load(PolicyConfig(device="cpu", max_new_tokens=1024))


def test_a_file_where_a_policy_is_to_be_saved(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        Policy.load(PolicyConfig(device="cpu")).save(tmp_path / "file")
