"""Small panels for the tests, and the arrays in which the kernels take them."""

import numpy as np

from gfe_mc import Panel
from gfe_mc.estimators.profiles.stack import stack
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch, empty_grouping, empty_scratch
from gfe_mc.kernels.profiles.crossproducts import regroup, within_crossproducts

SHAPES = [(11, 5, k, g) for k in range(4) for g in (1, 2, 5, 11)]
"""N, T, K, G: without and with regressors, from one group to as many as units."""


def random_panel(
    rng: np.random.Generator, n_units: int, n_periods: int, n_regressors: int
) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes (N, T) and regressors (N, T, K), without period means, with three groups in them.

    The regressors are correlated with each other and with the group effects, so that slopes
    depend on the grouping.
    """
    groups = np.minimum(rng.integers(4, size=n_units), 2)
    effects = rng.standard_normal((3, n_periods))
    x = rng.standard_normal((n_units, n_periods, n_regressors))
    x += 0.5 * rng.standard_normal((n_units, n_periods, 1)) + 0.7 * effects[groups][:, :, None]
    y = x.sum(axis=2) + effects[groups] + 0.8 * rng.standard_normal((n_units, n_periods))
    return y - y.mean(axis=0), x - x.mean(axis=0)


def random_groups(rng: np.random.Generator, n_units: int, n_groups: int) -> np.ndarray:
    """A grouping of unequal sizes in which no group is empty."""
    weights = np.arange(1.0, n_groups + 1.0)
    groups = rng.choice(n_groups, size=n_units, p=weights / weights.sum())
    groups[rng.permutation(n_units)[:n_groups]] = np.arange(n_groups)
    return groups


def starting_slopes(n_regressors: int) -> np.ndarray:
    """Means and standard deviations (2, K) of starting slopes."""
    return np.array([[0.5] * n_regressors, [0.8] * n_regressors])


def counted_panel(
    rng: np.random.Generator, n_units: int, n_periods: int, n_regressors: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A random panel whose units count up to four times: y, x and their weights (N,).

    Period means over units, each as often as it counts, are zero.
    """
    y, x = random_panel(rng, n_units, n_periods, n_regressors)
    weights = rng.integers(1, 5, size=n_units)
    return y - np.average(y, 0, weights), x - np.average(x, 0, weights), weights


def kernel_arrays(
    y: np.ndarray, x: np.ndarray, n_groups: int, weights: np.ndarray | None = None
) -> tuple[Data, Grouping, Scratch]:
    """A panel as the kernels take it, and room for them."""
    shape = (*x.shape, n_groups)
    data = stack(Panel.from_arrays(y, x), weights)[0]
    return data, empty_grouping(*shape), empty_scratch(*shape)


def put(data: Data, groups: np.ndarray, now: Grouping) -> None:
    """Make a grouping and its cross-products those in `now`."""
    regroup(data, groups, now)
    within_crossproducts(data, now)
