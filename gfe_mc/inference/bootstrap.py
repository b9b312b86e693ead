"""The bootstrap of units: the panel resampled and fitted again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    InputError,
    keep_whole,
    require,
    require_flags,
    require_generator,
    require_one_of,
)
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.jackknife import HalfPanelJackknife
from gfe_mc.estimators.profiles.prior import as_prior
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.estimators.profiles.two_layers import TwoLayerGFE, require_layers
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import Fit, LossFit
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.objective import require_objective
from gfe_mc.inference.within import has_slopes, require_fit_of
from gfe_mc.kernels.linear import covariance_of
from gfe_mc.labels import matched
from gfe_mc.seeds import Streams

_WEIGHTED = (GFE, TwoLayerGFE, HalfPanelJackknife)
"""Estimators whose units can count several times, and that search as the bootstrap says."""
_FAR = 10.0
"""Profile values in an index that are infinite are matched as if they were this."""


@dataclass(frozen=True)
class Bootstrap:
    """Unit bootstrap: covariance of an estimator over panels of units drawn with replacement.

    What is fitted again is the estimator of the fit; where a criterion or a test chose the number
    of groups, at that number. For GFE, of one layer or two, and its half-panel jackknife, a unit
    that is drawn twice counts twice, as a weight: the same estimates as of the panel with the unit
    repeated, in less time. Other estimators are given the panel with units repeated. Groups are
    matched to those of the fit by the assignment with the least sum of squared distances between
    their profiles, or their slopes where they have no profiles, and in two layers only with those
    of as many levels; known groups keep their numbers.

    Parameters
    ----------
    draws : int, default 100
        Number of resampled panels, B.
    search : Search, default Genetic(population=12, patience=80, hits=20)
        How the grouping of each is looked for by GFE; other estimators search as they did.
    warm : bool, default True
        Whether each search of GFE also starts from the slopes and profiles of the fit.
    derived : str, default "draws"
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

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, Bootstrap, GroupedEffects
    >>> panel = GroupedEffects(40, 6, 2, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=2).fit(panel, np.random.default_rng(0))
    >>> errors = Bootstrap(draws=20).covariance(panel, fit, np.random.default_rng(1))
    >>> errors.draws.shape, errors.status.name
    ((20, 1), 'SUCCESS')
    >>> np.isclose(errors.standard_errors[0], errors.draws.std(ddof=1)).item()
    True
    """

    draws: int = 100
    search: Search = field(default_factory=lambda: Genetic(population=12, patience=80, hits=20))
    warm: bool = True
    derived: str = "draws"

    def __post_init__(self) -> None:
        keep_whole(self, draws=2)
        require_search(self.search, profiles=True)
        require_flags(self, "warm")
        require_one_of("derived", self.derived, ("draws", "delta"))

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:
        """Estimate the covariance over draws of units, with divisor B - 1.

        Draws without enough distinct units for the groups, or whose slopes are not identified,
        are left out, and the notes say how many they were. The joint covariance is of theta and
        the profiles of groups, or their slopes where they have no profiles.

        Parameters
        ----------
        panel : Panel
            The panel.
        fit : Fit
            The fit of it, which says its `estimator`.
        rng : numpy.random.Generator
            Source of the random streams of the draws.

        Raises
        ------
        InputError
            The fit is of another panel, or does not say what made it.
        """
        require_generator(rng)
        n_slopes = panel.shape[2]
        if not has_slopes(fit):
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        estimator = _refitter(fit, self.search)  # Refuses what cannot be made again.
        require_fit_of(panel, fit)
        require_objective(fit.seen(panel), fit)
        streams = Streams.of(rng)
        draws = np.array([self._draw(panel, fit, estimator, streams(b)) for b in range(self.draws)])
        free = np.isfinite(_estimates(fit, np.arange(fit.n_groups or 0)))
        if not panel.balanced or isinstance(fit, LossFit):
            # Periods of a group in which a draw observes nothing, or nothing but outcomes at an
            # extreme, have no errors.
            sound = np.isfinite(draws[:, :n_slopes]).all(axis=1)
            free &= np.isfinite(draws[sound]).all(axis=0)
        used = np.isfinite(draws if free.all() else draws[:, free]).all(axis=1)
        if used.sum() < 2:
            return Covariance.failed(n_slopes, InferenceStatus.TOO_FEW_DRAWS)
        lost = int((~used).sum())
        notes: tuple[str, ...] = ()
        if lost:
            notes += (f"{lost} of {self.draws} draws could not be estimated",)
        if hasattr(fit.estimator, "held"):
            notes += (f"the number of groups is held at {fit.n_groups}",)
        joint, slopes = _moments(draws[used], free, fit)
        return Covariance(
            theta=joint[:n_slopes, :n_slopes],
            joint=joint if len(joint) > n_slopes or fit.alpha is not None else None,
            draws=draws[:, :n_slopes],
            by_draws=self.derived == "draws",
            notes=notes,
            group_slopes=slopes,
        )

    def _draw(self, panel: Panel, fit: Fit, estimator: Any, rng: np.random.Generator) -> np.ndarray:
        """Estimates (P,) of one resampled panel, as `_estimates`; NaN if they cannot be had."""
        again, units = _refit(panel, fit, estimator, rng, warm=self.warm)
        order = None if again is None else _match(fit, again, units)
        if again is None or order is None:
            return np.full(len(_estimates(fit, np.arange(fit.n_groups or 0))), np.nan)
        return _estimates(again, order)


def refitted(fit: Fit) -> Any:
    """Return the estimator that is to be fitted again, the number of groups held if it was chosen.

    Raises
    ------
    InputError
        The fit does not say what made it, or that cannot fit a panel.
    """
    estimator = fit.estimator
    require(
        callable(getattr(estimator, "fit", None)),
        "The bootstrap makes a fit again, by the estimator that made it",
        f"a fit whose `estimator` is {estimator!r}",
        "Return Fit(..., estimator=self) from your estimator, or use LargeT, FixedT or a method "
        "of your own",
    )
    held = getattr(estimator, "held", None)
    return estimator if held is None else held(fit.n_groups)


def refit(
    panel: Panel, fit: Fit, search: Search, rng: np.random.Generator, *, warm: bool
) -> Fit | None:
    """Estimate on one resampled panel; None if it has too few distinct units, or no slopes.

    Parameters
    ----------
    panel : Panel
        The panel.
    fit : Fit
        The fit of it.
    search : Search
        How GFE looks for the grouping.
    rng : numpy.random.Generator
        Draws the units, then drives the search.
    warm : bool
        Whether GFE's search also starts from the fit.
    """
    return _refit(panel, fit, _refitter(fit, search), rng, warm=warm)[0]


def _refitter(fit: Fit, search: Search) -> Any:
    """As `refitted`; a GFE estimator looks for the grouping by another search."""
    estimator = refitted(fit)
    if type(estimator) is TwoLayerGFE:
        require_layers(search)
    return _with(estimator, search=search) if type(estimator) in _WEIGHTED else estimator


def _with(estimator: Any, **options: Any) -> Any:
    """Return an estimator with other options; the jackknife has those of what it corrects."""
    if type(estimator) is HalfPanelJackknife:
        return replace(estimator, estimator=replace(estimator.estimator, **options))
    return replace(estimator, **options)


def _refit(
    panel: Panel, fit: Fit, estimator: Any, rng: np.random.Generator, *, warm: bool
) -> tuple[Fit | None, np.ndarray]:
    """As `refit` by an estimator, with the positions of the resampled panel's units."""
    n_units = panel.shape[0]
    drawn = rng.integers(n_units, size=n_units)
    try:
        if type(estimator) in _WEIGHTED:
            counts = np.bincount(drawn, minlength=n_units)
            drawn = np.flatnonzero(counts)
            prior = as_prior(getattr(estimator, "prior", None))
            if prior is not None:
                estimator = _with(estimator, prior=prior.of_units(panel, drawn))
            start, weights = fit if warm else None, counts[drawn]
            again: Fit = estimator.fit(panel.resampled(drawn), rng, start=start, weights=weights)
        else:
            # An estimator for given groups has one of its own for every choice of units.
            of_units = getattr(estimator, "of_units", None)
            estimator = estimator if of_units is None else of_units(drawn)
            again = estimator.fit(panel.resampled(drawn), rng)
    except InputError:  # Fewer distinct units than groups, or a regressor that is left constant.
        return None, drawn
    return (again if again.status.usable else None), drawn


