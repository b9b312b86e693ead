"""When, where and with what a study was run."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from gfe_mc.clusters.local import n_cores
from gfe_mc.version import COMPUTATION, __version__
from gfe_mc.visible import visible

_LIBRARIES = ("numpy", "scipy", "numba", "xarray", "dask", "distributed")


def circumstances() -> dict[str, Any]:
    """Return versions, the source's commit if it is known, and the kind of machine.

    Numbers of the package do not depend on the processor or on the library of linear algebra; those
    of somebody's own estimator may, and what ran them is then found here.
    """
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
            "processor": _processor(),
            "numpy_features": _features(),
            "blas": _blas(),
        },
    }


def _processor() -> str | None:
    """Name the model of the processor, where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:  # No Linux.
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name" and value.strip():
            return visible(value.strip())
    return visible(platform.processor()) or None


def _features() -> dict[str, list[str]]:
    """Name the processor's features that NumPy was built for, and of the others those it found."""
    said: Any = np.show_config(mode="dicts")
    known = said.get("SIMD Extensions", {}) if isinstance(said, dict) else {}
    return {kind: list(known.get(kind, [])) for kind in ("baseline", "found")}


def _blas() -> list[dict[str, str]]:
    """Name the libraries of linear algebra in this process, and the processor they compute for."""
    libraries = [
        {
            "name": str(one.get("internal_api")),
            "version": str(one.get("version")),
            "core": str(one.get("architecture", "unknown")),
        }
        for one in threadpool_info()
        if one.get("user_api") == "blas"
    ]
    return sorted(libraries, key=lambda one: tuple(one.values()))


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
