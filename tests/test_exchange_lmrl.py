"""Dialogues of LMRL-Gym: the published data of Guess My City, and whatever is not such data."""

import json
import math
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from archer import TrajectoryStore
from archer.config import PolicyConfig
from archer.errors import ExchangeError, StoreIOError
from archer.exchange import from_lmrl, to_lmrl
from archer.policy import Policy
from store_cases import simple, trajectory

GUESSED = {
    "conversation": ["Is it? Really? No.", "Is it Bogotá? Yes."],
    "done": True,
    "word": "bogota,colombia",
}
MISSED = {**GUESSED, "done": False}


@pytest.fixture(scope="session")
def policy():
    return Policy.load(PolicyConfig(model="tiny"))


@pytest.fixture(scope="session")
def cities(request):
    """The published dialogues, as JSON has them, and where they are."""
    default = request.config.rootpath.parent / "shared" / "data"
    path = Path(os.environ.get("ARCHER_TEST_DATA", default)) / "guess_my_city.json"
    if not path.is_file():
        pytest.skip("guess_my_city.json is not in the folder that ARCHER_TEST_DATA names")
    return json.loads(path.read_text("utf-8")), path


@pytest.fixture(scope="session")
def imported(cities, policy, tmp_path_factory):
    """A store with all of them."""
    store = TrajectoryStore(tmp_path_factory.mktemp("cities") / "store")
    assert from_lmrl(cities[1], store, policy) == list(range(950))
    return store


@pytest.fixture
def write(tmp_path):
    def to_file(*dialogues):
        (tmp_path / "x.json").write_text(json.dumps(dialogues), "utf-8")
        return tmp_path / "x.json"

    return to_file


def pieces(trajectory, spoken):
    """The tokens of its observations, or of its utterances, in order."""
    ends = trajectory.boundaries
    return [
        trajectory.tokens[ends[k] : ends[k + 1]].tolist()
        for k in range(1 if spoken else 0, len(ends) - 1, 2)
    ]


# --- the published data -------------------------------------------------------------------------


def test_all_published_dialogues_go_in_with_their_rewards(cities, imported):
    dialogues = cities[0]
    assert len(dialogues) == 950
    turns = [len(dialogue["conversation"]) for dialogue in dialogues]
    guessed = [dialogue["done"] for dialogue in dialogues]
    stored = list(imported)
    assert [t.num_turns for t in stored] == turns
    assert imported.num_turns == sum(turns) == 17_606
    assert [t.terminated for t in stored] == guessed
    assert [not t.truncated for t in stored] == guessed
    assert sum(guessed) == 590
    # Whoever missed the city had asked 20 questions: the limit, hence truncated.
    assert {t.num_turns for t in stored if t.truncated} == {20}
    for t in stored:
        assert t.rewards.tolist() == [-1] * (t.num_turns - 1) + [0 if t.terminated else -1]
        assert np.isnan(t.logprobs).all()
    returns = [1 - n if won else -n for n, won in zip(turns, guessed, strict=True)]
    assert [t.episode_return for t in stored] == returns
    assert sum(returns) == 590 - 17_606
    words = Counter(t.extra["word"] for t in stored)
    assert words == Counter(dialogue["word"] for dialogue in dialogues)
    assert (len(words), words["beijing,china"]) == (99, 22)


def test_the_published_file_comes_back(cities, imported, policy, tmp_path):
    to_lmrl(imported, tmp_path / "back.json", policy)
    assert json.loads((tmp_path / "back.json").read_text("utf-8")) == cities[0]


def test_a_published_line_is_a_question_and_its_answer(cities, imported, policy):
    for i in (0, 400, 949):
        opening, *answers = map(policy.decode, pieces(imported[i], spoken=False))
        questions = list(map(policy.decode, pieces(imported[i], spoken=True)))
        assert opening == "Questions:"
        assert all(question.endswith("?") for question in questions)
        lines = [" ".join(turn) for turn in zip(questions, answers, strict=True)]
        assert lines == cities[0][i]["conversation"]


# --- small dialogues ----------------------------------------------------------------------------


