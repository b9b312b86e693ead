"""Figures of studies by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.report.figures.best_map import best_map
from gfe_mc.report.figures.bias import bias
from gfe_mc.report.figures.by_size import by_size
from gfe_mc.report.figures.coefficients import coefficients
from gfe_mc.report.figures.coverage import coverage
from gfe_mc.report.figures.fit_time import fit_time
from gfe_mc.report.figures.grid import Grid, Sheet, stem
from gfe_mc.report.figures.misclassification import misclassification
from gfe_mc.report.figures.nested_loop import nested_loop
from gfe_mc.report.figures.numbers_of_groups import numbers_of_groups
from gfe_mc.report.figures.price import price
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
"""Figures of any study."""

COMPARING: dict[str, Callable[[Grid, Criterion], list[Sheet]]] = {
    "best_map": best_map,
    "by_size": by_size,
    "nested_loop": nested_loop,
    "price": price,
}
"""Figures of studies that compare estimators over sizes: of each criterion, on as many pages as
they need."""

NAMES = (*FIGURES, *COMPARING)
"""What a study may name in the `figures` of its `Report`."""


def drawings(study: xr.Dataset, names: Sequence[str]) -> Iterator[tuple[str, Sheet]]:
    """Go through the figures of a study: what each is called, and what draws it.

    One of several criteria, or on several pages, is called NAME_CRITERION_PAGE.

    Raises
    ------
    InputError
        There is no figure of such a name, or the study lacks what one needs.
    """
    for name in names:
        require(name in NAMES, "There is no such figure", repr(name), f"Give of {', '.join(NAMES)}")
    grid: Grid | None = None
    for name in names:
        if name in FIGURES:
            yield name, partial(FIGURES[name], study)
            continue
        # Every figure of every cell takes its time: they are computed once.
        grid = Grid.of(study) if grid is None else grid
        yield from _compared(grid, name)


def _compared(grid: Grid, name: str) -> Iterator[tuple[str, Sheet]]:
    """Go through the pages of a figure, by criteria."""
    for criterion in grid.criteria:
        sheets = COMPARING[name](grid, criterion)
        own = name if len(grid.criteria) == 1 else f"{name}_{stem(criterion)}"
        for number, sheet in enumerate(sheets, start=1):
            yield own if len(sheets) == 1 else f"{own}_{number}", sheet


def draw(study: xr.Dataset, name: str, folder: str | Path) -> list[Path]:
    """Draw a figure of a study into FOLDER/NAME.svg and FOLDER/NAME.png; return their paths.

    Raises
    ------
    InputError
        There is no figure of that name, the study lacks what it needs, matplotlib is not
        installed, or the files cannot be written.
    """
    return draw_all(study, [name], folder)


def draw_all(study: xr.Dataset, names: Sequence[str], folder: str | Path) -> list[Path]:
    """Draw figures of a study, as `draw` does one."""
    made = drawings(study, names)
    return [path for called, sheet in made for path in save(sheet(), Path(folder) / called)]
