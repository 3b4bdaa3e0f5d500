"""How a dialogue becomes tokens: plain text, or by a chat template (`archer.chat`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Protocol


class Writing(Protocol):
    """Encodes the pieces of a dialogue, each once and only ever appended."""

    @property
    def fingerprint(self) -> str:
        """Of tokens written in this way: those of another fingerprint mean something else."""
        ...

    def opening(self, text: str) -> list[int]:
        """Tokens of the first observation; at least one."""
        ...

    def utterance(self, text: str) -> list[int]:
        """Tokens of an utterance, with the end token."""
        ...

    def observation(self, text: str, after: Sequence[int] | None = None) -> list[int]:
        """Tokens of a later observation.

        Args:
            text: what is observed.
            after: tokens of the utterance that it answers; without, one that has ended.
        """
        ...

    def unframed(self, tokens: Sequence[int]) -> list[int]:
        """The tokens of an opening's or observation's own text; others as they are."""
        ...

    def check(self, texts: Sequence[str]) -> None:
        """Refuses ``o_0, a_0, …, o_t`` if this way of writing changes what it wrote before."""
        ...


class PlainText:
    """Texts one after the other: an end token after utterances, a line break after observations."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    @property
    def fingerprint(self) -> str:
        """That of the vocabulary."""
        return vocabulary_fingerprint(self.tokenizer)

    def opening(self, text: str) -> list[int]:
        """The text as it is; an empty one gives the end token."""
        return self._encode(text) or [self.tokenizer.eos_token_id]

    def utterance(self, text: str) -> list[int]:
        """The text as it is, with the end token."""
        return [*self._encode(text), self.tokenizer.eos_token_id]

    def observation(self, text: str, after: Sequence[int] | None = None) -> list[int]:
        """The text with a space before it and a line break after it, whatever it answers."""
        del after
        return self._encode(f" {text.strip()}\n")

    def unframed(self, tokens: Sequence[int]) -> list[int]:
        """All of them."""
        return list(tokens)

    def check(self, texts: Sequence[str]) -> None:
        """Nothing is ever written anew."""

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids


def vocabulary_fingerprint(tokenizer: Any) -> str:
    """Tells tokenizers apart whose ids mean different tokens: 16 hexadecimal digits."""
    return short_hash(json.dumps(tokenizer.get_vocab(), sort_keys=True))


def short_hash(text: str) -> str:
    """16 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def written_otherwise(found: object, own: str) -> str | None:
    """What has written tokens that were not written as a policy writes, and what to do.

    Args:
        found: the fingerprint that is recorded beside the tokens; None where it is unknown.
        own: the policy's.

    Returns:
        The end of a sentence, or None if nothing speaks against the tokens.
    """
    if found is None or found == own:
        return None
    vocabulary, _, template = own.partition("-")
    if not isinstance(found, str) or found.partition("-")[0] != vocabulary:
        return (
            f"another tokenizer ({found}) than the policy's ({own}); give the policy whose "
            "tokenizer has made them, or make them with this one: archer demos --model"
        )
    if not template:
        return (
            "a chat template, and the policy writes plain text; take it as a chat policy "
            "(policy.chat: true, --chat), or make them without --chat"
        )
    if found == vocabulary:
        return (
            "plain text, and the policy writes by its chat template; make them with --chat (archer "
            "demos, archer store import), or take it as a plain policy (policy.chat: false)"
        )
    return (
        "another chat template than the policy's, though with the same vocabulary; give the policy "
        "whose template has written them, or make them with this one: archer demos --model --chat"
    )
