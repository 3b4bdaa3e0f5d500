"""The runs of a comparison, each a process of its own: one that crashes does not take others along.

What is done is skipped, what was interrupted is resumed. A run is locked while its process lives,
also when the comparison that began it has been killed: the next one then waits for it.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from archer.compare.settings import WARM_START, PlannedRun
from archer.config import dump_config, load_config, used_sections
from archer.errors import CheckpointError, ConfigError
from archer.memory import AT_ONCE
from archer.report.summary import read_summary

LAST_LINES = 8
"""Of the log of a run that failed, which are reported."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    run: PlannedRun
    failure: str | None = None
    """Why there is no result, for a person; None where there is one."""


def check_unchanged(runs: Sequence[PlannedRun]) -> None:
    """Refuses folders of runs that were begun by another configuration.

    What only decides how much passes at once may differ, as it is changed when memory runs out: the
    run goes on by its own folder's.

    Raises:
        ConfigError: Names the first such folder, and each key that differs.
    """
    for run in runs:
        changes = [
            f"{key} was {begun!r} and is {now!r}"
            for key, (begun, now) in _changes(run).items()
            if key not in AT_ONCE
        ]
        if changes:
            raise ConfigError(
                f"{run.folder} was begun by another configuration: {'; '.join(changes)}. Undo the "
                "change, remove that folder, give the variant another label, or set 'out' to "
                "another folder"
            )


def _changes(run: PlannedRun) -> dict[str, tuple[Any, Any]]:
    """By key what differs: in the folder of a run that was begun, and in the comparison."""
    if not (run.folder / "config.yaml").is_file():
        return {}
    begun = dict(_flat(used_sections(load_config(run.folder / "config.yaml"))))
    now = dict(_flat(used_sections(run.config)))
    return {
        key: (begun.get(key), now.get(key))
        for key in sorted(begun.keys() | now.keys())
        if begun.get(key) != now.get(key)
    }


def _flat(values: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings by dotted key; an empty one has no keys."""
    if not isinstance(values, dict):
        yield prefix, values
        return
    for key, value in values.items():
        yield from _flat(value, f"{prefix}.{key}" if prefix else key)


@dataclass
class Runner:
    """Carries out runs, some side by side."""

    jobs: int
    say: Say
    """Told in a line what has just begun, ended or failed."""
    command: tuple[str, ...] = (sys.executable, "-m", "archer", "train")
    """Trains by a configuration, or by ``--resume`` and a run folder."""
    _processes: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _stopped: bool = False

    def all(self, runs: Sequence[PlannedRun]) -> list[Outcome]:
        """Every run, in the order given: a warm start before the variants of its seed.

        Interrupted, it ends its processes; the next comparison resumes their runs.
        """
        warm: dict[int, Future[Outcome]] = {}
        outcomes: list[Future[Outcome]] = []
        pool = ThreadPoolExecutor(self.jobs)
        try:
            for run in runs:
                if run.label == WARM_START:
                    warm[run.seed] = pool.submit(self._one, run)
                    outcomes.append(warm[run.seed])
                else:
                    # No deadlock: the pool begins in this order, so a warm start never waits.
                    outcomes.append(pool.submit(self._after, warm[run.seed], run))
            return [outcome.result() for outcome in outcomes]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self._stop()

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.terminate()

    def _after(self, warm: Future[Outcome], run: PlannedRun) -> Outcome:
        if warm.result().failure is None:
            return self._one(run)
        return Outcome(run, f"it was not begun, as its warm start failed ({warm.result().run})")

    def _one(self, run: PlannedRun) -> Outcome:
        run.folder.parent.mkdir(parents=True, exist_ok=True)
        waits = f"{run}: waits for a process of an earlier comparison, which is still at it"
        with _locked(run.folder.with_suffix(".lock"), lambda: self.say(waits)) as lock:
            dump_config(run.config, settings_of(run))
            if has_ended(run):
                self.say(f"{run}: done before")
                return Outcome(run)
            resumed = (run.folder / "config.yaml").is_file()
            self.say(f"{run}: {f'resumed{_own_settings(run)}' if resumed else 'begun'}")
            code, log = self._train(run, lock, resumed=resumed)
        if code == 0 and has_ended(run):
            self.say(f"{run}: done")
            return Outcome(run)
        failure = f"its process ended with code {code}; {log} ends with:\n{_tail(log)}"
        self.say(f"{run}: FAILED, {failure}")
        return Outcome(run, failure)

    def _train(self, run: PlannedRun, lock: int, *, resumed: bool) -> tuple[int, Path]:
        """Trains in a process that holds the lock as well; its exit code, and its log."""
        log = run.folder.with_suffix(".log")
        what = ["--resume", str(run.folder)] if resumed else [str(settings_of(run))]
        with log.open("ab") as output, self._lock:
            if self._stopped:
                return -1, log
            process = subprocess.Popen(
                [*self.command, *what],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
                pass_fds=[lock],
                start_new_session=True,  # an interruption reaches it through `_stop` alone
            )
            self._processes.add(process)
        code = process.wait()
        with self._lock:
            self._processes.remove(process)
        return code, log


def _own_settings(run: PlannedRun) -> str:
    """Says which settings a run goes on by that are not the comparison's."""
    own = [f"{key} {begun!r} (here: {now!r})" for key, (begun, now) in _changes(run).items()]
    return f" with its own {', '.join(own)}, from {run.folder / 'config.yaml'}" if own else ""


def settings_of(run: PlannedRun) -> Path:
    """The file with the configuration that a run is begun by, beside its folder."""
    return run.folder.with_suffix(".yaml")


def has_ended(run: PlannedRun) -> bool:
    """Whether a run has come to its end: its summary is the last thing that it writes."""
    try:
        read_summary(run.folder)
    except CheckpointError:
        return False
    return True


@contextmanager
def _locked(path: Path, when_taken: Callable[[], None]) -> Iterator[int]:
    """Holds the lock of a file, which a process that inherits the descriptor shares."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            when_taken()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _tail(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
    return "\n".join(lines[-LAST_LINES:])
