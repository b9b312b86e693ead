"""Groups beside a user's rows, how clear they are, and how well fits do, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import LossFit, Polynomial
from gfe_mc.fitted.margins import distances_to_groups
from gfe_mc.fitted.quality import n_parameters
from tests.fitted.fits import GROUPS, THETA, G, N, T, alpha_of, panel, shares, summary
from tests.helpers import refused


@given(st.lists(st.sampled_from([*(f"u{i}" for i in range(N)), "nobody"]), min_size=1))
def test_groups_are_merged_row_by_row(units: list[str]) -> None:
    made = summary("fuzzy")
    frame = pd.DataFrame({"firm": [*units, "u0"], "other": range(len(units) + 1)})
    frame.index = pd.Index(range(100, 101 + len(units)))
    before = frame.copy()
    merged = made.merge_groups(frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(merged[["firm", "other"]], before)
    assert list(merged.columns) == ["firm", "other", "group", "share_1", "share_2"]
    for row in merged.to_dict("records"):
        if row["firm"] == "nobody":
            assert pd.isna(row["group"])
            assert np.isnan(row["share_1"])
        else:
            i = int(row["firm"][1:])
            assert row["group"] == GROUPS[i] + 1
            assert (row["share_1"], row["share_2"]) == tuple(shares()[i])


def test_groups_are_merged_by_a_level_of_the_index() -> None:
    frame = pd.DataFrame({"z": [1.0, 2.0]}, index=pd.Index(["u2", "u0"], name="firm"))
    merged = summary("profiles").merge_groups(frame, prefix="gfe_")
    assert merged["gfe_group"].tolist() == [2, 1]
    assert list(summary("layers").merge_groups(frame)) == ["z", "group", "level"]


def test_what_cannot_be_merged_is_refused() -> None:
    made = summary("profiles")
    frame = pd.DataFrame({"firm": ["u0"]})
    with refused("Columns that are added must not be there already", "`prefix`"):
        made.merge_groups(frame.assign(group=1))
    with refused("`firm` must hold units of the panel"):
        made.merge_groups(pd.DataFrame({"firm": [0, 1]}))
    with refused("The data must have the column firm"):
        made.merge_groups(pd.DataFrame({"unit": ["u0"]}))
    with refused("The fit must have groups"):
        summary("factors").merge_groups(frame)


@pytest.mark.parametrize("gaps", [False, True], ids=["whole", "gaps"])
def test_margins_by_hand(gaps: bool) -> None:
    made = summary("profiles", gaps=gaps)
    seen, alpha = made.panel.observed, alpha_of(made.panel)
    frame = made.margins()
    assert list(frame.columns) == ["firm", "group", "next", "margin"]
    for i in range(N):
        left = (made.panel.y[i] - made.panel.x[i] @ THETA - alpha)[:, seen[i]]
        own, other = (left**2).mean(axis=1)[[GROUPS[i], 1 - GROUPS[i]]]
        assert frame["margin"][i] == pytest.approx((other - own) / max(own, other))
        assert frame["next"][i] == 2 - GROUPS[i]
    assert (frame["margin"] > 0.5).all()


def test_margins_of_other_families() -> None:
    soft = summary("mixture").margins()["margin"]
    np.testing.assert_allclose(soft, 2 * shares().max(axis=1) - 1)
    layers = summary("layers")
    found = distances_to_groups(layers.panel, layers.fit)
    left = layers.panel.y - layers.panel.x @ THETA
    eta, alpha = np.array([[0.3, -0.1], [0.2, -0.2]]), alpha_of(layers.panel)
    for g in range(G):
        each = [((left - alpha[g] - level) ** 2).mean(axis=1) for level in eta[g]]
        np.testing.assert_allclose(found[:, g], np.min(each, axis=0))
    within, slopes = summary("unit effects", gaps=True), summary("slopes")
    for made in (within, slopes):
        distance = distances_to_groups(made.panel, made.fit)
        counts = made.panel.observed.sum(axis=1)
        own = (made.fit.residuals(made.panel) ** 2).sum(axis=1) / counts
        np.testing.assert_allclose(distance[np.arange(N), GROUPS], own)
    logit = summary("losses")
    assert isinstance(logit.fit, LossFit)
    distance = distances_to_groups(logit.panel, logit.fit)
    y, index = logit.panel.y, logit.fit.theta @ np.moveaxis(logit.panel.x, 2, 1) - 0.5
    np.testing.assert_allclose(distance[:, 0], (np.log1p(np.exp(index)) - y * index).mean(axis=1))
    with refused("The fit must have groups"):
        summary("factors").margins()
    with refused("Margins are between groups"):
        one = replace(logit.fit, alpha=logit.fit.alpha[:1], groups=np.zeros(N, np.int64))
        replace(logit, fit=one).margins()


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("profiles", 2 + G * T),
        ("unit effects", 2 + G * (T - 1) + N),
        ("slopes", G + 1 + N),
        ("fuzzy", 2 + G * T),
        ("layers", 2 + G * T + 2),
        ("factors", 2 + N + T - 1),
        ("plain", 2),
    ],
)
def test_parameters_are_counted(name: str, count: int) -> None:
    made = summary(name)
    assert n_parameters(made.panel, made.fit) == count
    assert made.glance()["degrees of freedom"][0] == N * T - count


def test_functions_of_time_are_counted_without_what_unit_effects_absorb() -> None:
    made = summary("unit effects")
    model = replace(made.fit.model, time_basis=Polynomial(1))
    fit = replace(made.fit, model=model)
    assert n_parameters(made.panel, fit) == 2 + G + N
    assert np.isnan(replace(made, fit=fit).glance()["R2 within"][0])


@pytest.mark.parametrize("name", ["profiles", "unit effects", "layers", "slopes"])
def test_within_r2_is_that_of_regressions_on_the_effects(name: str) -> None:
    made = summary(name, gaps=True)
    i, t = np.nonzero(made.panel.observed)
    kinds = []
    if made.fit.model.profiles:
        kinds.append(GROUPS[i] * T + t)
    if made.fit.secondary is not None:
        kinds.append(GROUPS[i] * 2 + made.fit.secondary[i])
    if made.fit.model.unit_effects:
        kinds.append(i)
    dummies = np.column_stack([(kind[:, None] == np.unique(kind)) * 1.0 for kind in kinds])
    y = made.panel.y[made.panel.observed]
    alone = y - dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0]
    squares = float((made.residuals**2).sum())
    row = made.glance().iloc[0]
    assert row["R2 within"] == pytest.approx(1 - squares / (alone**2).sum())
    assert row["R2"] == pytest.approx(1 - squares / ((y - y.mean()) ** 2).sum())
    assert row["sigma"] == pytest.approx(np.sqrt(squares / row["degrees of freedom"]))
    assert row["observations"] == len(i)


def test_what_is_not_defined_is_missing() -> None:
    assert summary("losses").glance()[["R2", "R2 within", "sigma"]].isna().all(axis=None)
    for name in ("fuzzy", "factors", "plain"):
        assert np.isnan(summary(name).glance()["R2 within"][0])
    mixture = summary("mixture").glance().iloc[0]
    assert mixture["sigma"] == pytest.approx(0.3)
    assert mixture["log-likelihood"] == -10.0
    assert np.isfinite(mixture["BIC"])
    assert panel().shape == (N, T, 2)
