"""The wheel is abi3: built once, it imports on later Pythons too."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

LATER = "3.12"
PROGRAM = """
import archer._rust as native
names = [name for name in dir(native) if not name.startswith("_")]
assert names, "the module is empty"
print(*names)
"""


def later_python():
    """An interpreter of the later version, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        shutil.which(f"python{LATER}"),
        *map(str, sorted(pyenv.glob(f"{LATER}.*/bin/python3"))),
    ]
    for candidate in filter(None, candidates):
        program = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run(
            [candidate, "-c", program], capture_output=True, text=True, check=False
        )
        if done.stdout.strip() == LATER:
            return candidate
    return None


@pytest.fixture(scope="module")
def wheel(request):
    wheels = sorted((request.config.rootpath / "dist").glob("archer-*.whl"))
    if not wheels:
        pytest.skip("there is no wheel in dist/; make build makes one")
    return wheels[-1]


def test_the_wheel_is_named_abi3(wheel):
    assert "-cp311-abi3-" in wheel.name


@pytest.mark.slow
def test_the_wheel_imports_on_a_later_python(wheel, tmp_path):
    python = later_python()
    if python is None:
        pytest.skip(f"no Python {LATER} was found")
    done = subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=False)
    later = tmp_path / "venv" / "bin" / "python"
    install = [later, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy"]
    if done.returncode or subprocess.run(install, check=False, timeout=240).returncode:
        pytest.skip(f"no environment with NumPy could be made for Python {LATER}")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "wheel")
    # The native module and the errors that it raises, without torch and the rest of the package.
    package = tmp_path / "bare" / "archer"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    source = tmp_path / "wheel" / "archer"
    for path in [source / "errors.py", *source.glob("_rust*.so"), *source.glob("_rust*.pyd")]:
        shutil.copy(path, package)
    done = subprocess.run(
        [later, "-c", PROGRAM],
        cwd=tmp_path / "bare",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
