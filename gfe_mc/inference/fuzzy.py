"""Standard errors of fuzzy clustering regression: the sandwich of its moment conditions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require, require_flags, require_generator
from gfe_mc.fit import Fit, positions
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.objective import require_objective
from gfe_mc.inference.within import has_slopes, require_fit_of, singleton_notes, suggestion
from gfe_mc.kernels.inference import soft_groups
from gfe_mc.kernels.linear import exceeds, factorize, gram, multiply, solve_factorized

LEAST = 1e-12
"""A membership below this adds nothing that could be seen."""
HARD = 1e-3
"""Units whose largest membership is within this of one are not between groups."""


@dataclass(frozen=True)
class FuzzySandwich:
    """Sandwich covariance H^{-1} V H^{-1} of fuzzy clustering regression, H the Hessian.

    With s_i the score of a unit, V = sum_i s_i s_i', and

        H = sum_i {2 sum_g mu_ig^m J_ig'J_ig - (m / (m - 1)) L_i Var_mu(u_ig)},

    J_ig the derivative of unit i's residuals in the coefficients, u_ig that of log d_ig, and
    Var_mu the variance over groups with the memberships as weights. Where m is near 1 and no unit
    lies between two groups, the second term vanishes, and the errors are those of the large-T
    formula: they do not account for units that may be in a wrong group.

    Parameters
    ----------
    unit_effects : bool, default False
        Whether the fit has fixed effects of units. A fit whose model has them is taken so in any
        case.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), proposition 3; the Hessian in the form
    above corrects two printed entries of their appendix C.2.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import FCR, FuzzySandwich, GroupedEffects
    >>> panel = GroupedEffects(30, 6, 2, separation=4.0).draw(np.random.default_rng(0)).panel
    >>> fit = FCR(groups=2, m=1.5).fit(panel, np.random.default_rng(0))
    >>> errors = FuzzySandwich().covariance(panel, fit, np.random.default_rng(0))
    >>> errors.standard_errors.round(2), errors.joint.shape
    (array([0.07]), (13, 13))
    """

    unit_effects: bool = False

    def __post_init__(self) -> None:
        require_flags(self, "unit_effects")

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
            The panel is unbalanced, or the fit is of another one, or has no soft groups.
        """
        require_generator(rng)
        gaps = int(np.count_nonzero(~panel.observed))
        require(
            gaps == 0,
            "FuzzySandwich needs a balanced panel",
            f"{gaps} of {panel.observed.size} unit-periods missing",
            "Use Bootstrap, which makes the fit again, or keep the units that are always observed",
        )
        n_slopes = panel.shape[2]
        if not has_slopes(fit):
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        require(
            fit.model.soft and not fit.model.mixture,
            "FuzzySandwich is for soft groups",
            f"a fit of {fit.description}",
            suggestion(fit),
        )
        assert fit.alpha is not None
        assert fit.memberships is not None
        require_fit_of(panel, fit)
        unit_effects = self.unit_effects or fit.model.unit_effects
        seen = panel.within_units() if unit_effects else panel
        require_objective(seen, fit)
        scores, hessian = scores_and_hessian(seen, fit)
        if not (np.isfinite(hessian).all() and np.isfinite(scores).all()):
            return Covariance.failed(n_slopes, InferenceStatus.NOT_FINITE)
        scale = np.sqrt(np.maximum(np.diag(hessian), 0.0))
        if not (scale > 0).all():
            return Covariance.failed(n_slopes, InferenceStatus.NOT_POSITIVE_DEFINITE)
        scaled = hessian / scale / scale[:, None]
        factor = np.empty_like(scaled)
        if not exceeds(scaled, 1e-12) or not factorize(scaled, 0.0, factor):
            return Covariance.failed(n_slopes, InferenceStatus.NOT_POSITIVE_DEFINITE)
        spread = np.ascontiguousarray((scores / scale).T)
        solve_factorized(factor, spread)
        variance = gram(np.ascontiguousarray((spread / scale[:, None]).T))
        read = _reader(fit, panel)
        # The variance is symmetric: what it is read by comes first, which is mostly zeros.
        joint = multiply(read, np.ascontiguousarray(multiply(read, variance).T))
        counts = (fit.memberships > LEAST).sum(axis=0)
        missing = n_slopes + np.flatnonzero(np.repeat(counts == 1, panel.shape[1]))
        joint[missing, :] = np.nan
        joint[:, missing] = np.nan
        largest = fit.memberships.max(axis=1)
        notes = singleton_notes(counts)
        if (largest > 1 - HARD).all() and len(fit.alpha) > 1:
            notes += ("no unit is between groups: the errors are those of groups that are known",)
        own = np.sqrt(np.diag(joint)[:n_slopes])
        slopes = _slope_errors(fit, panel, variance, own)
        return Covariance.of_joint(joint, n_slopes, notes, group_slopes=slopes)


def scores_and_hessian(panel: Panel, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Compute the scores of units (N, P) and the Hessian (P, P) of the objective at a fit.

    Parameters are alpha (G T), group-specific slopes (G, q) and common slopes.
    """
    assert fit.alpha is not None
    assert fit.memberships is not None
    assert fit.fuzziness is not None
    beta = fit.beta if fit.beta is not None else np.tile(fit.theta, (len(fit.alpha), 1))
    return soft_groups.scores_and_hessian(
        panel.y,
        panel.x,
        np.ascontiguousarray(fit.alpha, np.float64),
        np.ascontiguousarray(beta, np.float64),
        np.ascontiguousarray(fit.memberships, np.float64),
        float(fit.fuzziness),
        LEAST,
        *_own_and_common(fit, panel),
    )


def _own_and_common(fit: Fit, panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the slopes that differ between groups, and of the others."""
    own = np.array(positions(panel, fit.model.group_slopes), np.int64)
    return own, np.setdiff1d(np.arange(panel.shape[2]), own)


def _slope_errors(
    fit: Fit, panel: Panel, variance: np.ndarray, of_theta: np.ndarray
) -> np.ndarray | None:
    """Standard errors of the slopes of groups (G, K), if they differ; common ones as of theta."""
    own, _ = _own_and_common(fit, panel)
    if fit.beta is None or not own.size:
        return None
    n_groups, first = len(fit.beta), len(fit.beta) * panel.shape[1]
    errors = np.tile(of_theta, (n_groups, 1))
    found = np.sqrt(np.diag(variance)[first : first + n_groups * len(own)])
    errors[:, own] = found.reshape(n_groups, len(own))
    return errors


def _reader(fit: Fit, panel: Panel) -> np.ndarray:
    """What makes (theta, alpha) of the parameters, (K + G T, P)."""
    assert fit.alpha is not None
    assert fit.groups is not None
    n_groups, n_periods, n_slopes = len(fit.alpha), panel.shape[1], len(fit.theta)
    own, common = _own_and_common(fit, panel)
    shares = np.bincount(fit.groups, minlength=n_groups) / len(fit.groups)
    first_own, first_common = n_groups * n_periods, n_groups * (n_periods + len(own))
    read = np.zeros((n_slopes + n_groups * n_periods, first_common + len(common)))
    read[n_slopes:, : n_groups * n_periods] = np.eye(n_groups * n_periods)
    for j, k in enumerate(own):
        read[k, first_own + np.arange(n_groups) * len(own) + j] = shares
    for j, k in enumerate(common):
        read[k, first_common + j] = 1.0
    return read
