"""Standard errors of mixtures: the sandwich of unit scores, and the inverse information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require, require_generator, require_one_of
from gfe_mc.estimators.mixtures.reading import Reading, read
from gfe_mc.fit import Fit, MixtureFit, Status
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.sandwich import KINDS, from_scores
from gfe_mc.inference.within import has_slopes, rank_notes, require_fit_of, suggestion
from gfe_mc.kernels.linear import cross, gram, multiply
from gfe_mc.kernels.mixtures.arrays import Mixture, empty_mixture
from gfe_mc.kernels.mixtures.ascend import expect
from gfe_mc.kernels.mixtures.membership import membership_information, prior_of
from gfe_mc.kernels.slopes.products import unit_ssr

SAME = 1e-6
"""Part of an observation's log-likelihood by which that of the panel's own fit may differ."""


class Scores(NamedTuple):
    """Derivatives of the log-likelihood at a fit, in P parameters.

    Those are slopes that are not zero by assumption, coefficients of each component's profile,
    logarithms of variances, and the logit's coefficients on standardized characteristics.
    """

    scores: np.ndarray
    """(N, P) of each unit."""
    hessian: np.ndarray
    """(P, P) of all."""
    log_likelihood: float
    reading: Reading


@dataclass(frozen=True)
class MixtureErrors:
    """Covariance of a mixture's estimates, H the Hessian of its log-likelihood, s_i unit scores.

    Parameters
    ----------
    kind : str, default "sandwich"
        "sandwich": H^{-1} (sum_i s_i s_i') H^{-1}, clustered by unit, for errors that need be
        neither normal nor independent over time for it to be the variance of what is estimated.
        "information": -H^{-1}, for a mixture that is what it says.

    Notes
    -----
    Memberships and variances are estimated with the slopes, and the errors account for that; but
    where the logit has no maximum, its coefficients are held where they are, as a note says. The
    Hessian is analytical: with s_ig and H_ig those of a unit of component g, and r_ig memberships,
    H = sum_ig r_ig (H_ig + s_ig s_ig') - sum_i s_i s_i'.

    References
    ----------
    Louis (1982) for the Hessian; White (1982) for the sandwich.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, Mixture, MixtureErrors
    >>> panel = GroupedEffects(30, 6, 2, separation=4.0).draw(np.random.default_rng(0)).panel
    >>> fit = Mixture(groups=2, starts=5).fit(panel, np.random.default_rng(0))
    >>> errors = MixtureErrors("information").covariance(panel, fit, np.random.default_rng(0))
    >>> errors.standard_errors.round(2)
    array([0.08])
    >>> errors.membership.round(2)  # of the logit of probabilities
    array([[ nan],
           [0.37]])
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
            A fit of it by `Mixture`.
        rng : numpy.random.Generator
            Required of every inference method; nothing is drawn from it.

        Raises
        ------
        InputError
            The fit is of another panel, or no mixture.
        """
        require_generator(rng)
        n_slopes = panel.shape[2]
        if not has_slopes(fit):
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        if not isinstance(fit, MixtureFit):
            raise InputError(
                "MixtureErrors is for mixtures", f"a fit of {fit.description}", suggestion(fit)
            )
        require_fit_of(panel, fit)
        if not np.isfinite(fit.alpha).all():
            return Covariance.failed(n_slopes, InferenceStatus.NOT_FINITE)
        found = scores_of(panel, fit)
        require(
            abs(found.log_likelihood - fit.log_likelihood) <= SAME * panel.y.size,
            "The fit must be one of this panel",
            f"a log-likelihood of {fit.log_likelihood:.6g} that is {found.log_likelihood:.6g} "
            "at the panel",
            "Give the panel that was fitted",
        )
        notes = rank_notes(panel.shape[0], len(found.hessian)) if self.kind == "sandwich" else ()
        held = fit.status == Status.MEMBERSHIP_SEPARATED
        if held:
            found = _without_logit(found, len(fit.gamma))
            notes += ("characteristics tell a component apart: the logit is held where it is",)
        variance = from_scores(found.scores, -found.hessian, self.kind)
        if isinstance(variance, InferenceStatus):
            return Covariance.failed(n_slopes, variance)
        reader = _reader(found.reading, len(fit.alpha), n_slopes)
        # The variance is symmetric: what it is read by comes first, which is mostly zeros.
        own = np.ascontiguousarray(variance[: reader.shape[1], : reader.shape[1]])
        joint = multiply(reader, np.ascontiguousarray(multiply(reader, own).T))
        errors = _membership_errors(found.reading, variance, len(fit.alpha), with_logit=not held)
        return Covariance.of_joint(joint, n_slopes, notes, membership=errors)


def scores_of(panel: Panel, fit: MixtureFit) -> Scores:
    """Compute scores and Hessian of the log-likelihood at the parameters of a fit.

    Parameters
    ----------
    panel : Panel
        The panel that was fitted.
    fit : MixtureFit
        Of its estimates theta, alpha, sigma2 and gamma are used, and what it says of its model.
    """
    reading = read(
        panel,
        unit_effects=fit.model.unit_effects,
        characteristics=fit.characteristics,
        membership_only=fit.membership_only,
    )
    data, made = reading.data, reading.made
    n_groups, own = len(fit.alpha), made.own
    now = empty_mixture(data, n_groups)
    theta = fit.theta[reading.used]
    # Of centred series, on functions of time that are orthonormal.
    patterns = multiply(np.ascontiguousarray(fit.alpha), made.psi) - made.lost[-1]
    for k, slope in enumerate(theta):
        patterns = patterns + slope * made.lost[k]
    now.slopes.beta[:, :own], now.slopes.beta[:, own:] = patterns, theta
    now.variances[:] = fit.sigma2
    now.gamma[:] = _standardized(fit.gamma, reading.scale)
    prior_of(data.w, now.gamma, now.shares, now.log_prior)
    for i in range(len(data.products)):
        for g in range(n_groups):
            now.distances[i, g] = unit_ssr(data.products, i, now.slopes.beta, g)
    log_likelihood = expect(data, now)
    scores, hessian = _derivatives(reading, now, by_group=fit.variance == "group")
    return Scores(scores, hessian, log_likelihood, reading)


def _derivatives(
    reading: Reading, now: Mixture, *, by_group: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Compute unit scores (N, P) and the Hessian (P, P) at parameters that are in place."""
    products, own, cells, w = reading.data
    n_units, n_series, _ = products.shape
    n_groups, size = now.gamma.shape
    last, n_common = n_series - 1, n_series - 1 - own
    n_variances = n_groups if by_group else 1
    first_variance = n_common + n_groups * own
    first_gamma = first_variance + n_variances
    n_parameters = first_gamma + (n_groups - 1) * size
    prior = np.exp(now.log_prior)
    scores = np.zeros((n_units, n_parameters))
    hessian = np.zeros((n_parameters, n_parameters))
    flat = products.reshape(n_units, n_series * n_series)
    for g in range(n_groups):
        share, variance = now.shares[:, g], now.variances[g]
        coefficients = np.append(-now.slopes.beta[g], 1.0)[:, None]
        # What each column has in common with the residuals.
        left = multiply(products.reshape(n_units * n_series, n_series), coefficients)
        left = left.reshape(n_units, n_series)[:, :last] / variance
        common, profile = slice(0, n_common), slice(n_common + g * own, n_common + (g + 1) * own)
        place = first_variance + (g if by_group else 0)
        of_group = np.zeros((n_units, n_parameters))
        of_group[:, common], of_group[:, profile] = left[:, own:], left[:, :own]
        of_group[:, place] = (now.distances[:, g] / variance - cells) / 2.0
        for h in range(1, n_groups):
            at = slice(first_gamma + (h - 1) * size, first_gamma + h * size)
            of_group[:, at] = (float(g == h) - prior[:, h])[:, None] * w
        scores += share[:, None] * of_group
        hessian += gram(np.sqrt(share)[:, None] * of_group)
        # Of a unit that is known to be of the component.
        weight = np.ascontiguousarray(share[:, None] / variance)
        inner = cross(weight, flat).reshape(n_series, n_series)
        hessian[common, common] -= inner[own:last, own:last]
        hessian[profile, profile] -= inner[:own, :own]
        hessian[common, profile] -= inner[own:last, :own]
        hessian[profile, common] -= inner[:own, own:last]
        mixed = cross(np.ascontiguousarray(share[:, None]), np.ascontiguousarray(left))[0]
        for part, values in ((common, mixed[own:]), (profile, mixed[:own])):
            hessian[place, part] -= values
            hessian[part, place] -= values
        hessian[place, place] -= float((share * now.distances[:, g]).sum()) / (2.0 * variance)
    logit = np.zeros((n_parameters - first_gamma, n_parameters - first_gamma))
    if n_groups > 1:
        membership_information(w, now.log_prior, logit)
    hessian[first_gamma:, first_gamma:] -= logit
    return scores, hessian - gram(scores)


def _standardized(gamma: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Coefficients on standardized characteristics (G, L) of those on characteristics."""
    # gamma' = scale gamma~', which is upper triangular: a constant, and one spread each.
    spread = np.diag(scale)
    standardized = gamma / spread
    standardized[:, 0] = gamma[:, 0] - (standardized[:, 1:] * scale[0, 1:]).sum(axis=1)
    return np.asarray(standardized)


def _without_logit(found: Scores, n_groups: int) -> Scores:
    """Scores and Hessian in all parameters but the logit's coefficients."""
    kept = len(found.hessian) - (n_groups - 1) * found.reading.data.w.shape[1]
    hessian = np.ascontiguousarray(found.hessian[:kept, :kept])
    return found._replace(scores=np.ascontiguousarray(found.scores[:, :kept]), hessian=hessian)


def _reader(reading: Reading, n_groups: int, n_slopes: int) -> np.ndarray:
    """What makes (theta, alpha) of the parameters but for a constant, (K + G T, P)."""
    made, used = reading.made, reading.used
    psi, own, n_common = made.psi, made.own, len(used)
    n_periods = len(psi)
    n_all = n_common + n_groups * own
    read_by = np.zeros((n_slopes + n_groups * n_periods, n_all))
    read_by[used, np.arange(n_common)] = 1.0
    lost = multiply(np.ascontiguousarray(made.lost[:-1]), np.ascontiguousarray(psi.T))
    for g in range(n_groups):
        rows = slice(n_slopes + g * n_periods, n_slopes + (g + 1) * n_periods)
        read_by[rows, :n_common] = -lost.T
        read_by[rows, n_common + g * own : n_common + (g + 1) * own] = psi
    return read_by


def _membership_errors(
    reading: Reading, variance: np.ndarray, n_groups: int, *, with_logit: bool
) -> np.ndarray:
    """Standard errors (G, L) of the logit's coefficients, NaN for the first and if held."""
    size = reading.data.w.shape[1]
    errors = np.full((n_groups, size), np.nan)
    first = len(variance) - (n_groups - 1) * size
    if not with_logit:
        return errors
    for g in range(1, n_groups):
        at = slice(first + (g - 1) * size, first + g * size)
        own = multiply(reading.scale, np.ascontiguousarray(variance[at, at]))
        errors[g] = np.sqrt(np.diag(multiply(own, np.ascontiguousarray(reading.scale.T))))
    return errors
