"""Groups by slopes, and their number by a criterion or a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, Protocol

import numpy as np
from scipy.stats import norm

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require, require_generator, require_one_of
from gfe_mc.estimators.slopes.products import UnitProducts, fit_groups, unit_cross_products
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.fit import Fit
from gfe_mc.selection.criterion import VARIANCES, slope_bic
from gfe_mc.selection.dispersion import group_dispersion


class SlopePath(Protocol):
    """Estimator of slopes by groups at every number of them: any object with these members."""

    @property
    def common(self) -> tuple[str, ...]:
        """Regressors with common slopes."""
        ...

    @property
    def individual(self) -> tuple[str, ...]:
        """Regressors with slopes of each unit's own."""
        ...

    def path(self, panel: Panel, rng: np.random.Generator, /) -> Sequence[Fit]:
        """Estimate 1, 2, ... groups."""
        ...


@dataclass(frozen=True)
class ChosenByBIC:
    """Slopes by groups, with the number of groups that minimises the modified BIC.

    Parameters
    ----------
    estimator : SlopePath
        `CKMeans`, `UnitMoves` or `Pseudo`; its `groups` is the largest number.
    variance : str, default "groups"
        "groups": the mean of the groups' error variances, each group counting once, as in the
        paper's equation. "pooled": the error variance of all observations.

    References
    ----------
    Lin and Ng (2011), equation (7).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ChosenByBIC, Pseudo, StaticSlopes, assigned_groups
    >>> design = StaticSlopes(50, beta=((1.0,), (3.0,)), groups=assigned_groups(60, 2))
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> fit = ChosenByBIC(Pseudo(groups=4)).fit(panel, np.random.default_rng(0))
    >>> fit.n_groups, np.sort(fit.beta.ravel()).round(1)
    (2, array([1., 3.]))
    """

    estimator: SlopePath
    variance: str = "groups"

    def __post_init__(self) -> None:
        require_path(self.estimator)
        require_one_of("variance", self.variance, VARIANCES)

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate every number of groups, and return the chosen fit; errors are the estimator's.

        Numbers of groups whose slopes are not identified are left out.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness.
        """
        require_generator(rng)
        fits = [replace(fit, estimator=self) for fit in self.estimator.path(panel, rng)]
        usable = [fit for fit in fits if fit.status.usable]
        if not usable:
            return fits[0]
        n_own = panel.shape[2] - len(self.estimator.common) - len(self.estimator.individual)
        own = None if panel.balanced else panel.observed.sum(axis=1)
        values = [slope_bic(fit, panel.shape[1], n_own, self.variance, own) for fit in usable]
        return usable[int(np.argmin(values))]

    def held(self, n_groups: int) -> Any:
        """Return the estimator at a number of groups that was chosen."""
        return held_at(self.estimator, n_groups)


@dataclass(frozen=True)
class ChosenByTest:
    """Slopes by groups, their number from sequential tests of slope homogeneity within groups.

    From one group on, as long as the test rejects in a group there is one group more. `Pseudo`
    then splits that group, the one with the largest statistic if there are several; another
    estimator starts afresh with one group more.

    Parameters
    ----------
    estimator : SlopePath
        `CKMeans`, `UnitMoves` or `Pseudo`; its `groups` is the largest number, which is returned
        where the test still rejects.
    level : float, default 0.05
        Significance level of each one-sided test.

    References
    ----------
    Lin and Ng (2011), section 5; Pesaran and Yamagata (2008).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ChosenByTest, Pseudo, StaticSlopes, assigned_groups
    >>> design = StaticSlopes(50, beta=((0.0,), (2.0,)), groups=assigned_groups(60, 2))
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> ChosenByTest(Pseudo(groups=4), level=0.01).fit(panel, np.random.default_rng(0)).n_groups
    2
    """

    estimator: SlopePath
    level: float = 0.05

    def __post_init__(self) -> None:
        require_path(self.estimator)
        require(
            isinstance(self.level, float) and 0 < self.level < 1,
            "`level` must be a probability",
            repr(self.level),
            "Give 0.05, say",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate, test, and split; errors are those of the estimator and of `dispersion`.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness.
        """
        require_generator(rng)
        return replace(self._tested(panel, rng), estimator=self)

    def held(self, n_groups: int) -> Any:
        """Return the estimator at a number of groups that was chosen."""
        return held_at(self.estimator, n_groups)

    def _tested(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate, and stop where no test rejects."""
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


def require_path(estimator: SlopePath) -> None:
    """Raise `InputError` unless an estimator has a `path`."""
    require(
        callable(getattr(estimator, "path", None)) and not isinstance(estimator, type),
        "`estimator` must estimate every number of groups",
        repr(estimator),
        "Give CKMeans, UnitMoves or Pseudo",
    )


def held_at(estimator: SlopePath, n_groups: int) -> Any:
    """Return an estimator with another number of groups; raises `InputError` if it has none."""
    require(
        is_dataclass(estimator) and hasattr(estimator, "groups"),
        "An estimator must have `groups` to be held at a number of them",
        repr(estimator),
        "Make it a frozen dataclass with `groups`",
    )
    return replace(estimator, groups=n_groups)  # type: ignore[type-var]


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