def test_what_a_dialogue_becomes(policy, write):
    store = TrajectoryStore()
    store.append(simple(1))
    assert from_lmrl(write(GUESSED, MISSED), store, policy) == [1, 2]
    guessed, missed = store[1], store[2]
    assert pieces(guessed, spoken=True) == [
        policy.encode_utterance("Is it? Really?"),  # the last question mark divides
        policy.encode_utterance("Is it Bogotá?"),
    ]
    assert pieces(guessed, spoken=False) == [
        policy.encode_opening("Questions:\n"),
        policy.encode_observation("No."),
        policy.encode_observation("Yes."),
    ]
    assert (guessed.rewards.tolist(), missed.rewards.tolist()) == ([-1, 0], [-1, -1])
    assert (guessed.terminated, guessed.truncated) == (True, False)
    assert (missed.terminated, missed.truncated) == (False, True)
    assert guessed.env_id == "guess_my_city"
    name = {"tokenizer": policy.fingerprint}
    assert guessed.extra == {"word": "bogota,colombia", "win": True} | name
    assert missed.extra == {"word": "bogota,colombia", "win": False} | name


def test_rewards_opening_and_names_of_ones_own(policy, write):
    store = TrajectoryStore()
    path = write(GUESSED)
    options = {"reward": -0.5, "reward_of_guess": 10, "env_id": "city", "opening": "Ask!"}
    from_lmrl(path, store, policy, **options)
    assert store[0].rewards.tolist() == [-0.5, 10]
    assert store[0].env_id == "city"
    assert pieces(store[0], spoken=False)[0] == policy.encode_opening("Ask!")


def test_the_form_of_lmrl_gyms_own_code_is_taken(policy, write, tmp_path):
    words = ["bogota", "santa fe"]
    own = {"lines": GUESSED["conversation"], "correct": True, "word": words}
    store = TrajectoryStore()
    from_lmrl(write(own), store, policy)
    assert store[0].terminated
    to_lmrl(store, tmp_path / "back.json", policy)
    assert json.loads((tmp_path / "back.json").read_text("utf-8")) == [{**GUESSED, "word": words}]


MALFORMED = {
    "text": ("a", "found str; expected an object with conversation, done and word"),
    "no done": ({"conversation": ["a? b"], "word": "c"}, "found conversation, word; expected"),
    "more": ({**GUESSED, "x": 1}, "found conversation, done, word, x; expected"),
    "mixed": ({"lines": ["a? b"], "done": True, "word": "c"}, "found lines, done, word; expected"),
    "no lines": ({**GUESSED, "conversation": []}, "no list of lines, or is empty"),
    "line": ({**GUESSED, "conversation": "a? b"}, "no list of lines, or is empty"),
    "done as text": ({**GUESSED, "done": "True"}, "done is 'True'; expected true or false"),
    "null done": ({**GUESSED, "done": None}, "done is None"),
    "word": ({**GUESSED, "word": 1}, "word is 1; expected a text, or a list of its variants"),
    "words": ({**GUESSED, "word": ["a", None]}, "word is .*None"),
    "no question": ({**GUESSED, "conversation": ["a? b", "c"]}, "line 1 is 'c'; expected a text"),
    "no answer": ({**GUESSED, "conversation": ["a?"]}, r"line 0 is 'a\?'; expected a text"),
    "number": ({**GUESSED, "conversation": [1]}, "line 0 is 1; expected a text 'question"),
    "surrogate": ({**GUESSED, "conversation": ["a? \ud800"]}, "text 2 holds half of a surrogate"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_dialogue_is_named_and_nothing_is_imported(policy, write, name):
    dialogue, words = MALFORMED[name]
    store = TrajectoryStore()
    with pytest.raises(ExchangeError, match=rf"x\.json, dialogue 1: .*{words}.*; nothing has been"):
        from_lmrl(write(GUESSED, dialogue, MISSED), store, policy)
    assert len(store) == 0


@pytest.mark.parametrize(
    ("twice", "words"),
    [
        ('{"done": true, "done": false}', "the key 'done' is there twice, with True and False"),
        ('{"word": [{"a": 1, "a": "b"}]}', "the key 'a' is there twice, with 1 and 'b'"),
        ('[[], {"a": {}, "a": 2}]', "the key 'a' is there twice, with {} and 2"),
    ],
)
def test_a_dialogue_with_a_key_twice_is_named(tmp_path, policy, twice, words):
    (tmp_path / "x.json").write_text(f"[{json.dumps(GUESSED)}, {twice}, {twice}]", "utf-8")
    store = TrajectoryStore()
    with pytest.raises(ExchangeError, match=rf"x\.json, dialogue 1: {words}; keep one of them; no"):
        from_lmrl(tmp_path / "x.json", store, policy)
    assert len(store) == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no JSON in UTF-8"),
        (b"[{]", "no JSON in UTF-8"),
        (b"[" * 100_000, "no JSON in UTF-8"),
        (b'["\xe9"]', "no JSON in UTF-8"),
        (b"{}", "holds no list; expected a JSON list of dialogues"),
        (b'{"a": 1, "a": 2}', "holds no list; expected a JSON list of dialogues"),
    ],
)
def test_files_that_are_no_list_of_dialogues(tmp_path, policy, data, words):
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(ExchangeError, match=rf"x\.json: .*{words}.*; nothing has been"):
        from_lmrl(tmp_path / "x.json", TrajectoryStore(), policy)


