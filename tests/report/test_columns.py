"""Figures of a column tested together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, kstest

from gfe_mc.metrics import moments
from gfe_mc.report.columns import by_cell, joint
from gfe_mc.report.difference import difference
from gfe_mc.report.verdicts import Verdict


def frame_of(z: list[float], influences: list[np.ndarray | None], **columns: Any) -> pd.DataFrame:
    """Compared figures without rounding."""
    frame = pd.DataFrame(
        {
            "cell": 0,
            "score": z,
            "sampling": 1.0,
            "spread": 1.0,
            "used": 1000,
            "common_samples": "a",
            "verdict": Verdict.AGREES.value,
        }
        | columns
    )
    frame["influence"] = pd.Series(influences, dtype=object)
    return frame.astype({"cell": "Int64"})


RNG = np.random.default_rng(3)
ONE, OTHER = RNG.normal(size=(2, 1000))
OTHER = OTHER - ONE * (OTHER @ ONE) / (ONE @ ONE)


def test_by_hand() -> None:
    """Two figures that are one, or have nothing to do with each other, and one of each."""
    same = joint(frame_of([2.0, -2.0], [ONE, -ONE]))
    assert same is not None
    assert (same.mean_square, same.figures, same.left_out) == (4.0, 2, 0)
    assert same.freedom == pytest.approx(1.0)
    assert same.p == pytest.approx(chi2.sf(4.0, 1))
    apart = joint(frame_of([2.0, -2.0], [ONE, OTHER]))
    assert apart is not None
    assert apart.freedom == pytest.approx(2.0)
    assert apart.p == pytest.approx(chi2.sf(8.0, 2))
    designs = joint(frame_of([2.0, -2.0], [ONE, ONE], common_samples=["a", "b"]))
    assert designs == apart


def test_rounding_is_independent() -> None:
    """Where half of each variance is rounding, two figures that are one correlate by a half."""
    found = joint(frame_of([2.0, 2.0], [ONE, ONE], spread=math.sqrt(2)))
    assert found is not None
    assert found.freedom == pytest.approx(4 / (2 + 2 * 0.25))


def test_what_counts() -> None:
    constant = frame_of([math.nan, 1.0, 3.0], [None, ONE, None])
    constant["verdict"] = [Verdict.AS_PRINTED, Verdict.AGREES, Verdict.WITHIN_CHANCE]
    found = joint(constant)
    assert found is not None
    assert (found.mean_square, found.figures, found.left_out) == (1.0, 1, 1)
    assert joint(constant.iloc[:1]) is None
    extreme = joint(frame_of([1.0, 1.0], [np.zeros(1000), ONE]))
    assert extreme is not None
    assert extreme.freedom == pytest.approx(2.0)


def test_cells_with_several_figures_have_a_test() -> None:
    found = by_cell(frame_of([1.0, 2.0, 3.0], [ONE, OTHER, ONE], cell=[0, 0, 1]))
    assert list(found) == [0]
    assert found[0].mean_square == 2.5
    assert by_cell(frame_of([1.0], [ONE], cell=pd.NA)) == {}


def column(rng: np.random.Generator, samples: int, decimals: int) -> pd.DataFrame:
    """A column of two designs, ours and a print of the same expectation, skewed and correlated."""
    rows = []
    for design in ("a", "b"):
        mixing = np.linalg.cholesky(np.full((3, 3), 0.8) + 0.2 * np.eye(3))
        ours, theirs = (((rng.gamma(9.0, size=(n, 3)) - 9) / 3) @ mixing.T for n in (samples, 1000))
        for k in range(3):
            figures = [
                (moments.mean, ours[:, k], theirs[:, k].mean(), False),
                (moments.rmse, ours[:, k], math.sqrt((theirs[:, k] ** 2).mean()), True),
                (moments.median, ours[:, k], float(np.median(theirs[:, k])), False),
                (moments.proportion, ours[:, k] > 1, (theirs[:, k] > 1).mean(), False),
            ]
            for of, own, printed, root in figures:
                figure: Any = of(own)
                mean, error, used, *_ = figure
                value = round(float(printed), decimals)
                whole = 1.0 if of is moments.proportion else None
                found = difference(mean, error, used, value, decimals, 1000, whole, root=root)
                rows.append(
                    {name: getattr(found, name) for name in ("score", "sampling", "spread", "used")}
                    | {"influence": figure.influence, "common_samples": design, "cell": 0}
                    | {"verdict": "agrees"}
                )
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("samples", "decimals"),
    [
        (1000, 2),
        (50, 3),
        pytest.param(1000, 4, marks=pytest.mark.long),
        pytest.param(300, 3, marks=pytest.mark.long),
    ],
)
def test_p_is_uniform_where_print_and_ours_are_of_one_design(samples: int, decimals: int) -> None:
    """Seeded Monte Carlo; by independence the same columns would be rejected far too often."""
    rng = np.random.default_rng(samples + decimals)
    found = [joint(column(rng, samples, decimals)) for _ in range(250)]
    p = np.array([one.p for one in found if one is not None])
    freedom = np.array([one.freedom for one in found if one is not None])
    naive = np.array([chi2.sf(24 * one.mean_square, 24) for one in found if one is not None])
    assert kstest(p, "uniform").pvalue > 0.01
    assert abs((p < 0.05).mean() - 0.05) < 4 * math.sqrt(0.05 * 0.95 / len(p))
    assert (naive < 0.05).mean() > 0.09
    assert 5 < freedom.mean() < 16


def test_another_expectation_is_found() -> None:
    """Variances a little too large in each of many figures, of which hardly one differs alone."""
    rng = np.random.default_rng(5)
    frame = frame_of(
        list(rng.normal(size=80) * math.sqrt(1.75)),
        list(rng.normal(size=(80, 1000))),
        common_samples=[str(k) for k in range(80)],
    )
    found = joint(frame)
    assert found is not None
    assert found.freedom == pytest.approx(80.0)
    assert found.p < 0.01
