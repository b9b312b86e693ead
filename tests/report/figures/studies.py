"""Small studies that figures can be drawn of, and what every figure must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from gfe_mc import GFE, Experiment, Fit, Misclassification, MultiStart, Panel, Profiles, Threads
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.inference.covariance import Covariance
from gfe_mc.report.figures.style import save
from gfe_mc.study.run import run_study
from tests import small

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

SEARCH = MultiStart(starts=20)


@dataclass(frozen=True)
class Known:
    """Standard errors that are off by a factor, and fail in a share of the replications."""

    factor: float
    failing: float = 0.0

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:
        """Return that of least squares within groups and periods, errors known, times a square."""
        if rng.random() < self.failing:
            raise ValueError("this one fails")
        groups = np.zeros(panel.shape[0], int) if fit.groups is None else fit.groups
        x = panel.x.copy()
        for g in range(groups.max() + 1):
            x[groups == g] -= x[groups == g].mean(axis=0)
        return Covariance(self.factor**2 * 0.25 * np.linalg.inv(np.einsum("itk,itl->kl", x, x)))


def run(folder: Path, **changes: Any) -> xr.Dataset:
    """Run the small study with some of its fields changed."""
    declared: Mapping[str, Any] = {**vars(small.experiment()), "report": None, **changes}
    return run_study(Experiment(**declared).plan(), folder, backend=Threads(1))


def inferred(folder: Path) -> xr.Dataset:
    """Two cells and two estimators, the second with two methods, one of which fails at times."""
    methods = {"known": Known(1.0), "too_small": Known(0.4, failing=0.2)}
    return run(
        folder,
        replications=40,
        estimators=lambda G: {"ols": small.PooledOLS(), "gfe": GFE(G, SEARCH)},
        inference=lambda G: {"gfe": methods},  # noqa: ARG005
    )


def profiled(folder: Path) -> xr.Dataset:
    """Cells with three and two groups; the second of two estimators has profiles."""
    return run(
        folder,
        factors={"G": (3, 2)},
        estimators=lambda G: {"ols": small.PooledOLS(), "gfe": GFE(G, SEARCH)},
        record=(Misclassification(), Profiles()),
    )


def numbered(folder: Path) -> xr.Dataset:
    """Samples of two groups, fitted with three, one and two, and in a cell with no number."""
    return run(
        folder,
        factors={"G": ("3", "1", "2", "none")},
        dgp=lambda panel, G: CalibratedDGP(small.calibration(2)),  # noqa: ARG005
        estimators=lambda G: {"gfe": GFE(int(G), SEARCH) if G.isdigit() else small.PooledOLS()},
        replications=30,
    )


def with_long_run(study: xr.Dataset) -> xr.Dataset:
    """The same with a second parameter, ten times the first."""
    again = study.assign_coords(parameter=["long_run"])
    more: xr.Dataset = xr.concat([study, again], dim="parameter", data_vars="minimal")
    for name in ("estimate", "truth"):
        more[name].loc[{"parameter": "long_run"}] *= 10.0
    return more


def lines(axes: Axes, label: str) -> list[Line2D]:
    """Lines of a panel by their label."""
    return [line for line in axes.lines if line.get_label() == label]


def points(axes: Axes, label: str) -> np.ndarray:
    """Points (n, 2) of the only line of a panel with a label."""
    (line,) = lines(axes, label)
    return np.asarray(line.get_xydata(), float)


def shade(axes: Axes, number: int, at: float) -> tuple[float, float]:
    """Bounds of a shade of a panel, by its number, at a place."""
    vertices = np.asarray(axes.collections[number].get_paths()[0].vertices, float)
    heights = vertices[vertices[:, 0] == at, 1]
    return float(heights.min()), float(heights.max())


def caption(figure: Figure) -> str:
    """What stands above the panels, on one line."""
    return figure.get_suptitle().replace("\n", " ")


def assert_the_same_bytes(make: Callable[[], Figure], folder: Path) -> None:
    """Assert that a figure drawn twice is the same file twice."""
    one, other = save(make(), folder / "one"), save(make(), folder / "other")
    for first, second in zip(one, other, strict=True):
        assert first.read_bytes() == second.read_bytes()
        assert len(first.read_bytes()) > 1000


def assert_grey_and_whole(figure: Figure) -> None:
    """Assert that nothing has a colour, and that no text is cut off by the edge of the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    assert np.ptp(pixels, axis=2).max() == 0, "every pixel is grey"
    width, height = figure.bbox.width, figure.bbox.height
    outside: list[Artist] = [*figure.texts, *figure.legends]
    assert len(outside) >= 2, "a caption and a legend"
    for artist in outside:
        box = artist.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y0 >= 0
        assert box.y1 <= height
