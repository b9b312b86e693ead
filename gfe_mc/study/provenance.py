"""When, where and with what a study was run."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from gfe_mc.clusters.local import n_cores
from gfe_mc.version import COMPUTATION, __version__

_LIBRARIES = ("numpy", "scipy", "numba", "xarray", "dask", "distributed")


def circumstances() -> dict[str, Any]:
    """Return versions, the source's commit if it is known, and the kind of machine."""
    return {
        "gfe_mc": __version__,
        "computation": COMPUTATION,
        "commit": _commit(),
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "machine": {
            "system": platform.system(),
            "architecture": platform.machine(),
            "cores": n_cores(),
        },
    }


def file_identity(path: str | Path) -> dict[str, str]:
    """Return the name and the SHA-256 of a file."""
    content = Path(path).read_bytes()
    return {"file": Path(path).name, "sha256": hashlib.sha256(content).hexdigest()}


def _commit() -> str | None:
    """Return the commit of the source tree that this package runs from, if it is one.

    It is marked where the code of the package or of its experiments differs from the commit.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        commit = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", "gfe_mc", "experiments")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}-dirty" if changed else commit


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()
