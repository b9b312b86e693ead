"""The variance for many units and a fixed number of periods."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, is_number, require, require_generator
from gfe_mc.fit import Fit, residuals_of
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.objective import require_objective
from gfe_mc.inference.within import (
    has_slopes,
    rank_notes,
    require_common_slopes,
    require_fit_of,
    singleton_notes,
    suggestion,
)

RULES = ("rule", "silverman")
"""Bandwidths by name."""

DEFINITE = 1e-10
"""Least eigenvalue, in units of the parameters' own curvature, of a Hessian that is inverted."""

ROUNDING = 1e-14
"""Least spread of numbers, in units of the largest, that is more than their rounding."""


@dataclass(frozen=True)
class FixedT:
    """Fixed-T sandwich covariance after Pollard: units between two groups may change group.

    Units near the hyperplane between their two nearest profiles make the objective less curved
    than least squares with known groups would be. Their density there is estimated by a Gaussian
    kernel.

    Parameters
    ----------
    bandwidth : str or float, default "rule"
        "rule": 1.06 sd N^(-1/5); "silverman": 0.9 min(sd, interquartile range / 1.34) N^(-1/5);
        each of y_i - x_i theta along the line between two profiles, the smallest over pairs of
        groups. Or a positive number.

    Notes
    -----
    It estimates the variance around the pseudo-true values to which the estimator converges as
    N grows alone. With the least squares objective halved, Gamma is its Hessian,

        Gamma = 1/N sum_i W_i W_i' - 1/N sum_i Delta_i / ||d|| q_i q_i',

    where d = alpha_h - alpha_g for the two profiles nearest to unit i, Delta_i is the kernel at
    the distance of unit i from the hyperplane between them, and q_i stacks x_i'd, the residuals
    from alpha_g in the block of g and minus those from alpha_h in the block of h. These are (S10)
    to (S13) at once, with each pair of groups once and the signs of (S6) to (S9).

    References
    ----------
    Bonhomme and Manresa (2012), supplement S1.2, equations (S10) to (S13) and footnote 3;
    Pollard (1982), Annals of Probability 10, 919-926.
    """

    bandwidth: str | float = "rule"

    def __post_init__(self) -> None:
        _require_bandwidth(self.bandwidth)

    def covariance(
        self,
        panel: Panel,
        fit: Fit,
        rng: np.random.Generator,
    ) -> Covariance:
        """Compute the covariance of (theta, alpha); nothing is drawn.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        fit : Fit
            The fit of it.
        rng : numpy.random.Generator
            Required of every inference method; nothing is drawn from it.

        Raises
        ------
        InputError
            The panel is unbalanced, or the fit is of another one, of another model than common
            slopes and profiles over time, or has soft groups.
        """
        require_generator(rng)
        panel.require_balanced("FixedT")
        n_units, _, n_slopes = panel.shape
        if not has_slopes(fit):
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        require_common_slopes("FixedT", fit)
        require(
            not fit.model.soft,
            "FixedT is for units in one group each",
            f"a fit of {fit.description}",
            suggestion(fit),
        )
        require_fit_of(panel, fit)
        assert fit.alpha is not None
        assert fit.groups is not None
        if n_units <= n_slopes:
            return Covariance.failed(n_slopes, InferenceStatus.TOO_FEW_UNITS)
        seen = fit.seen(panel)
        require_objective(seen, fit)
        with np.errstate(over="ignore", invalid="ignore"):  # The status says it.
            joint = _joint(seen, fit, self.bandwidth)
        if isinstance(joint, InferenceStatus):
            return Covariance.failed(n_slopes, joint)
        counts = np.bincount(fit.groups, minlength=len(fit.alpha))
        missing = n_slopes + np.flatnonzero(np.repeat(counts == 1, panel.shape[1]))
        joint[missing, :] = np.nan
        joint[:, missing] = np.nan
        notes = singleton_notes(counts) + rank_notes(n_units, len(joint))
        return Covariance.of_joint(joint, n_slopes, notes)


def _require_bandwidth(rule: str | float) -> None:
    known = rule in RULES if isinstance(rule, str) else is_number(rule) and rule > 0
    require(
        known,
        "`bandwidth` must be a positive number or the name of a rule",
        repr(rule),
        f"Give a number above 0, or one of {', '.join(RULES)}",
    )


def bandwidth(panel: Panel, fit: Fit, rule: str | float) -> float:
    """Return the bandwidth that `FixedT` uses, in units of the outcome.

    It is infinite with one group, where none is needed, and zero where residuals do not vary
    between two profiles, or two profiles are the same.

    Parameters
    ----------
    panel : Panel
        A panel, as the fit's model sees it.
    fit : Fit
        A fit of it with groups.
    rule : str or float
        As in `FixedT`.

    Raises
    ------
    InputError
        A rule that `FixedT` refuses, or a fit without groups.
    """
    _require_bandwidth(rule)
    if not isinstance(rule, str):
        return float(rule)
    if fit.alpha is None:
        raise InputError(
            "A bandwidth by rule needs a fit with groups", "no `alpha`", "Fit with GFE"
        )
    n_units, n_groups = panel.shape[0], len(fit.alpha)
    profiles = _without_slopes(panel, fit)
    rounding = ROUNDING * float(np.abs(profiles).max())
    widths = [math.inf]
    for g in range(n_groups):
        for h in range(g + 1, n_groups):
            gap = fit.alpha[h] - fit.alpha[g]
            length = float(np.linalg.norm(gap))
            if length == 0.0:
                return 0.0
            along = profiles @ gap / length
            spread, factor = float(along.std(ddof=1)), 1.06
            if rule == "silverman":
                low, high = np.quantile(along, [0.25, 0.75])
                spread, factor = min(spread, float(high - low) / 1.34), 0.9
            if spread <= rounding:
                return 0.0
            widths.append(factor * spread * n_units**-0.2)
    return min(widths)


