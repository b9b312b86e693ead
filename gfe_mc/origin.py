"""Where code comes from: the package, the standard library, an installed package, anywhere else."""

from __future__ import annotations

import enum
import sys
import sysconfig
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

_INSTALLED = ("site-packages", "dist-packages")
"""Folders that hold installed packages wherever they are."""


class Origin(enum.Enum):
    """Where code comes from."""

    OWN = "the package"
    STANDARD = "the standard library"
    INSTALLED = "an installed package"
    FOREIGN = "anywhere else"


@lru_cache(maxsize=1024)
def origin(name: str, path: str | None) -> Origin:
    """Where the module of a name and a file comes from."""
    package = name.partition(".")[0]
    if package == "gfe_mc":
        return Origin.OWN
    if name == "__main__":
        return Origin.FOREIGN
    if path is None or path.startswith("<"):
        standard = package in sys.stdlib_module_names or package in sys.builtin_module_names
        return Origin.STANDARD if standard else Origin.FOREIGN
    folders = Path(path).resolve().parents
    paths = sysconfig.get_paths()
    installed = {Path(paths[key]).resolve() for key in ("purelib", "platlib")}
    if any(folder in installed or folder.name in _INSTALLED for folder in folders):
        return Origin.INSTALLED
    standard_folders = {Path(paths[key]).resolve() for key in ("stdlib", "platstdlib")}
    known = any(folder in standard_folders for folder in folders)
    return Origin.STANDARD if known else Origin.FOREIGN


def origin_of(value: Any) -> Origin:
    """Where a function, a class or a module comes from."""
    if isinstance(value, ModuleType):
        return origin(value.__name__, getattr(value, "__file__", None))
    if isinstance(value, FunctionType):
        # Not `__module__`, which a decorator takes over from what it decorates.
        names = value.__globals__
        return origin(str(names.get("__name__", "")), names.get("__file__"))
    name = str(getattr(value, "__module__", None) or "builtins")
    return origin(name, getattr(sys.modules.get(name), "__file__", None))


def top(value: Any) -> str:
    """First part of the name of the module of a class or function."""
    return str(getattr(value, "__module__", None) or "builtins").partition(".")[0]


@lru_cache(maxsize=256)
def version(package: str) -> str:
    """Name and version of the distribution of an installed package."""
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        names = sorted(set(metadata.packages_distributions().get(package, [])))
        return " ".join([package, *(f"{name} {metadata.version(name)}" for name in names)])
