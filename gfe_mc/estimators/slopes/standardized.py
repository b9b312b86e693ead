"""Groups by slopes, from thresholds in the slopes of single units over their standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.estimators.slopes.products import UnitProducts, own_estimates, room
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.kernels.slopes.products import regroup_slopes
from gfe_mc.kernels.slopes.units import solve_units


@dataclass(frozen=True)
class StandardizedPseudo(Pseudo):
    """Pseudo-threshold estimator whose threshold variable is a t value: for unequal variances.

    A unit's own slope, less that of the group that is split, is divided by the unit's standard
    error, s_i times the root of the diagonal of (X_i'X_i)^{-1}, with T - 1 less the number of
    slopes as the divisor of s_i^2. Parameters are those of `Pseudo`; all slopes that are
    group-specific are candidates.

    Raises
    ------
    InputError
        `thresholds` are given.

    References
    ----------
    Lin and Ng (2011), footnote 5, with the pooled slope of the units that are split in the place
    of the slope between the groups', which is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import SeparatedSlopes, StandardizedPseudo
    >>> design = SeparatedSlopes(60, 30, 2, separation=2.0, centre=(2.0,), error_dispersion=1.0)
    >>> panel = design.draw(np.random.default_rng(0)).panel  # error variances differ
    >>> fit = StandardizedPseudo(groups=2).fit(panel, np.random.default_rng(0))
    >>> np.bincount(fit.groups), np.sort(fit.beta.ravel()).round(0)
    (array([30, 30]), array([1., 3.]))
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            not self.thresholds,
            "All group-specific slopes are candidates for a standardized threshold variable",
            ", ".join(self.thresholds),
            "Leave `thresholds` out, or use Pseudo",
        )

    def candidates(self, panel: Panel, data: UnitProducts) -> np.ndarray:
        """Estimate each unit's group-specific slopes and, after them, their standard errors."""
        slopes = super().candidates(panel, data)
        own = own_estimates(panel, data, "StandardizedPseudo")
        return np.hstack([slopes, standard_errors(data, own)[:, : data.own]])

    def part(
        self,
        data: UnitProducts,
        estimates: np.ndarray,
        groups: np.ndarray,
        n_groups: int,
        only: int | None = None,
    ) -> np.ndarray | None:
        """Split one group in two, as `Pseudo.part` does, by t values about the group's slopes."""
        now = room(data, n_groups)
        regroup_slopes(data.products, groups, data.own, now)
        slopes, errors = estimates[:, : data.own], estimates[:, data.own :]
        away = slopes - now.beta[groups][:, : data.own]
        # A unit that is fitted exactly is as far away as can be, or not at all.
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(away == 0.0, 0.0, away / errors)
        return super().part(data, np.ascontiguousarray(t), groups, n_groups, only)


def standard_errors(data: UnitProducts, slopes: np.ndarray) -> np.ndarray:
    """Compute the standard errors of each unit's own slopes, (N, D - 1) like these."""
    last = slopes.shape[1]
    inner, cross = data.products[:, :last, :last], data.products[:, :last, last]
    identity = np.broadcast_to(np.eye(last), inner.shape)
    inverses, sound = np.empty(inner.shape), np.empty(len(slopes), np.bool_)
    solve_units(np.ascontiguousarray(inner), np.ascontiguousarray(identity), 0.0, inverses, sound)
    ssr = data.products[:, last, last].copy()
    for k in range(last):
        ssr -= cross[:, k] * slopes[:, k]
    freedom = data.observations - 1 - last - len(data.individual)
    variances = np.maximum(ssr, 0.0) / freedom
    diagonals = np.diagonal(inverses, axis1=1, axis2=2)
    return np.asarray(np.sqrt(variances[:, None] * diagonals))
