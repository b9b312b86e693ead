"""Whether slopes are the same in all units, by how dispersed the slopes of single units are."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.slopes.products import unit_cross_products
from gfe_mc.selection.dispersion import group_dispersion


class Homogeneity(NamedTuple):
    """Two statistics that are standard normal if slopes are the same, and large if they differ."""

    delta: float
    """Delta."""
    adjusted: float
    """Adjusted delta."""
    p_delta: float
    """Probability of a larger delta if slopes are the same."""
    p_adjusted: float
    """Probability of a larger adjusted delta if slopes are the same."""


def slope_homogeneity(panel: Panel, individual: tuple[str, ...] = ()) -> Homogeneity:
    """Test that slopes are the same in all units, by delta and adjusted delta.

    With S = sum_i (b_i - b)' X_i'X_i (b_i - b) / s_i^2, b_i least squares in unit i alone, b their
    mean weighted by X_i'X_i / s_i^2, and s_i^2 the unit's mean squared residual at the pooled
    slopes with divisor T - 1,

        delta = sqrt(N) (S / N - K) / sqrt(2 K)
        adjusted = sqrt(N) (S / N - K) / sqrt(2 K (T - K - 1) / (T + 1))

    The second has the variance that normal errors give for any T. Both are one-sided here.

    Parameters
    ----------
    panel : Panel
        A balanced panel with more than K + 1 periods. Regressors are to be strictly exogenous.
    individual : tuple of str, default ()
        Names of q regressors whose slopes are each unit's own and are not tested: they are taken
        out first, as the unit effects are. T is then T - q, in s_i^2 as well.

    Returns
    -------
    Homogeneity
        Statistics and p values; NaN where a unit is fitted exactly, or there is only one.

    Raises
    ------
    InputError
        As `dispersion`.

    References
    ----------
    Pesaran and Yamagata (2008), Journal of Econometrics 142, 50-93. T - q follows from the same
    argument, and is ours.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import StaticSlopes, slope_homogeneity
    >>> equal = StaticSlopes(50, beta=((1.0,),), groups=(0,) * 40)
    >>> differ = StaticSlopes(50, beta=((1.0,), (2.0,)), groups=(0, 1) * 20)
    >>> for design in (equal, differ):
    ...     test = slope_homogeneity(design.draw(np.random.default_rng(0)).panel)
    ...     print(test.p_adjusted < 0.001)
    False
    True
    """
    data = unit_cross_products(panel, "slope_homogeneity", (), individual)
    n_units, n_slopes, n_others = len(data.products), len(data.columns), len(individual)
    groups = np.zeros(n_units, np.int64)
    # That statistic has the divisor T - 1 whatever was taken out; S / N is proportional to it.
    plain = float(group_dispersion(panel, data, groups)[0])
    mean = plain * sqrt(2 * n_slopes / n_units) + n_slopes
    mean *= (data.n_periods - 1 - n_others) / (data.n_periods - 1)
    periods = data.n_periods - n_others
    delta = sqrt(n_units) * (mean - n_slopes) / sqrt(2 * n_slopes)
    adjusted = delta / sqrt((periods - n_slopes - 1) / (periods + 1))
    return Homogeneity(delta, adjusted, float(norm.sf(delta)), float(norm.sf(adjusted)))
