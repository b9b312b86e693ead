"""A panel as the kernels take it, whole and in part."""

import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.estimators.profiles import stack as module
from gfe_mc.estimators.profiles.stack import COLLINEAR, EXACT, largest, of_series, some_of, stack


def panel_of(n_units: int, n_periods: int, n_regressors: int) -> Panel:
    """Noise whose means are far from zero."""
    rng = np.random.default_rng([n_units, n_periods, n_regressors])
    x = 3.0 + rng.standard_normal((n_units, n_periods, n_regressors))
    return Panel.from_arrays(rng.standard_normal((n_units, n_periods)) - 2.0, x)


@pytest.mark.parametrize("n_regressors", [0, 2])
def test_what_the_kernels_are_given(n_regressors: int) -> None:
    panel, weights = panel_of(9, 4, n_regressors), np.arange(1, 10)
    data, means = stack(panel, weights)
    both = np.concatenate([panel.x, panel.y[:, :, None]], axis=2).transpose(0, 2, 1)
    np.testing.assert_allclose(means, np.average(both, axis=0, weights=weights), rtol=1e-13)
    np.testing.assert_allclose(data.z, both - means, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(data.weights, weights)
    np.testing.assert_array_equal(data.series, data.z.transpose(1, 2, 0))
    total = np.einsum("i,idt,iet->de", weights, data.z, data.z)
    np.testing.assert_allclose(data.total, total, rtol=1e-12, atol=1e-12)
    shares = np.array([COLLINEAR] * n_regressors + [EXACT])
    np.testing.assert_allclose(data.floor, shares * np.diag(total), rtol=1e-12)
    lengths = np.sqrt((data.z[:, :-1] ** 2).sum(axis=2)).T
    np.testing.assert_allclose(data.lengths, lengths, rtol=1e-13)
    for part in data:
        assert part.dtype == np.float64
        assert part.flags["C_CONTIGUOUS"]


def test_series_are_held_twice_up_to_so_many_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BOTH_LAYOUTS", 9)
    assert stack(panel_of(9, 4, 2))[0].series.shape == (3, 4, 9)
    assert stack(panel_of(10, 4, 2))[0].series.shape == (3, 4, 0)


def test_some_of_the_units() -> None:
    data, _ = stack(panel_of(9, 4, 2), np.arange(1, 10))
    units = np.array([1, 4, 5])
    some = some_of(data, units)
    np.testing.assert_array_equal(some.z, data.z[units])  # Less the means of all units.
    np.testing.assert_array_equal(some.weights, [2.0, 5.0, 6.0])
    np.testing.assert_array_equal(some.lengths, data.lengths[:, units])
    afresh = of_series(data.z[units].copy(), data.weights[units])
    for part, expected in zip(some, afresh, strict=True):
        np.testing.assert_array_equal(part, expected)
        assert part.flags["C_CONTIGUOUS"]
    whole = some_of(data, np.arange(9))
    for part, expected in zip(whole, data, strict=True):
        np.testing.assert_array_equal(part, expected)


def test_largest_by_hand() -> None:
    assert largest(np.array([[1.0, -7.0], [3.0, 2.0]])) == 7.0
    assert largest(np.array([1.0, 4.0])) == 4.0
    assert largest(np.zeros(3)) == 0.0
