"""Who may import whom: the arrows of docs/design.md."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

import archer

PACKAGE = Path(archer.__file__).parent
LEVELS = {
    0: ["errors", "types", "config"],
    1: [
        *("env", "store", "salvage", "replay", "returns", "data", "twin"),
        *("losses", "batching", "optimizers", "episodes", "windows", "contexts"),
        *("hub", "memory", "stopwatch", "speed"),
    ],
    2: [
        *("models", "adapters", "passes", "writing", "chat", "cache", "sampler", "policy"),
        *("twins", "critic"),
    ],
    3: ["rollout", "evaluate", "algorithms", "critic_fit", "diagnostics", "alarms", "exchange"],
    4: [
        *("train", "warm_start", "measuring", "saving", "checkpoint", "runlog", "progress"),
        *("report", "compare"),
    ],
    5: ["cli", "__main__"],
}
LEVEL = {name: level for level, names in LEVELS.items() for name in names}
MAY_USE_RUST = {"env", "store", "replay", "returns", "salvage"}
MAY_USE_TRANSFORMERS = {
    "archer.models",
    "archer.passes",
    "archer.cache",
    "archer.policy",
    "archer.critic",
    "archer.env.answerer",
}
RUST = {
    "archer-env": set(),
    "archer-store": set(),
    "archer-replay": {"archer-store"},
    "archer-py": {"archer-env", "archer-store", "archer-replay"},
}


def module_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports_of(module):
    """Every module that a file imports, inside functions too; relative ones made absolute."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
                base = f"{up}.{base}".rstrip(".")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in MODULES or full == "archer._rust" else base


def part_of(module):
    """The file or folder right below ``archer`` that a module belongs to; "" for archer itself."""
    return module.split(".")[1] if "." in module else ""


def test_every_module_has_a_level():
    parts = {part_of(module) for module in MODULES} - {""}
    assert parts <= LEVEL.keys(), f"give a level to {sorted(parts - LEVEL.keys())}"


@pytest.mark.parametrize("module", [name for name in MODULES if name != "archer"])
def test_a_module_imports_only_from_its_own_level_and_lower_ones(module):
    for imported in imports_of(module):
        if imported.split(".")[0] != "archer" or imported.startswith("archer._rust"):
            continue
        assert imported != "archer", f"{module} imports the package as a whole"
        assert LEVEL[part_of(imported)] <= LEVEL[part_of(module)], f"{module} -> {imported}"


def test_only_the_data_plane_touches_the_native_half():
    users = {
        part_of(module)
        for module in MODULES
        if any(name.startswith("archer._rust") for name in imports_of(module))
    }
    assert users <= MAY_USE_RUST
    assert users, "nothing uses the native half, so this test looks in the wrong place"


def test_only_the_networks_know_transformers():
    users = {
        module
        for module in MODULES
        if any(name.split(".")[0] == "transformers" for name in imports_of(module))
    }
    assert users <= MAY_USE_TRANSFORMERS
    assert "archer.policy" in users or "archer.models" in users


def test_losses_import_torch_alone():
    files = [module for module in MODULES if module.startswith("archer.losses.")]
    outside = {name for module in files for name in imports_of(module)}
    outside = {name for name in outside if not name.startswith("archer.losses")}
    assert {name.split(".")[0] for name in outside} - sys.stdlib_module_names == {"torch"}


@pytest.mark.parametrize("crate", RUST)
def test_a_crate_depends_only_on_those_below_it(request, crate):
    folder = request.config.rootpath / "rust" / crate.removeprefix("archer-")
    manifest = tomllib.loads((folder / "Cargo.toml").read_text())
    assert manifest["package"]["name"] == crate
    names = {
        name
        for table in ("dependencies", "dev-dependencies", "build-dependencies")
        for name in manifest.get(table, {})
    }
    assert {name for name in names if name.startswith("archer")} <= RUST[crate]
    if crate != "archer-py":
        assert not names & {"pyo3", "numpy"}, "only archer-py knows Python"