@pytest.mark.parametrize(
    "arguments",
    [
        {"reward": math.nan},
        {"reward": None},
        {"reward_of_guess": math.inf},
        {"reward_of_guess": "a"},
        {"opening": None},
        {"env_id": 1},
    ],
)
def test_arguments_of_another_kind(policy, write, arguments):
    ((name, value),) = arguments.items()
    with pytest.raises(ExchangeError, match=rf"^{name} is {value!r}; expected a (text|finite)"):
        from_lmrl(write(GUESSED), TrajectoryStore(), policy, **arguments)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path, policy):
    (tmp_path / "x.json").write_text(json.dumps([GUESSED]), "utf-8-sig")
    assert from_lmrl(tmp_path / "x.json", TrajectoryStore(), policy) == [0]


def test_what_is_no_dialogue_is_not_exported(tmp_path, policy):
    def episode(*texts, **extra):
        opening, *later = texts
        parts = [policy.encode_opening(opening)]
        for i, text in enumerate(later):
            spoken = i % 2 == 0
            parts.append(
                policy.encode_utterance(text) if spoken else policy.encode_observation(text)
            )
        return trajectory(parts if len(parts) % 2 else [*parts, []], extra=extra)

    for bad, words in [
        (episode("", "a?", "b"), "extra holds no word"),
        (episode("", "a", "b? c", word="w"), r"turn 0 is 'a b\? c', which is no line"),
        (episode("", "a?", "b? c", word="w"), "turn 0 .*as JSON lines"),
        (episode("", "a?", "b", word=5), "word is 5; expected a text, or a list"),
        (episode("", "a?", "b", word="w", tokenizer="x"), r"another tokenizer \(x\)"),
    ]:
        store = TrajectoryStore()
        store.extend([episode("", "a?", "b", word="w"), bad])
        with pytest.raises(ExchangeError, match=f"trajectory 1 cannot be exported: .*{words}"):
            to_lmrl(store, tmp_path / "x.json", policy)
        assert list(tmp_path.iterdir()) == []
        to_lmrl(store, tmp_path / "x.json", policy, ids=[0])
        (tmp_path / "x.json").unlink()


def test_paths_that_cannot_be_used(tmp_path, policy):
    with pytest.raises(StoreIOError, match=r"cannot read .*none\.json: No such file"):
        from_lmrl(tmp_path / "none.json", TrajectoryStore(), policy)
    with pytest.raises(StoreIOError, match=r"cannot write .*x\.json: No such file"):
        to_lmrl(TrajectoryStore(), tmp_path / "no" / "x.json", policy)


def test_a_last_question_without_an_answer(tmp_path, policy, write):
    store = TrajectoryStore()
    from_lmrl(write({**MISSED, "conversation": ["a? b", "c? "]}), store, policy)
    to_lmrl(store, tmp_path / "back.json", policy)
    assert json.loads((tmp_path / "back.json").read_text())[0]["conversation"] == ["a? b", "c? "]