def _match(fit: Fit, again: Fit, units: np.ndarray) -> np.ndarray | None:
    """Which group of another fit goes with each group of the fit, (G,); None if there are fewer."""
    n_groups = fit.n_groups or 0
    if n_groups == 0 or fit.units_alone:
        return np.arange(n_groups)
    if again.n_groups is None or again.n_groups < n_groups:
        return None
    prior = getattr(fit.estimator, "prior", None)
    if prior is not None and prior.names_groups:
        return np.arange(n_groups)
    if hasattr(fit.estimator, "of_units"):
        assert fit.groups is not None
        assert again.groups is not None
        return again.groups[[int(np.argmax(fit.groups[units] == g)) for g in range(n_groups)]]
    if fit.alpha is not None and again.alpha is not None and fit.model.levels:
        order, levels = np.arange(n_groups), np.array(fit.model.levels)
        for alike in (np.flatnonzero(levels == size) for size in np.unique(levels)):
            order[alike] = alike[matched(fit.alpha[alike], again.alpha[alike])]
        return order
    if isinstance(fit, LossFit) and isinstance(again, LossFit):
        known = ~(np.isnan(fit.alpha).any(axis=0) | np.isnan(again.alpha).any(axis=0))
        return matched(*(np.clip(one.alpha[:, known], -_FAR, _FAR) for one in (fit, again)))
    if fit.alpha is not None and again.alpha is not None:
        known = np.isfinite(fit.alpha).all(axis=0) & np.isfinite(again.alpha).all(axis=0)
        return matched(fit.alpha[:, known], again.alpha[:, known])
    if fit.beta is not None and again.beta is not None:
        free = np.isfinite(fit.beta).all(axis=0)
        return matched(fit.beta[:, free], again.beta[:, free])
    return np.arange(n_groups)


