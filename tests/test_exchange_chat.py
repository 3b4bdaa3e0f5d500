"""Chats as JSON lines: the tokens of a rollout, the texts that were exchanged, rewards."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archer import TrajectoryStore, collect, collect_scripted, make_vec, scripted
from archer.config import PolicyConfig
from archer.errors import ExchangeError
from archer.exchange import from_chat, to_chat
from archer.policy import Policy
from archer.twin import TrajectoryStore as TwinStore
from chat_cases import FULL, GOOD, TEXTS, chat_file, said
from store_cases import assert_same, simple, trajectory

GAME = "twenty_questions_subset"
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.fixture(scope="module")
def policy():
    return Policy.load(PolicyConfig(model="tiny"))


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


def test_what_a_line_becomes(tmp_path, policy):
    store = TrajectoryStore()
    store.append(simple(1))
    assert from_chat(chat_file(tmp_path, FULL, GOOD), store, policy) == [1, 2]
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


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path, policy):
    store = TrajectoryStore()
    assert from_chat(
        chat_file(tmp_path, b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), FULL), store, policy
    ) == [
        0,
        1,
    ]


def test_an_empty_file_holds_no_chat(tmp_path, policy):
    assert from_chat(chat_file(tmp_path), TrajectoryStore(), policy) == []


# --- rewards ------------------------------------------------------------------------------------


def test_missing_rewards_take_the_default_and_only_those(tmp_path, policy):
    store = TrajectoryStore()
    path = chat_file(tmp_path, {"messages": GOOD["messages"]}, GOOD)
    with pytest.raises(ExchangeError, match=r"line 1: rewards is missing.* 2 numbers.*default_rew"):
        from_chat(path, store, policy)
    from_chat(path, store, policy, default_reward=-2)
    assert [t.rewards.tolist() for t in store] == [[-2, -2], [-1, 0.5]]


@pytest.mark.parametrize(
    "default", [np.float32(-1), np.float64(-1), np.int64(-1), np.float16(-1), Fraction(-1)]
)
def test_a_default_is_any_real_number(tmp_path, policy, default):
    store = TrajectoryStore()
    from_chat(
        chat_file(tmp_path, {"messages": GOOD["messages"]}), store, policy, default_reward=default
    )
    assert store[0].rewards.tolist() == [-1, -1]


@pytest.mark.parametrize(
    "default",
    [float("nan"), float("inf"), "1", True, np.True_, 1e39, 10**400, 1j, np.float32("inf")],
)
def test_a_default_that_is_no_reward(tmp_path, policy, default):
    with pytest.raises(ExchangeError, match=r"default_reward is .*; expected a finite number"):
        from_chat(chat_file(tmp_path, GOOD), TrajectoryStore(), policy, default_reward=default)
