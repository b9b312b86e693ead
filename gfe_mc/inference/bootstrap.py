"""The bootstrap of units: the panel resampled and fitted again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require, require_whole
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.fit import Fit, Status
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.within import has_groups_and_slopes, require_fit_of
from gfe_mc.labels import matched
from gfe_mc.seeds import Streams


@dataclass(frozen=True)
class Bootstrap:
    """Covariance of GFE over panels whose units are drawn from the panel's with replacement.

    A unit that is drawn twice counts twice, as a weight: the same estimates as of the panel with
    the unit repeated, in less time. Profiles are matched to those of the fit by the assignment
    with the least sum of squared distances.

    Parameters
    ----------
    draws
        Number of resampled panels, B.
    search
        How the grouping of each is looked for.
    warm
        Whether each search also starts from the slopes and profiles of the fit.
    derived
        The error of a derived parameter: "draws", its standard deviation over the draws, or
        "delta", by the delta method from the covariance of the slopes.

    Notes
    -----
    Each draw has its own random stream, so that more draws leave the first ones as they are. The
    default search ends once the best objective was met twenty times. It starts from random
    groupings as well as from the fit: disturbing the fit alone would leave too many draws near
    it, and standard errors too small.

    References
    ----------
    Bonhomme and Manresa (2012), supplement S1.2; there with Algorithm 1 from 1,000 starts, which
    is `Bootstrap(search=MultiStart(1000), warm=False)`.
    """

    draws: int = 100
    search: Search = field(default_factory=lambda: Genetic(population=12, patience=80, hits=20))
    warm: bool = True
    derived: str = "draws"

    def __post_init__(self) -> None:
        require_whole("draws", self.draws, 2)
        require(
            callable(getattr(self.search, "run", None)),
            "`search` must be a search",
            repr(self.search),
            "Give Genetic(), VNS() or MultiStart()",
        )
        require(
            self.derived in ("draws", "delta"),
            "`derived` must be known",
            repr(self.derived),
            'Give "draws" or "delta"',
        )

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:
        """Resample, estimate, and take the covariance over draws, divisor B - 1.

        Draws without enough distinct units for the groups, or whose slopes are not identified,
        are left out, and the notes say how many they were.

        Raises
        ------
        InputError
            The panel is unbalanced, or the fit is of another one.
        """
        panel.require_balanced("The bootstrap")
        n_slopes = panel.shape[2]
        if fit.alpha is None or not has_groups_and_slopes(fit):
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        _require_own(panel, fit)
        streams = Streams.of(rng)
        draws = np.array([self._draw(panel, fit, streams(b)) for b in range(self.draws)])
        used = np.isfinite(draws).all(axis=1)
        if used.sum() < 2:
            return Covariance.failed(n_slopes, InferenceStatus.TOO_FEW_DRAWS)
        lost = int((~used).sum())
        joint = np.atleast_2d(np.cov(draws[used], rowvar=False))
        return Covariance(
            theta=joint[:n_slopes, :n_slopes],
            joint=joint,
            draws=draws[:, :n_slopes],
            by_draws=self.derived == "draws",
            notes=(f"{lost} of {self.draws} draws could not be estimated",) if lost else (),
        )

    def _draw(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> np.ndarray:
        """Slopes and profiles (K + G T,) of one resampled panel; NaN if they cannot be had."""
        assert fit.alpha is not None
        again = refit(panel, fit, self.search, rng, warm=self.warm)
        if again is None or again.alpha is None:
            return np.full(fit.theta.size + fit.alpha.size, np.nan)
        alpha = again.alpha[matched(fit.alpha, again.alpha)]
        return np.concatenate([again.theta, alpha.ravel()])


def refit(
    panel: Panel, fit: Fit, search: Search, rng: np.random.Generator, *, warm: bool
) -> Fit | None:
    """Fit one resampled panel; None if it has too few distinct units, or no slopes.

    Parameters
    ----------
    panel, fit
        The panel, and the fit of it.
    search
        How the grouping is looked for.
    rng
        Draws the units, then drives the search.
    warm
        Whether the search also starts from the fit.
    """
    assert fit.alpha is not None
    n_units, n_groups = panel.shape[0], len(fit.alpha)
    units, weights = np.unique(rng.integers(n_units, size=n_units), return_counts=True)
    resampled = Panel.from_arrays(panel.y[units], panel.x[units], regressors=panel.regressors)
    start = fit if warm else None
    try:
        again = GFE(n_groups, search).fit(resampled, rng, start=start, weights=weights)
    except InputError:  # Fewer distinct units than groups, or a regressor that is left constant.
        return None
    return again if again.status <= Status.ITERATION_LIMIT else None


def _require_own(panel: Panel, fit: Fit) -> None:
    """Refuse a fit of another panel, or of this one in deviations."""
    require_fit_of(panel, fit)
    gap = abs(float((fit.residuals(panel) ** 2).sum()) - fit.objective)
    rounding = 1e-13 * float(((panel.y - panel.y.mean()) ** 2).sum())
    require(
        not gap > 1e-6 * abs(fit.objective) + rounding,
        "The fit must be one of this panel",
        f"a sum of squared residuals that is {gap:.3g} from the fit's objective",
        "Give the panel that was fitted",
    )
