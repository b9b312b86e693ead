"""Which groups a unit may belong to: confidence sets for group membership."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.stats import t

from gfe_mc.data.panel import Panel
from gfe_mc.errors import is_number, require, require_one_of
from gfe_mc.fit import Fit
from gfe_mc.inference.within import require_fit_of

KINDS = ("unit", "joint")
"""Whether a set is to hold a unit's group, or all sets those of all units at once."""


class MembershipSets(NamedTuple):
    """Confidence sets for the groups of units."""

    sets: np.ndarray
    """(N, G) bool: which groups are in the set of each unit; it may be none."""
    statistics: np.ndarray
    """(N, G) the statistic of each group: large where another one fits the unit better."""
    critical: float
    """The value that statistics of groups in the sets do not exceed."""


def membership_sets(
    panel: Panel, fit: Fit, level: float = 0.95, kind: str = "unit"
) -> MembershipSets:
    """Compute confidence sets for group membership, at the slopes and profiles of a fit.

    With the residuals u_it(g) that unit i would have in group g, let

        d_it(g, h) = [u_it(g)^2 - u_it(h)^2 + (u_it(g) - u_it(h))^2] / 2,

    which is u_it(g) (u_it(g) - u_it(h)).

    If g is the unit's group, u_it(g) is its error, and the mean of d_it(g, h) over errors is zero
    for every other h; if h is, it is the mean of (u_it(g) - u_it(h))^2. So g is left out where
    one of the D_i(g, h), which are sqrt(T) times the mean of d_it(g, h) over its standard
    deviation (divisor T), is large: above  sqrt(T / (T - 1)) q,  q the quantile of Student's t
    with T - 1 degrees of freedom at 1 - (1 - level) / (G - 1), or N times as small a share for
    joint sets.

    Parameters
    ----------
    panel : Panel
        The balanced panel that was fitted.
    fit : Fit
        A fit with groups that differ in slopes, in profiles, or in both.
    level : float, default 0.95
        Probability that the set of a unit is to hold its group, or, of joint sets, that all do.
    kind : str, default "unit"
        "unit" or "joint".

    Returns
    -------
    MembershipSets
        Sets and statistics. With one group every set holds it.

    Raises
    ------
    InputError
        The fit has no groups, is of another panel, or has soft groups or levels within
        them; the panel is unbalanced or has one period; or the level
        is no probability.

    Notes
    -----
    Slopes and profiles are taken as known, as they are with many units in every group: the errors
    in them are not allowed for, nor are errors that are correlated over time.

    References
    ----------
    Dzemski and Okui, "Confidence set for group membership": sets by inverting tests of moment
    inequalities that say that no other group fits better, with critical values for
    self-normalized sums. This is our statement of the one whose critical values are Bonferroni's;
    theirs that use correlations of the inequalities (MAX, QLR), and their selection of units that
    are easy to classify, are not here.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, membership_sets
    >>> sample = GroupedEffects(30, 10, 2, separation=5.0).draw(np.random.default_rng(0))
    >>> fit = GFE(groups=2).fit(sample.panel, np.random.default_rng(0))
    >>> sets = membership_sets(sample.panel, fit).sets
    >>> sets.shape, sets.sum(axis=1).max().item()  # one group each, where they are far apart
    ((30, 2), 1)
    """
    panel.require_balanced("membership_sets")
    require(
        is_number(level) and 0 < level < 1,
        "`level` must be a probability",
        repr(level),
        "Give 0.95, say",
    )
    require_one_of("kind", kind, KINDS)
    model = fit.model
    plain = not (model.soft or model.mixture or model.levels or model.factors)
    require(
        fit.groups is not None and fit.status.usable and plain,
        "Sets need a fit with one layer of groups that are not soft",
        f"a fit of {fit.description}" if fit.status.usable else fit.status.message,
        "Give one of GFE, CKMeans or the like",
    )
    require(
        panel.shape[1] > 1,
        "Statistics need periods to compare",
        f"{panel.shape[1]} period",
        "Give a panel of two or more",
    )
    require_fit_of(panel, fit)
    left = residuals_by_group(panel, fit)
    n_groups, n_units, n_periods = left.shape
    if n_groups == 1:
        return MembershipSets(np.ones((n_units, 1), bool), np.full((n_units, 1), -np.inf), np.inf)
    statistics = np.full((n_units, n_groups), -np.inf)
    for g in range(n_groups):
        for h in range(n_groups):
            if h != g:
                statistics[:, g] = np.maximum(statistics[:, g], _studentised(left[g], left[h]))
    share = (1 - level) / (n_groups - 1) / (n_units if kind == "joint" else 1)
    critical = sqrt(n_periods / (n_periods - 1)) * float(t.isf(share, n_periods - 1))
    return MembershipSets(statistics <= critical, statistics, critical)


def residuals_by_group(panel: Panel, fit: Fit) -> np.ndarray:
    """Compute the residuals (G, N, T) that every unit would have in each group."""
    seen = fit.seen(panel)
    found = []
    for g in range(fit.n_groups or 0):
        left = seen.y.copy()
        for k in range(seen.shape[2]):
            slope = fit.theta[k] if fit.beta is None else fit.beta[g, k]
            if np.isnan(slope) and fit.unit_slopes is not None:  # A slope of the unit's own.
                left -= fit.unit_slopes[:, k, None] * seen.x[:, :, k]
            else:
                left -= slope * seen.x[:, :, k]
        if fit.alpha is not None:
            left -= fit.alpha[g]
        found.append(left)
    return np.array(found)


def _studentised(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """D_i(g, h) of units (N,), from residuals (N, T) in both groups; zero where they are alike."""
    moments = one * (one - other)
    mean = moments.mean(axis=1)
    spread = np.sqrt(((moments - mean[:, None]) ** 2).mean(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = sqrt(moments.shape[1]) * mean / spread
    return np.where(mean == 0.0, 0.0, found)
