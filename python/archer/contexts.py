"""What a policy says, and the contexts that grow by it and by what is heard."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a policy said: its tokens, and their log-probabilities when they were sampled."""

    tokens: list[int]
    logprobs: list[float]


@dataclass(slots=True, eq=False)
class Row:
    """One growing context."""

    stream: list[int]
    """All tokens from the opening on."""
    place: int
    """Its row in the cache."""
    turns: list[int] = field(default_factory=list)
    """Where its utterances begin in the stream."""
    saying: Utterance = field(default_factory=lambda: Utterance([], []))
    """The newest of them."""
    dropped: int = 0
    """Tokens after the opening that the model does not see any more."""
    fed: int = 0
    """Tokens of the context that the cache holds."""

    @property
    def length(self) -> int:
        """Tokens of the context."""
        return len(self.stream) - self.dropped

    def context(self) -> list[int]:
        """The tokens that the model sees."""
        if not self.dropped:
            return list(self.stream)
        opening = self.turns[0]
        return self.stream[:opening] + self.stream[opening + self.dropped :]

    def before(self) -> list[int]:
        """The context of the newest utterance."""
        context = self.context()
        return context[: len(context) - len(self.saying.tokens)]

    def says(self, utterance: Utterance) -> None:
        """Replaces the newest utterance; the cache keeps what came before it."""
        del self.stream[self.turns[-1] :]
        self.fed = min(self.fed, self.length)
        self.stream += utterance.tokens
        self.saying = utterance

    def new(self) -> list[int]:
        """The context's tokens that the cache lacks."""
        if self.fed or not self.dropped:
            return self.stream[self.dropped + self.fed :]
        return self.context()

    def shorten(self, limit: int | None) -> None:
        """Drops the oldest turns, as few as will do but never the newest one."""
        if limit is None or self.length <= limit:
            return
        for start in self.turns:
            self.dropped = start - self.turns[0]
            if self.length <= limit:
                break
        self.fed = 0
