"""Experiments by name or by the path of a file."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

import cloudpickle

from gfe_mc import paths
from gfe_mc.errors import InputError, require
from gfe_mc.study.beside import FromSource, importing_beside
from gfe_mc.study.experiment import Experiment
from gfe_mc.study.faults import require_fault, summary


def folder() -> Path:
    """Return the folder of the experiments that come with the package.

    It is a part of the installed package; in a source tree it stands beside the package.
    """
    here = Path(__file__).resolve().parents[1]
    inside = here / "experiments"
    return inside if inside.is_dir() else here.parent / "experiments"


def names() -> list[str]:
    """Return the names of the experiments that come with the package."""
    return sorted(path.stem for path in folder().glob("*.py") if not path.stem.startswith("_"))


def find(name: str) -> Experiment:
    """Return an experiment by its name, or from the Python file that declares it.

    The file may import modules and packages that stand beside it, at its top. Their classes and
    functions travel to workers as the file's own do.

    Parameters
    ----------
    name : str
        A name of `names`, or the path of a file that ends in .py.

    Raises
    ------
    InputError
        No such name or file, or a file that does not declare an `experiment`.

    Examples
    --------
    >>> from gfe_mc import find
    >>> experiment = find("bm_table3")
    >>> experiment.title, experiment.factors["G"], experiment.replications
    ('Bias of the GFE estimator, independent normal errors', (3, 5, 10), 1000)
    """
    if name.endswith(".py"):
        path = paths.absolute(name)
        # One that cannot even be asked for is not there.
        require(os.path.isfile(path), "The experiment's file must exist", name, "Check the path")
    else:
        require(
            name in names(),
            "The experiment must be known",
            repr(name),
            f"Give one of {', '.join(names())}, or the path of a Python file",
        )
        path = folder() / f"{name}.py"
    module = _load(path)
    experiment = getattr(module, "experiment", None)
    if not isinstance(experiment, Experiment):
        raise InputError(
            "An experiment's file must declare `experiment`",
            f"{path.name} without one",
            "Set experiment = Experiment(...) in it",
        )
    return experiment


def _load(path: Path) -> ModuleType:
    name, prefix = _module_name(path)
    spec = importlib.util.spec_from_file_location(name, path, loader=FromSource(name, str(path)))
    if spec is None or spec.loader is None:
        raise InputError("An experiment must be a Python file", str(path), "Give a .py file")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    # Dataclasses look their module up by name.
    sys.modules[name] = module
    try:
        with importing_beside(path, prefix) as helpers:
            spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
        # A file that ends the process, by `sys.exit` say, must not do so without a word.
        require_fault(error)
        if isinstance(error, InputError):
            raise
        raise InputError(
            "An experiment's file must run",
            f"{_place(error, path)}: {summary(error)}",
            "Correct the file",
        ) from error
    # Workers do not have these files, so what is in them travels by value.
    for one in (module, *helpers):
        cloudpickle.register_pickle_by_value(one)
    return module


def _place(error: BaseException, path: Path) -> str:
    """Say where in a study's file, or in one beside it, something was raised."""
    if isinstance(error, SyntaxError):
        return path.name  # it says itself where
    home = path.resolve().parent
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_absolute() and file.resolve().is_relative_to(home):
            return f"{file.resolve().relative_to(home)}, line {frame.lineno}"
    return path.name


def _module_name(path: Path) -> tuple[str, str]:
    """Return what the module of a file is called, and what comes before modules beside it.

    Files that come with the package are a part of it: `gfe_mc.experiments.NAME`. A user's own
    is `gfe_mc_study_NAME`.
    """
    home, path = folder().resolve(), path.resolve()
    if path.is_relative_to(home):
        parts = path.relative_to(home).with_suffix("").parts
        return ".".join(("gfe_mc.experiments", *parts)), ".".join(
            ("gfe_mc.experiments", *parts[:-1])
        )
    name = f"gfe_mc_study_{path.stem}"
    return name, name
