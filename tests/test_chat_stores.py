"""Stores remember whether a chat template wrote them, and which: no policy learns another way."""

import json
from types import SimpleNamespace

import pytest

from archer import TrajectoryStore, collect_scripted, make_vec, scripted
from archer.algorithms.bc import BehaviourCloning
from archer.cli.demos import main as demos
from archer.cli.exchange import export_main, import_main
from archer.cli.play import main as play
from archer.cli.runs import load_policy
from archer.config import BCConfig, Config, PolicyConfig
from archer.config.load import dump_config
from archer.errors import ConfigError, ExchangeError
from archer.policy import Policy

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
OTHER = TEMPLATE.replace("<", "[").replace(">", "]")
GAME = "corridor"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a model with a chat template."""
    folder = tmp_path_factory.mktemp("chat_model")
    policy = Policy.load(PolicyConfig(device="cpu"))
    policy.tokenizer.chat_template = TEMPLATE
    policy.save(folder)
    return str(folder)


@pytest.fixture
def plain(model):
    return Policy.load(PolicyConfig(model=model, device="cpu"))


@pytest.fixture
def chat(model):
    return Policy.load(PolicyConfig(model=model, device="cpu", chat=True))


def cloned(policy, folder):
    """Begins to learn from a store."""
    with TrajectoryStore(folder, read_only=True) as store:
        BehaviourCloning(policy, store, BCConfig(steps=1), seed=0)


def messages_in(file):
    return [json.loads(line)["messages"] for line in file.read_text().splitlines()]


def test_a_fingerprint_of_a_chat_policy_holds_its_template(model, plain, chat):
    assert plain.fingerprint == Policy.load(PolicyConfig(device="cpu")).fingerprint
    assert len(plain.fingerprint) == 16
    assert chat.fingerprint.startswith(f"{plain.fingerprint}-")
    again = Policy.load(PolicyConfig(model=model, device="cpu", chat=True))
    assert again.fingerprint == chat.fingerprint
    again.tokenizer.chat_template = OTHER
    other = Policy(again.model, again.tokenizer, 4, 1.0, chat=True)
    assert len({plain.fingerprint, chat.fingerprint, other.fingerprint}) == 3


def test_demonstrations_are_learned_as_they_were_written(tmp_path, model, plain, chat):
    arguments = [GAME, "--episodes", "2", "--model", model]
    demos([*arguments, "--out", str(tmp_path / "plain")])
    demos([*arguments, "--out", str(tmp_path / "chat"), "--chat"])
    cloned(plain, tmp_path / "plain")
    cloned(chat, tmp_path / "chat")
    with TrajectoryStore(tmp_path / "chat", read_only=True) as store:
        assert "<user>" in chat.tokenizer.decode(store[0].tokens.tolist())
    with pytest.raises(ConfigError, match=r"demonstration 0 .* plain text, .* make them with --ch"):
        cloned(chat, tmp_path / "plain")
    with pytest.raises(ConfigError, match=r"0 .* a chat template, .* plain text; .*chat: true"):
        cloned(plain, tmp_path / "chat")
    chat.tokenizer.chat_template = OTHER
    other = Policy(chat.model, chat.tokenizer, 4, 1.0, chat=True)
    with pytest.raises(ConfigError, match="another chat template than the policy's"):
        cloned(other, tmp_path / "chat")


def test_demonstrations_of_several_hands_are_all_looked_at(tmp_path, plain, chat):
    with TrajectoryStore(tmp_path / "s") as store:
        for policy in (chat, plain):
            played = collect_scripted(scripted(GAME, "noisy", 0), make_vec(GAME, 1, 0), 1, policy)
            store.append(played[0].trajectory)
    with pytest.raises(ConfigError, match="demonstration 1 was encoded by plain text"):
        cloned(chat, tmp_path / "s")


def test_chats_go_in_and_out_by_a_template(tmp_path, model, chat):
    demos([GAME, "--episodes", "2", "--out", str(tmp_path / "in.jsonl"), "--format", "jsonl"])
    messages = messages_in(tmp_path / "in.jsonl")
    store, out = str(tmp_path / "s"), str(tmp_path / "out.jsonl")
    import_main([str(tmp_path / "in.jsonl"), store, "--policy", model, "--chat"])
    cloned(chat, store)
    with pytest.raises(ExchangeError, match=r"those of a chat template, .*--chat\)"):
        export_main([store, out, "--policy", model])
    export_main([store, out, "--policy", model, "--chat"])
    assert messages_in(tmp_path / "out.jsonl") == messages


def test_a_run_says_itself_how_it_writes(tmp_path, model):
    for name, chat in (("plain", False), ("chat", True)):
        config = Config(policy=PolicyConfig(model=model, device="cpu", chat=chat))
        (tmp_path / name).mkdir()
        dump_config(config, tmp_path / name / "config.yaml")
        Policy.load(config.policy).save(tmp_path / name / "policy")
    expected = Policy.load(PolicyConfig(model=model, device="cpu", chat=True)).fingerprint
    for given in (False, True):
        assert load_policy(str(tmp_path / "chat"), chat=given).policy.fingerprint == expected
    with pytest.raises(ConfigError, match=r"--chat is given, but .*leave --chat out"):
        load_policy(str(tmp_path / "plain"), chat=True)


@pytest.mark.parametrize("given", [[], ["--chat"]])
def test_a_model_is_watched_as_it_is_told_to_write(monkeypatch, capsys, model, given):
    asked = []

    def load(config):
        asked.append(config.chat)
        return Policy.load(config)

    monkeypatch.setattr("archer.cli.runs.Policy", SimpleNamespace(load=load))
    play([GAME, "--watch", model, *given])
    assert asked == [bool(given)]
    assert f"plays {GAME}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--chat"], "--chat is for a model that plays; name it with --watch"),
        (["--watch", "optimal", "--chat"], "--chat is for a model, and optimal is a scripted"),
    ],
)
def test_only_models_have_templates(arguments, message):
    with pytest.raises(ConfigError, match=message):
        play([GAME, *arguments])
