"""The half-panel jackknife: slopes without the bias that unit effects leave in short panels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require, require_flags, require_generator
from gfe_mc.estimators.profiles.basis import Functions, as_basis
from gfe_mc.estimators.profiles.design import design
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.linear import fit_of_groups
from gfe_mc.estimators.profiles.prior import Prior, as_prior
from gfe_mc.estimators.profiles.search import Found
from gfe_mc.estimators.profiles.stack import checked_weights
from gfe_mc.fit import Fit, Model, ProfileFit, Status, positions

SHORTEST = 4
"""Observations of a unit: an effect of its own needs two in each half."""
_LEAST_SQUARES = Found(np.nan, 1, 1, True)


@dataclass(frozen=True)
class HalfPanelJackknife:
    """Half-panel jackknife of grouped fixed effects with unit effects.

    theta_J = 2 theta - mean of theta in the two halves of the panel. Unit effects are estimated
    from T periods each. With a lagged outcome, or another regressor that past errors move, that
    leaves a bias of order 1/T in the slopes (Nickell 1981), which is twice as large in halves. Each
    unit's observed periods are halved. Where their number is odd there are two divisions, the
    longer half first and second, and the mean is over both; halves weigh as many observations as
    they have.

    Parameters
    ----------
    estimator : GFE
        The estimator that is corrected, with unit effects.
    regroup : bool, default False
        Whether groups are searched for in each half anew, as the jackknife of the whole estimator
        has it. If not, halves have the groups of the full panel. Groups are recovered at a rate
        faster than any power of T, so that either corrects the bias of order 1/T; halves are short,
        and units that change group there add to the variance, and to the bias where they are many.

    Notes
    -----
    Groups are those of the estimator itself, searched for once on the full panel. At the corrected
    slopes profiles and unit effects are estimated again, given the groups, by least squares, and
    the objective is that of them: above the minimum. They keep biases of order 1/T of their own.

    For many units and periods, the corrected slopes have the variance of those that are not:
    `LargeT` is for them too. `Bootstrap` makes the whole again, which counts what halves add.
    `FixedT` is of what the estimator itself goes to, and refuses.

    References
    ----------
    Dhaene and Jochmans (2015), Review of Economic Studies 82, 991-1030; Nickell (1981),
    Econometrica 49, 1417-1426.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, HalfPanelJackknife, Panel
    >>> rng = np.random.default_rng(0)
    >>> y = np.cumsum(rng.normal(size=(40, 9)), axis=1)
    >>> panel = Panel.from_arrays(y[:, 1:], y[:, :-1, None])
    >>> plain = GFE(1, unit_effects=True)
    >>> plain.fit(panel, np.random.default_rng(0)).theta.round(2)  # drawn with one
    array([0.65])
    >>> HalfPanelJackknife(plain).fit(panel, np.random.default_rng(0)).theta.round(2)
    array([0.82])
    """

    estimator: GFE
    regroup: bool = False

    def __post_init__(self) -> None:
        require(
            type(self.estimator) is GFE and self.estimator.unit_effects,
            "The half-panel jackknife is for grouped fixed effects with unit effects",
            repr(self.estimator),
            "Give GFE(groups, unit_effects=True); with one group it has period effects",
        )
        require_flags(self, "regroup")
        require(
            not (self.regroup and self.estimator.group_slopes),
            "Slopes by group need the same groups in both halves",
            "regroup=True with group_slopes",
            "Leave one of them out",
        )

    @property
    def prior(self) -> Prior | None:
        """Prior information on groups, of the estimator."""
        return as_prior(self.estimator.prior)

    def fit(
        self,
        panel: Panel,
        rng: np.random.Generator,
        start: Fit | None = None,
        weights: np.ndarray | None = None,
    ) -> ProfileFit:
        """Estimate as the estimator does, and correct the slopes; parameters are as in its `fit`.

        Raises
        ------
        InputError
            As `GFE.fit`; a unit is observed less than four times, or a regressor does not vary in
            a half.
        """
        require_generator(rng)
        _require_long(panel)
        full = self.estimator.fit(panel, rng, start=start, weights=weights)
        full = replace(full, estimator=self, model=replace(full.model, jackknife=True))
        if not np.isfinite(full.theta).all():
            return full
        slopes = _slopes_of(full)
        mean, divisions = np.zeros(slopes.shape), halves(panel.observed)
        counted = np.ones(len(panel.y)) if weights is None else np.asarray(weights, np.float64)
        size = float((counted * panel.observed.sum(axis=1)).sum())
        for cells in (half for division in divisions for half in division):
            share = float((counted * cells.sum(axis=1)).sum()) / size / len(divisions)
            mean += share * self._of_half(panel, cells, full, rng, weights)
        corrected = 2.0 * slopes - mean
        if not np.isfinite(corrected).all():
            beta = None if full.beta is None else np.full(full.beta.shape, np.nan)
            lost = np.full(full.theta.shape, np.nan)
            own = None if beta is None else beta[full.groups]
            return replace(full, theta=lost, beta=beta, unit_slopes=own, status=Status.COLLINEAR)
        return _at_slopes(panel, full, corrected, weights)

    def _of_half(
        self,
        panel: Panel,
        cells: np.ndarray,
        full: ProfileFit,
        rng: np.random.Generator,
        weights: np.ndarray | None,
    ) -> np.ndarray:
        """Slopes (G, K), or (1, K) where they are common, in the cells of a half."""
        half, there = part_of(panel, cells)
        basis = as_basis(self.estimator.time_basis)
        psi = np.eye(panel.shape[1]) if basis is None else np.asarray(basis.matrix(panel.periods))
        psi = np.ascontiguousarray(psi[there][:, there] if basis is None else psi[there])
        try:
            if self.regroup:
                own = replace(self.estimator, time_basis=None if basis is None else Functions(psi))
                return _slopes_of(own.fit(half, rng, weights=weights))
            return _slopes_of(_given_groups(half, psi, full, full.model, weights))
        except InputError as error:
            raise InputError(
                f"{error.wrong}, in each half of the panel",
                error.came,
                f"{error.remedy}, or fit without the jackknife",
            ) from None


def halves(observed: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Divide each unit's observed periods into halves: one division, or two where a number is odd.

    Parameters
    ----------
    observed : (N, T) bool array
        Which cells are observed.

    Returns
    -------
    list of pairs of (N, T) bool arrays
        The cells of the first and of the second half.
    """
    place, number = np.cumsum(observed, axis=1), observed.sum(axis=1, keepdims=True)
    longer, shorter = (number + 1) // 2, number // 2
    made = []
    for first in (longer,) if (longer == shorter).all() else (longer, shorter):
        early = place <= first
        made.append((observed & early, observed & ~early))
    return made


