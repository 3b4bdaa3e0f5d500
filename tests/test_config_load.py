"""Configurations: YAML to dataclasses and back, and every way to get one wrong."""

import dataclasses
from typing import Any

import pytest
import tyro
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from archer.config import (
    ArcherConfig,
    Config,
    EnvConfig,
    RunConfig,
    check_config,
    config_from_dict,
    dump_config,
    load_config,
)
from archer.errors import ArcherError, ConfigError


def write(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return path


def test_defaults_are_the_papers():
    archer = ArcherConfig()
    assert (archer.discount, archer.polyak, archer.replay_capacity) == (0.95, 0.1, 100_000)
    assert (archer.episodes_per_iteration, archer.critic_updates, archer.actor_epochs) == (
        128,
        50,
        3,
    )
    assert (archer.critic_learning_rate, archer.policy_learning_rate) == (2e-5, 1e-6)
    assert (archer.critic_only_iterations, archer.critic_only_updates) == (20, 50)
    assert (archer.advantage, archer.value_target, archer.loss) == (
        "q_minus_v",
        "fresh",
        "reinforce",
    )
    assert Config().policy.max_new_tokens == 32
    check_config(Config())


def test_file_is_read_over_the_defaults(tmp_path):
    path = write(
        tmp_path,
        """
        env: {id: twenty_questions, options: {max_turns: 12, answerer: folder, exact: true}}
        archer: {discount: 1, policy_learning_rate: 3e-4, actor_epochs: 8, loss: clipped}
        policy: {lora_rank: 4, lora_targets: [q_proj, v_proj]}
        """,
    )
    config = load_config(path)
    assert config.env == EnvConfig(
        id="twenty_questions", options={"max_turns": 12, "answerer": "folder", "exact": True}
    )
    assert config.archer.discount == 1.0
    assert isinstance(config.archer.discount, float)
    assert config.archer.policy_learning_rate == 3e-4
    assert config.policy.lora_targets == ["q_proj", "v_proj"]
    assert config.run == RunConfig()


def test_options_may_be_lists_and_mappings(tmp_path):
    path = write(
        tmp_path, "env: {id: maze, options: {map: ['###', '#G#'], engine_options: {a: 1}}}"
    )
    options = {"map": ["###", "#G#"], "engine_options": {"a": 1}}
    assert load_config(path).env.options == options
    dump_config(load_config(path), tmp_path / "again.yaml")
    assert load_config(tmp_path / "again.yaml").env.options == options


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("True", True),
        ("false", False),
        ("crane", "crane"),
        ("null", "null"),
        ("NaN", "NaN"),
        ("[1, 1]", [1, 1]),
        ("[KQvK]", "[KQvK]"),
        ('["KQvK"]', ["KQvK"]),
        ('{"Skill Level": 3}', {"Skill Level": 3}),
    ],
)
def test_options_are_typed_as_json_or_plain_texts(typed, value):
    config = tyro.cli(EnvConfig, args=["--options", "thing", typed])
    assert config.options == {"thing": value}
    assert type(config.options["thing"]) is type(value)


def test_empty_file_gives_the_defaults(tmp_path):
    assert load_config(write(tmp_path, "")) == Config()


