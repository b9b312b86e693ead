"""Whether slopes are the same in all units of a group."""

from __future__ import annotations

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.estimators.slopes.products import UnitProducts, own_estimates, unit_cross_products
from gfe_mc.kernels.slopes.dispersion import group_dispersions


def dispersion(
    panel: Panel,
    groups: np.ndarray | None = None,
    common: tuple[str, ...] = (),
    individual: tuple[str, ...] = (),
) -> np.ndarray:
    """Test slope homogeneity within each group: t_g, standard normal if slopes are equal.

    t_g = sqrt(N_g) (xi_g / N_g - K) / sqrt(2 K), xi_g the sum over the group's units of
    (b_i - b)' X_i'X_i (b_i - b) / s_i^2, b_i a unit's own slopes, b their mean weighted by
    X_i'X_i / s_i^2, and s_i^2 the unit's mean squared residual at the group's slopes, divisor
    T_i - 1. It is large where slopes differ: the test is one-sided.

    Parameters
    ----------
    panel : Panel
        A panel with more than K + 1 periods of every unit; it may have gaps.
    groups : (N,) array, optional
        Group of each unit, from 0; all one group if left out.
    common, individual : tuple of str, default ()
        As in `CKMeans`. Regressors with common slopes are tested like the others, as nothing is
        known of them within a group; those with a unit's own slopes are taken out first.

    Returns
    -------
    (G,) array
        The statistics t_g; NaN for a group of one unit, or none, for an exact fit, and
        where values are too large for it.

    Raises
    ------
    InputError
        As `Pseudo.fit`, or not one group for each unit.

    References
    ----------
    Lin and Ng (2011), equation (6), for one group; Pesaran and Yamagata (2008).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import StaticSlopes, assigned_groups, dispersion
    >>> design = StaticSlopes(50, beta=((0.0,), (2.0,)), groups=assigned_groups(60, 2))
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> dispersion(panel) > 10  # slopes differ in the whole panel
    array([ True])
    >>> np.abs(dispersion(panel, np.array(design.groups))) < 3  # and not within the groups
    array([ True,  True])
    """
    data = unit_cross_products(panel, "dispersion", common, individual)
    n_units = panel.shape[0]
    chosen = np.zeros(n_units, np.int64) if groups is None else np.asarray(groups)
    require(
        chosen.shape == (n_units,) and chosen.dtype.kind in "iu" and chosen.min() >= 0,
        "There must be a group for each unit, from 0",
        f"groups of shape {chosen.shape}",
        f"Give {n_units} whole numbers",
    )
    return group_dispersion(panel, data, chosen)


def group_dispersion(panel: Panel, data: UnitProducts, groups: np.ndarray) -> np.ndarray:
    """Compute t_g of each group from cross-products: (G,)."""
    last = len(data.columns)
    require(
        last > 0,
        "There must be slopes to test",
        "slopes of each unit's own alone",
        "Leave a regressor out of `individual`",
    )
    estimates = own_estimates(panel, data, "dispersion")
    statistics = np.empty(int(groups.max()) + 1)
    numbers = groups.astype(np.int64)
    group_dispersions(data.products, estimates, numbers, data.observations, statistics)
    return statistics
