"""A user's own summaries of parameters over replications."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from scipy.stats import trim_mean

from gfe_mc import Statistic
from gfe_mc.metrics import moments
from gfe_mc.metrics.statistic import as_statistic
from gfe_mc.metrics.summary import summarize_study
from tests.helpers import refused


def average(estimates: np.ndarray, truths: np.ndarray) -> float:  # noqa: ARG001
    return float(estimates.mean())


def middle(estimates: np.ndarray, truths: np.ndarray) -> float:  # noqa: ARG001
    return float(np.median(estimates))


def trimmed_rmse(estimates: np.ndarray, truths: np.ndarray) -> float:
    """Root mean squared error without the largest and the smallest tenth of the squares."""
    return math.sqrt(trim_mean((estimates - truths) ** 2, 0.1))


def draw(n: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal(n) ** 3, rng.standard_normal(n)


@pytest.mark.parametrize("n", [2, 3, 50])
def test_the_jackknife_of_a_mean_is_its_own_error(n: int) -> None:
    estimates, truths = draw(n)
    found = Statistic(average).figure(estimates, truths)
    assert found.value == pytest.approx(estimates.mean(), rel=1e-14)
    assert found.error == pytest.approx(estimates.std(ddof=1) / math.sqrt(n), rel=1e-12)
    assert found.used == n


def test_the_jackknife_of_a_root_mean_square_is_close_to_the_delta_method() -> None:
    estimates, truths = draw(400)
    found = Statistic(lambda e, t: math.sqrt(((e - t) ** 2).mean())).figure(estimates, truths)
    expected = moments.rmse(estimates - truths)
    assert found.value == pytest.approx(expected.value)
    assert found.error == pytest.approx(expected.error, rel=0.05)


def test_the_bootstrap_of_a_median_is_close_to_maritz_and_jarrett() -> None:
    estimates, truths = draw(201)
    found = Statistic(middle, error="bootstrap", draws=4000).figure(estimates, truths)
    expected = moments.median(estimates)
    assert found.value == expected.value
    # Maritz and Jarrett's is the exact limit of many draws; 4,000 leave 1.1% of it, or so.
    assert found.error == pytest.approx(expected.error, rel=0.06)


def test_the_bootstrap_draws_the_same_each_time() -> None:
    estimates, truths = draw(20)
    one, other = (Statistic(middle, error="bootstrap", draws=50) for _ in range(2))
    assert one.figure(estimates, truths) == other.figure(estimates, truths)


def test_trimmed_root_mean_squared_error_by_hand() -> None:
    """Errors 1, ..., 9 and 100: without the least and the largest, squares 4, ..., 81."""
    truths = np.full(10, 0.5)
    estimates = truths + np.array([*range(1, 10), 100.0])
    found = as_statistic(trimmed_rmse).figure(estimates, truths)
    assert found.value == pytest.approx(math.sqrt(sum(k**2 for k in range(2, 10)) / 8))
    assert found.error > 0


def test_only_replications_in_which_both_are_finite() -> None:
    estimates, truths = draw(6)
    less = Statistic(average).figure(estimates[:4], truths[:4])
    estimates[4], truths[5] = np.inf, np.nan
    assert Statistic(average).figure(estimates, truths) == less


def test_too_few_replications() -> None:
    none = Statistic(average).figure(np.array([np.nan]), np.zeros(1))
    assert none.used == 0
    assert math.isnan(none.value)
    assert math.isnan(none.error)
    one = Statistic(average).figure(np.array([2.0]), np.zeros(1))
    assert (one.value, one.used) == (2.0, 1)
    assert math.isnan(one.error)


def test_refusals() -> None:
    with refused("A statistic must be a function of estimates and true values"):
        Statistic(3)  # type: ignore[arg-type]
    with refused("The Monte Carlo error must be of a known kind; got 'delta'"):
        Statistic(average, error="delta")
    with refused("draws"):
        Statistic(average, draws=1)
    given = Statistic(average, title="average")
    assert as_statistic(given) is given
    assert as_statistic(average) == Statistic(average)


def test_rows_of_a_summary(make_study: Callable[..., xr.Dataset]) -> None:
    """One for each parameter, beside the package's own, which stay as they are."""
    estimates = np.random.default_rng(4).standard_normal((2, 2, 30, 2))
    study = make_study(estimates, truth=0.3)
    plain = summarize_study(study)
    summary = summarize_study(
        study, statistics={"average": average, "trimmed": Statistic(trimmed_rmse, "trimmed RMSE")}
    )
    own = summary["statistic"].isin(["average", "trimmed"])
    assert summary[~own].reset_index(drop=True).equals(plain)
    assert own.sum() == 2 * 2 * 2 * 2
    assert set(summary.loc[own, "inference"]) == {"none"}
    for record in summary[own].to_dict("records"):
        k = ["theta1", "theta2"].index(record["parameter"])
        e = ["vns", "genetic"].index(record["estimator"])
        function = average if record["statistic"] == "average" else trimmed_rmse
        mine = estimates[record["cell"], e, :, k]
        expected = Statistic(function).figure(mine, np.full(30, 0.3))
        assert (record["value"], record["error"], record["used"]) == tuple(expected[:3])
        assert (record["attempted"], record["failed"]) == (30, 0)
    means = summary[summary["statistic"].isin(["mean", "average"])]
    pairs = means.pivot(index=["cell", "estimator", "parameter"], columns="statistic")
    for column in ("value", "error"):
        np.testing.assert_allclose(pairs[column, "average"], pairs[column, "mean"], rtol=1e-12)
