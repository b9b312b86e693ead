"""Figures of comparisons over sizes: what is drawn is the study's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.ranking import ranked
from gfe_mc.metrics.rates import frontier
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.report.figures.best_map import best_map
from gfe_mc.report.figures.by_size import APART, by_size
from gfe_mc.report.figures.catalogue import COMPARING
from gfe_mc.report.figures.grid import Grid, Sheet, stem
from gfe_mc.report.figures.nested_loop import nested_loop
from gfe_mc.report.figures.price import price
from tests.helpers import refused
from tests.report.figures.sizes import BIAS, RMSE, WRONG, make, without
from tests.report.figures.studies import (
    assert_grey_and_whole,
    assert_the_same_bytes,
    caption,
    lines,
    points,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("gfe", "pooled", "oracle")


@pytest.fixture
def study() -> xr.Dataset:
    return make()


def only(
    kind: Callable[[Grid, Criterion], list[Sheet]], study: xr.Dataset, by: Criterion
) -> Figure:
    """Draw a figure of one page."""
    (sheet,) = kind(Grid.of(study), by)
    return sheet()


def panels(figure: Figure) -> list[Axes]:
    return [place for place in figure.axes if place.get_visible()]


def incomplete() -> xr.Dataset:
    """Cells 3 and 7 are not there; one is without any figure, others without one of them."""
    study = make()
    for cell, estimator in ((1, 0), (1, 1), (1, 2), (2, 1), (4, 0)):
        without(study, cell, estimator)
    return study.isel(cell=[c for c in range(12) if c not in (3, 7)])


def tiles(place: Axes) -> dict[tuple[float, float], tuple[str, bool, list[str]]]:
    """Name, whether it is hatched, and the texts, of each tile by its middle."""
    found = {}
    for tile in place.patches:
        x, y = tile.get_x() + 0.5, tile.get_y() + 0.5  # type: ignore[attr-defined]
        said = [
            text.get_text()
            for text in place.texts
            if abs(text.get_position()[0] - x) < 0.5 and abs(text.get_position()[1] - y) < 0.5
        ]
        found[x, y] = (str(tile.get_label()), bool(tile.get_hatch()), said)
    return found


def test_the_map_is_of_the_ranking(study: xr.Dataset) -> None:
    ranking = ranked(summarize_study(study, influences=NAMES), RMSE)
    figure = only(best_map, study, RMSE)
    assert [place.get_title() for place in panels(figure)] == ["G = 2", "G = 3"]
    hatched = 0
    for place, groups in zip(panels(figure), (2, 3), strict=True):
        drawn = tiles(place)
        assert len(drawn) == 6
        for (x, y), (name, hatch, said) in drawn.items():
            at = {"G": groups, "N": (20, 80)[int(x)], "T": (5, 10, 20)[int(y)]}
            own = ranking[(ranking[list(at)] == list(at.values())).all(axis=1)]
            assert name == own.loc[own["rank"] == 1, "estimator"].item()
            tied = own[(own["rank"] > 1) & ~own["beaten"]]["estimator"].tolist()
            assert hatch == bool(tied)
            assert said[0] == str(NAMES.index(name) + 1)
            assert said[1:] == [",".join(str(NAMES.index(n) + 1) for n in tied)] * bool(tied)
            hatched += hatch
    assert 0 < hatched < 12


def test_the_map_of_a_part_of_a_grid() -> None:
    study = incomplete()
    first, second = panels(only(best_map, study, RMSE))
    assert set(tiles(first)) == {(0, 0), (0, 1), (0, 2), (1, 1), (1, 2)}
    assert tiles(first)[0, 1] == ("no figure", False, ["\u2013"])
    assert tiles(first)[1, 1][0] != "gfe"
    assert len(tiles(second)) == 5
    said = caption(only(best_map, study, RMSE))
    assert "of 10 cells: gfe in 2, pooled in 2, oracle in 1" in said
    assert "Tiles that are left out are no cells of the study" in said


def test_figures_by_size_are_those_of_the_summary(study: xr.Dataset) -> None:
    summary = summarize_study(study)
    for criterion in (RMSE, BIAS):
        figure = only(by_size, study, criterion)
        assert len(panels(figure)) == 6
        assert [place.get_title() for place in panels(figure)[:3]] == ["T = 5", "T = 10", "T = 20"]
        assert [panels(figure)[k].get_ylabel() for k in (0, 3)] == ["G = 2", "G = 3"]
        own = criterion.rows(summary)
        for k, place in enumerate(panels(figure)):
            for j, name in enumerate(NAMES):
                here = (own["G"] == (2, 3)[k // 3]) & (own["T"] == (5, 10, 20)[k % 3])
                rows = own[here & (own["estimator"] == name)]
                value = rows["value"].abs()
                beside = np.exp(APART * ((j + 0.5) / 3 - 0.5))
                np.testing.assert_allclose(points(place, name).T, [beside * rows["N"], value])
                bounds = points(place, f"{name} bounds").reshape(-1, 3, 2)[:, :2, 1]
                np.testing.assert_allclose(bounds[:, 1] - bounds[:, 0], 2 * 1.96 * rows["error"])


def test_lines_by_size_are_broken_where_there_is_no_figure() -> None:
    figure = only(by_size, incomplete(), RMSE)
    third = panels(figure)[2]
    assert np.isnan(points(third, "pooled")[0, 1])
    assert np.isfinite(points(third, "gfe")).all()
    assert not lines(panels(figure)[1], "gfe")
    assert "gfe in 2, pooled in 2, oracle in 1" in caption(figure)


def test_where_only_periods_differ() -> None:
    study = make({"N": (20,), "T": (5, 10)})
    (place,) = panels(only(by_size, study, RMSE))
    assert place.get_xlabel() == "T"
    np.testing.assert_allclose(points(place, "pooled")[:, 0], [5, 10])


@pytest.mark.parametrize(("zeros", "scale"), [(False, "log"), (True, "symlog")])
def test_scales(zeros: bool, scale: str) -> None:
    study = make(criteria=(WRONG,))
    study["misclassification"][0] *= 20
    if zeros:
        study["misclassification"][-1, 0] = 0.0
    figure = only(by_size, study, WRONG)
    assert panels(figure)[0 if not zeros else 3].get_yscale() == scale


def test_coverage_has_its_target(study: xr.Dataset) -> None:
    study["inside"] = (study["status"].dims, study["estimate"][..., 0].to_numpy() > 0.95)
    study["inside"].attrs |= {"metric": "Mine", "type": "bool"}
    figure = only(by_size, study.rename(inside="coverage"), Criterion("coverage"))
    assert points(panels(figure)[0], "target")[:, 1].tolist() == [0.95, 0.95]
    values = [points(place, name)[:, 1] for place in panels(figure) for name in NAMES]
    assert np.max(values) > 0.95


def test_the_nested_loop_goes_through_all_cells(study: xr.Dataset) -> None:
    shuffled = study.isel(cell=np.random.default_rng(0).permutation(12))
    figure = only(nested_loop, shuffled, RMSE)
    upper, lower = figure.axes
    own = RMSE.rows(summarize_study(study))
    for name in NAMES:
        drawn = points(upper, name).reshape(12, 3, 2)
        assert drawn[:, 0, 0].tolist() == (np.arange(12) - 0.5).tolist()
        assert drawn[:, 2, 0].tolist() == (np.arange(12) + 0.5).tolist()
        # The grid is in the order of its factors.
        np.testing.assert_allclose(drawn[:, 1, 1], own[own["estimator"] == name]["value"])
    heights = {name: points(lower, name)[::2, 1] for name in ("G", "N", "T")}
    assert np.unique(heights["G"][:6]).size == np.unique(heights["G"][6:]).size == 1
    assert (np.diff(heights["T"].reshape(4, 3)) > 0).all()
    assert lower.get_yticklabels()[0].get_text() == "G: 2, 3"


def test_the_nested_loop_of_a_part_of_a_grid() -> None:
    upper, _ = only(nested_loop, incomplete(), RMSE).axes
    drawn = points(upper, "pooled").reshape(10, 3, 2)[:, :, 1]
    assert np.flatnonzero(np.isnan(drawn).any(axis=1)).tolist() == [1, 2]


def test_many_cells_are_on_pages(study: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    where = "gfe_mc.report.figures"
    monkeypatch.setattr(f"{where}.nested_loop.LONGEST", 5)
    monkeypatch.setattr(f"{where}.nested_loop.STRIPS", 2)
    monkeypatch.setattr(f"{where}.by_size.ROWS", 1)
    monkeypatch.setattr(f"{where}.best_map.WIDEST", 1.0)
    monkeypatch.setattr(f"{where}.best_map.TALLEST", 1.0)
    grid = Grid.of(study)
    own = RMSE.rows(summarize_study(study))
    value = own[own["estimator"] == "gfe"]["value"]
    strips = [place for sheet in nested_loop(grid, RMSE) for place in sheet().axes[::2]]
    assert [len(points(place, "gfe")) // 3 for place in strips] == [4, 4, 4]
    np.testing.assert_allclose(
        np.concatenate([points(place, "gfe")[1::3, 1] for place in strips]), value
    )
    assert [len(sheet().axes) for sheet in by_size(grid, RMSE)] == [3, 3]
    (first,), (second,) = (panels(sheet()) for sheet in best_map(grid, RMSE))
    assert (first.get_title(), second.get_title()) == ("G = 2", "G = 3")


def test_the_price_has_rings_on_the_frontier(study: xr.Dataset) -> None:
    on = frontier(summarize_study(study, influences=NAMES), RMSE)
    assert 0 < on["efficient"].sum() < len(on)
    for k, place in enumerate(panels(only(price, study, RMSE))):
        for name in NAMES:
            at = on[(on["G"] == (2, 3)[k // 3]) & (on["T"] == (5, 10, 20)[k % 3])]
            rows = at[at["estimator"] == name]
            np.testing.assert_allclose(points(place, name), rows[["seconds", "value"]])
            rings = rows.loc[rows["efficient"], ["seconds", "value"]]
            np.testing.assert_allclose(points(place, f"{name} ring").reshape(-1, 2), rings)


def test_seconds_have_no_price(study: xr.Dataset) -> None:
    assert price(Grid.of(study), Criterion("median_seconds")) == []


def test_factors_that_are_another_name_of_a_size_are_none() -> None:
    study = make({"copies": (1,), "N": (20, 80), "T": (5, 10)})
    study["copies"] = ("cell", [1, 1, 4, 4])
    grid = Grid.of(study)
    assert grid.others == ()
    assert list(grid.panels) == [""]


def test_names_of_files() -> None:
    assert stem(Criterion("rmse", "a/b $c$", "large_t")) == "rmse_a_b_c__large_t"


def test_refusals(study: xr.Dataset) -> None:
    with refused("The study must say by what estimators are compared; got none"):
        Grid.of(make(criteria=()))
    with refused("A comparison by size must be of panels that differ in N or T"):
        Grid.of(study.isel(cell=[0, 6]))
    with refused("Estimators must be compared by a figure of the study; got theta2 rmse"):
        by_size(Grid.of(study), Criterion("rmse", "theta2"))


def test_where_nothing_can_be_used(study: xr.Dataset) -> None:
    study["status"][:] = Status.ESTIMATOR_FAILED
    study["estimate"][:] = np.nan
    first = panels(only(best_map, study, RMSE))[0]
    assert {name for name, *_ in tiles(first).values()} == {"no figure"}
    for kind in (by_size, price):
        assert [text.get_text() for text in panels(only(kind, study, RMSE))[0].texts] == [
            "no figure"
        ]
    only(nested_loop, study, RMSE)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPARING)
def test_it_is_grey_whole_and_the_same_each_time(name: str, tmp_path: Path) -> None:
    figure = only(COMPARING[name], incomplete(), RMSE)
    assert_grey_and_whole(figure)
    assert_the_same_bytes(lambda: only(COMPARING[name], incomplete(), RMSE), tmp_path)
