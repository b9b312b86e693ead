"""The design of slopes that are a measured distance apart: what its numbers mean, in samples."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gfe_mc import SeparatedSlopes, UnitByUnit
from tests.helpers import refused

SIZES = {"n_units": 60, "n_periods": 40, "n_groups": 3, "separation": 0.8}


def design(**options: Any) -> SeparatedSlopes:
    return SeparatedSlopes(**(SIZES | options))


def drawn(seed: int = 0, **options: Any) -> tuple[np.ndarray, ...]:
    """Outcomes, regressors, and what is left of the outcomes: effects and errors."""
    sample = design(**options).draw(np.random.default_rng(seed))
    beta, groups = sample.truth.beta, sample.truth.groups
    assert beta is not None
    assert groups is not None
    y, x = sample.panel.y, sample.panel.x
    return y, x, y - (x * beta[groups][:, None, :]).sum(axis=2)


def test_slopes_by_hand() -> None:
    step = 0.8 / np.sqrt(2.0)
    expected = [[1 - step, 1 + step], [1.0, 1.0], [1 + step, 1 - step]]
    np.testing.assert_allclose(design().beta, expected)
    np.testing.assert_allclose(design(centre=(2.0,), n_groups=2).beta, [[1.6], [2.4]])
    np.testing.assert_allclose(design(n_groups=1, centre=(2.0,), rho=0.5).beta, [[0.5, 2.0]])


@pytest.mark.parametrize("centre", [(1.0,), (0.5, -1.0), (1.0, 1.0, 1.0)])
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_neighbours_are_the_separation_apart(centre: tuple[float, ...], rho: float) -> None:
    slopes = design(n_groups=5, centre=centre, rho=rho).beta
    distances = [np.linalg.norm(one - other) for one, other in pairwise(slopes)]
    np.testing.assert_allclose(distances, 0.8)
    np.testing.assert_allclose(slopes[:, -len(centre) :].mean(axis=0), centre)


def test_separation_is_what_the_index_moves_in_errors() -> None:
    _, x, left = drawn(n_units=4000)
    moved = x @ (design().beta[1] - design().beta[0])
    errors = left - left.mean(axis=1, keepdims=True)
    # Means over 40 dependent periods take (1 + .5) / (1 - .5) / 40 of the variance of a period.
    assert moved.std() == pytest.approx(0.8, rel=0.02)
    assert errors.std() == pytest.approx(np.sqrt(1 - 1 / 40), rel=0.01)


def test_own_slopes_of_units_have_the_errors_that_are_said() -> None:
    sizes = {"n_units": 3000, "n_periods": 200, "n_groups": 1, "persistence": 0.0}
    sample = design(**sizes, centre=(1.0,)).draw(np.random.default_rng(1))
    slopes = UnitByUnit().fit(sample.panel, np.random.default_rng(0)).unit_slopes
    assert slopes is not None
    # 1 / (T - K - 2) is the variance with a normal regressor, T less the mean.
    assert slopes.std() == pytest.approx(np.sqrt(1 / (199 - 2)), rel=4 / np.sqrt(2 * 3000))


def test_serial_correlation_matters_to_slopes_as_regressors_have_it() -> None:
    def spread(persistence: float) -> float:
        options = {"n_units": 3000, "n_groups": 1, "persistence": persistence, "centre": (1.0,)}
        made = design(**options, error_persistence=0.5, n_periods=100)
        panel = made.draw(np.random.default_rng(2)).panel
        slopes = UnitByUnit().fit(panel, np.random.default_rng(0)).unit_slopes
        assert slopes is not None
        return float(slopes.var() * 100)

    assert spread(0.0) == pytest.approx(1.0, rel=0.1)
    # Long-run variance of the score: (1 + .25) / (1 - .25).
    assert spread(0.5) == pytest.approx(5 / 3, rel=0.1)


def test_errors_are_of_variance_one_on_average() -> None:
    _, _, left = drawn(n_units=4000, n_periods=100, error_dispersion=0.5)
    variances = left.var(axis=1)
    assert variances.mean() == pytest.approx(1 - 1 / 100, abs=0.03)
    assert variances.std() == pytest.approx(0.52, abs=0.05)


def test_a_lagged_outcome_is_that_of_the_period_before() -> None:
    y, x, left = drawn(rho=0.7, n_units=2000)
    assert x.shape[2] == 3
    np.testing.assert_array_equal(x[:, 1:, 0], y[:, :-1])
    assert (left - left.mean(axis=1, keepdims=True)).std() == pytest.approx(0.987, abs=0.01)


def test_samples_are_those_of_their_stream() -> None:
    for one, two in zip(drawn(3, rho=0.4), drawn(3, rho=0.4), strict=True):
        np.testing.assert_array_equal(one, two)
    assert (drawn(3)[0] != drawn(4)[0]).any()


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"n_groups": 70}, "no more groups than units"),
        ({"separation": -1.0}, "`separation` must be a number from 0"),
        ({"centre": ()}, "Groups differ by slopes"),
        ({"centre": 1.0}, "`centre` must be slopes"),
        ({"rho": -1.0}, "`rho` must be between -1 and 1"),
        ({"persistence": 1.0}, "`persistence` must be between -1 and 1"),
        ({"imbalance": 0.5}, "`imbalance` must be a number from 1"),
    ],
)
def test_what_cannot_be(options: dict[str, Any], wrong: str) -> None:
    with refused(wrong):
        design(**options)
