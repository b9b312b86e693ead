"""The program that every worker must be, and a check of it before it computes.

A task is a call that carries the program of the process that sent it. The worker compares its own,
and runs nothing if it is another: so late workers are checked as well. Until then the call names
what it runs by text, and travels as bytes: a scheduler needs nothing but Dask.
"""

from __future__ import annotations

import hashlib
import pickle
import pkgutil
import platform
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import distributed

import gfe_mc
from gfe_mc.clusters.machine import in_turn
from gfe_mc.errors import InputError
from gfe_mc.version import COMPUTATION, __version__

_LIBRARIES = ("numpy", "scipy", "numba", "llvmlite")
"""What numbers depend on; llvmlite is what Numba compiles with."""
_SUFFIXES = {".py", ".json", ".csv"}
_APART = "experiments"
"""Declarations of studies: part of an installed package, beside it in a source tree. They are not
compared, as what they declare travels by value."""
_SOURCE = "source of gfe_mc"
_RUN = uuid.uuid4().hex
"""What the runs of this process are known by to the workers."""
_KEPT = "what is finished is kept, and the same run goes on from there"

Refusal = dict[str, Any]
"""What a worker that cannot run a task returns in place of a result: plain types, as its own
classes may be others than ours."""


@cache
def this_program() -> dict[str, str]:
    """Return the versions of the package, of what numbers depend on, and a digest of the source.

    They are those of the first call in a process.
    """
    return {
        "gfe_mc": __version__,
        "computation": str(COMPUTATION),
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: _version(name) for name in _LIBRARIES},
        _SOURCE: digest(source_files()),
    }


@cache
def source_files() -> dict[str, str]:
    """Return the digest of each file of the package, by its path inside the package."""
    return files_of(Path(gfe_mc.__path__[0]))


def files_of(folder: Path) -> dict[str, str]:
    """Return the digests of a folder's source and data files, whatever their line endings."""
    found = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        hidden = any(part.startswith((".", "__pycache__")) for part in place.parts)
        if path.suffix in _SUFFIXES and not hidden and place.parts[0] != _APART:
            content = path.read_bytes().replace(b"\r\n", b"\n")
            found[place.as_posix()] = hashlib.sha256(content).hexdigest()[:16]
    return found


def digest(files: Mapping[str, str]) -> str:
    """Return one digest of many."""
    listed = "\n".join(f"{path} {content}" for path, content in sorted(files.items()))
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


def task(function: Callable[..., Any], *arguments: object) -> tuple[Callable[[bytes], Any], bytes]:
    """Return what is to be submitted so that a worker calls `function` if it is this program.

    Parameters
    ----------
    function : callable
        Of a module of this package.
    arguments : object
        Of plain types: they are read before the check.
    """
    turn = f"{in_turn.__module__}:{in_turn.__qualname__}"
    name = f"{function.__module__}:{function.__qualname__}"
    call = _Call(checked, (this_program(), turn, (_RUN, name, *arguments)))
    return pickle.loads, pickle.dumps(call)


class _Call:
    """A call that is made where it is unpickled."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.parts = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.parts


def checked(expected: Mapping[str, str], name: str, arguments: tuple[Any, ...]) -> Any:
    """Call what `name` names, on a worker, or return a refusal if it is another program."""
    if this_program() != expected:
        return {"worker": _address(), "program": this_program(), "files": source_files()}
    try:
        return pkgutil.resolve_name(name)(*arguments)
    except (ImportError, AttributeError) as error:
        # A user's package, which the study names and the worker does not have.
        return {"worker": _address(), "error": f"{type(error).__name__}: {error}"}


def refuse(refusal: Refusal) -> InputError:
    """Return the error that says what a worker refused, and where."""
    worker = refusal["worker"]
    if "error" in refusal:
        return InputError(
            "Every worker must have what the study imports",
            f"{refusal['error']}, at {worker}",
            f"Install there what this process has; {_KEPT}",
        )
    return InputError(
        "Every worker must be the same program as this process",
        f"{worker}, which differs in: {'; '.join(_differences(refusal))}",
        f"Install the same there; {_KEPT}",
    )


def explain(error: BaseException, client: distributed.Client) -> InputError:
    """Return the error that says why a task could not be run at all, and where."""
    missing = _without_program(client) if isinstance(error, (ImportError, AttributeError)) else {}
    if missing:
        return InputError(
            f"Every worker must have this program, gfe_mc {__version__}",
            "; ".join(f"{worker}: {reason}" for worker, reason in missing.items()),
            f"Install the same there; {_KEPT}",
        )
    if "task graph" in str(error):
        versions = ", ".join(f"{name} {_version(name)}" for name in ("dask", "distributed"))
        return InputError(
            "The scheduler must be able to read tasks",
            f"{' '.join(str(error).split())} ({error.__cause__!r})",
            f"Give the scheduler the versions of this process: {versions}; {_KEPT}",
        )
    return InputError(
        "The workers must be able to run the study",
        f"{type(error).__name__}: {error}",
        f"Give them the packages and versions of this process; {_KEPT}",
    )


def _differences(refusal: Refusal) -> list[str]:
    ours, theirs = this_program(), refusal["program"]
    differ = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    words = [
        f"{name} {theirs.get(name, 'unknown')} there, {ours.get(name, 'unknown')} here"
        for name in differ
    ]
    if _SOURCE in differ:
        one, other = source_files(), refusal["files"]
        paths = sorted(path for path in {**one, **other} if one.get(path) != other.get(path))
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        words[-1] += f" ({', '.join(paths[:3])}{more})"
    return words


def _without_program(client: distributed.Client) -> dict[str, str]:
    """Workers that do not have this module, and what they say instead."""
    answers: dict[str, Any] = client.run(
        pkgutil.resolve_name, f"{checked.__module__}:{checked.__qualname__}", on_error="return"
    )
    return {
        worker: str(answer)
        for worker, answer in answers.items()
        if isinstance(answer, BaseException)
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _address() -> str:
    return str(distributed.get_worker().address)
