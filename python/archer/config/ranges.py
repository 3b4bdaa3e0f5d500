"""The ranges that configuration values must lie in, written as annotations of their types."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Range:
    """The interval from ``low`` to ``high``, both included unless ``above`` excludes ``low``."""

    low: float
    high: float = float("inf")
    above: bool = False

    def __contains__(self, value: float) -> bool:
        """Whether ``value`` lies inside; NaN never does."""
        return (self.low < value if self.above else self.low <= value) and value <= self.high

    def __str__(self) -> str:
        """As in "at least 0" or "from 0 to 1"."""
        if self.high == sys.float_info.max:
            return f"{'above' if self.above else 'at least'} {self.low:g} and finite"
        if self.high != float("inf"):
            return f"{'above' if self.above else 'from'} {self.low:g} to {self.high:g}"
        return f"{'above' if self.above else 'at least'} {self.low:g}"


Fraction = Annotated[float, Range(0, 1)]
Share = Annotated[float, Range(0, 1, above=True)]
NonNegative = Annotated[float, Range(0)]
Positive = Annotated[float, Range(0, above=True)]
PositiveFinite = Annotated[float, Range(0, sys.float_info.max, above=True)]
Natural = Annotated[int, Range(0)]
Count = Annotated[int, Range(1)]
Seed = Annotated[int, Range(0, 2**63 - 1)]
