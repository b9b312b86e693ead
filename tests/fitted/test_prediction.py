"""What fits predict: of their own cells as they were fitted, and of other rows by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from gfe_mc import LossFit, Panel, PooledOLS, Summary, summarize
from tests.fitted.fits import FAMILIES, GROUPS, THETA, N, T, shares, summary
from tests.helpers import refused


def rows_of(made: Summary) -> pd.DataFrame:
    """All cells of a panel as rows."""
    panel = made.panel
    return pd.DataFrame(
        {
            "firm": np.repeat([str(unit) for unit in panel.units], T),
            "year": np.tile(range(2000, 2000 + T), N),
            "x1": panel.x[:, :, 0].ravel(),
            "x2": panel.x[:, :, 1].ravel(),
        }
    )


@pytest.mark.parametrize("gaps", [False, True], ids=["whole", "gaps"])
@pytest.mark.parametrize("name", FAMILIES)
def test_own_cells_are_predicted_as_they_were_fitted(name: str, gaps: bool) -> None:
    made = summary(name, gaps=gaps)
    panel, seen = made.panel, made.panel.observed
    hard = panel.y[seen] - made.predict(hard=True)
    if not isinstance(made.fit, LossFit):
        # By another way: residuals of the panel as the model sees it.
        np.testing.assert_allclose(hard, made.fit.residuals(panel)[seen], atol=1e-12)
    np.testing.assert_allclose(made.fitted_values + made.residuals, panel.y[seen], atol=1e-12)
    assert made.fitted_values.index.names == ["firm", "year"]
    assert len(made.residuals) == made.nobs == int(seen.sum())
    whole = made.predict(rows_of(made)).to_numpy().reshape(N, T)
    np.testing.assert_allclose(whole[seen], made.fitted_values, atol=1e-12)
    assert np.isfinite(whole).all()


@given(
    st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, T - 1), st.floats(-9, 9)), max_size=6),
    st.sampled_from(["profiles", "slopes", "fuzzy", "layers", "unit effects"]),
)
def test_rows_in_any_order_are_predicted_one_by_one(
    chosen: list[tuple[int, int, float]], name: str
) -> None:
    made = summary(name)
    frame = pd.DataFrame(
        {
            "x1": [x for _, _, x in chosen],
            "x2": 0.0,
            "year": [2000 + t for _, t, _ in chosen],
            "firm": [f"u{i}" for i, _, _ in chosen],
        },
        index=[10 * n for n in range(len(chosen))],
    )
    found = made.predict(frame)
    pd.testing.assert_index_equal(found.index, frame.index)
    zero = made.predict(rows_of(made).assign(x1=0.0, x2=0.0)).to_numpy().reshape(N, T)
    for value, (i, t, x) in zip(found, chosen, strict=True):
        slope = made.fit.theta if made.fit.unit_slopes is None else made.fit.unit_slopes[i]
        assert value == pytest.approx(zero[i, t] + slope[0] * x, abs=1e-9)


def test_soft_groups_are_predicted_by_their_memberships() -> None:
    made = summary("fuzzy")
    assert made.fit.alpha is not None
    by_hand = made.panel.x @ THETA + shares() @ made.fit.alpha
    np.testing.assert_allclose(made.predict(), by_hand.ravel())
    hard = made.panel.x @ THETA + made.fit.alpha[GROUPS]
    np.testing.assert_allclose(made.predict(hard=True), hard.ravel())


def test_a_loss_predicts_means_and_the_index() -> None:
    made = summary("losses")
    index = made.predict(type="link")
    np.testing.assert_allclose(made.predict(), expit(index))
    assert (made.predict()[np.isinf(index)] == 1.0).all()
    with refused("`type` must be known"):
        made.predict(type="odds")

    @dataclass(frozen=True)
    class Own:
        def terms(self, y: np.ndarray, index: np.ndarray) -> Any:
            return (y - index) ** 2, -2 * (y - index), np.full(y.shape, 2.0)

    assert isinstance(made.fit, LossFit)
    own = replace(made, fit=replace(made.fit, loss=Own()))
    with refused("The loss must say what outcomes it expects", 'type="link"'):
        own.predict()
    pd.testing.assert_series_equal(own.predict(type="link"), index)


def test_missing_regressors_are_predicted_as_missing() -> None:
    made = summary("profiles")
    frame = rows_of(made)
    frame.loc[2, "x2"] = np.nan
    assert np.flatnonzero(made.predict(frame).isna()).tolist() == [2]
    frame["x1"] = np.nan
    assert made.predict(frame).isna().all()


def test_what_is_not_known_is_refused() -> None:
    made = summary("profiles")
    frame = rows_of(made)
    with refused("Units must be those of the panel", "'nobody' in `firm`"):
        made.predict(frame.assign(firm="nobody"))
    with refused("Periods must be those of the panel", "1900"):
        made.predict(frame.assign(year=1900))
    with refused("The data must have the column firm"):
        made.predict(frame.drop(columns="firm"))
    with refused("The data must have the columns x1, x2; got no x2"):
        made.predict(frame.drop(columns="x2"))
    with refused("Regressors must be numbers"):
        made.predict(frame.assign(x1="text"))
    with refused("`frame` must be a DataFrame"):
        made.predict([1.0])  # type: ignore[arg-type]
    indexed = frame.set_index(["firm", "year"])
    np.testing.assert_array_equal(made.predict(indexed), made.predict(frame))


def test_a_formula_is_evaluated_as_it_was_learnt() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "firm": np.repeat(list("abcdef"), 4),
            "year": np.tile(range(4), 6),
            "x": rng.gamma(2.0, size=24),
            "region": ["north"] * 12 + ["south"] * 12,
            "y": rng.normal(size=24),
        }
    )
    panel = Panel.from_formula(
        "y ~ log(x) + center(x) + C(region)", frame, unit="firm", time="year"
    )
    fit = PooledOLS().fit(panel, rng)
    made = summarize(panel, fit, inference={})
    assert (made.unit, made.time) == ("firm", "year")
    some = frame.iloc[[20, 3, 5]].drop(columns="y")
    expected = made.fitted_values.loc[[("f", 0), ("a", 3), ("b", 1)]]
    np.testing.assert_allclose(made.predict(some), expected)
    with refused("must be one that can be evaluated"):
        made.predict(some.assign(region="east"))
    with refused("The data must have the columns region, x; got no x"):
        made.predict(some.drop(columns="x"))
    assert made.predict(some.assign(region=None)).isna().all()
