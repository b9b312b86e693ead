"""Standard errors of grouped M-estimates: the sandwich of unit scores, and the information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require_generator, require_one_of
from gfe_mc.estimators.losses.problem import Problem, problem_of
from gfe_mc.fit import Fit, LossFit
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.objective import require_objective
from gfe_mc.inference.sandwich import KINDS, from_scores
from gfe_mc.inference.within import has_slopes, rank_notes, require_fit_of, suggestion
from gfe_mc.kernels.linear import multiply
from gfe_mc.kernels.losses.newton import derivatives

KNOWN = "groups are taken as known: this is for many periods"


class Scores(NamedTuple):
    """Derivatives of the loss at a fit, in P slopes and profile values that are finite."""

    scores: np.ndarray
    """(N, P) of each unit, slopes of centred regressors first."""
    hessian: np.ndarray
    """(P, P) of all."""
    free: np.ndarray
    """(G, C) bool: which profile values are finite."""
    problem: Problem


@dataclass(frozen=True)
class LossErrors:
    """Covariance of grouped M-estimates, H the Hessian of the loss, s_i the score of a unit.

    Parameters
    ----------
    kind : str, default "sandwich"
        "sandwich": H^{-1} (sum_i s_i s_i') H^{-1}, clustered by unit: for any dependence over the
        periods of a unit. "information": H^{-1}, for outcomes that are independent and
        distributed as the loss, minus a log-likelihood, says.

    Notes
    -----
    Groups are taken as known, as they are with many periods; with few, `Bootstrap` makes them
    again. Profile values that are infinite have no errors, and slopes those of the limit. There is
    no correction of small samples.

    References
    ----------
    Bonhomme and Manresa (2012), section 4 for groups that are as good as known; White (1982) for
    the sandwich.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GivenGroupsM, LossErrors, Panel, Poisson
    >>> panel = Panel.from_arrays([[1, 2], [3, 2], [50, 9], [52, 11]])
    >>> estimator = GivenGroupsM(Poisson(), groups=(0, 0, 1, 1))
    >>> fit = estimator.fit(panel, np.random.default_rng(0))
    >>> errors = LossErrors("information").covariance(panel, fit, np.random.default_rng(0))
    >>> errors.profile_errors(2, 2).round(3)  # 1 / sqrt(sum of the counts)
    array([[0.5  , 0.5  ],
           [0.099, 0.224]])
    """

    kind: str = "sandwich"

    def __post_init__(self) -> None:
        require_one_of("kind", self.kind, KINDS)

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:
        """Compute the covariance of (theta, alpha); nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel that was fitted.
        fit : Fit
            A fit of it by `GroupedM` or `GivenGroupsM`.
        rng : numpy.random.Generator
            Required of every inference method; nothing is drawn from it.

        Raises
        ------
        InputError
            The fit is of another panel, or has no loss.
        """
        require_generator(rng)
        n_slopes = panel.shape[2]
        if not has_slopes(fit):
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        if not isinstance(fit, LossFit):
            raise InputError(
                "LossErrors is for fits under a loss",
                f"a fit of {fit.description}",
                suggestion(fit),
            )
        require_fit_of(panel, fit)
        require_objective(panel, fit)
        found = scores_of(panel, fit)
        notes: tuple[str, ...] = (KNOWN,) if (fit.n_groups or 1) > 1 else ()
        if self.kind == "sandwich":
            notes += rank_notes(panel.shape[0], len(found.hessian))
        if not found.free.all():
            # In cells of time: one for all periods where profiles are constant.
            lost = int((~found.free).sum())
            notes += (f"no standard errors for {lost} profile values without a finite estimate",)
        variance = from_scores(found.scores, found.hessian, self.kind)
        if isinstance(variance, InferenceStatus):
            return Covariance.failed(n_slopes, variance)
        return Covariance.of_joint(_read(found, variance, n_slopes), n_slopes, notes)


def scores_of(panel: Panel, fit: LossFit) -> Scores:
    """Compute scores and Hessian of the loss at the estimates of a fit.

    Parameters
    ----------
    panel : Panel
        The panel that was fitted.
    fit : LossFit
        The fit.
    """
    problem = problem_of(fit.loss, panel, by_period=fit.model.time_basis is None)
    n_units, _, n_slopes = panel.shape
    n_groups, n_cells = len(fit.alpha), problem.n_cells
    groups = np.ascontiguousarray(fit.groups, np.int64)
    first_of = [int(np.argmax(problem.cell == c)) for c in range(n_cells)]
    free = np.isfinite(fit.alpha[:, first_of])
    used = panel.observed & free[groups][:, problem.cell]
    _, first, second = fit.loss.terms(panel.y, np.where(used, fit.index(panel), 0.0))
    shape = (n_groups, n_cells)
    inner, mixed, bend = np.empty((n_slopes,) * 2), np.empty((*shape, n_slopes)), np.empty(shape)
    derivatives(
        *(problem.x, problem.cell, groups, used, first, second),
        *(np.empty(n_slopes), np.empty(shape), inner, mixed, bend),
    )
    size = n_slopes + n_groups * n_cells
    hessian, scores = np.zeros((size, size)), np.zeros((n_units, size))
    hessian[:n_slopes, :n_slopes] = inner
    hessian[n_slopes:, :n_slopes] = mixed.reshape(n_groups * n_cells, n_slopes)
    hessian[:n_slopes, n_slopes:] = hessian[n_slopes:, :n_slopes].T
    np.fill_diagonal(hessian[n_slopes:, n_slopes:], bend.ravel())
    pushed = np.where(used, first, 0.0)
    for t, c in enumerate(problem.cell):
        scores[:, :n_slopes] += pushed[:, t, None] * problem.x[:, t]
        scores[np.arange(n_units), n_slopes + groups * n_cells + c] += pushed[:, t]
    kept = np.concatenate([np.ones(n_slopes, bool), free.ravel()])
    hessian = np.ascontiguousarray(hessian[np.ix_(kept, kept)])
    return Scores(np.ascontiguousarray(scores[:, kept]), hessian, free, problem)


def _read(found: Scores, variance: np.ndarray, n_slopes: int) -> np.ndarray:
    """Covariance of (theta, alpha), of slopes and profile values of centred regressors."""
    problem, n_groups = found.problem, len(found.free)
    n_periods = len(problem.cell)
    place = np.full(found.free.shape, -1)
    place[found.free] = n_slopes + np.arange(int(found.free.sum()))
    reader = np.zeros((n_slopes + n_groups * n_periods, len(variance)))
    reader[:n_slopes, :n_slopes] = np.eye(n_slopes)
    lost = np.zeros(len(reader), bool)
    for g in range(n_groups):
        for t, c in enumerate(problem.cell):
            row = n_slopes + g * n_periods + t
            reader[row, :n_slopes] = -problem.means[c]
            if found.free[g, c]:
                reader[row, place[g, c]] = 1.0
            else:
                lost[row] = True
    half = multiply(reader, np.ascontiguousarray(variance))
    joint = multiply(reader, np.ascontiguousarray(half.T))
    joint[lost], joint[:, lost] = np.nan, np.nan
    return joint
