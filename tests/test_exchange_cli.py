"""`archer store export` and `archer store import`."""

import json
import subprocess
import sys

import pytest

from archer import TrajectoryStore
from archer.cli.exchange import export_main, import_main
from archer.config import PolicyConfig
from archer.errors import ConfigError, CorruptStoreError, ExchangeError, StoreError
from archer.exchange import from_chat
from archer.policy import Policy
from store_cases import assert_same, contents, simple

LINE = {
    "messages": [
        {"role": "user", "content": "Questions:\n"},
        {"role": "assistant", "content": "Is it alive?"},
        {"role": "user", "content": "No."},
    ],
    "rewards": [-1],
    "truncated": True,
}
CITY = [{"conversation": ["Is it big? Yes.", "Is it Rome? Yes."], "done": True, "word": "rome"}]


@pytest.fixture
def chats(tmp_path):
    """A store made of a file with two chats."""
    (tmp_path / "in.jsonl").write_text(f"{json.dumps(LINE)}\n" * 2)
    import_main([str(tmp_path / "in.jsonl"), str(tmp_path / "store")])
    return tmp_path / "store"


def test_parquet_keeps_the_bytes_of_a_store_in_a_process_of_its_own(tmp_path):
    pytest.importorskip("pyarrow", reason="the extra datasets is not installed")
    with TrajectoryStore(tmp_path / "one") as store:
        store.extend([simple(2, seed=2), simple(1)])
    code = (
        "from archer.cli.exchange import export_main, import_main\n"
        # Tokens that no tokenizer has made: the policy is not looked at.
        "export_main(['one', 'x.parquet', '--policy', '/none'])\n"
        "import_main(['x.parquet', 'two'])\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 episodes, 3 turns, in x.parquet\n2 episodes, 3 turns, in two\n"
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_dialogues_go_in_and_out(tmp_path):
    (tmp_path / "in.json").write_text(json.dumps(CITY))
    import_main([str(tmp_path / "in.json"), str(tmp_path / "store")])
    export_main([str(tmp_path / "store"), str(tmp_path / "out.json")])
    assert json.loads((tmp_path / "out.json").read_text()) == CITY


def test_an_import_appends(tmp_path, chats, capsys):
    import_main([str(tmp_path / "in.jsonl"), str(chats)])
    assert capsys.readouterr().out.endswith(f"2 episodes, 2 turns, in {chats}\n")
    with TrajectoryStore(chats, read_only=True) as store:
        assert len(store) == 4
        assert_same(store[0], store[3])


def test_a_format_can_be_given(tmp_path, chats):
    export_main([str(chats), str(tmp_path / "out.txt"), "--format", "jsonl"])
    lines = [json.loads(line) for line in (tmp_path / "out.txt").read_text().splitlines()]
    assert [line["messages"] for line in lines] == [LINE["messages"]] * 2


def test_a_store_is_exported_while_it_is_written(tmp_path, chats):
    with TrajectoryStore(chats):
        export_main([str(chats), str(tmp_path / "out.jsonl")])
    assert (tmp_path / "out.jsonl").is_file()


def test_the_policy_is_that_whose_tokenizer_made_the_tokens(tmp_path, chats, model_folder):
    folder = model_folder("gpt2")  # it has the built-in tokenizer
    export_main([str(chats), str(tmp_path / "out.jsonl"), "--policy", folder])
    with TrajectoryStore(chats) as store:
        store.append(simple(1, extra={"tokenizer": "another"}))
    with pytest.raises(ExchangeError, match=r"trajectory 2 .*another tokenizer"):
        export_main([str(chats), str(tmp_path / "no.jsonl")])
    assert not (tmp_path / "no.jsonl").exists()


def test_what_is_counted_is_what_the_store_holds(tmp_path, capsys):
    line = json.dumps(LINE)
    (tmp_path / "in.jsonl").write_text(f"{line}\n" * 40)
    with TrajectoryStore(tmp_path / "s", segment_bytes=1024) as store:
        from_chat(tmp_path / "in.jsonl", store, Policy.load(PolicyConfig(model="tiny")))
        first = store.compact(20)
    assert 0 < first <= 20
    export_main([str(tmp_path / "s"), str(tmp_path / "out.jsonl")])
    held = 40 - first
    assert capsys.readouterr().out.startswith(f"{held} episodes, {held} turns, in")
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == held


def test_a_failed_import_leaves_no_folder_that_was_not_there(tmp_path):
    (tmp_path / "bad.jsonl").write_text(f"{json.dumps(LINE)}\n{{}}\n")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    (tmp_path / "empty").mkdir()
    for file in ("bad.jsonl", "bad.parquet"):
        for folder in ("store", "empty"):
            with pytest.raises(ExchangeError):
                import_main([str(tmp_path / file), str(tmp_path / folder)])
        assert (tmp_path / "empty").is_dir()
        assert not (tmp_path / "store").exists()


def test_a_default_reward(tmp_path):
    (tmp_path / "in.jsonl").write_text(json.dumps({"messages": LINE["messages"]}))
    import_main([str(tmp_path / "in.jsonl"), str(tmp_path / "s"), "--default-reward", "-1.5"])
    with TrajectoryStore(tmp_path / "s", read_only=True) as store:
        assert store[0].rewards.tolist() == [-1.5]


def test_what_cannot_be_exported(tmp_path, chats):
    out = tmp_path / "out.jsonl"
    for arguments, error, words in [
        ([chats, tmp_path / "in.jsonl"], ConfigError, "is there already; remove it"),
        ([chats, tmp_path / "out.csv"], ConfigError, r"out\.csv does not say .*\.parquet, \.jsonl"),
        ([tmp_path / "none", out], StoreError, "none"),
        ([tmp_path, out], CorruptStoreError, "no whole trajectory store"),
        ([chats, tmp_path / "out.json"], ExchangeError, "trajectory 0 .*holds no word"),
    ]:
        with pytest.raises(error, match=words):
            export_main([str(argument) for argument in arguments])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "store"]


def test_what_cannot_be_imported(tmp_path, chats):
    before = contents(chats)
    (tmp_path / "bad.jsonl").write_text(f"{json.dumps(LINE)}\n{{}}\n")
    (tmp_path / "bad.json").write_text("{}")
    for arguments, error, words in [
        ([tmp_path / "none.jsonl"], ConfigError, r"there is no file .*none\.jsonl"),
        ([tmp_path / "none.csv"], ConfigError, r"none\.csv does not say its format"),
        ([tmp_path / "bad.jsonl"], ExchangeError, r"bad\.jsonl, line 2: messages is None"),
        ([tmp_path / "bad.json"], ExchangeError, r"bad\.json: it holds no list"),
        ([tmp_path / "bad.json", "--default-reward", 1], ConfigError, "is for jsonl, and .*lmrl"),
    ]:
        file, *options = map(str, arguments)
        with pytest.raises(error, match=words):
            import_main([file, str(chats), *options])
        assert contents(chats) == before
