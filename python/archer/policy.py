"""The token-level policy: any Hugging Face causal language model and its tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from archer.adapters import savable, shared_copy, trunk_of
from archer.chat import ChatTemplate
from archer.config import PolicyConfig, section_from_dict
from archer.errors import ConfigError, ContextTooLongError, ModelError
from archer.models import (
    check_tokenizer,
    head_at,
    load_language_model,
    no_progress_bars,
    resolve_device,
    resolve_dtype,
)
from archer.passes import check_compiler, compile_trunk, precision, recompute_layers
from archer.writing import PlainText, Writing


class Policy(nn.Module):
    """Speaks utterances: a causal language model with its way of writing a dialogue as tokens.

    The context is the opening text, then in turn an utterance with its end token and the
    observation that answers it, each encoded once and appended.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        max_new_tokens: int,
        temperature: float,
        dtype: torch.dtype = torch.float32,
        top_p: float = 1.0,
        chat: bool = False,
    ) -> None:
        """Wraps a loaded model.

        Args:
            model: a causal language model of transformers, or one wrapped by peft.
            tokenizer: its tokenizer; must have an end token.
            max_new_tokens: an utterance that has not ended by then is cut off.
            temperature: of sampling, and therefore of the log-probabilities too.
            dtype: of the forward passes; bfloat16 is mixed precision over float32 parameters.
            top_p: mass of the nucleus that is sampled from, see `distribution`; 1 is all.
            chat: whether dialogues are written by the tokenizer's chat template.

        Raises:
            ModelError: the tokenizer has no end token, or does not fit the model, or no chat
                template that can be used.
        """
        super().__init__()
        check_tokenizer(model, tokenizer)
        self.model = model
        self.tokenizer = tokenizer
        self.max_new_tokens = max_new_tokens
        self.temperature = temperature
        self.dtype = dtype
        self.top_p = top_p
        self.writing: Writing = ChatTemplate(tokenizer) if chat else PlainText(tokenizer)
        self.recomputes_layers = self.is_compiled = False

    @classmethod
    def load(cls, config: PolicyConfig, seed: int = 0) -> Policy:
        """Loads by hub name or folder; ``"tiny"`` is built in and initialised from ``seed``.

        Raises:
            ConfigError: a setting out of its range, no such device, or utterances that may take all
                of the model's positions.
            ModelError: no such model or folder, no usable tokenizer, or peft is missing for LoRA.
        """
        if not isinstance(config, PolicyConfig):
            raise ConfigError(
                f"Policy.load was given {config!r:.80}; give a PolicyConfig, such as "
                "PolicyConfig(model='tiny')"
            )
        section_from_dict(PolicyConfig, asdict(config), "the policy's configuration")
        device = resolve_device(config.device)
        model, tokenizer = load_language_model(config, seed)
        if tokenizer is None:
            raise ModelError(f"model {config.model!r} has no tokenizer beside it; save one there")
        policy = cls(
            model,
            tokenizer,
            config.max_new_tokens,
            config.temperature,
            resolve_dtype(config.dtype),
            config.top_p,
            config.chat,
        )
        if policy.max_prompt is not None and policy.max_prompt < 1:
            raise ConfigError(
                f"policy.max_new_tokens is {config.max_new_tokens}, but model {config.model!r} has "
                f"{policy.max_context} positions; leave room for what an utterance answers"
            )
        return policy.to(device).eval()

    def save(self, folder: Path | str) -> None:
        """Writes a plain Hugging Face folder: model and tokenizer.

        For LoRA the adapters alone, unless the base is built in: then the model with them merged.
        """
        Path(folder).mkdir(parents=True, exist_ok=True)  # transformers passes over a file
        with no_progress_bars():
            savable(self.model).save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def recompute_layers(self) -> None:
        """See `archer.passes.recompute_layers`; a critic that is loaded from now on does so too."""
        recompute_layers(self.model)
        self.recomputes_layers = True

    def compile_passes(self) -> None:
        """Compiles the passes that are learned from; those of a critic loaded from now on too.

        Raises:
            ConfigError: torch cannot compile here.
        """
        check_compiler(self.device)
        compile_trunk(trunk_of(self.model))
        self.is_compiled = True

    def frozen_copy(self) -> Policy:
        """The policy as it is now, not to be trained; with LoRA, over the very same base."""
        return shared_copy(self).requires_grad_(False)

    def precision(self) -> AbstractContextManager[Any]:
        """The context in which the model is run, see ``dtype``."""
        return precision(self.device, self.dtype)

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(self.parameters()).device

    @cached_property
    def fingerprint(self) -> str:
        """Tells tokens apart that were made otherwise, see `Writing.fingerprint`.

        Without a chat template 16 hexadecimal digits, for the vocabulary alone.
        """
        return self.writing.fingerprint

    @property
    def end_token(self) -> int:
        """Id of the token that ends an utterance."""
        return int(self.tokenizer.eos_token_id)

    @property
    def max_context(self) -> int | None:
        """Positions that the model has; None where it sets no limit."""
        return getattr(self.model.config, "max_position_embeddings", None)

    @property
    def max_prompt(self) -> int | None:
        """Tokens of a context that leaves room for an utterance; None where there is no limit."""
        return None if self.max_context is None else self.max_context - self.max_new_tokens

    def encode_opening(self, text: str) -> list[int]:
        """Tokens of the first observation; at least one (an empty text gives the end token)."""
        return self.writing.opening(text)

    def encode_observation(self, text: str, after: Sequence[int] | None = None) -> list[int]:
        """Tokens of a later observation, with a space before it and a line break after it.

        By a chat template, all that stands between two utterances.

        Args:
            text: what is observed.
            after: tokens of the utterance that it answers. If that was cut off, a chat template's
                observation begins with the end that it lacks. Without, the utterance has ended.
        """
        return self.writing.observation(text, after)

    def encode_utterance(self, text: str) -> list[int]:
        """Tokens of somebody else's utterance (a demonstration), with the end token."""
        return self.writing.utterance(text)

    def check_turn(self, texts: Sequence[str]) -> None:
        """Refuses a dialogue ``o_0, a_0, …, o_t`` that a chat template rewrites in its last turn.

        Raises:
            ModelError: it does, see `ChatTemplate.check`; never without a chat template.
        """
        self.writing.check(texts)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of an utterance, without its end token, or of a later observation."""
        return self.decode_opening(tokens).strip()

    def decode_opening(self, tokens: Sequence[int]) -> str:
        """The text of the first observation, with the spaces around it."""
        text: str = self.tokenizer.decode(
            self.writing.unframed(tokens),
            skip_special_tokens=True,
            clean_up_tokenization_spaces=False,
        )
        return text

    def check_length(self, tokens: int) -> None:
        """Refuses a context that the model has no positions for.

        Raises:
            ContextTooLongError: says by how much, and what to lower.
        """
        if self.max_context is not None and tokens > self.max_context:
            raise ContextTooLongError(
                f"a context of {tokens} tokens (with {self.max_new_tokens} for the next utterance) "
                f"does not fit into the policy's {self.max_context} positions; lower "
                "max_new_tokens or the environment's turn limit, or take a model with "
                "more positions"
            )

    def distribution(self, logits: Tensor) -> Tensor:
        """The log-probabilities that tokens are sampled from, at the policy's temperature.

        With ``top_p`` below 1 only the nucleus is (Holtzman et al., arXiv 1904.09751): the smallest
        set of most probable tokens whose mass reaches ``top_p``, renormalised; others get -inf.

        Args:
            logits: (..., V) as the model gives them.

        Returns:
            (..., V) float32.
        """
        logits = logits.float() / self.temperature
        if self.top_p < 1:
            logits = logits.masked_fill(self._outside(logits), -torch.inf)
        return logits.log_softmax(-1)

    def _outside(self, logits: Tensor) -> Tensor:
        """(..., V) bool: the tokens outside the nucleus; the most probable one is never."""
        ordered, order = logits.detach().softmax(-1).sort(-1, descending=True)
        before = ordered.cumsum(-1) - ordered
        return torch.zeros_like(before, dtype=torch.bool).scatter(-1, order, before >= self.top_p)

    def forward(
        self, tokens: Tensor, lengths: Tensor, wanted: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Log-probability of tokens given those before them, at the policy's temperature.

        With ``top_p`` below 1 it is that of the nucleus together with the token itself. A sampled
        token was inside, so that this is what it was sampled with; one that has left the nucleus
        since, or was never sampled from it (a demonstration), gets a finite log-probability with a
        gradient that leads it back, not -inf.

        Args:
            tokens: (B, L) padded on the right.
            lengths: (B,).
            wanted: (B, L) bool, the tokens that are asked about; all without. The vocabulary's
                logits, of all numbers in a pass by far the most, are made for these alone.

        Returns:
            (B, L) float32 log-probabilities, 0 where none is wanted and in column 0; and (B, L, H)
            the hidden states from which each token was predicted (column 0: zeros), for a
            token-level baseline.
        """
        self.check_length(tokens.shape[1])
        if wanted is None:
            wanted = torch.ones_like(tokens, dtype=torch.bool)
        row, before = wanted[:, 1:].nonzero(as_tuple=True)
        logits, hidden = self._read(tokens, lengths, (row, before))
        logits = logits.float() / self.temperature
        target = tokens[row, before + 1]
        if self.top_p < 1:
            outside = self._outside(logits).scatter(-1, target[:, None], value=False)
            logits = logits.masked_fill(outside, -torch.inf)
        chosen = -nn.functional.cross_entropy(logits, target, reduction="none")
        logprobs = chosen.new_zeros(tokens.shape).index_put((row, before + 1), chosen)
        return logprobs, nn.functional.pad(hidden[:, :-1], (0, 0, 1, 0))

    def _read(
        self, tokens: Tensor, lengths: Tensor, places: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Logits (M, V) after the tokens at M ``places``, and all hidden states (B, L, H)."""
        mask = torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None]
        settings = {"attention_mask": mask.long(), "use_cache": False}
        with self.precision(), head_at(self.model, places) as given:
            output = self.model(tokens, **settings)
            if given:
                return output.logits[0], given[0]
            # The family does not call its output head as others do: then it makes all logits.
            output = self.model(tokens, **settings, output_hidden_states=True)
        return output.logits[places], output.hidden_states[-1]
