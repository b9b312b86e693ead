"""Coefficients as pyfixest and linearmodels have them, beside references computed elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from gfe_mc import GFE, LargeT, Panel, PooledOLS, summarize
from tests.fitted.fits import FAMILIES, summary
from tests.helpers import refused
from tests.inference.panels import grouped


@pytest.mark.parametrize("name", FAMILIES)
def test_tidy_is_coefficients_by_one_method(name: str) -> None:
    made = summary(name)
    tidy, frame = made.tidy(), made.coefficients()
    assert list(tidy.columns) == [
        *("Estimate", "Std. Error", "t value", "Pr(>|t|)", "2.5%", "97.5%"),
    ]
    assert tidy.index.name == "Coefficient"
    np.testing.assert_array_equal(tidy["Estimate"], frame["estimate"])
    np.testing.assert_allclose(tidy["Std. Error"], frame["se_known"])
    np.testing.assert_allclose(tidy["t value"], frame["t_known"])
    np.testing.assert_allclose(tidy["Pr(>|t|)"], frame["p_known"])
    np.testing.assert_allclose(tidy[["2.5%", "97.5%"]], frame[["low_known", "high_known"]])
    np.testing.assert_array_equal(made.params, tidy["Estimate"])
    np.testing.assert_array_equal(made.std_errors, tidy["Std. Error"])
    np.testing.assert_array_equal(made.tstats, tidy["t value"])
    np.testing.assert_array_equal(made.pvalues, tidy["Pr(>|t|)"])
    np.testing.assert_array_equal(made.vcov(), [[0.04, 0.01], [0.01, 0.09]])


def test_slopes_of_groups_are_named() -> None:
    assert list(summary("slopes").tidy().index) == ["x1", "x2", "x1[1]", "x1[2]"]


def test_intervals_by_hand() -> None:
    made = summary("plain")
    found = made.confint(level=0.9)
    assert list(found.columns) == ["5%", "95%"]
    z = norm.ppf(0.95)
    np.testing.assert_allclose(found.loc["x1"], [1.5 - 0.2 * z, 1.5 + 0.2 * z])
    with refused("`level` must be a probability"):
        made.confint(95)
    with refused("Standard errors must be by a method of the summary", "There are known"):
        made.tidy(errors="clustered")
    with refused("must have a joint covariance"):
        made.vcov(joint=True)


@pytest.mark.parametrize("clustered", [True, False], ids=["clustered", "white"])
def test_one_group_is_ols_with_period_effects(clustered: bool) -> None:
    panel = grouped(3, 30, 4)
    n, t, k = panel.shape
    fit = GFE(1).fit(panel, np.random.default_rng(0))
    errors = "clustered" if clustered else "white"
    made = summarize(panel, fit, inference={"ours": LargeT(errors, small_sample="NT-GT-K")})
    dummies = np.tile(np.eye(t), (n, 1))
    ols = sm.OLS(panel.y.ravel(), np.column_stack([panel.x.reshape(-1, k), dummies]))
    options = {"groups": np.repeat(np.arange(n), t), "use_correction": False}
    theirs = ols.fit(cov_type="cluster", cov_kwds=options) if clustered else ols.fit(cov_type="HC0")
    factor = np.sqrt(n * t / (n * t - t - k))
    tidy = made.tidy()
    np.testing.assert_allclose(tidy["Estimate"], theirs.params[:k], rtol=1e-9)
    np.testing.assert_allclose(tidy["Std. Error"], factor * theirs.bse[:k], rtol=1e-9)
    np.testing.assert_allclose(tidy["t value"], theirs.tvalues[:k] / factor, rtol=1e-9)
    expected = 2 * norm.sf(np.abs(theirs.tvalues[:k] / factor))
    np.testing.assert_allclose(tidy["Pr(>|t|)"], expected, rtol=1e-6)
    np.testing.assert_allclose(made.residuals, theirs.resid, atol=1e-9)
    glance = made.glance().iloc[0]
    assert glance["R2"] == pytest.approx(1 - theirs.ssr / theirs.centered_tss)
    assert glance["degrees of freedom"] == theirs.df_resid
    assert glance["sigma"] == pytest.approx(np.sqrt(theirs.mse_resid))
    assert glance["objective"] == pytest.approx(theirs.ssr)
    # Frisch, Waugh and Lovell: the share of slopes is R2 of the panel in deviations.
    y, x = panel.y - panel.y.mean(axis=0), panel.x - panel.x.mean(axis=0)
    plain = sm.OLS(y.ravel(), x.reshape(-1, k)).fit()
    assert glance["R2 within"] == pytest.approx(plain.rsquared)
    joint = made.vcov(joint=True)
    assert list(joint.index[:3]) == ["x1", "x2", "alpha[1, 0]"]
    np.testing.assert_allclose(np.diag(joint)[:k], tidy["Std. Error"] ** 2)


def test_without_a_method_there_are_estimates_alone() -> None:
    panel = grouped(3, 30, 4)
    made = summarize(panel, PooledOLS().fit(panel, np.random.default_rng(0)), inference={})
    assert made.tidy()["Std. Error"].isna().all()
    assert made.tidy()["Estimate"].notna().all()
    with refused("A covariance needs an inference method"):
        made.vcov()


def test_a_notebook_shows_html() -> None:
    html = summary("profiles")._repr_html_()
    assert html.startswith("<h3>Coefficients and standard errors</h3>")
    assert "R2 0." in html
    assert "nan" not in html


def test_names_are_the_frames_own() -> None:
    frame = pd.DataFrame(
        {"land": ["b", "a"] * 2, "year": [1, 1, 2, 2], "y": [1.0, 2, 3, 4], "x": [0.0, 1, 1, 0]}
    )
    panel = Panel.from_frame(frame, outcome="y", regressors=["x"], unit="land", time="year")
    made = summarize(panel, PooledOLS().fit(panel, np.random.default_rng(0)), inference={})
    assert made.residuals.index.names == ["land", "year"]
    assert (
        summarize(panel, made.fit, inference={}, unit="country").residuals.index.names[0]
        == "country"
    )
