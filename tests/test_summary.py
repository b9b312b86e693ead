"""A fit with its standard errors, ready to be read."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from gfe_mc import (
    FCR,
    GFE,
    Annealing,
    CKMeans,
    Fit,
    InferenceStatus,
    LargeT,
    MinimumSize,
    Panel,
    Pooled,
    SlopeErrors,
    Summary,
    TwoWay,
    UnitByUnit,
    fit_panel,
    summarize,
)
from gfe_mc.report.figures.style import line
from gfe_mc.report.tables.one_panel import WIDTH
from gfe_mc.summary import recognised_lag, standard_inference
from tests.helpers import PooledOLS, refused
from tests.inference.panels import RNG, grouped

FEW = Annealing(starts=5, hits=2)
SMALL = MinimumSize(2, 0.0)


def fitted(estimator: Any, panel: Panel) -> Fit:
    fit: Fit = estimator.fit(panel, np.random.default_rng(0))
    return fit


def summarized(estimator: Any, panel: Panel | None = None, **options: Any) -> Summary:
    panel = grouped(4, 40, 7) if panel is None else panel
    return summarize(panel, fitted(estimator, panel), **options)


FAMILIES: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "gfe": (GFE(3), ("large_t", "fixed_t", "bootstrap"), "groups with profiles over time"),
    "two-way": (TwoWay(), ("large_t", "fixed_t", "bootstrap"), "period effects, unit effects"),
    "fcr": (FCR(3, 1.5, FEW), ("sandwich",), "soft groups with profiles over time"),
    "fcr with slopes": (
        FCR(2, 1.5, FEW, ("x1",)),
        ("sandwich",),
        "soft groups with profiles over time and slopes of x1",
    ),
    "ck-means": (
        CKMeans(2, minimum=SMALL),
        ("homoskedastic", "clustered"),
        "groups with slopes of x1, x2, unit effects",
    ),
    "individual": (
        CKMeans(2, minimum=SMALL, individual=("x2",)),
        ("homoskedastic", "clustered"),
        "groups with slopes of x1, each unit's own slopes of x2, unit effects",
    ),
    "pooled": (
        Pooled(),
        ("homoskedastic", "clustered"),
        "slopes common to all units, unit effects",
    ),
    "unit by unit": (
        UnitByUnit(),
        ("homoskedastic", "clustered"),
        "each unit's own slopes of x1, x2, unit effects",
    ),
    "one's own": (PooledOLS(), (), "slopes common to all units"),
}


@pytest.mark.parametrize(("estimator", "methods", "words"), FAMILIES.values(), ids=FAMILIES)
def test_every_family_has_its_inference_and_its_tables(
    estimator: Any, methods: tuple[str, ...], words: str
) -> None:
    summary = summarized(estimator)
    assert tuple(summary.covariances) == methods
    assert all(one.status == InferenceStatus.SUCCESS for one in summary.covariances.values())
    frame = summary.coefficients()
    np.testing.assert_array_equal(frame["estimate"][:2], summary.fit.theta)
    for method, covariance in summary.covariances.items():
        np.testing.assert_array_equal(frame[f"se_{method}"][:2], covariance.standard_errors)
        t = frame["estimate"] / frame[f"se_{method}"]
        np.testing.assert_allclose(frame[f"t_{method}"], t)
        np.testing.assert_allclose(frame[f"p_{method}"], 2 * (1 - norm.cdf(abs(t))), atol=1e-12)
        wide = frame[f"high_{method}"] - frame[f"low_{method}"]
        np.testing.assert_allclose(wide, 2 * 1.959964 * frame[f"se_{method}"], rtol=1e-6)
    for format_ in ("text", "markdown", "latex", "html"):
        assert words in summary.render(format_).replace("\\_", "_").replace("&#x27;", "'")
    record = json.loads(summary.render("json"))
    assert record["model"]["description"] == words
    assert (record["profiles"] is None) == (not summary.fit.model.profiles)
    assert len(pd.read_csv(StringIO(summary.render("csv")))) == len(frame)


def test_slopes_of_groups_have_rows_of_their_own() -> None:
    panel = grouped(4, 40, 7)
    summary = summarized(CKMeans(2, minimum=SMALL, common=("x2",)), panel)
    frame, fit = summary.coefficients(), summary.fit
    assert list(frame["parameter"]) == ["x1", "x2", "x1", "x1"]
    assert list(frame["group"]) == ["mean", "all", "1", "2"]
    assert fit.beta is not None
    np.testing.assert_array_equal(frame["estimate"][2:], fit.beta[:, 0])
    errors = SlopeErrors().covariance(panel, fit, RNG).profile_errors(2, 2)[:, 0]
    np.testing.assert_array_equal(frame["se_homoskedastic"][2:], errors)


def test_slopes_of_units_are_beside_their_groups() -> None:
    summary = summarized(CKMeans(2, minimum=SMALL, individual=("x2",)))
    assert summary.fit.unit_slopes is not None
    np.testing.assert_array_equal(summary.groups()["slope_x2"], summary.fit.unit_slopes[:, 1])


def test_slopes_of_every_unit_are_in_no_table_to_be_read() -> None:
    summary = summarized(UnitByUnit())
    assert len(summary.tables()[0].rows) == 4
    assert len(summary.coefficients()) == 82
    assert "Slopes of every unit are in the formats csv and json" in str(summary)


def test_soft_groups_have_shares() -> None:
    summary = summarized(FCR(3, 1.5, FEW), unit="firm")
    frame = summary.groups()
    assert list(frame.columns) == ["firm", "group", "share_1", "share_2", "share_3"]
    shares = frame[["share_1", "share_2", "share_3"]].to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_array_equal(shares.argmax(axis=1) + 1, frame["group"])
    assert "sum of shares" in str(summary)


def test_what_there_is_not_is_refused_by_name() -> None:
    summary = summarized(CKMeans(2, minimum=SMALL))
    with refused("The fit must have profiles; got one of groups with slopes of x1, x2"):
        summary.profiles()
    with refused("The fit must have profiles"):
        summary.figure()
    plain = summarized(PooledOLS())
    with refused("The fit must have groups; got one of slopes common to all units"):
        plain.groups()
    assert "No standard errors: the fit does not say which estimator made it" in str(plain)
    assert [table.title for table in plain.tables()] == ["Coefficients and standard errors"]


def test_an_estimator_that_says_so_is_bootstrapped() -> None:
    panel = grouped(4, 40)
    fit = Fit(PooledOLS().fit(panel, RNG).theta, estimator=PooledOLS())
    assert list(summarize(panel, fit).covariances) == ["bootstrap"]
    assert list(standard_inference(fit, bootstrap=0)) == []


def test_groups_are_in_short_lines_and_in_a_file(tmp_path: Path) -> None:
    names = [f"a country of number {n}" for n in range(30)]
    plain = grouped(4, 30)
    panel = Panel.from_arrays(plain.y, plain.x, units=names)
    summary = summarize(panel, fitted(GFE(2), panel), inference={}, unit="country")
    table = summary.tables()[1]
    assert max(len(row[-1]) for row in table.rows) <= WIDTH
    assert len(table.rows) > 2
    listed = " ".join(row[-1] for row in table.rows).replace("; ", "|").replace(" a ", "|a ")
    assert sorted(listed.split("|")) == sorted(names)
    assert summary.save_groups(None) == []
    summary.save_groups(tmp_path / "groups.csv")
    read = pd.read_csv(tmp_path / "groups.csv")
    assert list(read.columns) == ["country", "group"]
    assert list(read["country"]) == names
    np.testing.assert_array_equal(read["group"], np.asarray(summary.fit.groups) + 1)
    with refused("must have a place where it can be written"):
        summary.save_groups(tmp_path / "no" / "groups.csv")
    named = summarize(panel, summary.fit, inference={}, unit="group").groups()
    assert list(named.columns) == ["group", "estimated_group"]


def test_all_units_in_one_group_are_not_listed() -> None:
    for estimator in (TwoWay(), Pooled(), UnitByUnit()):
        assert len(summarized(estimator, inference={}).tables()) == 1


def test_a_fit_of_another_panel_is_refused() -> None:
    panel = grouped(4, 40)
    with refused("The fit must be one of this panel"):
        summarize(grouped(4, 39), fitted(GFE(2), panel))
    with refused("`seed` must be a whole number"):
        summarize(panel, fitted(GFE(2), panel), seed=-1)


def test_the_seed_is_the_bootstraps() -> None:
    panel = grouped(4, 40)
    fit = fitted(GFE(3), panel)
    assert str(summarize(panel, fit, seed=3)) == str(summarize(panel, fit, seed=3))
    assert str(summarize(panel, fit, seed=3)) != str(summarize(panel, fit, seed=4))
    assert "long-run" not in str(summarize(panel, fit))


def test_unit_effects_are_counted_without_being_told(democracy: Panel) -> None:
    summary = summarized(TwoWay(), democracy)
    told = LargeT(small_sample="NT-GT-K", unit_effects=True)
    expected = told.covariance(democracy, summary.fit, RNG)
    np.testing.assert_array_equal(summary.covariances["large_t"].theta, expected.theta)
    assert "variances times NT / (NT-GT-K-(N-1))" in str(summary)


def test_what_has_no_errors_says_why() -> None:
    panel = grouped(3, 60)  # Its Hessian is not positive definite.
    summary = fit_panel(panel, groups=3, bootstrap=2)
    assert summary.covariances["fixed_t"].status == InferenceStatus.NOT_POSITIVE_DEFINITE
    text = str(summary)
    assert "fixed_t: the estimated Hessian is not positive definite" in text
    record = json.loads(summary.render("json"))
    assert record["coefficients"][0]["se_fixed_t"] is None


def test_the_lag_is_recognised(democracy: Panel) -> None:
    assert recognised_lag(democracy) == 0
    assert recognised_lag(grouped(1)) is None


def test_figure_has_a_panel_for_each_group_and_bands_where_there_are_errors() -> None:
    summary = fit_panel(grouped(4, 40), groups=3, bootstrap=0)
    figure = summary.figure(errors="large_t")
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 3
    alpha = summary.profiles()
    for group, axes in enumerate(shown, start=1):
        drawn = axes.lines[0].get_ydata()
        np.testing.assert_array_equal(drawn, alpha[alpha["group"] == group]["alpha"])
        assert len(axes.collections) == 1
    with refused("The bands must be by a method"):
        summary.figure(errors="bootstrap")


def test_lines_differ_without_colour() -> None:
    styles = [(str(line(n)["linestyle"]), line(n)["marker"]) for n in range(15)]
    assert len(set(styles)) == 15
