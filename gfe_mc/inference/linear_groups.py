"""What each observation adds to the error of a fit with linear effects of groups, as known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.design import arranged, series_of, unidentified
from gfe_mc.estimators.profiles.stack import COLLINEAR
from gfe_mc.fit import Fit, positions
from gfe_mc.kernels.linear import cross, exceeds, gram, inverse, multiply
from gfe_mc.kernels.slopes.products import eliminate


class Influences(NamedTuple):
    """Errors of all estimates, to first order, as sums over observations."""

    added: np.ndarray
    """(N T, K + G T + G K) of theta, the profiles, and the slopes of groups."""
    n_parameters: int
    """Parameters beside unit effects."""


def influences(panel: Panel, fit: Fit) -> Influences | None:
    """Return what each observation adds, groups as known; None where slopes are not identified.

    With group g's own columns Z_i = (H_i, slopes by group, levels) and common regressors X_i, X~_i
    being X_i less its least squares fit on Z_i in the group,

        theta: (sum X~'X~)^{-1} X~_it v_it,
        gamma_g: (sum_g Z'Z)^{-1} Z_it v_it - Pi_g (what is added to theta),

    Pi_g the coefficients of that fit. What is not identified is NaN. Where there are levels,
    profiles are those of the mean unit of a group, shares of levels as known.

    Parameters
    ----------
    panel : Panel
        The panel, which may have gaps.
    fit : Fit
        The fit of it, with profiles.
    """
    assert fit.alpha is not None
    assert fit.groups is not None
    n_units, n_periods, n_slopes = panel.shape
    model, n_groups = fit.model, len(fit.alpha)
    basis = model.time_basis
    psi = np.eye(n_periods) if basis is None else np.asarray(basis.matrix(panel.periods))
    n_functions = psi.shape[1]
    by_group = tuple(positions(panel, model.group_slopes))
    series, lost = series_of(panel, psi, unit_effects=model.unit_effects)
    residuals = fit.residuals(panel)
    order = arranged(by_group, n_slopes)
    rest = n_functions + order[len(by_group) :]
    levels = _level_columns(panel, fit)
    rows = series.transpose(0, 2, 1).reshape(n_units * n_periods, -1)
    first_level = rows.shape[1]
    rows = np.concatenate([rows, levels.reshape(n_units * n_periods, -1)], axis=1)
    columns = np.array(
        [
            *range(n_functions),
            *(n_functions + order[: len(by_group)]),
            *range(first_level, rows.shape[1]),
        ]
    )
    own, slopes = len(columns), slice(n_functions, n_functions + len(by_group))
    whose = np.repeat(fit.groups, n_periods)
    left = np.ascontiguousarray(rows[:, rest])
    before = (left**2).sum(axis=0)
    projections, inverses, sound = [], [], []
    for g in range(n_groups):
        of_group = np.flatnonzero(whose == g)
        z = np.ascontiguousarray(rows[np.ix_(of_group, columns)])
        x = np.ascontiguousarray(rows[np.ix_(of_group, rest)])
        inner = gram(z)
        pivots = np.diag(_eliminated(inner))
        kept = np.flatnonzero(pivots > 0)
        inverted = np.zeros((own, own))
        inverted[np.ix_(kept, kept)] = inverse(np.ascontiguousarray(inner[np.ix_(kept, kept)]))
        projection = multiply(inverted, cross(z, x))
        left[of_group] = x - multiply(z, projection)
        projections.append(projection)
        inverses.append(inverted)
        sound.append(pivots)
    bread = gram(left)
    scale = np.sqrt(before)
    if len(rest) and not (before > 0).all():
        return None
    if len(rest) and not exceeds(bread / np.outer(scale, scale), COLLINEAR):
        return None
    if any((pivots[slopes] == 0.0).any() for pivots in sound):
        return None
    v = residuals.reshape(-1, 1)
    of_theta = multiply(left * v, inverse(bread)) if len(rest) else np.zeros((len(v), 0))
    beta = np.zeros((len(v), n_groups, n_slopes))
    beta[:, :, order[len(by_group) :]] = of_theta[:, None, :]
    alpha = np.zeros((len(v), n_groups, n_periods))
    absorbed = _absorbed(rows[:, :n_functions])
    n_parameters = len(rest)
    for g in range(n_groups):
        of_group = np.flatnonzero(whose == g)
        z = np.ascontiguousarray(rows[np.ix_(of_group, columns)])
        gamma = -multiply(of_theta, np.ascontiguousarray(projections[g].T))
        gamma[of_group] += multiply(z * v[of_group], inverses[g])
        beta[:, g, order[: len(by_group)]] = gamma[:, slopes]
        patterns = gamma[:, :n_functions]
        for k in range(n_slopes):
            patterns = patterns - beta[:, g, k, None] * lost[k]
        profile = multiply(np.ascontiguousarray(patterns), np.ascontiguousarray(psi.T))
        empty = ~panel.observed[fit.groups == g].any(axis=0)
        gone = unidentified(sound[g][:n_functions], empty, absorbed)
        if levels.shape[2]:
            members = levels[fit.groups == g].max(axis=1)
            share = members.mean(axis=0)
            profile = profile + multiply(gamma[:, slopes.stop :], share[:, None])
            # One level is what the periods add up to; more are not told from them.
            gone = gone | (int((sound[g][slopes.stop :][share > 0] == 0.0).sum()) > 1)
        profile[:, gone] = np.nan
        if model.unit_effects and not gone.all():
            profile = profile - profile[:, ~gone].mean(axis=1, keepdims=True)
        alpha[:, g] = profile
        n_parameters += int((sound[g] > 0).sum())
    shares = np.bincount(fit.groups, minlength=n_groups) / n_units
    theta = (beta * shares[:, None]).sum(axis=1)
    parts = [theta, alpha.reshape(len(v), -1), beta.reshape(len(v), -1)]
    return Influences(np.ascontiguousarray(np.concatenate(parts, axis=1)), n_parameters)


def _level_columns(panel: Panel, fit: Fit) -> np.ndarray:
    """Indicators (N, T, H) of the levels of units, where they are observed; H = 0 without any."""
    n_units, n_periods, _ = panel.shape
    if not fit.model.levels or fit.secondary is None:
        return np.zeros((n_units, n_periods, 0))
    own = fit.secondary[:, None] == np.arange(max(fit.model.levels))
    return np.asarray((own[:, None, :] & panel.observed[:, :, None]).astype(np.float64))


def _eliminated(inner: np.ndarray) -> np.ndarray:
    """Factor of cross-products (p, p), zero in the columns without variation of their own."""
    sums = inner[None]
    factors = np.zeros(sums.shape)
    eliminate(sums, 0, len(inner), factors)
    found: np.ndarray = factors[0]
    return found


def _absorbed(functions: np.ndarray) -> int:
    """Functions of time that unit effects absorb, all units together."""
    pivots = np.diag(_eliminated(gram(np.ascontiguousarray(functions))))
    return int((pivots == 0.0).sum())
