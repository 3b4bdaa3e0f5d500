"""A file of code fits into a reader's head: at most 300 lines."""

import os
from pathlib import Path

import pytest

MOST = 300
CODE = {".py", ".pyi", ".rs"}


def lengths_in(folder):
    """How many lines each file of code has, but for those in hidden folders (environments)."""
    lengths = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(place, name) for name in names):
            if path.suffix in CODE:
                text = path.read_text(encoding="utf-8")
                lengths[path.relative_to(folder).as_posix()] = len(text.splitlines())
    return lengths


@pytest.mark.parametrize("folder", ["python", "rust", "tests", "benches"])
def test_files_stay_short(request, folder):
    lengths = lengths_in(request.config.rootpath / folder)
    assert lengths, "no code is there, so this test looks in the wrong place"
    assert {name: length for name, length in lengths.items() if length > MOST} == {}


def test_code_is_counted_and_nothing_else(tmp_path):
    for name in ("a.py", "b/c.rs", "b/d.pyi", "b/e.txt", ".venv/f.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("é\n" * 301, "utf-8")
    assert lengths_in(tmp_path) == {"a.py": 301, "b/c.rs": 301, "b/d.pyi": 301}
