"""Wall-clock seconds by what they were spent on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from archer.memory import out_of_memory_named


class Stopwatch:
    """Adds up the seconds of named blocks: ``with watch("collect"): …``."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Counts the block's seconds under ``name``.

        Raises:
            OutOfMemoryError: memory ran out in the block; it names the setting to change.
        """
        began = time.perf_counter()
        try:
            with out_of_memory_named(name):
                yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
