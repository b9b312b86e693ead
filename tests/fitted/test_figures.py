"""Figures of a fit: what is drawn is what the fit says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from gfe_mc.fitted.figures import KINDS
from gfe_mc.report.figures.style import drawn
from gfe_mc.selection.criterion import Choice
from tests.fitted.fits import FAMILIES, GROUPS, N, T, summary
from tests.helpers import refused

NOT_DRAWN = {
    *(("factors", kind) for kind in KINDS),
    *(("plain", kind) for kind in KINDS),
    ("slopes", "profiles"),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_drawn_or_refused(name: str) -> None:
    made = summary(name, gaps=True)
    for kind in KINDS:
        if (name, kind) in NOT_DRAWN or kind == "criterion":
            words = "The criterion is drawn" if kind == "criterion" else "The fit must have"
            with refused(words):
                made.figure(kind)
        else:
            assert len(made.figure(kind).axes) > 0


def test_the_criterion_and_the_objective() -> None:
    made = summary("profiles")
    path, values = np.array([9.0, 4.0, 3.5]), np.array([0.5, 0.2, 0.3])
    chosen = replace(made, fit=replace(made.fit, path=path), choice=Choice(2, values, 0.1))
    left, right = chosen.figure("criterion").axes
    np.testing.assert_array_equal(left.lines[0].get_xydata(), np.c_[[1, 2, 3], path])
    np.testing.assert_array_equal(right.lines[0].get_xydata(), np.c_[[1, 2, 3], values])
    assert right.texts[0].get_text() == "G = 2"


def test_means_of_groups_over_units_that_are_observed() -> None:
    made = summary("profiles", gaps=True)
    y = np.where(made.panel.observed, made.panel.y, np.nan)
    axes = made.figure("means").axes
    assert len(axes) == 2
    for g, place in enumerate(axes):
        *units, mean = place.lines
        assert len(units) == np.count_nonzero(g == GROUPS)
        shown = np.asarray(mean.get_ydata(), np.float64)
        np.testing.assert_allclose(shown, np.nanmean(y[g == GROUPS], axis=0))


def test_bars_are_margins_from_the_clearest_down() -> None:
    made = summary("fuzzy")
    patches = made.figure("margins").axes[0].patches
    bars = [bar.get_width() for bar in patches if isinstance(bar, Rectangle)]
    margins = made.margins()["margin"].to_numpy()
    expected = [*sorted(margins[GROUPS == 0])[::-1], *sorted(margins[GROUPS == 1])[::-1]]
    np.testing.assert_allclose(bars, expected)


def test_the_heat_map_has_units_by_group() -> None:
    made = summary("profiles", gaps=True)
    axes = made.figure("heat_map").axes[0]
    (image,) = [one for one in axes.get_children() if isinstance(one, AxesImage)]
    shown = np.ma.masked_array(image.get_array())
    assert shown.shape == (N, T)
    assert int(np.ma.getmaskarray(shown).sum()) == 3
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert [GROUPS[int(name[1:])] for name in names] == sorted(GROUPS)
    first = made.panel.units.index(names[0])
    np.testing.assert_array_equal(
        np.ma.compressed(shown[0]), made.panel.y[first][made.panel.observed[first]]
    )


def test_names_are_no_formulas_and_the_same_bytes_come_out() -> None:
    made = summary("profiles")
    units = tuple(f"$x_{i}$ $" for i in range(N))
    made = replace(made, panel=replace(made.panel, units=units, outcome="a$b"))
    for kind in ("heat_map", "margins", "means"):
        assert drawn(made.figure(kind), ".svg") == drawn(made.figure(kind), ".svg")


def test_what_is_not_known_is_refused() -> None:
    made = summary("profiles")
    with refused("`kind` must be known", "profiles, criterion, means, margins, heat_map"):
        made.figure("pie")
    with refused("Bands are around profiles"):
        made.figure("means", errors="known")