def _joint(panel: Panel, fit: Fit, rule: str | float) -> np.ndarray | InferenceStatus:
    """Covariance of (theta, alpha), (K + G T, K + G T), or why there is none."""
    assert fit.alpha is not None
    assert fit.groups is not None
    if not np.isfinite(fit.alpha).all():
        return InferenceStatus.NOT_FINITE
    width = bandwidth(panel, fit, rule)
    if not width > 0 or not _distinct(fit.alpha):
        return InferenceStatus.NO_BANDWIDTH
    design = _design(panel, fit.groups, len(fit.alpha))
    curvature = design - _boundary(panel, fit, width)
    scale = np.sqrt(np.diag(design))
    if not (scale > 0).all():
        return InferenceStatus.SINGULAR
    units = np.outer(scale, scale)
    relative = curvature / units
    if not np.isfinite(relative).all() or (math.isinf(width) and len(fit.alpha) > 1):
        return InferenceStatus.NOT_FINITE
    if not np.linalg.eigvalsh(relative)[0] > DEFINITE:
        known_groups = np.linalg.eigvalsh(design / units)[0] > DEFINITE
        return InferenceStatus.NOT_POSITIVE_DEFINITE if known_groups else InferenceStatus.SINGULAR
    spread = np.linalg.solve(relative, (_scores(panel, fit) / scale).T) / scale[:, None]
    joint = np.asarray(spread @ spread.T)
    return joint if np.isfinite(joint).all() else InferenceStatus.NOT_FINITE


def _distinct(alpha: np.ndarray) -> bool:
    """Whether no two profiles (G, T) are the same."""
    squared = ((alpha[:, None, :] - alpha[None, :, :]) ** 2).sum(axis=2)
    return int((squared == 0.0).sum()) == len(alpha)


def _without_slopes(panel: Panel, fit: Fit) -> np.ndarray:
    """y_i - x_i theta, (N, T)."""
    return np.asarray(panel.y - panel.x @ fit.theta)


def _design(panel: Panel, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Sum of W_i W_i': least squares with known groups, (K + G T, K + G T)."""
    _, n_periods, n_slopes = panel.shape
    members = (groups[:, None] == np.arange(n_groups)).astype(np.float64)
    design = np.zeros((n_slopes + n_groups * n_periods,) * 2)
    design[:n_slopes, :n_slopes] = np.einsum("itk,itl->kl", panel.x, panel.x)
    cross = np.einsum("ig,itk->kgt", members, panel.x).reshape(n_slopes, n_groups * n_periods)
    design[:n_slopes, n_slopes:] = cross
    design[n_slopes:, :n_slopes] = cross.T
    own = np.arange(n_slopes, len(design))
    design[own, own] = np.repeat(members.sum(axis=0), n_periods)
    return design


def _scores(panel: Panel, fit: Fit) -> np.ndarray:
    """W_i times the residuals of unit i, (N, K + G T)."""
    assert fit.alpha is not None
    assert fit.groups is not None
    n_units, n_periods, _ = panel.shape
    residuals = residuals_of(panel, fit)
    own = np.zeros((n_units, len(fit.alpha), n_periods))
    own[np.arange(n_units), fit.groups] = residuals
    slopes = np.einsum("itk,it->ik", panel.x, residuals)
    return np.concatenate([slopes, own.reshape(n_units, -1)], axis=1)


def _boundary(panel: Panel, fit: Fit, width: float) -> np.ndarray:
    """Sum of Delta_i / ||d|| q_i q_i': the curvature that is lost to changes of group."""
    assert fit.alpha is not None
    n_units, n_periods, n_slopes = panel.shape
    n_groups = len(fit.alpha)
    if n_groups == 1:
        return np.zeros((n_slopes + n_periods,) * 2)
    gaps = _without_slopes(panel, fit)[:, None, :] - fit.alpha[None, :, :]
    nearest = np.argsort((gaps**2).sum(axis=2), axis=1, kind="stable")[:, :2]
    units = np.arange(n_units)
    first, second = nearest[:, 0], nearest[:, 1]
    between = fit.alpha[second] - fit.alpha[first]
    length = np.linalg.norm(between, axis=1)
    middle = (gaps[units, first] + gaps[units, second]) / 2
    distance = (between * middle).sum(axis=1) / length / width
    density = np.exp(-(distance**2) / 2) / math.sqrt(2 * math.pi) / width
    own = np.zeros((n_units, n_groups, n_periods))
    own[units, first] = gaps[units, first]
    own[units, second] = -gaps[units, second]
    slopes = np.einsum("itk,it->ik", panel.x, between)
    stacked = np.concatenate([slopes, own.reshape(n_units, -1)], axis=1)
    return np.asarray((stacked * (density / length)[:, None]).T @ stacked)
