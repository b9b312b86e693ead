"""Packages that only some uses need: imported when one is asked for."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from gfe_mc.errors import InputError


def required(module: str, extra: str, use: str) -> ModuleType:
    """Return a module of an optional package.

    Parameters
    ----------
    module : str
        Its name.
    extra : str
        The extra of this package that brings it.
    use : str
        What needs it, as in "Figures".

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise missing(module, extra, use, error) from None


def missing(module: str, extra: str, use: str, error: ImportError) -> InputError:
    """Return the error of a package that is not installed, or that cannot be imported.

    The package is named before the extra: an extra is installed from a copy of the source alone.
    """
    package = module.partition(".")[0].replace("_", "-")
    return InputError(
        f"The package {package} must be installed for {use}",
        f"{type(error).__name__}: {error}",
        f"Install it: pip install {package}, or pip install '.[{extra}]' in a copy of the source",
    )
