"""The metrics of a run: JSON lines on the disk, and TensorBoard or W&B beside them."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from archer.errors import CheckpointError, ConfigError
from archer.memory import peak_gpu_memory, peak_memory
from archer.speed import speed_of

METRICS, TIMINGS = "metrics.jsonl", "timings.jsonl"
MEMORY = "peak_memory", "peak_gpu_memory"
"""In each line of timings: the most bytes so far, of the process and of torch on a GPU."""
_NO_SECONDS = {"phase", "iteration", "counts", "speed", *MEMORY}


class RunLog:
    """Appends to a run's metrics and timings; a line that was written survives a kill.

    ``metrics.jsonl`` is what the same run repeats byte for byte; what the clock said goes to
    ``timings.jsonl``.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        tensorboard: bool = False,
        wandb: bool = False,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Opens the files of a run folder, made where it is missing.

        Args:
            folder: The run folder.
            tensorboard: Whether metrics also go to TensorBoard, in ``tensorboard/`` below it.
            wandb: Whether metrics also go to Weights & Biases.
            config: Shown by Weights & Biases.

        Raises:
            ConfigError: A sink's package is not installed.
        """
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sinks: list[_Sink] = []
        if tensorboard:
            self._sinks.append(_TensorBoard(self.folder))
        if wandb:
            self._sinks.append(_WandB(self.folder, config or {}))
        self._metrics = (self.folder / METRICS).open("ab", buffering=0)
        self._timings = (self.folder / TIMINGS).open("a+b", buffering=0)
        self._timings.seek(0)
        if self._timings.read()[-1:] not in {b"", b"\n"}:
            self._timings.write(b"\n")  # ends a line that a kill cut short: this file is never cut

    def metrics(self, phase: str, iteration: int, values: Mapping[str, Any]) -> None:
        """Writes one line of what must not depend on the clock.

        Args:
            phase: "bc", "evaluation", "held_out", "alarm" or the method's name.
            iteration: Of that phase.
            values: Numbers, flags, strings or lists of these; NaN and infinities become null.
        """
        plain = {key: _plain(value) for key, value in values.items()}
        self._metrics.write(_line({"phase": phase, "iteration": iteration, **plain}))
        numbers = {key: value for key, value in plain.items() if isinstance(value, int | float)}
        for sink in self._sinks:
            sink.write(phase, iteration, numbers)

    def timings(
        self,
        phase: str,
        iteration: int,
        seconds: Mapping[str, float],
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Writes one line of wall-clock seconds, and peak memory.

        Args:
            phase: As in `metrics`.
            iteration: Of that phase.
            seconds: By what they were spent on.
            counts: What was done in them, as `archer.speed` has it; the speeds are written too.
        """
        line = {"phase": phase, "iteration": iteration, **seconds}
        if counts:
            line |= {"counts": counts, "speed": speed_of(counts, seconds)}
        memory = dict(zip(MEMORY, (peak_memory(), peak_gpu_memory()), strict=True))
        self._timings.write(_line(line | memory))

    def position(self) -> int:
        """Brings ``metrics.jsonl`` to the disk and returns its length in bytes."""
        os.fsync(self._metrics.fileno())
        return os.fstat(self._metrics.fileno()).st_size

    def rewind(self, position: int) -> None:
        """Cuts ``metrics.jsonl`` back to an earlier `position`, for resuming from there.

        Raises:
            CheckpointError: The file is shorter than that.
        """
        length = self.position()
        if length < position:
            raise CheckpointError(
                f"{self.folder / METRICS} has {length} bytes but {position} were there when the "
                "checkpoint was written; bring the file back, or start the run anew"
            )
        self._metrics.truncate(position)

    def close(self) -> None:
        """Closes the files and the sinks."""
        self._metrics.close()
        self._timings.close()
        for sink in self._sinks:
            sink.close()

    def __enter__(self) -> RunLog:
        """The log itself; it is closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the log."""
        self.close()


def read_metrics(folder: str | Path, phase: str | None = None) -> list[dict[str, Any]]:
    """The lines of a run's ``metrics.jsonl``, all or those of one phase."""
    return [
        line
        for line in _read(Path(folder) / METRICS)
        if phase is None or line.get("phase") == phase
    ]


def read_seconds(folder: str | Path) -> dict[str, float]:
    """Wall-clock seconds of each phase of a run.

    An iteration that was repeated after a kill counts once.
    """
    phases: dict[str, float] = {}
    for (phase, _), seconds in read_timings(folder).items():
        phases[phase] = phases.get(phase, 0.0) + math.fsum(seconds.values())
    return phases


def read_timings(folder: str | Path) -> dict[tuple[str, int], dict[str, float]]:
    """Wall-clock seconds by phase and iteration, and there by what they were spent on.

    Of an iteration that was repeated after a kill, those of the last time.
    """
    return {
        (line["phase"], line["iteration"]): {
            name: value for name, value in line.items() if name not in _NO_SECONDS
        }
        for line in _read(Path(folder) / TIMINGS)
    }


def read_spent(folder: str | Path, phase: str) -> dict[str, float]:
    """Wall-clock seconds of one phase of a run by what they were spent on, as `read_seconds`."""
    spent: dict[str, float] = {}
    for (of_phase, _), seconds in read_timings(folder).items():
        for name, value in seconds.items() if of_phase == phase else ():
            spent[name] = spent.get(name, 0.0) + value
    return spent


def read_counts(folder: str | Path, phase: str) -> dict[str, int]:
    """What one phase of a run has done in its seconds, by the names of `archer.speed`."""
    last = {
        line["iteration"]: line.get("counts", {})
        for line in _read(Path(folder) / TIMINGS)
        if line.get("phase") == phase
    }
    return dict(sum(map(Counter, last.values()), Counter[str]()))


def read_memory(folder: str | Path) -> dict[str, int | None]:
    """The most bytes that any process of a run has had, by the names in `MEMORY`."""
    lines = list(_read(Path(folder) / TIMINGS))
    given = {name: [line[name] for line in lines if line.get(name)] for name in MEMORY}
    return {name: max(values, default=None) for name, values in given.items()}


def _read(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise CheckpointError(f"{path} is missing; is {path.parent} the folder of a run?")
    for line in path.read_bytes().splitlines():
        # A line that a kill cut short is left out; those of a resumed run follow it.
        with suppress(ValueError):
            values = json.loads(line)
            if isinstance(values, dict):
                yield values


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, allow_nan=False).encode() + b"\n"


def _plain(value: Any) -> Any:
    """``value`` as JSON has it; scalars of NumPy and torch as Python's."""
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class _Sink(Protocol):
    def write(self, phase: str, iteration: int, values: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


class _TensorBoard:
    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise _missing("tensorboard") from error
        self._writer = SummaryWriter(folder / "tensorboard")

    def write(self, phase: str, iteration: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{phase}/{name}", value, iteration)

    def close(self) -> None:
        self._writer.close()


class _WandB:
    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        try:
            import wandb  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise _missing("wandb") from error
        self._run = wandb.init(
            project="archer", name=folder.name, dir=str(folder), config=dict(config)
        )

    def write(self, phase: str, iteration: int, values: Mapping[str, float]) -> None:
        named = {f"{phase}/{name}": value for name, value in values.items()}
        self._run.log({f"{phase}/iteration": iteration, **named})

    def close(self) -> None:
        self._run.finish()


def _missing(package: str) -> ConfigError:
    return ConfigError(
        f"run.{package} is true but {package} is not installed; "
        f"install it (pip install 'archer[{package}]') or set run.{package} to false"
    )
