"""Install the peers, each by itself: `install.py UV ENVIRONMENT`.

One that cannot be installed is written down with the reason, for the table to name.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "tianshou": "tianshou",
    "cpprb": "cpprb",
    "flashbax": "flashbax",
    "torchrl": "torchrl",
    "numba": "numba",
    "arrow": "pyarrow",
    "lmdb": "lmdb",
    "datasets": "datasets",
    "lance": "pylance",
}
"""What to install for each peer of store and replay."""

ENV_PACKAGES = {"textarena": "textarena", "envpool": "envpool"}
"""What to install for each peer of the environments."""

FAILURES = "not_installed.json"
"""In the environment's folder: reasons, by peer."""


def install(uv: str, environment: Path, package: str) -> str | None:
    """Why the package could not be installed; None if it was."""
    python = environment / "bin" / "python"
    constraints = [Path(__file__).with_name("requirements.txt"), Path("constraints.txt")]
    command = [uv, "pip", "install", "--python", str(python), package]
    for file in constraints:
        command += ["--constraint", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return " ".join(said[-3:]) if done.returncode else None


def not_installed(peer: str) -> str | None:
    """What the installer said of this peer, if it could not be installed in this environment."""
    failures = Path(sys.prefix) / FAILURES
    if not failures.exists():
        return None
    reasons: dict[str, str] = json.loads(failures.read_text(encoding="utf-8"))
    return reasons.get(peer)


def main() -> None:
    """Installs what can be installed."""
    uv, environment = sys.argv[1], Path(sys.argv[2])
    packages = {**PACKAGES, **ENV_PACKAGES}
    reasons = {peer: install(uv, environment, package) for peer, package in packages.items()}
    failures = {peer: reason for peer, reason in reasons.items() if reason}
    for peer, reason in failures.items():
        print(f"{peer} cannot be installed: {reason}")
    (environment / FAILURES).write_text(json.dumps(failures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
