"""What a person sees while a run goes on: bars on a terminal, an occasional line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

PLAIN_INTERVAL = 10.0
"""Seconds between two lines where there is no terminal."""


class ProgressDisplay:
    """Shows the phases of a run, one bar each, with the latest values below them.

    Use it as a context manager. ``begin`` starts a phase, ``advance`` moves its bar:

        with ProgressDisplay() as display:
            display.begin("archer", total=64)
            display.advance(mean_return=-5.1, win_rate=0.9, episodes=2048)
    """

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        """Shows on ``console``, by default on standard error; ``quiet`` shows nothing."""
        self._console = console or Console(stderr=True, quiet=quiet)
        self._on_terminal = self._console.is_terminal and not quiet
        self._bars = Progress(
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._below = Text(style="cyan")
        self._live = Live(Group(self._bars, self._below), console=self._console)
        self._phase, self._total, self._done = "", 0, 0
        self._values: dict[str, float] = {}
        self._began = self._shown = time.monotonic()

    def __enter__(self) -> ProgressDisplay:
        """Begins to draw."""
        if self._on_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leaves the bars as they are."""
        self._live.stop()

    def begin(self, phase: str, total: int, done: int = 0) -> None:
        """Starts the bar of a phase of ``total`` iterations, ``done`` of which are behind."""
        self._phase, self._total, self._done, self._values = phase, total, done, {}
        self._began = self._shown = time.monotonic()
        self._task = self._bars.add_task(phase, total=total, completed=done)
        self._below.plain = ""
        if not self._on_terminal:
            self._console.print(f"{phase}: {done}/{total}", highlight=False)

    def advance(self, amount: int = 1, /, **values: float | None) -> None:
        """Moves the bar and replaces the values that are given; a None is left out."""
        self._done += amount
        self._values |= {name: value for name, value in values.items() if value is not None}
        text = describe(self._values)
        self._bars.update(self._task, completed=self._done)
        self._below.plain = text
        if self._on_terminal:
            return
        now = time.monotonic()
        if now - self._shown >= PLAIN_INTERVAL or self._done >= self._total:
            self._shown = now
            line = f"{self._phase}: {self._done}/{self._total}  {now - self._began:.0f} s  {text}"
            self._console.print(line, highlight=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Shows a warning above the bars, where it stays."""
        self._console.print(Text(f"warning: {text}", style="yellow"), soft_wrap=True)


def describe(values: Mapping[str, float]) -> str:
    """Values on one line: rates in percent, counts with separators, the rest to three digits."""
    return "  ".join(f"{name.replace('_', ' ')} {_format(name, v)}" for name, v in values.items())


def _format(name: str, value: float) -> str:
    if name.endswith("_rate"):
        return f"{value:.0%}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2f}" if "return" in name else f"{value:.3g}"
