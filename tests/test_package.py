"""The names that the package offers, and that they are what they seem."""

import inspect
import subprocess
import sys

import pytest

import archer


@pytest.mark.parametrize("name", archer.__all__)
def test_every_name_is_a_class_or_a_function(name):
    code = f"from archer import {name} as it; import inspect; assert not inspect.ismodule(it)"
    namespace = {}
    exec(code, namespace)
    assert callable(namespace["it"])
    assert inspect.getdoc(namespace["it"])


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = archer.no_such_name


def test_importing_the_package_does_not_import_torch():
    code = "import sys, archer; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
