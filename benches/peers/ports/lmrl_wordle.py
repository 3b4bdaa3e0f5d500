"""Wordle as LMRL-Gym does it: a step copies what is known of letters, and filters all words by it.

LMRL-Gym has no hidden word: each turn it draws one of those that are left, which is the same game.
Here the word is drawn at the beginning, so that archer can be given the same one.
"""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from string import ascii_lowercase

from benches.peers.ports.lmrl_history import History, Text
from benches.peers.ports.words import NO_WORD, OPENING, UNKNOWN, lists

LETTERS = 5


class Place(Enum):
    """What is known of a letter at one place of the word."""

    ABSENT = 0
    POSSIBLE = 1
    HERE = 2


@dataclass
class Letter:
    """What is known of a letter."""

    places: list[Place]

    def __hash__(self) -> int:
        return hash(tuple(self.places))

    def but(self, place: int, known: Place) -> Letter:
        """The same with one more place known."""
        places = deepcopy(self.places)
        places[place] = known
        return Letter(places)

    def agrees(self, letter: str, word: str) -> bool:
        """Whether a word can be the hidden one, as far as this letter goes."""
        if all(place is Place.POSSIBLE for place in self.places):
            return True
        if all(place is Place.ABSENT for place in self.places):
            return letter not in word
        for place, at_place in zip(self.places, word, strict=True):
            if place is Place.HERE and at_place != letter:
                return False
            if place is Place.ABSENT and at_place == letter:
                return False
        return letter in word


Knowledge = dict[str, Letter]


def learned(knowledge: Knowledge, guess: str, answer: str) -> Knowledge:
    """What is known after a guess."""
    new = deepcopy(knowledge)
    for place, letter in enumerate(guess):
        if letter == answer[place]:
            new[letter] = new[letter].but(place, Place.HERE)
        elif letter in answer:
            new[letter] = new[letter].but(place, Place.ABSENT)
        else:
            new[letter] = Letter([Place.ABSENT] * LETTERS)
    return new


class LmrlWordle:
    """archer's task by LMRL-Gym's rule for repeated letters; guesses are whole or spelled.

    Args:
        word: the word to hide; drawn if None.
    """

    max_turns = 6

    def __init__(self, word: str | None = None) -> None:
        self._word = word
        answers, accepted = lists()
        self._answers, self._accepted = list(answers), set(accepted)
        self._filtered: dict[tuple[Letter, ...], list[str]] = {}

    def reset(self) -> History:
        """As `LmrlEnv.reset`."""
        self._answer = self._word or random.choice(self._answers)
        self._knowledge = {c: Letter([Place.POSSIBLE] * LETTERS) for c in ascii_lowercase}
        self._guesses: list[str] = []
        self._left = self._filter()
        return (Text(OPENING, False),)

    def step(self, history: History) -> tuple[History, float, bool]:
        """As `LmrlEnv.step`; the whole dialogue is brought into the game's own form, and back."""
        said = [part.text.strip().replace(" ", "") for part in history if part.is_action]
        guess = said[-1]
        self._guesses = [*self._guesses, guess]
        if guess in self._accepted:
            self._knowledge = learned(self._knowledge, guess, self._answer)
            self._left = self._filter()
        reward, over = self._reward(), self._is_over()
        answers = [self._feedback(guess) for guess in self._guesses]
        return (*history, Text(answers[-1], False)), reward, over

    def _filter(self) -> list[str]:
        key = tuple(self._knowledge.values())
        if key not in self._filtered:
            self._filtered[key] = [word for word in self._answers if self._agrees(word)]
        return self._filtered[key]

    def _agrees(self, word: str) -> bool:
        return all(known.agrees(letter, word) for letter, known in self._knowledge.items())

    def _feedback(self, guess: str) -> str:
        if guess not in self._accepted:
            is_word = len(guess) == LETTERS and guess.isalpha()
            return UNKNOWN if is_word else NO_WORD
        marks = []
        for place, letter in enumerate(guess):
            places = self._knowledge[letter].places
            if places[place] is Place.HERE:
                marks.append("g")
            elif all(known is Place.ABSENT for known in places):
                marks.append("b")
            else:
                marks.append("y")
        return " ".join(marks)

    def _reward(self) -> float:
        if self._guesses[-1] not in self._accepted:
            return -1.0
        return float(len(self._left) == 1 and self._left[0] in self._guesses) - 1.0

    def _is_over(self) -> bool:
        return len(self._guesses) == self.max_turns or self._reward() == 0
