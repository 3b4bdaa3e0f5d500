"""Acting by values of tokens: the language model's distribution, moved toward what Q prefers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from archer.adapters import merged
from archer.critic import TWINS
from archer.passes import recompute_layers
from archer.policy import Policy
from archer.sampler import Sampler


class TokenValues(nn.Module):
    """Twin Q of every token and V of every context, on a copy of a policy's trunk.

    The trunk is a copy, so that learning values leaves the policy as it was cloned.
    """

    def __init__(self, policy: Policy, hidden: int | None = None) -> None:
        """Copies the trunk; adapters of a LoRA policy are merged into the copy.

        Args:
            policy: whose trunk, vocabulary and precision it is.
            hidden: width of the heads' hidden layer; twice the trunk's by default (the paper's).
        """
        super().__init__()
        self.trunk: Any = merged(policy.model).base_model.requires_grad_(True)
        if policy.recomputes_layers:
            recompute_layers(self.trunk)
        self.precision = policy.precision
        embeddings = policy.model.get_input_embeddings()
        width, vocabulary = embeddings.embedding_dim, embeddings.num_embeddings
        hidden = hidden or 2 * width
        self.q_heads = nn.ModuleList(_head(width, hidden, vocabulary) for _ in range(TWINS))
        self.v_head = _head(width, hidden, 1)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Hidden states after every token: (B, L) padded on the right, (B,) -> (B, L, H)."""
        mask = torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None]
        with self.precision():
            states: Tensor = self.trunk(
                tokens, attention_mask=mask.long(), use_cache=False
            ).last_hidden_state
        return states

    def q(self, states: Tensor) -> Tensor:
        """Q of every token that may come next: (M, H) -> (2, M, V)."""
        return torch.stack([head(states.float()) for head in self.q_heads])

    def v(self, states: Tensor) -> Tensor:
        """V: (M, H) -> (M,)."""
        value: Tensor = self.v_head(states.float()).squeeze(-1)
        return value

    @torch.no_grad()
    def start_at(self, value: float) -> None:
        """Lets Q and V begin near ``value`` (a mean return), by the heads' output bias."""
        for head in (*self.q_heads, self.v_head):
            nn.init.constant_(head[-1].bias, value)


def _head(width: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


@dataclass(frozen=True)
class Steered:
    """Samples from ``π(a | s) exp(β (Q(s, a) - V(s)))``, normalised (ILQL, arXiv 2206.11871)."""

    module: TokenValues
    perturbation: float
    """β; with 0 the policy speaks as it is, to the bit."""

    def __call__(
        self, policy: Policy, generator: torch.Generator, contexts: Sequence[Sequence[int]]
    ) -> Sampler:
        """As `SamplerFactory`."""
        return _SteeredSampler(self, policy, generator, contexts)

    def settings(self) -> dict[str, Any]:
        """What `load` needs beside the weights."""
        return {"perturbation": self.perturbation, "hidden": self.module.v_head[0].out_features}

    @classmethod
    def load(cls, settings: Mapping[str, Any], policy: Policy) -> Steered:
        """As saved, but for the weights."""
        values = TokenValues(policy, settings["hidden"]).to(policy.device).eval()
        return cls(values.requires_grad_(False), settings["perturbation"])


class _SteeredSampler(Sampler):
    wants_hidden = True

    def __init__(
        self,
        steered: Steered,
        policy: Policy,
        generator: torch.Generator,
        contexts: Sequence[Sequence[int]],
    ) -> None:
        self.values, self.trunk = steered.module, steered.module.trunk
        # The policy divides logits by its temperature; β is to move log-probabilities.
        self.scale = steered.perturbation * policy.temperature
        super().__init__(policy, generator, contexts)

    def distribution(self, logits: Tensor, hidden: Tensor | None) -> Tensor:
        """The policy's, perturbed. V is the same for all tokens, so that it cancels out."""
        if hidden is None:
            raise ValueError("steering needs the hidden states of the values' trunk")
        return self.policy.distribution(logits.float() + self.scale * self.values.q(hidden).amin(0))
