"""Grouped fixed effects in two layers: profiles of groups, and levels within them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, keep_whole, require, require_generator, require_whole
from gfe_mc.estimators.profiles.gfe import centre, starting_slopes
from gfe_mc.estimators.profiles.layered import LayeredProblem, by_level, layered, numbered
from gfe_mc.estimators.profiles.levels import fit_levels
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.estimators.profiles.stack import stack
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import Fit, Model, Status, TwoLayerFit
from gfe_mc.kernels.profiles.two_layers import (
    Layered,
    Layers,
    empty_layer_scratch,
    empty_layers,
    regroup_layers,
    update_layers,
)


@dataclass(frozen=True)
class TwoLayerGFE:
    """Grouped fixed effects in two layers: y_it = x_it'theta + alpha_{g t} + eta_{g h} + v_it.

    Units belong to a primary group g = g_i1, whose profile over time they share, and within it to
    a secondary group h = g_i2, which shifts the profile by a level. Minimises the sum of squared
    residuals over theta, alpha, eta and both memberships.

    Parameters
    ----------
    primary : int
        Number of primary groups, G_1.
    secondary : int or tuple of int
        Number of secondary groups of each primary one, G_2: one for all, or a number for each.
    search : Search, default Genetic()
        How the minimum is looked for: `Genetic` or `MultiStart`. A local optimum of `Genetic` is
        one of moves of single units across both layers; a child takes each primary group, its
        profile with its levels, from one of two parents.

    Notes
    -----
    Primary groups are numbered as in `secondary`, those with as many secondary groups by first
    appearance; secondary groups from the highest level down. Levels add up to zero over the units
    of a primary group, so that its profile is the mean of y_it - x_it'theta over its units (where
    all are observed). Shares
    of secondary groups are then part of the profile: `LargeT` takes them as known, and `Bootstrap`
    draws them anew.

    References
    ----------
    Bonhomme and Manresa (2012), equation (7) and section 6.4.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, TwoLayerGFE
    >>> y = np.array([[0.0, 0.0], [4.0, 4.0], [0.1, 0.1], [5.0, 9.0], [0.0, 4.1], [4.1, 3.9]])
    >>> fit = TwoLayerGFE(primary=2, secondary=2).fit(
    ...     Panel.from_arrays(y), np.random.default_rng(0)
    ... )
    >>> fit.groups
    array([0, 0, 0, 1, 1, 0])
    >>> fit.secondary
    array([1, 0, 1, 0, 1, 0])
    >>> fit.eta.round(3)
    array([[ 1.975, -1.975],
           [ 2.475, -2.475]])
    """

    primary: int
    secondary: int | tuple[int, ...]
    search: Search = field(default_factory=Genetic)

    def __post_init__(self) -> None:
        keep_whole(self, primary=1)
        require_search(self.search, profiles=True)
        require_layers(self.search)
        object.__setattr__(self, "secondary", _secondary(self.secondary, self.primary))

    def fit(
        self,
        panel: Panel,
        rng: np.random.Generator,
        start: Fit | None = None,
        weights: np.ndarray | None = None,
    ) -> TwoLayerFit:
        """Estimate slopes, profiles, levels and groups by searching for the best grouping.

        Parameters
        ----------
        panel : Panel
            A panel of two periods or more, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness of the search.
        start : Fit, optional
            A fit with as many slopes, groups of both layers and periods, whose parameters (with
            gaps, whose groups) the search starts from besides its own starts.
        weights : (N,) array, optional
            How often each unit counts, such as in a resampled panel; once if left out.

        Returns
        -------
        TwoLayerFit
            With `theta` (K,), `alpha` (G_1, T), `eta` (G_1, the most of G_2), and `groups` and
            `secondary`, both (N,). Profiles are NaN in periods in which nothing of the group is
            observed; profiles and levels where no period has units of two levels to tell them by.

        Raises
        ------
        InputError
            The panel has one period, a unit or period without observations, fewer units than
            secondary groups, or a regressor that does not vary within periods once the others are
            accounted for; or `start` or `weights` do not fit it.
        """
        require_generator(rng)
        secondary, (n_units, n_periods, _) = _tuple(self.secondary), panel.shape
        require(
            sum(secondary) <= n_units,
            "There must be no more secondary groups than units",
            f"{sum(secondary)} of all primary groups for {n_units} units",
            f"Give `secondary` that adds up to at most {n_units}",
        )
        require(
            n_periods > 1,
            "Two layers need two periods: in one, profiles and levels are the same",
            f"{n_periods}",
            "Use GFE, or a panel of more periods",
        )
        if not panel.balanced:
            return fit_levels(self, self.search, secondary, panel, rng, start, weights)
        stacked, means = stack(panel, weights)
        starting = starting_slopes(panel, stacked, self.search.theta_spread)
        data = layered(stacked, secondary)
        now, scratch = empty_layers(data), empty_layer_scratch(data)
        if start is not None:
            _place_start(start, means, data, now)
        problem = LayeredProblem(data, starting, now, scratch, start is not None)
        found = self.search.run_two_layers(problem, rng)  # type: ignore[attr-defined]
        # Numbered before levels are compared, so that ties are broken by the grouping alone.
        labels = numbered(now.groups, data.primary, data.first)
        regroup_layers(data, labels, now)
        update_layers(data, now, scratch.factor)
        labels = by_level(labels, now.levels, data.primary)
        regroup_layers(data, labels, now)
        objective = update_layers(data, now, scratch.factor)
        theta = now.theta.copy()
        status = Status.SUCCESS if found.converged else Status.ITERATION_LIMIT
        if (np.diag(scratch.factor)[:-1] == 0.0).any():
            theta[:] = np.nan
            status = Status.COLLINEAR
        alpha, eta = _effects(data, now)
        groups = data.primary[labels]
        return TwoLayerFit(
            theta=theta,
            alpha=alpha + centre(means, theta),
            groups=groups,
            secondary=labels - data.first[groups],
            eta=eta,
            objective=objective,
            status=status,
            n_best=found.n_best,
            n_tries=found.n_tries,
            # With one level each, it is the model of one layer.
            model=Model(profiles=True, levels=secondary if max(secondary) > 1 else ()),
            estimator=self,
        )


def require_layers(search: object) -> None:
    """Refuse a search that cannot look for groups in two layers.

    Raises
    ------
    InputError
        It cannot.
    """
    require(
        callable(getattr(search, "run_two_layers", None)),
        "Two layers need a search across both",
        type(search).__name__,
        "Give Genetic() or MultiStart()",
    )


def _tuple(secondary: int | tuple[int, ...]) -> tuple[int, ...]:
    assert isinstance(secondary, tuple)  # It was made one.
    return secondary


def _secondary(given: object, primary: int) -> tuple[int, ...]:
    """Return numbers of secondary groups, one for each primary group."""
    if isinstance(given, int | np.integer):
        return (require_whole("secondary", given, 1),) * primary
    if not isinstance(given, Sequence | np.ndarray) or isinstance(given, str):
        raise InputError(
            "`secondary` must be a number of groups, or one for each primary group",
            repr(given),
            "Give such as 2, or (5, 2, 2)",
        )
    numbers = tuple(require_whole("secondary", one, 1) for one in given)
    require(
        len(numbers) == primary,
        "`secondary` must have a number for each primary group",
        f"{len(numbers)} for {primary} primary groups",
        f"Give {primary} numbers, or one for all",
    )
    return numbers


def _effects(data: Layered, now: Layers) -> tuple[np.ndarray, np.ndarray]:
    """Profiles (G, T), without what period means took out, and levels (G, most of a group)."""
    root = np.sqrt(data.z.shape[2])
    alpha = now.alpha.copy()
    eta = np.full((len(alpha), int(np.diff(data.first).max())), np.nan)
    for g in range(len(alpha)):
        own = slice(data.first[g], data.first[g + 1])
        levels = now.levels[own] / root
        mean = float((now.own_counts[own] * levels).sum() / now.counts[g])
        alpha[g] += mean
        eta[g, : len(levels)] = levels - mean if len(levels) > 1 else 0.0
    return alpha, eta


def _place_start(start: Fit, means: np.ndarray, data: Layered, now: Layers) -> None:
    """Put the parameters of a fit where the search finds them."""
    alpha, eta, sizes = start.alpha, start.eta, np.diff(data.first)
    shapes = tuple(None if part is None else part.shape for part in (start.theta, alpha, eta))
    wanted = (now.theta.shape, now.alpha.shape, (len(sizes), int(sizes.max())))
    there = eta is not None and eta.shape == wanted[2]
    known = np.arange(wanted[2][1]) < sizes[:, None]
    if alpha is None or eta is None or shapes != wanted or (np.isfinite(eta) != known).any():
        raise InputError(
            "`start` must have the slopes, groups of both layers and periods of this estimator "
            "and panel",
            f"theta, alpha and eta of shapes {shapes}" + (", other numbers of levels" * there),
            f"Give a fit with {wanted}, by an estimator with the same `secondary`",
        )
    require(
        bool(np.isfinite(start.theta).all() and np.isfinite(alpha).all()),
        "`start` must be finite",
        start.status.message,
        "Give a fit that succeeded",
    )
    profiles = alpha - centre(means, start.theta)
    level = profiles.mean(axis=1)
    now.theta[:] = start.theta
    now.alpha[:] = profiles - level[:, None]
    now.levels[:] = np.sqrt(data.z.shape[2]) * (level[:, None] + eta)[known]
