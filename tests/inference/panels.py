"""Panels with groups, and fits of them, for tests of inference."""

import numpy as np

from gfe_mc import GFE, Fit, MultiStart, Panel


def grouped(
    seed: int, n_units: int = 24, n_periods: int = 4, n_regressors: int = 2, n_groups: int = 3
) -> Panel:
    """Units in groups that overlap, regressors that go with the groups."""
    rng = np.random.default_rng(seed)
    groups = np.arange(n_units) % n_groups
    alpha = 1.5 * rng.standard_normal((n_groups, n_periods))
    x = rng.standard_normal((n_units, n_periods, n_regressors)) + 0.5 * alpha[groups][:, :, None]
    errors = 0.6 * rng.standard_normal((n_units, n_periods))
    return Panel.from_arrays(x.sum(axis=2) + alpha[groups] + errors, x)


def fitted(panel: Panel, n_groups: int = 3) -> Fit:
    """A fit of it."""
    return GFE(n_groups, MultiStart(starts=50)).fit(panel, np.random.default_rng(0))


def parts(fit: Fit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slopes, profiles and groups of a fit that has them."""
    assert fit.alpha is not None
    assert fit.groups is not None
    return fit.theta, fit.alpha, fit.groups


RNG = np.random.default_rng(0)
"""For methods that draw nothing."""
