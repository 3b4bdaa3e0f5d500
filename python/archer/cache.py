"""Keys and values of many growing rows, in one buffer a layer, each row dense from slot 0 on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin, get_layer_types_and_kwargs

from archer.errors import ModelError

_STEP = 64
"""Slots are allocated in multiples of this."""
_KINDS = {"full_attention", "sliding_attention"}


class RowCache(Cache):
    """A cache whose rows have lengths of their own: the slot of a token is its position.

    transformers' dynamic cache appends the same columns to all rows, so that a row of another
    length keeps padding for ever, and copies everything at every token. Here a row is written where
    it ends, rows are fed as a range of places without touching the others, and what lies behind a
    row's end (padding, an earlier row) is hidden by causality. Sliding windows are masks over the
    same buffers; they count tokens.
    """

    def __init__(self, config: Any) -> None:
        """Empty buffers for a model of this configuration.

        Raises:
            ModelError: it has layers of another kind than full or sliding-window attention, or an
                implementation of attention that takes no mask.
        """
        config = config.get_text_config(decoder=True)
        kinds, _ = get_layer_types_and_kwargs(config)
        if other := set(kinds) - _KINDS:
            raise ModelError(
                f"the policy has layers of the kinds {sorted(other)}; rollouts keep the keys and "
                f"values of {sorted(_KINDS)} only: take another model"
            )
        if config._attn_implementation not in ("sdpa", "eager"):
            raise ModelError(
                f"the policy's attention is {config._attn_implementation!r}; rollouts give it "
                "masks, which 'sdpa' and 'eager' take: load the model with one of these"
            )
        self.kinds = sorted(set(kinds))
        self.window: int = getattr(config, "sliding_window", None) or 0
        self.additive = config._attn_implementation == "eager"
        self._layers = [_RowLayer(self) for _ in kinds]
        super().__init__(layers=list(self._layers))
        self.rows, self.slots = 0, 0
        self.range = slice(0, 0)
        self.writes = torch.zeros(0, 0, dtype=torch.long)
        self.reach = 0

    def expect(self, first: int, lengths: Tensor, counts: Tensor, width: int) -> tuple[Tensor, Any]:
        """Prepares a pass over the rows at places ``first`` and after, padded on the left.

        Args:
            first: place of the first row.
            lengths: (n,) tokens that each row holds.
            counts: (n,) new tokens of each, at least one, at most ``width``.
            width: columns of the pass.

        Returns:
            (n, width) position of each column, and the attention mask as the model takes it.
        """
        columns = torch.arange(width, device=lengths.device)
        # Padding goes behind the row's new end, where the tokens after these will overwrite it.
        turned = (columns - (width - counts)[:, None]) % width
        self.writes = lengths[:, None] + turned
        self.range = slice(first, first + len(lengths))
        self.reach = int(lengths.max()) + width
        self._reserve(self.range.stop, self.reach)
        return self.writes, self._mask()

    def move(self, sources: Sequence[int], targets: Sequence[int], slots: int) -> None:
        """Copies rows of up to ``slots`` tokens to other places, all at once as a permutation."""
        for layer in self._layers:
            for buffer in layer.buffers:
                used = buffer[:, :, :slots]
                used[targets] = used[sources]

    def _reserve(self, rows: int, slots: int) -> None:
        if rows > self.rows or slots > self.slots:
            self.rows = max(rows, self.rows)
            self.slots = max(-(-slots // _STEP) * _STEP, self.slots)
            for layer in self._layers:
                layer.buffers = [layer.resized(buffer) for buffer in layer.buffers]

    def _mask(self) -> Any:
        slots = torch.arange(self.reach, device=self.writes.device)
        causal = slots <= self.writes[:, None, :, None]
        masks = {"full_attention": causal}
        if "sliding_attention" in self.kinds:
            inside = slots > self.writes[:, None, :, None] - self.window
            masks["sliding_attention"] = causal & inside
        if self.additive:
            least = torch.finfo(torch.float32).min
            masks = {kind: torch.where(mask, 0.0, least) for kind, mask in masks.items()}
        # Models of one kind of layer take a mask; those that mix kinds take one for each.
        return masks[self.kinds[0]] if len(self.kinds) == 1 else masks


class _RowLayer(CacheLayerMixin):
    """One layer's keys and values."""

    def __init__(self, cache: RowCache) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.cache = cache
        self.buffers: list[Tensor] = []
        """Keys and values, each (rows, heads, slots, head size), once there are any."""

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        self.buffers = [self.resized(states[:0]) for states in (key_states, value_states)]

    def update(
        self, key_states: Tensor, value_states: Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Writes the pass's keys and values; those of its rows up to the longest one's end."""
        if not self.buffers:
            self.lazy_initialization(key_states, value_states)
        cache = self.cache
        rows = torch.arange(len(key_states), device=key_states.device)[:, None]
        for buffer, states in zip(self.buffers, (key_states, value_states), strict=True):
            buffer[cache.range][rows, :, cache.writes] = states.transpose(1, 2)
        keys, values = (buffer[cache.range, :, : cache.reach] for buffer in self.buffers)
        return keys, values

    def resized(self, buffer: Tensor) -> Tensor:
        """A copy of the size that the cache wants; zeros, for a masked slot must be finite."""
        rows, slots = self.cache.rows, self.cache.slots
        new = buffer.new_zeros(rows, buffer.shape[1], slots, buffer.shape[3])
        if len(buffer):
            new[: len(buffer), :, : buffer.shape[2]] = buffer
        return new

    def get_seq_length(self) -> int:
        return self.cache.reach

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        del query_length
        return self.cache.reach, 0

    def get_max_length(self) -> int:
        return -1
