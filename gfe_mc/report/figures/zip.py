"""Zip plots: every confidence interval of a study, those that miss the truth apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr
from scipy.stats import norm

from gfe_mc.errors import require
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import counts, intervals
from gfe_mc.metrics.moments import Figure as Share
from gfe_mc.report.figures.frame import caption, legend
from gfe_mc.report.figures.labels import cell_titles, described, symbol
from gfe_mc.report.figures.style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Style = dict[str, Any]
COVERS: Style = {"color": "0.75"}
MISSES: Style = {"color": "0.0"}
TRUTH: Style = {"color": "0.0", "linewidth": 1.0, "linestyle": "--"}
BOUNDS: Style = {"color": "0.35", "linewidth": 3.0, "solid_capstyle": "butt"}
NOMINAL: Style = {"color": "0.0", "linewidth": 0.7, "linestyle": ":"}
LEGEND: dict[str, Style] = {
    "covers the truth": COVERS | {"linewidth": 2.0},
    "misses it": MISSES | {"linewidth": 2.0},
    "truth": TRUTH,
    "nominal level": NOMINAL,
    "coverage, 95% bounds": BOUNDS,
}
BEYOND = 0.02
"""Share of a method's intervals, on each side, for which an axis is not made much longer."""


class Intervals(NamedTuple):
    """Intervals of one panel, from the least significant error to the most."""

    low: np.ndarray
    """(n,) lower ends."""
    high: np.ndarray
    """(n,) upper ends."""
    covers: np.ndarray
    """(n,) whether each holds the truth."""
    truth: float
    """Where the truth is drawn."""
    coverage: Share
    """Their share, with its bounds."""
    missing: int
    """Replications that are used but have no interval."""


def zip_plot(study: xr.Dataset, parameter: str | None = None) -> Figure:
    """Draw the 95% intervals of every replication: a row a cell, a column an inference method.

    The intervals estimate -/+ 1.96 standard errors are stacked by |estimate - truth| / standard
    error, as percentiles. Without bias and with standard errors that are right, those below the
    95th percentile cover the truth, and the ones above miss it evenly on both sides.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study with inference; of its estimators, the first that has any is drawn.
    parameter : str, optional
        Name of the parameter; the first if None.

    Raises
    ------
    InputError
        The study has no standard errors, no such parameter, or no known truth.

    References
    ----------
    Morris, White and Crowther (2019), Statistics in Medicine 38, on zip plots.
    """
    study = counts.loaded(study)
    require(
        "standard_error" in study and "inference_status" in study,
        "A zip plot must have standard errors",
        "a study without inference methods",
        "Declare the experiment with `inference`",
    )
    estimator = _first_with_inference(study)
    parameters = [str(name) for name in study["parameter"].to_numpy()]
    parameter = parameters[0] if parameter is None else parameter
    require(
        parameter in parameters, "A study has no such parameter", parameter, f"It has {parameters}"
    )
    k = parameters.index(parameter)
    truths = counts.array(study, "truth")[:, :, k]
    known = truths[np.isfinite(truths)]
    require(
        known.size > 0,
        "A zip plot must have true values",
        f"none of {parameter}",
        "Draw one of a simulated design",
    )
    # Where the truth is drawn anew in each replication, errors are what can be stacked.
    varies = any(np.ptp(one[np.isfinite(one)]) > 0 for one in truths if np.isfinite(one).any())
    return _draw(study, estimator, k, varies)


def _first_with_inference(study: xr.Dataset) -> int:
    """Position of the first estimator with any inference."""
    run = counts.array(study, "inference_status") != InferenceStatus.NOT_RUN
    having = np.flatnonzero(run.any(axis=(0, 2, 3)))
    require(
        having.size > 0,
        "A zip plot must have standard errors",
        "a study whose inference was never run",
        "Run it first",
    )
    return int(having[0])


