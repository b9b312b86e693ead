"""Figures of studies by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from gfe_mc.errors import require
from gfe_mc.report.figures.bias import bias
from gfe_mc.report.figures.coefficients import coefficients
from gfe_mc.report.figures.coverage import coverage
from gfe_mc.report.figures.fit_time import fit_time
from gfe_mc.report.figures.misclassification import misclassification
from gfe_mc.report.figures.numbers_of_groups import numbers_of_groups
from gfe_mc.report.figures.profile_bias import profile_bias
from gfe_mc.report.figures.profiles_compared import profiles_compared
from gfe_mc.report.figures.style import save
from gfe_mc.report.figures.time_by_size import time_by_size
from gfe_mc.report.figures.zip import zip_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES: dict[str, Callable[[xr.Dataset], Figure]] = {
    "bias": bias,
    "coverage": coverage,
    "zip": zip_plot,
    "profile_bias": profile_bias,
    "numbers_of_groups": numbers_of_groups,
    "coefficients": coefficients,
    "profiles_compared": profiles_compared,
    "time_by_size": time_by_size,
    "misclassification": misclassification,
    "fit_time": fit_time,
}
"""What a study may name in the `figures` of its `Report`."""


def draw(study: xr.Dataset, name: str, folder: str | Path) -> list[Path]:
    """Draw a figure of a study into FOLDER/NAME.svg and FOLDER/NAME.png; return their paths.

    Raises
    ------
    InputError
        There is no figure of that name, the study lacks what it needs, matplotlib is not
        installed, or the files cannot be written.
    """
    require(
        name in FIGURES, "There is no such figure", repr(name), f"There are {', '.join(FIGURES)}"
    )
    return save(FIGURES[name](study), Path(folder) / name)
