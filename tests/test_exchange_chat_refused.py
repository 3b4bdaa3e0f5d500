"""Chats that are refused: every malformed line by its number, all or none; what no line can say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archer import TrajectoryStore
from archer.config import PolicyConfig
from archer.errors import ExchangeError, StoreIOError, UnknownTrajectoryError
from archer.exchange import from_chat, to_chat
from archer.policy import Policy
from archer.twin import TrajectoryStore as TwinStore
from chat_cases import FULL, GOOD, TEXTS, chat_file, said
from store_cases import simple


@pytest.fixture(scope="module")
def policy():
    return Policy.load(PolicyConfig(model="tiny"))


def but(**fields):
    return {**FULL, **fields}


# --- malformed lines ----------------------------------------------------------------------------

MALFORMED = {
    "empty line": ("", "the line is empty; expected one object a line"),
    "blank line": (" \r", "the line is empty"),
    "mark in the middle": ("\ufeff" + json.dumps(FULL), "no JSON"),
    "key twice": (
        json.dumps(FULL)[:-1] + ', "rewards": [5, 5]}',
        r"the key 'rewards' is there twice, with \[-1, 0.5\] and \[5, 5\]; keep one",
    ),
    "key twice inside": (json.dumps(FULL)[:-2] + ', "a": 1}}', "the key 'a' is there twice"),
    "cut short": (json.dumps(FULL)[:-1], "no JSON"),
    "two objects": ("{} {}", "no JSON"),
    "latin-1": (json.dumps(FULL, ensure_ascii=False).encode() + b"\xe9", "no JSON in UTF-8"),
    "deep": ("[" * 100_000, "no JSON"),
    "NaN": (json.dumps(but(rewards=[float("nan"), 0])), "NaN is no JSON number"),
    "infinite": (json.dumps(but(rewards=[float("-inf"), 0])), "-Infinity is no JSON number"),
    "digits": (f'{{"seed": {"1" * 5000}}}', "no JSON"),
    "list": ([1], r"\[1\] is no object; expected one with messages"),
    "text": ('"messages"', "'messages' is no object"),
    "unknown key": (but(truncatd=True), "unknown key 'truncatd'; expected messages, rewards"),
    "no messages": ({"rewards": []}, "messages is None; expected a list"),
    "one message": (but(messages=said("a")), "at least an observation .*and an utterance"),
    "messages as text": (but(messages="hello"), "messages is 'hello'"),
    "message as text": (but(messages=["a", "b"]), "message 0 is 'a'; expected an object"),
    "no content": (but(messages=[{"role": "user"}] * 2), "message 0 .*role and content alone"),
    "name": (but(messages=[{**m, "name": "x"} for m in said("a", "b")]), "content alone"),
    "system first": (
        but(messages=[{"role": "system", "content": "x"}, *said("a", "b")]),
        "message 0 has the role 'system'; expected 'user'.*before the first observation",
    ),
    "assistant first": (but(messages=said("a", "b")[::-1]), "message 0 has the role 'assistant'"),
    "user twice": (but(messages=said("a", "b", roles=["user"] * 2)), "message 1 .*'assistant'"),
    "role as list": (but(messages=said("a", "b", roles=[[1], 2])), r"message 0 has the role \[1\]"),
    "content as list": (
        but(messages=said("a", [1])),
        r"message 1 has the content \[1\]; expected a",
    ),
    "surrogate": (
        but(messages=said("a", "\ud800"), rewards=[1]),
        "text 1 holds half of a surrog",
    ),
    "few rewards": (but(rewards=[1]), r"rewards is \[1\]; expected a list of 2 finite"),
    "many rewards": (but(rewards=[1] * 3), "list of 2 finite"),
    "one reward": (but(rewards=1), "rewards is 1; expected a list"),
    "null rewards": (but(rewards=None), "rewards is None; expected a list"),
    "null reward": (but(rewards=[1, None]), "list of 2 finite"),
    "reward as text": (but(rewards=["1", 1]), "list of 2 finite"),
    "reward as flag": (but(rewards=[True, 1]), "list of 2 finite"),
    "large reward": (but(rewards=[1e39, 1]), "list of 2 finite"),
    "flag as number": (but(terminated=1), "terminated"),
    "null flag": (but(truncated=None), "truncated"),
    "both ends": (but(truncated=True), "terminated and truncated"),
    "version as text": (but(policy_version="1"), "policy_version"),
    "version": (but(policy_version=-1), "policy_version"),
    "large version": (but(policy_version=2**63), "policy_version"),
    "seed": (but(seed=-1), "seed"),
    "large seed": (but(seed=2**64), "seed"),
    "seed as flag": (but(seed=True), "seed is True; expected an integer"),
    "version as flag": (but(policy_version=False), "policy_version is False; expected an integer"),
    "seed as float": (but(seed=1.0), "seed"),
    "env_id": (but(env_id=None), "env_id"),
    "env_id as number": (but(env_id=1), "env_id"),
    "env_id surrogate": (but(env_id="\ud800"), "env_id"),
    "extra": (but(extra=[["a", 1]]), r"extra is \[\['a', 1\]\]; expected an object"),
    "null extra": (but(extra=None), "extra is None"),
}


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("kind", [TrajectoryStore, TwinStore])
def test_a_malformed_line_is_named_and_nothing_is_imported(tmp_path, policy, name, kind):
    line, words = MALFORMED[name]
    path, store = chat_file(tmp_path, GOOD, FULL, line, GOOD), kind()
    store.append(simple(1))
    with pytest.raises(ExchangeError, match=rf"chats\.jsonl, line 3: .*{words}.*; nothing has"):
        from_chat(path, store, policy)
    assert len(store) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(sorted(FULL)), JSON)
def test_no_value_of_a_key_is_more_than_an_error(tmp_path_factory, policy, key, value):
    path = tmp_path_factory.getbasetemp() / "values.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n{json.dumps(but(**{key: value}))}\n", "utf-8")
    store, refused = TrajectoryStore(), ""
    try:
        from_chat(path, store, policy)
    except ExchangeError as error:
        refused = str(error)
    assert len(store) == (0 if refused else 2)
    assert "values.jsonl, line 2: " in refused or not refused


# --- what cannot be exported, files -------------------------------------------------------------


def test_tokens_of_another_tokenizer_are_refused(tmp_path, policy):
    store = TrajectoryStore()
    store.extend([simple(1), simple(1, extra={"tokenizer": "0" * 16}), simple(1, start=1021)])
    (tmp_path / "x.jsonl").write_text("before")
    with pytest.raises(
        ExchangeError, match=r"trajectory 1 .*another tokenizer \(0{16}\).*give the"
    ):
        to_chat(store, tmp_path / "x.jsonl", policy)
    with pytest.raises(ExchangeError, match=r"trajectory 2 .*the token 1024, .*knows only 1024"):
        to_chat(store, tmp_path / "x.jsonl", policy, ids=[0, 2])
    store.append(simple(1, extra={"tokenizer": ["a"]}))
    with pytest.raises(ExchangeError, match=r"trajectory 3 .*another tokenizer \(\['a'\]\)"):
        to_chat(store, tmp_path / "x.jsonl", policy, ids=[3])
    with pytest.raises(UnknownTrajectoryError):
        to_chat(store, tmp_path / "x.jsonl", policy, ids=[0, 4])
    with pytest.raises(ExchangeError, match="ids must be integers"):
        to_chat(store, tmp_path / "x.jsonl", policy, ids=["0"])
    assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]
    assert (tmp_path / "x.jsonl").read_text() == "before"


def test_paths_that_cannot_be_used(tmp_path, policy):
    with pytest.raises(StoreIOError, match=r"cannot read .*none\.jsonl: No such file"):
        from_chat(tmp_path / "none.jsonl", TrajectoryStore(), policy)
    with pytest.raises(StoreIOError, match=r"cannot write .*x\.jsonl: No such file"):
        to_chat(TrajectoryStore(), tmp_path / "no" / "x.jsonl", policy)