def _draw(study: xr.Dataset, estimator: int, parameter: int, varies: bool) -> Figure:
    titles = cell_titles(study)
    run = counts.array(study, "inference_status")[:, estimator] != InferenceStatus.NOT_RUN
    columns = np.flatnonzero(run.any(axis=(0, 1)))
    methods = [str(study["inference"].to_numpy()[m]).replace("_", " ") for m in columns]
    name = symbol(str(study["parameter"].to_numpy()[parameter]))
    beyond = False
    with styled():
        figure = new_figure(max(2.1 * len(methods) + 0.6, 4.6), 2.4 * len(titles) + 1.2)
        axes = figure.subplots(len(titles), len(methods), sharex="row", sharey=True, squeeze=False)
        for i, title in enumerate(titles):
            axes[i, 0].set_ylabel(title)
            drawn = {
                c: _intervals(study, (i, estimator, int(m), parameter), varies)
                for c, m in enumerate(columns)
                if run[i, :, m].any()
            }
            for c, place in enumerate(axes[i]):
                head = _draw_panel(place, drawn[c]) if c in drawn else "not run"
                place.set_title(f"{methods[c]}\n{head}" if i == 0 else head, fontsize=8)
            beyond |= _limit(axes[i, 0], [one for one in drawn.values() if len(one.low)])
        for place in axes[-1]:
            place.set_xlabel(f"{name}: estimate {'- truth ' if varies else ''}\u00b1 1.96 s.e.")
        axes[0, 0].set_ylim(0, 100)
        axes[0, 0].set_yticks([0, 25, 50, 75, 95])
        figure.supylabel("percentile of |estimate - truth| / s.e.", fontsize=9)
        what = f"95% intervals of {name} and their coverage"
        caption(
            figure,
            f"{what} (the widest are cut)" if beyond else what,
            described(study, estimator),
        )
        legend(figure, LEGEND, ())
    return figure


def _intervals(study: xr.Dataset, place: tuple[int, int, int, int], varies: bool) -> Intervals:
    """Intervals at a place: positions of a cell, estimator, method and parameter."""
    cell, estimator, method, parameter = place
    used = counts.used(study)[cell, estimator]
    estimates = counts.array(study, "estimate")[cell, estimator, used, parameter]
    errors = counts.array(study, "standard_error")[cell, estimator, used, method, parameter]
    truths = counts.array(study, "truth")[cell, used, parameter]
    coverage = intervals.coverage(estimates, errors, truths)
    there = np.isfinite(estimates) & np.isfinite(errors) & np.isfinite(truths)
    estimates, errors, truths = estimates[there], errors[there], truths[there]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Without an error, a standard error of zero is no less significant than any other.
        significance = np.nan_to_num(np.abs(estimates - truths) / errors, nan=0.0)
    order = np.argsort(significance, kind="stable")
    estimates, errors, truths = estimates[order], errors[order], truths[order]
    half = norm.isf((1 - intervals.LEVEL) / 2) * errors
    centre = estimates - truths if varies else estimates
    covers = np.abs(estimates - truths) <= half
    truth = 0.0 if varies or not len(truths) else float(truths[0])
    missing = int((~there).sum())
    return Intervals(centre - half, centre + half, covers, truth, coverage, missing)


def _draw_panel(place: Axes, drawn: Intervals) -> str:
    """Draw one panel, and return its coverage in words."""
    number = len(drawn.low)
    if number == 0:
        return f"no s.e. in {drawn.missing}"
    percentiles = 100 * (np.arange(number) + 0.5) / number
    # As thick as there is room for, a panel being some 120 points high.
    thickness = float(np.clip(110 / number, 0.3, 2.0))
    for which, style, name in [
        (drawn.covers, COVERS, "covers"),
        (~drawn.covers, MISSES, "misses"),
    ]:
        # One line, broken between intervals: a small file, however many there are.
        gap = np.full(int(which.sum()), np.nan)
        ends = np.column_stack([drawn.low[which], drawn.high[which], gap])
        heights = np.repeat(percentiles[which], 3)
        style = style | {"linewidth": thickness, "solid_capstyle": "butt"}
        place.plot(ends.ravel(), heights, label=name, **style)
    place.axvline(drawn.truth, label="truth", **TRUTH)
    place.axhline(100 * intervals.LEVEL, label="nominal", **NOMINAL)
    value, low, high = (100 * getattr(drawn.coverage, name) for name in ("value", "low", "high"))
    edge = place.get_yaxis_transform()
    place.plot([1.0, 1.0], [low, high], transform=edge, clip_on=False, label="bounds", **BOUNDS)
    without = f"; {drawn.missing} no s.e." if drawn.missing else ""
    return f"{value:.1f}% ({low:.1f} to {high:.1f}){without}"


def _limit(place: Axes, drawn: list[Intervals]) -> bool:
    """Limit a row's axis: a few intervals that are very wide must not hide the others.

    Returns whether there are any that reach beyond it.
    """
    if not drawn:
        return False
    # At order statistics, so that among few intervals one that is very wide does not count.
    low = min(float(np.quantile(one.low, BEYOND, method="higher")) for one in drawn)
    high = max(float(np.quantile(one.high, 1 - BEYOND, method="lower")) for one in drawn)
    least = min(float(one.low.min()) for one in drawn)
    most = max(float(one.high.max()) for one in drawn)
    room = 0.25 * (high - low)
    place.set_xlim(max(least, low - room), min(most, high + room))
    return least < low - room or most > high + room
