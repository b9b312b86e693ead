"""GFE at every number of groups up to a largest one, and at the number that a criterion chooses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    keep_whole,
    require,
    require_generator,
    require_whole,
)
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import ProfileFit
from gfe_mc.selection.criterion import BIC, Penalty, choose, require_counting, require_freedom


def fit_path(
    panel: Panel, maximum: int, rng: np.random.Generator, search: Search | None = None
) -> list[ProfileFit]:
    """Estimate 1, ..., `maximum` groups by GFE, each search starting from one group less.

    The start is the solution with one group less, with the unit farthest from its profile as a
    profile of its own, beside the starts of the search itself; so the objective never rises with
    the groups, but after a solution whose slopes are not identified.

    Parameters
    ----------
    panel : Panel
        The panel, which may have gaps.
    maximum : int
        Largest number of groups.
    rng : numpy.random.Generator
        Source of all randomness.
    search : Search, optional
        How each minimum is looked for; the default of `GFE` if None.

    Raises
    ------
    InputError
        As `GFE.fit`.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import BIC, GroupedEffects, choose, fit_path
    >>> panel = GroupedEffects(30, 8, 3, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fits = fit_path(panel, 5, np.random.default_rng(0))
    >>> [fit.n_groups for fit in fits]
    [1, 2, 3, 4, 5]
    >>> choose(np.array([fit.objective for fit in fits]), *panel.shape, penalty=BIC()).n_groups
    3
    """
    require_generator(rng)
    maximum = require_whole("maximum", maximum, 1)
    require(
        maximum <= panel.shape[0],
        "There must be no more groups than units",
        f"{maximum} groups for {panel.shape[0]} units",
        f"Give `maximum` from 1 to {panel.shape[0]}",
    )
    search = Genetic() if search is None else search
    fits: list[ProfileFit] = []
    for groups in range(1, maximum + 1):
        usable = bool(fits) and bool(np.isfinite(fits[-1].theta).all())
        start = _split(panel, fits[-1]) if usable else None
        fits.append(GFE(groups, search).fit(panel, rng, start=start))
    return fits


@dataclass(frozen=True)
class ChosenGFE:
    """Grouped fixed effects, with the number of groups that an information criterion chooses.

    Parameters
    ----------
    maximum : int
        Largest number of groups, G_max.
    penalty : Penalty, default BIC()
        Of the criterion: `BIC()`, `SteepBIC()`, or a frozen dataclass that can be called with
        N, T, G and K.
    search : Search, default Genetic()
        How each minimum is looked for.

    References
    ----------
    Bonhomme and Manresa (2012), section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ChosenGFE, GroupedEffects
    >>> panel = GroupedEffects(30, 8, 3, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = ChosenGFE(maximum=5).fit(panel, np.random.default_rng(0))
    >>> fit.n_groups, fit.path.shape
    (3, (5,))
    """

    maximum: int
    penalty: Penalty = field(default_factory=BIC)
    search: Search = field(default_factory=Genetic)

    def __post_init__(self) -> None:
        keep_whole(self, maximum=1)
        require(
            callable(self.penalty) and not isinstance(self.penalty, type),
            "`penalty` must be a function",
            repr(self.penalty),
            "Give BIC()",
        )
        require_search(self.search, profiles=True)

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate every number of groups, and return the chosen fit with the path of objectives.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness.

        Returns
        -------
        ProfileFit
            With `path` (G_max,), the objectives.

        Raises
        ------
        InputError
            As `GFE.fit`, no degrees of freedom at the largest number of groups, or gaps and a
            penalty that does not take a number of observations.
        """
        n_units, n_periods, n_regressors = panel.shape
        size = None if panel.balanced else int(np.count_nonzero(panel.observed))
        if size is not None:
            require_counting(self.penalty)
        require_freedom(n_units, n_periods, self.maximum, n_regressors, size)
        fits = fit_path(panel, self.maximum, rng, self.search)
        path = np.array([fit.objective for fit in fits])
        chosen = choose(path, n_units, n_periods, n_regressors, self.penalty, size).n_groups
        return replace(fits[chosen - 1], path=path, estimator=self)

    def held(self, n_groups: int) -> GFE:
        """Return the estimator at a number of groups that was chosen."""
        return GFE(n_groups, self.search)


def _split(panel: Panel, fit: ProfileFit) -> ProfileFit:
    """Give the unit farthest from its profile a profile of its own."""
    residuals = fit.residuals(panel)
    farthest = int(np.argmax((residuals**2).sum(axis=1)))
    # Where it is not observed, its own profile is its group's.
    own = fit.alpha[fit.groups[farthest]] + residuals[farthest]
    return replace(fit, alpha=np.vstack([fit.alpha, own]))