def part_of(panel: Panel, cells: np.ndarray) -> tuple[Panel, np.ndarray]:
    """Return the panel of some observed cells (N, T), and which of its periods (T,) have any."""
    there = np.asarray(cells.any(axis=0))
    seen = np.ascontiguousarray(cells[:, there])
    y, x = panel.y[:, there] * seen, panel.x[:, there] * seen[:, :, None]
    for array in (y, x, seen):
        array.flags.writeable = False
    periods: Sequence[Hashable] = [p for p, kept in zip(panel.periods, there, strict=True) if kept]
    return replace(panel, y=y, x=x, observed=seen, periods=tuple(periods), notes=()), there


def _require_long(panel: Panel) -> None:
    number = panel.observed.sum(axis=1)
    few = np.flatnonzero(number < SHORTEST)
    if len(few):
        i = int(few[0])
        raise InputError(
            f"The half-panel jackknife needs {SHORTEST} observations of every unit",
            f"{len(few)} units with less, the first {panel.units[i]} with {number[i]}",
            "Leave them out, or fit without the jackknife",
        )


def _slopes_of(fit: ProfileFit) -> np.ndarray:
    return fit.theta[None, :] if fit.beta is None else fit.beta


def _given_groups(
    panel: Panel, psi: np.ndarray, full: ProfileFit, model: Model, weights: np.ndarray | None
) -> ProfileFit:
    """Least squares of a panel with functions of time (T, R), in the groups of a fit."""
    by_group = tuple(positions(panel, model.group_slopes))
    made = design(panel, psi, by_group, unit_effects=True)
    if weights is not None:
        counted = checked_weights(weights, panel.shape[0])
        made = made._replace(products=made.products * counted[:, None, None])
    found, n_groups = _LEAST_SQUARES, len(full.alpha)
    return fit_of_groups(panel, made, full.groups, n_groups, model, found, full.estimator)


def _at_slopes(
    panel: Panel, full: ProfileFit, slopes: np.ndarray, weights: np.ndarray | None
) -> ProfileFit:
    """Put slopes (G, K), or (1, K), in their place; profiles and unit effects at them."""
    by_group = full.beta is not None
    unit_slopes = slopes[full.groups if by_group else np.zeros(len(full.groups), np.int64)]
    left = panel.y - (panel.x * unit_slopes[:, None, :]).sum(axis=2)
    left = left * panel.observed
    alone = replace(panel, y=left, x=np.zeros((*left.shape, 0)), regressors=())
    basis = full.model.time_basis
    psi = np.eye(left.shape[1]) if basis is None else np.asarray(basis.matrix(panel.periods))
    again = _given_groups(alone, psi, full, replace(full.model, group_slopes=()), weights)
    cost = 0.0
    if full.model.prior:
        counted = np.ones(len(left)) if weights is None else np.asarray(weights, np.float64)
        squares = (full.residuals(panel) ** 2).sum(axis=1)
        cost = full.objective - float((counted * squares).sum())
    return replace(
        full,
        theta=unit_slopes.mean(axis=0) if by_group else slopes[0],
        alpha=again.alpha,
        objective=again.objective + cost,
        beta=slopes if by_group else None,
        unit_slopes=unit_slopes if by_group else None,
        mu=again.mu,
        patterns=again.patterns,
    )
