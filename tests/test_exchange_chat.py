"""Chats as JSON lines: the tokens of a rollout, every malformed line by its number, all or none."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archer import TrajectoryStore, collect, collect_scripted, make_vec, scripted
from archer.config import PolicyConfig
from archer.errors import ExchangeError, StoreIOError, UnknownTrajectoryError
from archer.exchange import from_chat, to_chat
from archer.policy import Policy
from archer.twin import TrajectoryStore as TwinStore
from store_cases import assert_same, simple, trajectory

GAME = "twenty_questions_subset"
GOOD = {
    "messages": [
        {"role": "user", "content": "Questions:\n"},
        {"role": "assistant", "content": "Is it alive?"},
        {"role": "user", "content": "Yes."},
        {"role": "assistant", "content": "Is it a dog?"},
    ],
    "rewards": [-1, 0.5],
}
FULL = {
    **GOOD,
    "terminated": True,
    "truncated": False,
    "policy_version": 3,
    "env_id": "game",
    "seed": 2**64 - 1,
    "extra": {"a": [1, None]},
}


@pytest.fixture(scope="module")
def policy():
    return Policy.load(PolicyConfig(model="tiny"))


@pytest.fixture
def write(tmp_path):
    """A function from lines, as objects, text or bytes, to a file with them."""

    def to_file(*lines):
        texts = [line if isinstance(line, (str, bytes)) else json.dumps(line) for line in lines]
        path = tmp_path / "chats.jsonl"
        path.write_bytes(
            b"".join(t + b"\n" if isinstance(t, bytes) else f"{t}\n".encode() for t in texts)
        )
        return path

    return to_file


def but(**fields):
    return {**FULL, **fields}


def said(*contents, roles=("user", "assistant")):
    return [{"role": roles[i % 2], "content": text} for i, text in enumerate(contents)]


# --- there and back -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [TrajectoryStore, TwinStore])
def test_scripted_episodes_come_back_token_by_token(tmp_path, policy, kind):
    played = collect_scripted(scripted(GAME, "noisy", 1), make_vec(GAME, 8, 1), 40, policy)
    store, fresh = kind(), kind()
    store.extend(episode.trajectory for episode in played)
    to_chat(store, tmp_path / "x.jsonl", policy)
    assert from_chat(tmp_path / "x.jsonl", fresh, policy) == list(range(40))
    for one, other in zip(store, fresh, strict=True):
        assert_same(one, other)
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    for line, episode in zip(lines, played, strict=True):
        assert [message["content"] for message in line["messages"]] == episode.texts
        assert [message["role"] for message in line["messages"][:3]] == [
            "user",
            "assistant",
            "user",
        ]
        assert line["extra"] == dict(episode.trajectory.extra)


def test_sampled_episodes_keep_the_texts_that_were_exchanged(tmp_path, policy, generator):
    played = collect(policy, make_vec(GAME, 4, 1), 4, generator)
    store = TrajectoryStore()
    store.extend(episode.trajectory for episode in played)
    to_chat(store, tmp_path / "x.jsonl", policy, ids=[2, 0])
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    texts = [[message["content"] for message in line["messages"]] for line in lines]
    assert texts == [played[2].texts, played[0].texts]
    assert lines[0]["rewards"] == played[2].trajectory.rewards.tolist()


def test_what_a_line_becomes(policy, write):
    store = TrajectoryStore()
    store.append(simple(1))
    assert from_chat(write(FULL, GOOD), store, policy) == [1, 2]
    pieces = [
        policy.encode_opening("Questions:\n"),
        policy.encode_utterance("Is it alive?"),
        policy.encode_observation("Yes."),
        policy.encode_utterance("Is it a dog?"),
        [],
    ]
    nothing = [np.nan] * (len(pieces[1]) + len(pieces[3]))
    name = {"tokenizer": policy.fingerprint}
    fields = {"terminated": True, "policy_version": 3, "env_id": "game", "seed": 2**64 - 1}
    expected = trajectory(pieces, [-1, 0.5], nothing, extra={"a": [1, None], **name}, **fields)
    assert_same(store[1], expected)
    assert_same(store[2], trajectory(pieces, [-1, 0.5], nothing, extra=name, terminated=False))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def chats(draw):
    """Lines as `to_chat` writes them, but for the name of the tokenizer."""
    contents = [draw(TEXTS), *(text.strip() for text in draw(st.lists(TEXTS, min_size=1)))]
    turns = len(contents) // 2
    terminated = draw(st.booleans())
    return {
        "messages": said(*contents),
        "rewards": draw(st.lists(NUMBERS, min_size=turns, max_size=turns)),
        "terminated": terminated,
        "truncated": not terminated and draw(st.booleans()),
        "policy_version": draw(st.integers(0, 2**63 - 1)),
        "env_id": draw(TEXTS),
        "seed": draw(st.integers(0, 2**64 - 1)),
        "extra": draw(st.dictionaries(TEXTS, st.integers() | TEXTS, max_size=2)),
    }


@given(st.lists(chats(), max_size=3))
def test_any_chat_comes_back(tmp_path_factory, policy, lines):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8", newline="\n")
    store = TrajectoryStore()
    assert from_chat(path, store, policy) == list(range(len(lines)))
    to_chat(store, path, policy)
    written = [json.loads(line) for line in path.read_bytes().splitlines()]
    name = {"tokenizer": policy.fingerprint}
    assert written == [{**line, "extra": line["extra"] | name} for line in lines]


@given(
    st.lists(st.lists(st.integers(0, 1023), min_size=1, max_size=5), min_size=2, max_size=5),
)
def test_any_tokens_can_be_written_and_read_again(tmp_path_factory, policy, pieces):
    path = tmp_path_factory.getbasetemp() / "tokens.jsonl"
    store = TrajectoryStore()
    store.append(trajectory(pieces if len(pieces) % 2 else [*pieces, []]))
    to_chat(store, path, policy)
    from_chat(path, store, policy)
    to_chat(store, path, policy)
    first, second = map(json.loads, path.read_bytes().splitlines())
    assert first["messages"] == second["messages"]


@pytest.mark.parametrize("kind", [TrajectoryStore, TwinStore])
def test_half_of_a_surrogate_pair_in_extra_is_written_as_json_can(tmp_path, policy, kind):
    store = kind()
    store.append(simple(1, extra={"a": "\ud800é"}))
    to_chat(store, tmp_path / "x.jsonl", policy)
    line = (tmp_path / "x.jsonl").read_text("utf-8")
    assert json.loads(line)["extra"] == {"a": "\ud800é"}


def test_a_file_may_begin_with_a_byte_order_mark(policy, write):
    store = TrajectoryStore()
    assert from_chat(write(b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), FULL), store, policy) == [
        0,
        1,
    ]


# --- rewards ------------------------------------------------------------------------------------


def test_missing_rewards_take_the_default_and_only_those(policy, write):
    store = TrajectoryStore()
    path = write({"messages": GOOD["messages"]}, GOOD)
    with pytest.raises(ExchangeError, match=r"line 1: rewards is missing.* 2 numbers.*default_rew"):
        from_chat(path, store, policy)
    from_chat(path, store, policy, default_reward=-2)
    assert [t.rewards.tolist() for t in store] == [[-2, -2], [-1, 0.5]]


@pytest.mark.parametrize(
    "default", [np.float32(-1), np.float64(-1), np.int64(-1), np.float16(-1), Fraction(-1)]
)
def test_a_default_is_any_real_number(policy, write, default):
    store = TrajectoryStore()
    from_chat(write({"messages": GOOD["messages"]}), store, policy, default_reward=default)
    assert store[0].rewards.tolist() == [-1, -1]


@pytest.mark.parametrize(
    "default",
    [float("nan"), float("inf"), "1", True, np.True_, 1e39, 10**400, 1j, np.float32("inf")],
)
def test_a_default_that_is_no_reward(policy, write, default):
    with pytest.raises(ExchangeError, match=r"default_reward is .*; expected a finite number"):
        from_chat(write(GOOD), TrajectoryStore(), policy, default_reward=default)


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
def test_a_malformed_line_is_named_and_nothing_is_imported(policy, write, name, kind):
    line, words = MALFORMED[name]
    path, store = write(GOOD, FULL, line, GOOD), kind()
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


def test_an_empty_file_holds_no_chat(policy, write):
    assert from_chat(write(), TrajectoryStore(), policy) == []
