"""Acting by values of utterances: of several that the language model proposes, the best by Q."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from archer.algorithms.respoken import in_own_rows
from archer.config import CriticConfig
from archer.contexts import Utterance
from archer.critic import Critic, CriticValues, load_critic
from archer.policy import Policy
from archer.sampler import Sampler


@dataclass(frozen=True)
class BestOf:
    """Says the best by Q of some utterances that the policy proposes (CHAI, arXiv 2204.08426).

    The distribution of what is said is not the policy's, and has no closed form: log-probabilities
    are recorded as NaN. With one candidate it is the policy's, and so are they.
    """

    module: Critic
    candidates: int
    critic: CriticConfig
    """What ``module`` was built from."""
    micro_batch_tokens: int | None = None
    """Tokens of one forward pass of the critic."""

    def __call__(
        self, policy: Policy, generator: torch.Generator, contexts: Sequence[Sequence[int]]
    ) -> Sampler:
        """As `SamplerFactory`."""
        if self.candidates == 1:
            return Sampler(policy, generator, contexts)
        return _BestOfSampler(self, policy, generator, contexts)

    def settings(self) -> dict[str, Any]:
        """What `load` needs beside the weights."""
        return {
            "candidates": self.candidates,
            "critic": asdict(self.critic),
            "micro_batch_tokens": self.micro_batch_tokens,
        }

    @classmethod
    def load(cls, settings: Mapping[str, Any], policy: Policy) -> BestOf:
        """As saved, but for the weights."""
        config = CriticConfig(**settings["critic"])
        critic = load_critic(config, policy)
        return cls(critic, settings["candidates"], config, settings["micro_batch_tokens"])


class _BestOfSampler(Sampler):
    """Every context stands in as many neighbouring rows as there are candidates."""

    def __init__(
        self,
        best_of: BestOf,
        policy: Policy,
        generator: torch.Generator,
        contexts: Sequence[Sequence[int]],
    ) -> None:
        self.best_of, self.copies = best_of, range(best_of.candidates)
        super().__init__(policy, generator, contexts)

    def add(self, contexts: Sequence[Sequence[int]]) -> None:
        super().add([context for context in contexts for _ in self.copies])

    def hear(self, observations: Sequence[Sequence[int]]) -> None:
        super().hear([observation for observation in observations for _ in self.copies])

    def keep(self, rows: Sequence[int]) -> None:
        super().keep([row * len(self.copies) + copy for row in rows for copy in self.copies])

    @torch.no_grad()
    def speak(self, uniform: Tensor | None = None) -> list[Utterance]:
        """Samples the candidates, and lets every copy of a context say the best."""
        proposed = super().speak(uniform)
        if not proposed:
            return []
        best = self._q(proposed).view(-1, len(self.copies)).argmax(dim=1).tolist()
        chosen = []
        for group, copy in enumerate(best):
            first = group * len(self.copies)
            said = proposed[first + copy]
            for row in (first + other for other in self.copies if other != copy):
                self._rows[row].says(said)
            chosen.append(Utterance(said.tokens, [float("nan")] * len(said.tokens)))
        return chosen

    def _q(self, proposed: Sequence[Utterance]) -> Tensor:
        """The least of the twins for each candidate in its context: (rows,)."""
        contexts = [row.before() for row in self._rows]
        batch = in_own_rows(contexts, proposed, self.policy.device)
        q = torch.zeros(batch.num_turns, device=batch.row.device)
        for piece in self.best_of.module.pieces(batch, self.best_of.micro_batch_tokens):
            values: CriticValues = self.best_of.module(piece.batch)
            q[piece.turns] = values.q.amin(dim=0)
        return q
