"""What utterance-level critics have in common: twin heads for Q and V, and target networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from archer.adapters import shared_copy
from archer.batching import Piece, micro_batches
from archer.passes import precision, whole_rows
from archer.types import TurnBatch

TWINS = 2


@dataclass(frozen=True, slots=True)
class CriticValues:
    """What a critic says of ``N`` turns, each (2, N) float32."""

    q: Tensor
    """Q(s, a)."""
    v: Tensor
    """V(s)."""
    v_next: Tensor
    """V(s')."""

    def without_q(self) -> CriticValues:
        """NaN for Q: of a critic that does not train it."""
        return replace(self, q=torch.full_like(self.q, torch.nan))


class TwinHead(nn.Module):
    """Two independent perceptrons with two hidden layers, as in the paper's released code."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(
                nn.Linear(width, hidden),
                nn.ReLU(),
                nn.Linear(hidden, hidden),
                nn.ReLU(),
                nn.Linear(hidden, 1),
            )
            for _ in range(TWINS)
        )

    def last_layers(self) -> list[nn.Linear]:
        """The layer that gives each head's value."""
        linear = (layer for layer in self.modules() if isinstance(layer, nn.Linear))
        return [layer for layer in linear if layer.out_features == 1]

    def forward(self, features: Tensor) -> Tensor:
        """(N, width) -> (2, N)."""
        return torch.stack([head(features.float()).squeeze(-1) for head in self.heads])


class Critic(nn.Module, ABC):
    """Twin heads for Q and V; a subclass gives the features that they read.

    ``dtype`` is that of the trunk's forward passes; bfloat16 is mixed precision over float32
    parameters. The heads are always in float32.
    """

    def __init__(self, trunk: Any, q_width: int, v_width: int, hidden: int | None) -> None:
        super().__init__()
        self.trunk = trunk
        self.q_head = TwinHead(q_width, hidden or v_width)
        self.v_head = TwinHead(v_width, hidden or v_width)
        self.dtype = torch.float32

    @abstractmethod
    def forward(self, batch: TurnBatch[Tensor]) -> CriticValues:
        """Q and V of every turn in ``batch``."""

    def pieces(self, batch: TurnBatch[Tensor], tokens: int | None) -> Iterator[Piece]:
        """Pieces of ``batch`` that the trunk reads by at most ``tokens`` at once."""
        return micro_batches(batch, tokens)

    def read(self, tokens: Tensor, mask: Tensor) -> Any:
        """What the trunk says of ``tokens`` (B, L), in the precision of ``dtype``."""
        with precision(tokens.device, self.dtype):
            return self.trunk(tokens, attention_mask=mask, **whole_rows(self.trunk))

    def start_at(self, value: float) -> None:
        """Lets all heads begin near ``value`` (a mean return), by their output bias."""
        with torch.no_grad():
            for twin in (self.q_head, self.v_head):
                for last in twin.last_layers():
                    last.bias.fill_(value)


def target_of(critic: Critic) -> Critic:
    """A frozen copy of ``critic``, but for a base that it shares: its target network."""
    return shared_copy(critic).requires_grad_(False)


@torch.no_grad()
def polyak_update(target: nn.Module, critic: nn.Module, rate: float) -> None:
    """Moves the target networks: ``target += rate * (critic - target)`` (τ in the paper)."""
    for slow, fast in zip(target.parameters(), critic.parameters(), strict=True):
        if slow is not fast:  # as a shared base is
            slow.lerp_(fast, rate)
