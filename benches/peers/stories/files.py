"""Where the story files are."""

from __future__ import annotations

import os
from pathlib import Path

DETECTIVE, ADVENTURE = "detective.z5", "advent.z3"
_SHARED = Path(__file__).parents[4] / "shared" / "data"


def folder(given: Path | None) -> Path:
    """The first that is named: what is given, `ARCHER_STORIES`, or a folder of the tests' data."""
    if given is not None:
        return given
    if named := os.environ.get("ARCHER_STORIES"):
        return Path(named)
    return Path(os.environ.get("ARCHER_TEST_DATA", _SHARED)) / "zmachine"


def find(given: Path | None) -> tuple[Path, Path]:
    """The files of both stories.

    Raises:
        SystemExit: one of them is not there.
    """
    where = folder(given)
    files = where / DETECTIVE, where / ADVENTURE
    if missing := [file.name for file in files if not file.is_file()]:
        raise SystemExit(
            f"no {' and no '.join(missing)} in {where}: give the folder, as in `make bench-stories "
            "STORIES=stories`, or name it by ARCHER_STORIES. The Interactive Fiction Archive, "
            "ifarchive.org, has stories under games/zcode"
        )
    return files
