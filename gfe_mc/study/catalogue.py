"""Experiments by name or by the path of a file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import cloudpickle

from gfe_mc.errors import InputError, require
from gfe_mc.study.experiment import Experiment


def folder() -> Path:
    """Return the folder of the experiments that come with the package.

    It is a part of the installed package; in a source tree it stands beside the package.
    """
    here = Path(__file__).resolve().parents[1]
    inside = here / "experiments"
    return inside if inside.is_dir() else here.parent / "experiments"


def names() -> list[str]:
    """Names of the experiments that come with the package."""
    return sorted(path.stem for path in folder().glob("*.py") if not path.stem.startswith("_"))


def find(name: str) -> Experiment:
    """Return an experiment by its name, or from the Python file that declares it.

    Raises
    ------
    InputError
        No such name or file, or a file that does not declare an `experiment`.
    """
    if name.endswith(".py"):
        path = Path(name)
        require(path.is_file(), "The experiment's file must exist", name, "Check the path")
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
    name = f"gfe_mc_experiment_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError("An experiment must be a Python file", str(path), "Give a .py file")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name; workers do not have it, so it travels by value.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except InputError:
        del sys.modules[name]
        raise
    except Exception as error:
        del sys.modules[name]
        raise InputError(
            "An experiment's file must run",
            f"{path.name}: {type(error).__name__}: {error}",
            "Correct the file",
        ) from error
    cloudpickle.register_pickle_by_value(module)
    return module
