"""The stub of the native module says what the build has."""

import importlib.util
import subprocess
import sys

import pytest


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_the_stub_fits_the_native_module(tmp_path):
    # In an empty folder, so that the installed package is checked and no other.
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "archer._rust"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
