"""Figures with their Monte Carlo bounds: what is drawn is the study's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.report.figures.bias import bias
from gfe_mc.report.figures.coverage import coverage
from gfe_mc.report.figures.fit_time import fit_time
from gfe_mc.report.figures.forest import MOST, Look, forest
from gfe_mc.report.figures.marks import Mark, Row
from gfe_mc.report.figures.misclassification import misclassification
from tests.helpers import refused
from tests.report.figures.studies import (
    assert_grey_and_whole,
    assert_the_same_bytes,
    caption,
    points,
)
from tests.report.tables.studies import make_study, row, with_inference

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = ("G = 3", "vns", "genetic", "G = 5", "vns", "genetic")
HEIGHTS = [1.0, 2.0, 4.0, 5.0]


@pytest.fixture
def study() -> xr.Dataset:
    return make_study()


def marks(place: Axes) -> np.ndarray:
    """Height, value and bounds of what is drawn, (n, 4), from top to bottom."""
    bounds = points(place, "bounds").reshape(-1, 3, 2)
    values = np.concatenate([points(place, "hollow"), points(place, "filled")])
    values = values[np.argsort(values[:, 1])]
    np.testing.assert_array_equal(values[:, 1], bounds[:, 0, 1])
    return np.column_stack([values[:, ::-1], bounds[:, :2, 0]])


def summarized(study: xr.Dataset, **where: str) -> np.ndarray:
    """Value and error of a statistic, by cell and estimator, (n, 2)."""
    frame = summarize_study(study)
    return np.array(
        [
            [record["value"], record["error"]]
            for cell in (0, 1)
            for name in ("vns", "genetic")
            for record in [row(frame[frame["cell"] == cell], estimator=name, **where)]
        ]
    )


def test_bias_is_the_mean_error_with_its_bounds(study: xr.Dataset) -> None:
    figure = bias(study)
    assert [place.get_title() for place in figure.axes] == [
        *(r"$\theta_{1}$", r"$\theta_{2}$", "cumulative")
    ]
    for place, parameter in zip(figure.axes, ("theta1", "theta2", "cumulative"), strict=True):
        value, error = summarized(study, parameter=parameter, statistic="bias").T
        expected = np.column_stack([HEIGHTS, value, value - 1.96 * error, value + 1.96 * error])
        np.testing.assert_allclose(marks(place), expected)
        # Half above the truth: the second estimator is off by 0.5.
        assert set(points(place, "filled")[:, 1]) >= {2.0, 5.0}
        assert points(place, "at")[:, 0].tolist() == [0.0, 0.0]
    assert "40 replications a cell, 39 to 40 used; errors = normal" in caption(figure)


def test_lines_are_named(study: xr.Dataset) -> None:
    first, second, _ = bias(study).axes
    assert tuple(text.get_text() for text in first.texts) == LINES
    assert [text.get_fontweight() for text in first.texts[:2]] == ["bold", "normal"]
    assert not second.texts


def test_one_estimator_needs_no_lines_for_cells(study: xr.Dataset) -> None:
    first = bias(study.isel(estimator=[0])).axes[0]
    assert [text.get_text() for text in first.texts] == ["G = 3", "G = 5"]
    alone = bias(study.isel(cell=[0])).axes[0]
    assert [text.get_text() for text in alone.texts] == ["vns", "genetic"]


def test_coverage_is_that_of_the_summary(study: xr.Dataset) -> None:
    inferred = with_inference(study)
    summary = summarize_study(inferred)
    figure = coverage(inferred)
    drawn = marks(figure.axes[0])
    assert drawn[:, 0].tolist() == HEIGHTS
    where = {"estimator": "vns", "parameter": "theta1", "statistic": "coverage"}
    for n, (cell, method) in enumerate(
        (cell, method) for cell in (0, 1) for method in ("large_t", "bootstrap")
    ):
        record = row(summary[summary["cell"] == cell], inference=method, **where)
        expected = [100 * record[name] for name in ("value", "low", "high")]
        np.testing.assert_allclose(drawn[n, 1:], expected)
    labels = [text.get_text() for text in figure.axes[0].texts]
    assert labels == ["G = 3", "large_t", "bootstrap", "G = 5", "large_t", "bootstrap"]


def test_estimators_are_named_where_several_have_inference(study: xr.Dataset) -> None:
    inferred = with_inference(study)
    inferred["inference_status"][:] = 0
    labels = [text.get_text() for text in coverage(inferred).axes[0].texts]
    assert {"vns, large_t", "vns, bootstrap", "genetic, large_t"} < set(labels)


def test_misclassification_is_that_of_the_summary(study: xr.Dataset) -> None:
    study["misclassification"].attrs = {"metric": "Misclassification"}
    (place,) = misclassification(study).axes
    value, error = summarized(study, statistic="misclassification_percent").T
    expected = np.column_stack([HEIGHTS, value, value - 1.96 * error, value + 1.96 * error])
    np.testing.assert_allclose(marks(place), expected)


def test_an_estimator_without_groups_has_no_row(study: xr.Dataset) -> None:
    study["misclassification"][:, 1] = np.nan
    (place,) = misclassification(study).axes
    assert [text.get_text() for text in place.texts] == ["G = 3", "G = 5"]


def test_time_is_the_median_with_bounds_of_its_logarithm(study: xr.Dataset) -> None:
    (place,) = fit_time(study).axes
    value, error = summarized(study, statistic="median_seconds").T
    factor = np.exp(1.96 * error / value)
    expected = np.column_stack([HEIGHTS, value, value / factor, value * factor])
    np.testing.assert_allclose(marks(place), expected)
    assert place.get_xscale() == "log"


def test_no_time_is_drawn_at_the_resolution_of_clocks(study: xr.Dataset) -> None:
    study["seconds"][0, 0] = 0.0
    (place,) = fit_time(study).axes
    assert marks(place)[0, 1:].tolist() == [1e-7, 1e-7, 1e-7]


def test_what_has_no_figure_says_so(study: xr.Dataset) -> None:
    study["status"][0, 0] = Status.ESTIMATOR_FAILED
    for made in (bias(study), fit_time(study)):
        assert "none" in [text.get_text() for text in made.axes[0].texts]


def test_what_was_not_asked_for_has_no_row(study: xr.Dataset) -> None:
    study["status"][0, 0] = Status.NOT_RUN
    labels = [text.get_text() for text in bias(study).axes[0].texts]
    assert labels == ["G = 3", "genetic", "G = 5", "vns", "genetic"]


def test_names_are_no_formulas(study: xr.Dataset, tmp_path: Path) -> None:
    from gfe_mc.report.figures.style import save

    hostile = study.assign_coords(
        estimator=["$x_{$ \x1b", "b" * 300], parameter=["$", "theta\u00b2", "theta3"]
    )
    figure = bias(hostile)
    assert figure.axes[0].texts[1].get_text() == r"\$x_{\$ \x1b"
    assert len(figure.axes[0].texts[2].get_text()) == 30
    assert save(figure, tmp_path / "bias.svg")


def test_many_parameters_are_in_bands(study: xr.Dataset) -> None:
    more = xr.concat([study, study.isel(parameter=[0, 1])], dim="parameter", data_vars="minimal")
    more = more.assign_coords(parameter=[f"theta{k}" for k in range(1, 6)])
    shown = [place for place in bias(more).axes if place.get_visible()]
    assert len(shown) == 5
    assert [len(place.texts) for place in shown] == [6, 0, 0, 0, 6]


def test_a_single_row_has_room(study: xr.Dataset, tmp_path: Path) -> None:
    from gfe_mc.report.figures.style import save

    one = study.isel(cell=[0], estimator=[1]).assign_coords(estimator=["x"])
    for draw in (bias, fit_time):
        assert save(draw(one), tmp_path / "one.svg")


def test_refusals(study: xr.Dataset) -> None:
    with refused("Coverage must have standard errors"):
        coverage(study)
    unknown = study.copy(deep=True)
    unknown["truth"][:] = np.nan
    with refused("Bias must have true values"):
        bias(unknown)
    with refused("Coverage must have true values"):
        coverage(with_inference(study).assign(truth=unknown["truth"]))
    with refused("Misclassification must be recorded"):
        misclassification(study.drop_vars("misclassification"))
    study["status"][:] = Status.NOT_FINITE
    with refused("Time must be of a fit"):
        fit_time(study)
    many = [Row("", str(n), (Mark(0.0, 0.0, 0.0),)) for n in range(MOST + 1)]
    with refused(f"A figure must have 1 to {MOST} rows; got {MOST + 1}"):
        forest(many, [""], Look((), ""))


@pytest.mark.slow
@pytest.mark.parametrize("draw", [bias, coverage, misclassification, fit_time])
def test_it_is_grey_and_whole_and_the_same_each_time(
    draw: Callable[[xr.Dataset], Figure], study: xr.Dataset, tmp_path: Path
) -> None:
    inferred = with_inference(study)
    assert_the_same_bytes(lambda: draw(inferred), tmp_path)
    assert_grey_and_whole(draw(inferred))
