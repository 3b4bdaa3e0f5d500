"""Models by their names on the hub without a network: at once an error, or what the cache has."""

import shutil
import socket
import time
from types import SimpleNamespace

import pytest
import torch
from huggingface_hub import constants
from transformers import AutoModelForCausalLM

import archer
from archer import hub
from archer.cli import main
from archer.errors import ModelError
from archer.models import load_pretrained

NAME = "archer-tests/some-model"
HOST = "hub.invalid"
WORDS = rf"host {HOST} cannot be reached .*local cache.*give a folder, connect to the network"


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """No proxy, an empty cache, a hub whose host has no address; hosts looked up, pauses made."""
    asked = SimpleNamespace(hosts=[], pauses=[])

    def getaddrinfo(host, *_arguments, **_options):
        asked.hosts.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for name in ("http", "https", "all"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_PROXY".upper(), raising=False)
    monkeypatch.setattr(constants, "ENDPOINT", f"https://{HOST}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(time, "sleep", asked.pauses.append)
    return asked


def load(name=NAME):
    return load_pretrained(AutoModelForCausalLM, name, torch.float32)


def test_a_model_that_is_nowhere_is_not_tried_again(asked):
    with pytest.raises(ModelError, match=rf"from {NAME!r}: .*{WORDS}"):
        load()
    assert asked.hosts[0] == HOST
    assert not asked.pauses


def test_an_answerer_that_is_nowhere_is_not_tried_again(asked):
    with pytest.raises(ModelError, match=rf"{WORDS}.* or a callable"):
        archer.make_vec("twenty_questions_subset", 1, answerer=NAME)
    assert not asked.pauses


def test_a_command_says_so(asked, capsys, tmp_path):
    archer.TrajectoryStore(tmp_path / "store").close()
    out = tmp_path / "chats.jsonl"
    assert main(["store", "export", str(tmp_path / "store"), str(out), "--policy", NAME]) == 2
    assert f"host {HOST} cannot be reached" in capsys.readouterr().err.replace("\n", " ")
    assert not out.exists()


def test_a_cached_model_is_loaded(asked, model_folder, tmp_path):
    folder = tmp_path / "cache" / f"models--{NAME.replace('/', '--')}"
    commit = "0123456789abcdef0123456789abcdef01234567"
    shutil.copytree(model_folder("gpt2"), folder / "snapshots" / commit)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(commit)
    model, tokenizer = load()
    assert model.config.model_type == "gpt2"
    assert tokenizer.eos_token_id is not None
    assert not asked.pauses


def test_a_folder_is_not_looked_for_on_the_hub(asked, model_folder, monkeypatch, tmp_path):
    shutil.copytree(model_folder("gpt2"), tmp_path / "some" / "model")
    monkeypatch.chdir(tmp_path)
    assert hub.out_of_reach("some/model") is None
    assert hub.out_of_reach(str(tmp_path / "missing")) is None
    assert load("some/model")[0].config.model_type == "gpt2"
    assert not asked.hosts


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy"])
def test_a_proxy_looks_up_hosts_by_itself(asked, monkeypatch, variable):
    monkeypatch.setenv(variable, "http://proxy.invalid:3128")
    assert hub.out_of_reach(NAME) is None
    assert not asked.hosts


def test_a_host_that_takes_connections_is_asked(asked, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        assert hub.out_of_reach(NAME) is None
    words = hub.out_of_reach(NAME)  # nobody listens any more
    assert words is not None
    assert f"host {HOST} cannot be reached" in words
    assert not asked.pauses
