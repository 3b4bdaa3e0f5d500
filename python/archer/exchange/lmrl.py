"""Dialogues of LMRL-Gym: an asker guesses what an answerer has in mind.

Abdulhai, White, Snell, Sun, Hong, Zhai, Xu, Levine: *LMRL Gym: Benchmarks for Multi-Turn
Reinforcement Learning with Language Models*, arXiv 2311.18232.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from archer.errors import ExchangeError
from archer.exchange.files import exported, importing, pour, reading, replacing
from archer.exchange.strict_json import parse, short, unique
from archer.exchange.texts import decode, encode, reward_of
from archer.policy import Policy
from archer.store import TrajectoryStore
from archer.types import Trajectory

OPENING = "Questions:\n"
"""What the asker of LMRL-Gym reads before its first question."""
BETWEEN = "? "
"""Ends a question; a line's last one divides it from the answer."""
KEYS = ({"conversation", "done", "word"}, {"lines", "correct", "word"})
"""Of a dialogue in the published data, and as LMRL-Gym's own code writes it."""


def from_lmrl(
    path: Path | str,
    store: TrajectoryStore,
    policy: Policy,
    *,
    reward: float = -1.0,
    reward_of_guess: float = 0.0,
    env_id: str = "guess_my_city",
    opening: str = OPENING,
) -> list[int]:
    """Appends the dialogues of a file, all of them or, if one is malformed, none.

    A line "question? answer" is one turn. A dialogue that is done (correct) terminates with its
    last turn, which is the guess. One that is not has been cut off by the limit of questions, 20 in
    the published data: it is truncated. ``extra`` holds the ``word`` to be guessed and whether it
    was (``win``).

    Args:
        path: a JSON list of objects with ``conversation`` (list of lines), ``done`` (bool) and
            ``word`` (a text or a list of variants); or with ``lines``, ``correct`` and ``word``.
        store: what they are appended to; log-probabilities are NaN.
        policy: its tokenizer encodes the texts.
        reward: of every turn but the guess.
        reward_of_guess: of the turn that guesses the word.
        env_id: recorded in every trajectory.
        opening: the first observation.

    Returns:
        The ids of the trajectories, in the order of the file.

    Raises:
        ExchangeError: A dialogue is malformed; says which, and what was expected. Or a reward is no
            finite number.
        StoreIOError: The file cannot be read, or the store not written.
    """
    reward, last = reward_of("reward", reward), reward_of("reward_of_guess", reward_of_guess)
    for name, text in [("opening", opening), ("env_id", env_id)]:
        if not isinstance(text, str):
            raise ExchangeError(f"{name} is {short(text)}; expected a text")
    path, checked = Path(path), TrajectoryStore()
    for number, dialogue in enumerate(_read(path)):
        with importing(f"{path}, dialogue {number}"):
            turns, win, word = _parse(unique(dialogue))
            texts = [opening, *(text for turn in turns for text in turn)]
            rewards = [reward] * len(turns)
            if win:
                rewards[-1] = last
            extra = {"word": word, "win": win}
            ends = {"terminated": win, "truncated": not win, "env_id": env_id}
            checked.append(encode(policy, texts, rewards, extra, **ends))
    return pour(checked, store)


def to_lmrl(
    store: TrajectoryStore, path: Path | str, policy: Policy, ids: Iterable[int] | None = None
) -> None:
    """Writes trajectories as dialogues of LMRL-Gym, in the form of its published data.

    The format has no place for the opening, the rewards, the seed, or anything in ``extra`` but the
    word: `from_lmrl` makes them anew.

    Args:
        store: where the trajectories are.
        path: the file; one that is there is replaced once all is written.
        policy: its tokenizer has made the tokens.
        ids: of the trajectories, in this order; by default all.

    Raises:
        ExchangeError: A trajectory cannot be such a dialogue: no word in ``extra`` that is a text
            or a list of its variants, an utterance without a question mark at its end, no answer.
            Nothing is written.
        StoreIOError: The file cannot be written.
        UnknownTrajectoryError: The store has no such trajectory.
    """
    dialogues = list(exported(store, ids, partial(_as_json, policy)))
    text = json.dumps(dialogues, indent=4, ensure_ascii=False)
    with replacing(Path(path)) as file:
        file.write(text.encode(errors="backslashreplace"))


def _read(path: Path) -> list[Any]:
    with reading(path) as file:
        data = file.read().removeprefix(BOM_UTF8)
    with importing(str(path)):
        dialogues = parse(data)
        if not isinstance(dialogues, list):
            raise ExchangeError("it holds no list; expected a JSON list of dialogues")
    return dialogues


def _parse(dialogue: Any) -> tuple[list[tuple[str, str]], bool, str | list[str]]:
    """The questions and answers of a dialogue, whether it ends with the guess, and the word."""
    if not isinstance(dialogue, dict) or dialogue.keys() not in KEYS:
        found = ", ".join(dialogue) if isinstance(dialogue, dict) else type(dialogue).__name__
        raise ExchangeError(
            f"found {found}; expected an object with conversation, done and word, or with lines, "
            "correct and word"
        )
    lines = dialogue.get("conversation", dialogue.get("lines"))
    done = dialogue.get("done", dialogue.get("correct"))
    word = dialogue["word"]
    if not isinstance(lines, list) or not lines:
        raise ExchangeError("its conversation is no list of lines, or is empty")
    if not isinstance(done, bool):
        raise ExchangeError(f"done is {done!r}; expected true or false")
    _check_word(word)
    return [_turn(place, line) for place, line in enumerate(lines)], done, word


def _check_word(word: Any) -> None:
    if not all(isinstance(part, str) for part in (word if isinstance(word, list) else [word])):
        raise ExchangeError(f"word is {short(word)}; expected a text, or a list of its variants")


def _turn(place: int, line: Any) -> tuple[str, str]:
    question, found, answer = line.rpartition(BETWEEN) if isinstance(line, str) else ("", "", "")
    if not found:
        raise ExchangeError(f"line {place} is {line!r}; expected a text 'question? answer'")
    return f"{question}?", answer


def _as_json(policy: Policy, trajectory: Trajectory) -> dict[str, Any]:
    word = trajectory.extra.get("word")
    if word is None:
        raise ExchangeError("extra holds no word; give the text that was to be guessed")
    _check_word(word)
    _opening, *texts = decode(policy, trajectory)
    lines = []
    for place, turn in enumerate(zip(texts[::2], [*texts[1::2], ""], strict=False)):
        lines.append(" ".join(turn))
        if turn[0][-1:] != "?" or _turn(place, lines[-1]) != turn:
            raise ExchangeError(
                f"turn {place} is {lines[-1]!r}, which is no line 'question? answer'; export it "
                "as JSON lines"
            )
    return {"conversation": lines, "done": trajectory.terminated, "word": word}
