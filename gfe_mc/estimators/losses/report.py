"""What was found, as a fit: estimates of given groups, and how they ended."""

from __future__ import annotations

import numpy as np

from gfe_mc.estimators.losses.descent import Ended, finish, values_at
from gfe_mc.estimators.losses.loss import name_of
from gfe_mc.estimators.losses.problem import Parameters, Problem
from gfe_mc.estimators.profiles.basis import Polynomial
from gfe_mc.fit import LossFit, Model, Status
from gfe_mc.kernels.linear import exceeds
from gfe_mc.kernels.losses.newton import COLLINEAR, derivatives, profiled_information

SEPARATED = 1e-7
"""Information on slopes, as a share of what they would have at the pooled curvature, that is none.

Outcomes that are told apart without error have less once descent has ended; one event in a million
observations has more.
"""


def report(
    problem: Problem,
    pooled: Parameters,
    groups: np.ndarray,
    n_groups: int,
    estimator: object,
) -> LossFit:
    """Estimate slopes and profiles of groups (N,), from those of one group, and say how it ended.

    Parameters
    ----------
    problem : Problem
        The panel.
    pooled : Parameters
        Estimates of one group, where descent starts.
    groups : (N,) array
        Group of each unit.
    n_groups : int
        G.
    estimator : object
        What the fit says that it was made by.
    """
    now = Parameters(pooled.theta.copy(), np.tile(pooled.alpha, (n_groups, 1)))
    ended, apart = finish(problem, groups, now)
    status = _status(problem, pooled, groups, now, ended, apart)
    theta = now.theta.copy()
    alpha = now.alpha.copy()
    for k, slope in enumerate(theta):
        alpha -= slope * problem.means[:, k]
    alpha = np.where(apart == 0.0, alpha, apart)
    if status in (Status.COLLINEAR, Status.SLOPES_SEPARATED):
        theta[:], alpha[:] = np.nan, np.nan
    by_period = problem.n_cells == len(problem.cell) > 1
    return LossFit(
        theta=theta,
        alpha=np.ascontiguousarray(alpha[:, problem.cell]),
        groups=groups,
        objective=ended.objective,
        status=status,
        patterns=None if by_period else alpha,
        model=Model(
            profiles=True,
            time_basis=None if by_period else Polynomial(0),
            loss=name_of(problem.loss),
        ),
        estimator=estimator,
        loss=problem.loss,
    )


def _status(
    problem: Problem,
    pooled: Parameters,
    groups: np.ndarray,
    now: Parameters,
    ended: Ended,
    apart: np.ndarray,
) -> Status:
    """How it ended."""
    if not np.isfinite(ended.objective):
        return Status.NOT_FINITE
    if len(now.theta):
        if not exceeds(_variation(problem, groups, len(now.alpha)), COLLINEAR):
            return Status.COLLINEAR
        left = _information(problem, pooled, groups, now, apart)
        if ended.lost.any() or not exceeds(left, SEPARATED):
            return Status.SLOPES_SEPARATED
    if not ended.converged:
        return Status.ITERATION_LIMIT
    return Status.PROFILE_SEPARATED if np.isinf(apart).any() else Status.SUCCESS


def _information(
    problem: Problem,
    pooled: Parameters,
    groups: np.ndarray,
    now: Parameters,
    apart: np.ndarray,
) -> np.ndarray:
    """Information on slopes that profiles leave, (K, K).

    In units of the variation of the regressors at the mean curvature of the pooled model, or, where
    that tells outcomes apart itself and has none, at the curvature of an index of zero.
    """
    typical, flat = _curvature(problem, pooled), Parameters(*map(np.zeros_like, pooled))
    at_zero = _curvature(problem, flat)
    if typical < SEPARATED * at_zero:
        typical = at_zero
    used = problem.observed & (apart == 0.0)[groups][:, problem.cell]
    second = values_at(problem, groups, now, used)[2]
    return _left(problem, groups, len(now.alpha), used, second / typical)


def _curvature(problem: Problem, of_one: Parameters) -> float:
    """Mean second derivative of the loss at estimates of one group."""
    everyone, seen = np.zeros(problem.y.shape[0], np.int64), problem.observed
    return float(values_at(problem, everyone, of_one, seen)[2][seen].mean())


def _variation(problem: Problem, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Share of the variation of the regressors that groups and cells leave, (K, K)."""
    return _left(problem, groups, n_groups, problem.observed, np.ones(problem.y.shape))


def _left(
    problem: Problem, groups: np.ndarray, n_groups: int, used: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Weighted cross-products of the regressors within groups and cells, over their sizes."""
    n_slopes = problem.x.shape[2]
    shape = (n_groups, problem.n_cells)
    inner, mixed, bend = np.empty((n_slopes,) * 2), np.empty((*shape, n_slopes)), np.empty(shape)
    derivatives(
        *(problem.x, problem.cell, groups, used, weights, weights),
        *(np.empty(n_slopes), np.empty(shape), inner, mixed, bend),
    )
    left = np.empty((n_slopes, n_slopes))
    profiled_information(inner, mixed, bend, np.zeros(shape, np.bool_), left)
    scale = np.sqrt(np.einsum("itk,itk->k", problem.x, problem.x))
    return np.asarray(left / np.outer(scale, scale))
