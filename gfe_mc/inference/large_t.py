"""Variances for many units and periods: as if the groups were known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require, require_flags, require_generator, require_one_of
from gfe_mc.estimators.profiles.stack import COLLINEAR
from gfe_mc.fit import Fit
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.linear_groups import influences
from gfe_mc.inference.objective import require_objective
from gfe_mc.inference.within import (
    Within,
    has_slopes,
    in_deviations,
    rank_notes,
    require_fit_of,
    require_profiles,
    singleton_notes,
    within,
)
from gfe_mc.kernels.inference.known_groups import influence, lagged, period_variation
from gfe_mc.kernels.linear import cross, exceeds, gram, inverse

ERRORS = ("clustered", "white", "newey_west")
SMALL_SAMPLE = ("none", "NT-GT-K", "cluster")
PROFILES = ("joint", "given_theta")
DEVIATIONS = (
    "the panel has unit means of zero, and the fit no unit effects: if it was taken in "
    "deviations, fit the panel itself, with unit_effects=True, so that they are counted"
)


@dataclass(frozen=True)
class LargeT:
    """Large-T sandwich covariance: least squares with group-period effects, groups as known.

    Parameters
    ----------
    errors : str, default "clustered"
        "clustered": any dependence over the periods of a unit, equation (23). "white":
        independent over periods, of any variance. "newey_west": dependence that dies out, with
        Bartlett weights 1 - l / (lags + 1).
    lags : int, optional
        Of "newey_west"; None for the whole part of 4 (T / 100)^(2/9), at most T - 1.
    small_sample : str, default "none"
        "none": as in the equations. "NT-GT-K": variances times NT / (NT - GT - K), as in the
        printed tables of the application. "cluster": times N / (N - 1) (NT - 1) / (NT - GT - K).
        Levels within groups are parameters as well, one less than there are in each group.
        With unit effects, both divisors are less by N - G: in each group, the effects of its units
        add up to what its profile may add to all periods. With gaps NT is the number of
        observations, and with slopes by group or time bases GT + K that of their coefficients.
    profiles : str, default "joint"
        "joint": the covariance of the profiles takes the estimation of theta into account.
        "given_theta": it does not, as in equation (22), and is zero between profiles and theta.
    unit_effects : bool, default False
        Whether the fit is one of the panel in deviations from unit means. A fit whose model has
        unit effects is taken so in any case.

    Notes
    -----
    With soft memberships, units count as members of the group of their largest share.

    References
    ----------
    Bonhomme and Manresa (2012), equations (22) and (23).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, LargeT
    >>> panel = GroupedEffects(30, 6, 2, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=2).fit(panel, np.random.default_rng(0))
    >>> plain = LargeT().covariance(panel, fit, np.random.default_rng(0))
    >>> plain.standard_errors.round(2), plain.profile_errors(2, 6).shape
    (array([0.07]), (2, 6))
    >>> scaled = LargeT(small_sample="NT-GT-K").covariance(panel, fit, np.random.default_rng(0))
    >>> round((scaled.theta / plain.theta).item(), 4), round(180 / (180 - 12 - 1), 4)
    (1.0778, 1.0778)
    """

    errors: str = "clustered"
    lags: int | None = None
    small_sample: str = "none"
    profiles: str = "joint"
    unit_effects: bool = False

    def __post_init__(self) -> None:
        for name, known in (
            ("errors", ERRORS),
            ("small_sample", SMALL_SAMPLE),
            ("profiles", PROFILES),
        ):
            require_one_of(name, getattr(self, name), known)
        require_flags(self, "unit_effects")
        if isinstance(self.lags, np.integer):
            object.__setattr__(self, "lags", int(self.lags))
        whole = isinstance(self.lags, int) and not isinstance(self.lags, bool)
        require(
            self.lags is None or (self.errors == "newey_west" and whole and self.lags >= 0),
            '`lags` is a whole number from 0, and of errors="newey_west" alone',
            f'{self.lags} with errors="{self.errors}"',
            "Leave it out, or choose newey_west",
        )

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
            The panel.
        fit : Fit
            The fit of it.
        rng : numpy.random.Generator
            Required of every inference method; nothing is drawn from it.

        Raises
        ------
        InputError
            The panel has no more periods than `lags`, or is not the fitted one; the fit's model
            has no profiles over time; or an option is not for it.
        """
        require_generator(rng)
        n_units, n_periods, n_slopes = panel.shape
        if not has_slopes(fit):
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        require_profiles("LargeT", fit)
        require_fit_of(panel, fit)
        if not panel.balanced or fit.model.group_slopes or fit.model.time_basis is not None:
            return self._linear(panel, fit)
        if n_units <= n_slopes and self.errors != "white":
            return Covariance.failed(n_slopes, InferenceStatus.TOO_FEW_UNITS)
        unit_effects = self.unit_effects or fit.model.unit_effects
        as_seen = panel.within_units() if unit_effects else panel
        require_objective(as_seen, fit)
        seen = within(as_seen, fit)
        n_parameters = len(seen.counts) * n_periods + n_slopes
        n_parameters += n_units - len(seen.counts) if unit_effects else 0
        n_parameters += sum(fit.model.levels) - len(fit.model.levels)
        factor = self._factor(n_units, n_units * n_periods, n_parameters)
        if not factor > 0:
            return Covariance.failed(n_slopes, InferenceStatus.NO_FREEDOM)
        with np.errstate(over="ignore", invalid="ignore"):  # The status says it.
            bread = gram(seen.x.reshape(n_units * n_periods, n_slopes))
            if not np.isfinite(bread).all():
                return Covariance.failed(n_slopes, InferenceStatus.NOT_FINITE)
            if not _invertible(bread, panel):
                return Covariance.failed(n_slopes, InferenceStatus.SINGULAR)
            joint = factor * self._meat(seen, inverse(bread))
        if not np.isfinite(joint).all():
            return Covariance.failed(n_slopes, InferenceStatus.NOT_FINITE)
        if self.profiles == "given_theta":
            joint[:n_slopes, n_slopes:] = 0.0
            joint[n_slopes:, :n_slopes] = 0.0
        alone = np.repeat(seen.counts <= 1, n_periods)
        missing = n_slopes + np.flatnonzero(alone)
        joint[missing, :] = np.nan
        joint[:, missing] = np.nan
        clustered = self.errors == "clustered"
        notes = rank_notes(n_units, len(joint)) if clustered else ()
        if not unit_effects and self.small_sample != "none" and in_deviations(panel):
            notes += (DEVIATIONS,)
        return Covariance.of_joint(joint, n_slopes, singleton_notes(seen.counts) + notes)

    def _linear(self, panel: Panel, fit: Fit) -> Covariance:
        """Covariance where there are gaps, slopes by group or patterns over time."""
        require(
            self.profiles == "joint" and self.unit_effects in (False, fit.model.unit_effects),
            "With gaps, slopes by group or time bases, LargeT does what the fit's model says",
            f"profiles={self.profiles!r} and unit_effects={self.unit_effects}",
            "Leave both out",
        )
        n_units, n_periods, n_slopes = panel.shape
        if n_units <= n_slopes and self.errors != "white":
            return Covariance.failed(n_slopes, InferenceStatus.TOO_FEW_UNITS)
        require_objective(fit.seen(panel), fit)
        found = influences(panel, fit)
        if found is None:
            return Covariance.failed(n_slopes, InferenceStatus.SINGULAR)
        n_parameters = found.n_parameters + (n_units if fit.model.unit_effects else 0)
        factor = self._factor(n_units, int(np.count_nonzero(panel.observed)), n_parameters)
        if not factor > 0:
            return Covariance.failed(n_slopes, InferenceStatus.NO_FREEDOM)
        clustered = self.errors == "clustered"
        added = found.added
        if clustered:
            added = added.reshape(n_units, n_periods, -1).sum(axis=1)
        joint = gram(added)
        if self.errors == "newey_west":
            product = cross(added, lagged(added, n_periods, self._lags(n_periods)))
            joint += product + product.T
        joint *= factor
        assert fit.groups is not None
        counts = np.bincount(fit.groups, minlength=fit.n_groups or 0)
        first = n_slopes + len(counts) * n_periods
        alone = n_slopes + np.flatnonzero(np.repeat(counts <= 1, n_periods))
        joint[alone, :] = np.nan
        joint[:, alone] = np.nan
        notes = singleton_notes(counts)
        notes += rank_notes(n_units, found.n_parameters) if clustered else ()
        slopes = None
        if fit.model.group_slopes:
            with np.errstate(invalid="ignore"):
                slopes = np.sqrt(np.diag(joint)[first:]).reshape(len(counts), n_slopes)
        joint = np.ascontiguousarray(joint[:first, :first])
        if not np.isfinite(joint[:n_slopes, :n_slopes]).all():
            return Covariance.failed(n_slopes, InferenceStatus.NOT_FINITE)
        return Covariance.of_joint(joint, n_slopes, notes, group_slopes=slopes)

    def _factor(self, n_units: int, size: int, n_parameters: int) -> float:
        """What the variances are multiplied by; zero if there are no degrees of freedom."""
        freedom = size - n_parameters
        if freedom <= 0:
            return 0.0
        if self.small_sample == "NT-GT-K":
            return size / freedom
        if self.small_sample == "cluster":
            return n_units / (n_units - 1) * (size - 1) / freedom
        return 1.0

    def _meat(self, seen: Within, inverted: np.ndarray) -> np.ndarray:
        """Sum the products of influences that may be dependent: (K + G T, K + G T)."""
        together, joint = self.errors == "clustered", self.profiles == "joint"
        added = influence(
            *(seen.x, seen.residuals, inverted, seen.groups, seen.counts, seen.means),
            together=together,
            joint=joint,
        )
        meat = gram(added)
        if self.errors == "newey_west":
            n_periods = seen.residuals.shape[1]
            product = cross(added, lagged(added, n_periods, self._lags(n_periods)))
            meat += product + product.T
        return np.asarray(meat)

    def _lags(self, n_periods: int) -> int:
        if self.lags is None:
            return min(_whole_lags(n_periods), n_periods - 1)
        require(
            self.lags < n_periods,
            "There must be fewer lags than periods",
            f"{self.lags} lags in {n_periods} periods",
            f"Give at most {n_periods - 1}",
        )
        return self.lags


def _whole_lags(n_periods: int) -> int:
    """The whole part of 4 (T / 100)^(2/9), in whole numbers: the largest l with (l / 4)^9 within.

    A power of floating point numbers may be below or above a whole one, by the processor.
    """
    lags = 0
    while (lags + 1) ** 9 * 100**2 <= n_periods**2 * 4**9:
        lags += 1
    return lags


def _invertible(bread: np.ndarray, panel: Panel) -> bool:
    """Whether every regressor keeps variation within groups and periods, given the others."""
    total = period_variation(panel.x)
    if not (total > 0).all():
        return False
    scale = np.sqrt(total)
    relative = bread / np.outer(scale, scale)
    return exceeds(relative, COLLINEAR)
