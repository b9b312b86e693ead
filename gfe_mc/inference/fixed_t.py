"""The variance for many units and a fixed number of periods."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, is_number, require, require_generator
from gfe_mc.fit import Fit
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
from gfe_mc.kernels.inference.between_groups import (
    distances_between,
    known_curvature,
    least_spread,
    lose_curvature,
    normal_density,
    scores,
)
from gfe_mc.kernels.linear import exceeds, factorize, gram, solve_factorized

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

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, FixedT, GroupedEffects, LargeT
    >>> panel = GroupedEffects(200, 4, 2, separation=1.5).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=2).fit(panel, np.random.default_rng(0))
    >>> fixed, large = (
    ...     inference.covariance(panel, fit, np.random.default_rng(0))
    ...     for inference in (FixedT(), LargeT())
    ... )
    >>> (fixed.standard_errors > large.standard_errors).all().item()  # groups are uncertain
    True
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
        model = fit.model
        require(
            not (model.soft or model.time_basis is not None or model.prior or model.jackknife),
            "FixedT is for units in one group each, by the data alone, with free profiles and "
            "slopes that are not corrected",
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
    profiles = _without_slopes(panel, fit)
    return _by_rule(profiles, np.ascontiguousarray(fit.alpha, np.float64), rule)


def _by_rule(profiles: np.ndarray, alpha: np.ndarray, rule: str) -> float:
    """The bandwidth of a rule, from y_i - x_i theta (N, T) and profiles (G, T)."""
    rounding = ROUNDING * float(np.abs(profiles).max())
    robust = rule == "silverman"
    spread = least_spread(profiles, alpha, rounding, robust)
    return (0.9 if robust else 1.06) * spread / _fifth_root(len(profiles))


def _fifth_root(value: float) -> float:
    """The fifth root of a number from 1: Newton's steps from above, the same on every machine."""
    root = float(value)
    while True:
        squared = root * root
        lower = (4.0 * root + value / (squared * squared)) / 5.0
        if not lower < root:
            return root
        root = lower


def _joint(panel: Panel, fit: Fit, rule: str | float) -> np.ndarray | InferenceStatus:
    """Covariance of (theta, alpha), (K + G T, K + G T), or why there is none."""
    assert fit.alpha is not None
    assert fit.groups is not None
    if not np.isfinite(fit.alpha).all():
        return InferenceStatus.NOT_FINITE
    alpha = np.ascontiguousarray(fit.alpha, np.float64)
    groups = np.ascontiguousarray(fit.groups, np.int64)
    profiles = _without_slopes(panel, fit)
    width = _by_rule(profiles, alpha, rule) if isinstance(rule, str) else float(rule)
    if not width > 0 or not _distinct(alpha):
        return InferenceStatus.NO_BANDWIDTH
    design = known_curvature(panel.x, groups, len(alpha))
    curvature = design.copy()
    if len(alpha) > 1:
        _take_boundary(panel.x, profiles, alpha, width, curvature)
    scale = np.sqrt(np.diag(design))
    if not (scale > 0).all():
        return InferenceStatus.SINGULAR
    relative = curvature / scale / scale[:, None]
    if not np.isfinite(relative).all() or (math.isinf(width) and len(alpha) > 1):
        return InferenceStatus.NOT_FINITE
    factor = np.empty_like(relative)
    if not exceeds(relative, DEFINITE) or not factorize(relative, 0.0, factor):
        known_groups = exceeds(design / scale / scale[:, None], DEFINITE)
        return InferenceStatus.NOT_POSITIVE_DEFINITE if known_groups else InferenceStatus.SINGULAR
    spread = scores(panel.x, profiles, alpha, groups) / scale[:, None]
    solve_factorized(factor, spread)
    joint = gram(np.ascontiguousarray((spread / scale[:, None]).T))
    return joint if np.isfinite(joint).all() else InferenceStatus.NOT_FINITE


def _distinct(alpha: np.ndarray) -> bool:
    """Whether no two profiles (G, T) are the same."""
    squared = ((alpha[:, None, :] - alpha[None, :, :]) ** 2).sum(axis=2)
    return int((squared == 0.0).sum()) == len(alpha)


def _without_slopes(panel: Panel, fit: Fit) -> np.ndarray:
    """y_i - x_i theta, (N, T)."""
    profiles = panel.y.copy()
    for k, slope in enumerate(fit.theta):
        profiles -= slope * panel.x[:, :, k]
    return profiles


def _take_boundary(
    x: np.ndarray, profiles: np.ndarray, alpha: np.ndarray, width: float, curvature: np.ndarray
) -> None:
    """Take the curvature that is lost to changes of group from that with known groups."""
    nearest, distance = np.empty((len(x), 2), np.int64), np.empty(len(x))
    distances_between(profiles, alpha, nearest, distance)
    density = np.empty(len(x))
    normal_density(distance / width, density)
    lose_curvature(x, profiles, alpha, nearest, density / width, curvature)
