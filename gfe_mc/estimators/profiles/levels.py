"""Two layers in a panel with gaps: by cross-products, where levels and profiles do not separate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError
from gfe_mc.estimators.profiles.design import Design, design, patterns_of, unidentified
from gfe_mc.estimators.profiles.layered import by_level, numbered
from gfe_mc.estimators.profiles.search import Found, LevelProblem
from gfe_mc.estimators.profiles.stack import checked_weights
from gfe_mc.fit import Fit, Model, Status, TwoLayerFit
from gfe_mc.kernels.linear import multiply
from gfe_mc.kernels.slopes.genetic import assign
from gfe_mc.kernels.slopes.levels import Levels, regroup_levels
from gfe_mc.kernels.slopes.products import Slopes, empty_slopes, total_floor
from gfe_mc.kernels.slopes.pull import no_pull


class Estimates(NamedTuple):
    """What follows from the groups."""

    theta: np.ndarray
    alpha: np.ndarray
    eta: np.ndarray
    sound: bool
    """Whether the slopes are identified."""


def fit_levels(
    estimator: object,
    search: object,
    secondary: tuple[int, ...],
    panel: Panel,
    rng: np.random.Generator,
    start: Fit | None,
    weights: np.ndarray | None,
) -> TwoLayerFit:
    """Search by cross-products; parameters and errors are those of `TwoLayerGFE.fit`."""
    run = getattr(search, "run_levels", None)
    if run is None:
        raise InputError(
            "Two layers with gaps need a search on cross-products",
            type(search).__name__,
            "Give Genetic() or MultiStart(), or a balanced panel",
        )
    n_units, n_periods, n_slopes = panel.shape
    psi = np.concatenate([np.eye(n_periods), np.ones((n_periods, 1))], axis=1)
    made = design(panel, psi, (), unit_effects=False)
    if weights is not None:
        counted = checked_weights(weights, n_units)
        made = made._replace(products=made.products * counted[:, None, None])
    first = np.concatenate([[0], np.cumsum(secondary)]).astype(np.int64)
    data = Levels(
        products=made.products,
        n_periods=n_periods,
        own=n_periods + max(secondary),
        primary=np.repeat(np.arange(len(secondary)), secondary),
        first=first,
    )
    now = empty_slopes(n_units, len(secondary), data.own + n_slopes, data.own)
    total_floor(made.products, n_periods + 1, now.floor)
    found: Found = run(LevelProblem(data, _given(start, made, data), now), rng)
    counts = np.empty(len(data.primary), np.int64)
    beta = np.empty((len(counts), n_periods + 1 + n_slopes))
    labels = numbered(now.groups, data.primary, first)
    regroup_levels(data, labels, counts, beta, now)
    labels = by_level(labels, beta[:, n_periods], data.primary)
    objective = regroup_levels(data, labels, counts, beta, now)
    made_of = _estimates(panel, made, data, labels, beta, now, weights)
    status = Status.SUCCESS if found.converged else Status.ITERATION_LIMIT
    groups = data.primary[labels]
    return TwoLayerFit(
        theta=made_of.theta if made_of.sound else np.full(n_slopes, np.nan),
        alpha=made_of.alpha,
        groups=groups,
        secondary=labels - first[groups],
        eta=made_of.eta,
        objective=objective,
        status=status if made_of.sound else Status.COLLINEAR,
        n_best=found.n_best,
        n_tries=found.n_tries,
        model=Model(profiles=True, levels=secondary if max(secondary) > 1 else ()),
        estimator=estimator,
    )


def _given(start: Fit | None, made: Design, data: Levels) -> np.ndarray:
    """Groupings (any number, N) to start from: that of a fit's parameters, if there is one."""
    if start is None:
        return np.zeros((0, 0), np.int64)
    sizes, n_periods, n_slopes = np.diff(data.first), data.n_periods, len(made.order)
    alpha, eta = start.alpha, start.eta
    shapes = tuple(None if part is None else part.shape for part in (start.theta, alpha, eta))
    wanted = ((n_slopes,), (len(sizes), n_periods), (len(sizes), int(sizes.max())))
    if alpha is None or eta is None or shapes != wanted or not np.isfinite(start.theta).all():
        raise InputError(
            "`start` must have finite slopes, and the groups of both layers and periods of this "
            "estimator and panel",
            f"theta, alpha and eta of shapes {shapes}",
            f"Give a fit with {wanted}, by an estimator with the same `secondary`",
        )
    beta = np.zeros((len(data.primary), n_periods + 1 + n_slopes))
    beta[:, :n_periods] = np.nan_to_num(alpha)[data.primary]
    beta[:, n_periods] = np.nan_to_num(eta)[np.arange(int(sizes.max())) < sizes[:, None]]
    beta[:, : n_periods + 1] -= made.lost[-1]
    for k, slope in enumerate(start.theta):
        beta[:, : n_periods + 1] += slope * made.lost[k]
        beta[:, n_periods + 1 + k] = slope
    groups = np.empty((1, len(data.products)), np.int64)
    assign(data.products, 1, beta, no_pull(), groups[0])
    return groups


def _estimates(
    panel: Panel,
    made: Design,
    data: Levels,
    labels: np.ndarray,
    beta: np.ndarray,
    now: Slopes,
    weights: np.ndarray | None,
) -> Estimates:
    """Slopes, profiles (G, T) and levels (G, H), which add up to zero over a group's units."""
    n_periods, first = data.n_periods, data.first
    theta = beta[0, n_periods + 1 :].copy()
    fitted = patterns_of(made.lost, beta[:, : n_periods + 1], beta[:, n_periods + 1 :])
    profiles = multiply(np.ascontiguousarray(fitted), np.ascontiguousarray(made.psi.T))
    units = np.bincount(labels, weights, minlength=len(data.primary))
    alpha = np.empty((len(first) - 1, n_periods))
    eta = np.full((len(alpha), int(np.diff(first).max())), np.nan)
    pivots = np.diagonal(now.factors, axis1=1, axis2=2)
    for g in range(len(alpha)):
        own = slice(first[g], first[g + 1])
        level = fitted[own, n_periods]
        mean = float((units[own] * level).sum() / units[own].sum())
        eta[g, : len(level)] = level - mean
        alpha[g] = profiles[first[g]] - level[0] + mean
        empty = ~panel.observed[data.primary[labels] == g].any(axis=0)
        # One level is what the periods add up to; more are not told from them.
        levels = pivots[g, n_periods : n_periods + len(level)]
        lost = int((levels == 0.0).sum()) > 1
        gone = unidentified(pivots[g, :n_periods], empty, 0) | lost
        alpha[g, gone] = np.nan
        if lost:
            eta[g] = np.nan
    return Estimates(theta, alpha, eta, bool((np.diag(now.factor)[:-1] > 0.0).all()))
