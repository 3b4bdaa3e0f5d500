"""The stub of the native module says what the build has."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import archer


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_the_stub_fits_the_native_module(tmp_path):
    # The installed module in a package of its own: the rest of archer would only take time.
    package = tmp_path / "archer"
    package.mkdir()
    (package / "__init__.py").write_text("")
    installed = Path(archer.__file__).parent
    for path in [installed / "errors.py", *installed.glob("_rust.*")]:
        shutil.copy(path, package)
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "--ignore-disjoint-bases", "archer._rust"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(tmp_path), "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