def _estimates(fit: Fit, order: np.ndarray) -> np.ndarray:
    """Theta, then profiles and slopes of the groups in an order, those that there are: (P,)."""
    parts = [fit.theta]
    # A group that is one unit is not there again in a resampled panel.
    if not fit.units_alone:
        parts += [by.ravel() for by in (_in(fit.alpha, order), _in(fit.beta, order))]
    return np.concatenate(parts)


def _in(by_group: np.ndarray | None, order: np.ndarray) -> np.ndarray:
    return np.zeros(0) if by_group is None else by_group[order]


def _moments(draws: np.ndarray, free: np.ndarray, fit: Fit) -> tuple[np.ndarray, np.ndarray | None]:
    """Covariance of theta and profiles, or slopes, and errors (G, K) of the slopes of groups."""
    if free.all():
        joint = covariance_of(draws)
    else:
        joint = np.full((len(free), len(free)), np.nan)
        joint[np.ix_(free, free)] = covariance_of(np.ascontiguousarray(draws[:, free]))
    if fit.beta is None or fit.units_alone:
        return joint, None
    first = len(free) - fit.beta.size
    slopes = np.sqrt(np.diag(joint)[first:]).reshape(fit.beta.shape)
    return (joint if fit.alpha is None else joint[:first, :first]), slopes
