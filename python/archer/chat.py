"""A chat template as append-only pieces: what it adds for each text, and nothing it takes back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from archer.errors import ModelError
from archer.writing import short_hash, vocabulary_fingerprint

_ROLES = ("user", "assistant")


class ChatTemplate:
    """Encodes a dialogue as the tokenizer's chat template writes it, piece by piece.

    The environment is the user, the agent the assistant. The opening ends with the prompt of the
    assistant's turn, an utterance with the end token, and an observation has all that stands
    between that end token and the next utterance. An utterance that was cut off has no end: then
    the observation begins with what it lacks of it, so that this is context, and nobody's choice.
    A context is never written anew, so the template must go on from what it wrote before; `check`
    refuses one that does not.
    """

    def __init__(self, tokenizer: Any) -> None:
        """Takes the template that the tokenizer has.

        Raises:
            ModelError: it has none, or one that breaks in any dialogue.
        """
        if tokenizer.chat_template is None:
            raise ModelError(
                "policy.chat needs a tokenizer with a chat template, and the policy's has none; "
                "set policy.chat to false, or take a chat model"
            )
        self.tokenizer = tokenizer
        opening, (head, tail) = self._frame(self.opening), self._frame(self.observation)
        self._end = self._frame(self.utterance)[1]
        ends = (self._end[said:] for said in range(len(self._end) + 1))
        frames = [opening, *(([*end, *head], tail) for end in ends)]
        self._frames = sorted(frames, key=lambda frame: len(frame[0]), reverse=True)

    @property
    def fingerprint(self) -> str:
        """That of the vocabulary and, after a hyphen, that of the template with its end token."""
        template = [self.tokenizer.get_chat_template(), self.tokenizer.eos_token]
        return f"{vocabulary_fingerprint(self.tokenizer)}-{short_hash(json.dumps(template))}"

    def opening(self, text: str) -> list[int]:
        """Tokens of the first observation."""
        return self._ids([text])

    def utterance(self, text: str) -> list[int]:
        """Tokens of an utterance, with the end token."""
        return self._after(["x"], ["x", text], turn=0)

    def observation(self, text: str, after: Sequence[int] | None = None) -> list[int]:
        """Tokens of a later observation.

        Args:
            text: what is observed.
            after: tokens of the utterance that it answers; without, one that has ended.
        """
        return self._missing_end(after) + self._after(["x", "x"], ["x", "x", text], turn=0)

    def unframed(self, tokens: Sequence[int]) -> list[int]:
        """The tokens of an opening's or observation's own text; others as they are."""
        tokens = list(tokens)
        for head, tail in self._frames:
            framed = len(tokens) >= len(head) + len(tail) and tokens[: len(head)] == head
            if framed and tokens[len(tokens) - len(tail) :] == tail:
                return tokens[len(head) : len(tokens) - len(tail)]
        return tokens

    def check(self, texts: Sequence[str]) -> None:
        """Compares the newest turn's pieces with what the template makes of the whole dialogue.

        Args:
            texts: ``o_0, a_0, …, o_t``, at least three.

        Raises:
            ModelError: the template changes what it wrote before, or writes these texts otherwise
                than by themselves; says in which turn.
        """
        turn = len(texts) // 2 - 1
        added = self._after(texts[:-2], texts, turn)
        if added != self.utterance(texts[-2]) + self.observation(texts[-1]):
            raise _broken(turn)

    def _missing_end(self, utterance: Sequence[int] | None) -> list[int]:
        """What an utterance lacks of the template's end, which may be several tokens.

        One that stops at the end token has ended, in whatever way the policy chose.
        """
        if utterance is None or list(utterance[-1:]) == [self.tokenizer.eos_token_id]:
            return []
        most = min(len(self._end), len(utterance))
        while list(utterance[len(utterance) - most :]) != self._end[:most]:
            most -= 1
        return self._end[most:]

    def _after(self, before: Sequence[str], texts: Sequence[str], turn: int) -> list[int]:
        """What the template adds to ``before``."""
        old, new = self._ids(before), self._ids(texts)
        if new[: len(old)] != old:
            raise _broken(turn)
        return new[len(old) :]

    def _ids(self, texts: Sequence[str]) -> list[int]:
        """The dialogue up to the next utterance's first token, or to an utterance's end token."""
        spoken = len(texts) % 2 == 0
        ids: list[int] = self.tokenizer.apply_chat_template(
            [{"role": _ROLES[at % 2], "content": text} for at, text in enumerate(texts)],
            add_generation_prompt=not spoken,
            tokenize=True,
            return_dict=False,
        )
        if not spoken:
            return ids
        end = self.tokenizer.eos_token_id
        if end not in ids:
            raise ModelError(
                "the chat template does not end an utterance with the tokenizer's end token "
                f"{self.tokenizer.eos_token!r}; set tokenizer.eos_token to the one that it writes "
                "and save it beside the model"
            )
        return ids[: len(ids) - ids[::-1].index(end)]

    @staticmethod
    def _frame(encode: Any) -> tuple[list[int], list[int]]:
        """What stands before and behind every text."""
        one, other = encode("a"), encode("0")
        pairs = list(zip(one, other, strict=False)), list(zip(one[::-1], other[::-1], strict=False))
        head, tail = ([a for a, _ in takewhile(lambda pair: pair[0] == pair[1], p)] for p in pairs)
        return head, tail[::-1]


def _broken(turn: int) -> ModelError:
    return ModelError(
        f"the chat template does not keep the prefix: in turn {turn} it writes what came before "
        "otherwise than it had (some drop earlier thinking, or move the system text), so that the "
        "policy would be trained on another context than it saw; set policy.chat to false, or give "
        "the tokenizer a template that only appends"
    )
