"""Groups by slopes, and their number by a criterion or a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.stats import norm

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.estimators.slopes.products import UnitProducts, fit_groups, unit_cross_products
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.fit import Fit, Status
from gfe_mc.selection.criterion import VARIANCES, slope_bic
from gfe_mc.selection.dispersion import group_dispersion


class SlopePath(Protocol):
    """Anything with these members: an estimator of slopes by groups, at every number of them."""

    @property
    def common(self) -> tuple[str, ...]:
        """Regressors with common slopes."""
        ...

    @property
    def individual(self) -> tuple[str, ...]:
        """Regressors with slopes of each unit's own."""
        ...

    def path(self, panel: Panel, rng: np.random.Generator, /) -> list[Fit]:
        """Estimate 1, 2, ... groups."""
        ...


@dataclass(frozen=True)
class ChosenByBIC:
    """The number of groups with the least modified BIC.

    Parameters
    ----------
    estimator
        `CKMeans`, `UnitMoves` or `Pseudo`; its `groups` is the largest number.
    variance
        "groups": the mean of the groups' error variances, each group counting once, as in the
        paper's equation. "pooled": the error variance of all observations.

    References
    ----------
    Lin and Ng (2011), equation (7).
    """

    estimator: SlopePath
    variance: str = "groups"

    def __post_init__(self) -> None:
        _require_path(self.estimator)
        require(
            self.variance in VARIANCES,
            "`variance` must be known",
            repr(self.variance),
            f"Give one of {', '.join(VARIANCES)}",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate every number of groups, and return the chosen fit; errors are the estimator's.

        Numbers of groups whose slopes are not identified are left out.
        """
        fits = self.estimator.path(panel, rng)
        usable = [fit for fit in fits if fit.status <= Status.ITERATION_LIMIT]
        if not usable:
            return fits[0]
        n_own = panel.shape[2] - len(self.estimator.common) - len(self.estimator.individual)
        values = [slope_bic(fit, panel.shape[1], n_own, self.variance) for fit in usable]
        return usable[int(np.argmin(values))]


@dataclass(frozen=True)
class ChosenByTest:
    """The number of groups from a sequence of tests that slopes are equal within groups.

    From one group on, as long as the test rejects in a group there is one group more. `Pseudo`
    then splits that group, the one with the largest statistic if there are several; another
    estimator starts afresh with one group more.

    Parameters
    ----------
    estimator
        `CKMeans`, `UnitMoves` or `Pseudo`; its `groups` is the largest number, which is returned
        where the test still rejects.
    level
        Of each one-sided test.

    References
    ----------
    Lin and Ng (2011), section 5; Pesaran and Yamagata (2008).
    """

    estimator: SlopePath
    level: float = 0.05

    def __post_init__(self) -> None:
        _require_path(self.estimator)
        require(
            isinstance(self.level, float) and 0 < self.level < 1,
            "`level` must be a probability",
            repr(self.level),
            "Give 0.05, say",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate, test, and split; errors are those of the estimator and of `dispersion`."""
        estimator = self.estimator
        data = unit_cross_products(
            panel, type(self).__name__, estimator.common, estimator.individual
        )
        critical = float(norm.isf(self.level))
        if isinstance(estimator, Pseudo):
            return _split_rejected(panel, data, estimator, critical)
        fits = estimator.path(panel, rng)
        for fit in fits:
            if not _rejected(panel, data, fit, critical).any():
                return fit
        return fits[-1]


def _require_path(estimator: SlopePath) -> None:
    require(
        callable(getattr(estimator, "path", None)),
        "`estimator` must estimate every number of groups",
        repr(estimator),
        "Give CKMeans, UnitMoves or Pseudo",
    )


def _rejected(panel: Panel, data: UnitProducts, fit: Fit, critical: float) -> np.ndarray:
    """Statistics of the groups in which equal slopes are rejected; zero in the others: (G,)."""
    assert fit.groups is not None
    statistics = np.nan_to_num(group_dispersion(panel, data, fit.groups), nan=0.0)
    return np.where(statistics > critical, statistics, 0.0)


def _split_rejected(panel: Panel, data: UnitProducts, estimator: Pseudo, critical: float) -> Fit:
    """Split the group with the largest statistic until no group is rejected, or can be split."""
    estimates = estimator.candidates(panel, data)
    fit = fit_groups(panel, data, np.zeros(panel.shape[0], np.int64), 1)
    for n_groups in range(1, estimator.groups):
        assert fit.groups is not None
        statistics = _rejected(panel, data, fit, critical)
        for g in np.argsort(-statistics):
            parted = None
            if statistics[g] > 0:
                parted = estimator.part(data, estimates, fit.groups, n_groups, int(g))
            if parted is not None:
                fit = fit_groups(panel, data, parted, n_groups + 1)
                break
        else:
            return fit
    return fit
