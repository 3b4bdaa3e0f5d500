"""Story files for tests, which are not part of the package, and the tasks that need one."""

import os
from pathlib import Path

import pytest

from archer.env import specs

_DEFAULT = Path(__file__).parents[2] / "shared" / "data"
FOLDER = Path(os.environ.get("ARCHER_TEST_DATA", _DEFAULT)).resolve() / "zmachine"
STORIES = {"detective": "detective.z5", "zmachine": "advent.z3"}
"""What the tasks play here."""

os.environ["ARCHER_STORIES"] = str(FOLDER)


def skip_without(*names):
    """A mark for tests that play these stories."""
    missing = [name for name in names if not (FOLDER / name).is_file()]
    reason = f"{', '.join(missing)} is not in zmachine/ in the folder that ARCHER_TEST_DATA names"
    return pytest.mark.skipif(bool(missing), reason=reason)


def needed(env_id):
    """The options without which there is no such task."""
    return {"story": STORIES[env_id]} if env_id == "zmachine" else {}


def tasks(what=lambda spec: spec):
    """Parameters of a test, one for each built-in task; those that miss their story are skipped."""
    return [
        pytest.param(
            what(spec),
            id=spec.id,
            marks=[skip_without(STORIES[spec.id])] if spec.id in STORIES else [],
        )
        for spec in specs()
    ]