def test_overrides_win_over_the_file(tmp_path):
    path = write(tmp_path, "run: {seed: 1, out: here}")
    config = load_config(path, {"run.seed": 5, "archer.iterations": 3})
    assert (config.run.seed, config.run.out, config.archer.iterations) == (5, "here", 3)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("archer: {discont: 0.9}", ["'archer.discont'", "'discount'"]),
        ("archr: {discount: 0.9}", ["'archr'", "'archer'"]),
        ("zzzzzz: 1", ["'zzzzzz'", "expected one of", "'env'", "'run'"]),
        ("archer: {discount: high}", ["archer.discount", "'high'", "a number"]),
        ("archer: {discount: 1.5}", ["archer.discount", "1.5", "from 0 to 1"]),
        ("archer: {discount: .nan}", ["archer.discount", "nan", "from 0 to 1"]),
        ("archer: {discount: true}", ["archer.discount", "True", "a number"]),
        ("archer: {priority_half_life: .inf}", ["inf", "above 0 and finite", "null"]),
        ("archer: {clip: 0}", ["archer.clip", "above 0"]),
        ("archer: {iterations: 2.5}", ["archer.iterations", "2.5", "an integer"]),
        ("archer: {iterations: true}", ["archer.iterations", "True", "an integer"]),
        ("archer: {iterations: -1}", ["archer.iterations", "-1", "at least 0"]),
        ("archer: {advantage: q-v}", ["archer.advantage", "'q-v'", "'q_minus_v'", "'gae'"]),
        ("archer: {token_baseline: 1}", ["archer.token_baseline", "true or false"]),
        ("archer: 3", ["archer", "3", "section"]),
        ("env: {num_envs: 0}", ["env.num_envs", "at least 1"]),
        ("env: {id: 7}", ["env.id", "7", "a string"]),
        ("env: {options: [1]}", ["env.options", "mapping"]),
        ("env: {options: {1: 2}}", ["env.options", "mapping"]),
        ("env: {options: {words: 2020-01-01}}", ["env.options", "'words'", "a string", "a list"]),
        ("env: {options: {seed: 3}}", ["'seed'", "setting of its own"]),
        ("bc: {demonstrator_options: {name: x}}", ["'name'", "setting of its own"]),
        ("policy: {lora_rank: big}", ["policy.lora_rank", "'big'", "an integer or null"]),
        ("policy: {lora_targets: q_proj}", ["policy.lora_targets", "a list or null"]),
        ("policy: {lora_targets: [q, 3]}", ["policy.lora_targets", "a string at 1"]),
        ("run: {seed: -1}", ["run.seed", "from 0 to"]),
        ("- 1", ["sections"]),
        ("archer: {", ["not valid YAML"]),
        ("archer: {clip: 1, clip: 2}", ["not valid YAML", "'clip' is given twice"]),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, parts):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    for part in parts:
        assert part in str(caught.value)


def test_missing_file_folder_and_bytes_are_config_errors(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: No such file"):
        load_config(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path / "bytes")


def test_bad_overrides_are_config_errors(tmp_path):
    path = write(tmp_path, "run: {seed: 1}")
    with pytest.raises(ConfigError, match=r"'run\.sed'.*'seed'"):
        load_config(path, {"run.sed": 1})
    with pytest.raises(ConfigError, match=r"run\.seed\.deep"):
        load_config(path, {"run.seed.deep": 1})
    assert issubclass(ConfigError, ArcherError)


def test_check_refuses_values_set_in_python():
    config = Config()
    config.archer.polyak = 2.0
    with pytest.raises(ConfigError, match=r"archer\.polyak.*2\.0"):
        check_config(config)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    scalars = st.booleans() | st.integers(-5, 5) | st.floats(0, 1) | st.text(max_size=5)
    if "options" in hint:
        return st.dictionaries(st.text(max_size=5), scalars, max_size=3)
    return {
        "threads": st.none() | st.integers(1, 64),
        "lora_targets": st.none() | st.lists(st.text(max_size=5), max_size=3),
        "discount": st.floats(0, 1),
        "critic_learning_rate": st.floats(0, 1e3),
        "out": st.text(),
        "id": st.text(),
        "normalize_advantage": st.booleans(),
        "advantage": st.sampled_from(["q_minus_v", "td", "gae"]),
    }[hint]


@given(
    env=st.fixed_dictionaries({"id": values_of("id"), "options": values_of("options")}),
    policy=st.fixed_dictionaries({"lora_targets": values_of("lora_targets")}),
    archer=st.fixed_dictionaries(
        {
            name: values_of(name)
            for name in ("discount", "critic_learning_rate", "normalize_advantage", "advantage")
        }
    ),
    run=st.fixed_dictionaries({"out": values_of("out"), "threads": values_of("threads")}),
)
@example(
    env={"id": "0E0", "options": {"1e5": "-.5e+3"}},
    policy={"lora_targets": ["1_0e1"]},
    archer={"critic_learning_rate": 1e-5},
    run={"out": "7e1"},
)
def test_dump_and_load_give_the_same_configuration(tmp_path_factory, env, policy, archer, run):
    config = config_from_dict({"env": env, "policy": policy, "archer": archer, "run": run})
    path = tmp_path_factory.getbasetemp() / "round_trip.yaml"
    dump_config(config, path)
    loaded = load_config(path)
    assert loaded == config
    assert repr(loaded) == repr(config)  # True is not 1, nor 1.0


def test_every_example_configuration_loads(request):
    examples = sorted((request.config.rootpath / "examples").glob("*.yaml"))
    assert examples
    for path in examples:
        assert set(yaml.safe_load(path.read_text())) <= {
            field.name for field in dataclasses.fields(Config)
        }
        load_config(path)
