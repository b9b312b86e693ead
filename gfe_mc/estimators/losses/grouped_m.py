"""Grouped estimation of nonlinear models: profiles of groups in the index of a loss."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require, require_generator, require_one_of
from gfe_mc.estimators.losses.begin import begin
from gfe_mc.estimators.losses.loss import Loss, require_loss
from gfe_mc.estimators.losses.report import report
from gfe_mc.estimators.losses.search import LossSearch, SeededStarts
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.fit import LossFit, Status

PROFILES = ("time", "constant")


@dataclass(frozen=True)
class GroupedM:
    """Grouped M-estimator: minimises sum_it m(y_it, x_it'theta + alpha_{g_i t}), groups unknown.

    Over slopes theta that are common, profiles alpha and groups. Outcomes enter through an index,
    in which the loss m is convex and has two derivatives.

    Parameters
    ----------
    loss : Loss
        `Logit()`, `Probit()`, `Poisson()`, or the user's own: a frozen dataclass with
        `terms(y, index)`, which returns m and its first and second derivative in the index.
    groups : int
        Number of groups G; with one, it is the regression with period effects.
    profiles : str, default "time"
        "time": alpha_gt is free in every period. "constant": alpha_g, the same in all periods:
        for short panels, or few units a group.
    search : LossSearch, default SeededStarts()
        How the minimum is looked for.

    Notes
    -----
    Where the outcomes of a group in a period are all zeros (or all ones), its profile value is
    infinite: the limit is taken, the loss of that cell is zero, and the status says
    PROFILE_SEPARATED. Slopes are those of the limit. Losses that have no such limit, or do not say
    so by `extremes`, end by ITERATION_LIMIT there.

    Profile values of small groups are estimated from few outcomes, and units are put where they
    fit best: slopes have a bias of that with few periods, and standard errors do not know of it.

    References
    ----------
    Bonhomme and Manresa (2012), equation (8).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedM, Panel, Poisson
    >>> y = np.array([[1, 2], [3, 2], [50, 9], [52, 11]])
    >>> fit = GroupedM(Poisson(), groups=2).fit(Panel.from_arrays(y), np.random.default_rng(0))
    >>> fit.groups
    array([0, 0, 1, 1])
    >>> np.exp(fit.alpha).round(3)
    array([[ 2.,  2.],
           [51., 10.]])
    """

    loss: Loss
    groups: int
    profiles: str = "time"
    search: LossSearch = field(default_factory=SeededStarts)

    def __post_init__(self) -> None:
        require_loss(self.loss)
        keep_whole(self, groups=1)
        require_one_of("profiles", self.profiles, PROFILES)
        require(
            callable(getattr(self.search, "minimize", None)) and not isinstance(self.search, type),
            "`search` must be a search",
            repr(self.search),
            "Give SeededStarts()",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> LossFit:
        """Estimate slopes, profiles and groups by searching for the best grouping.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of the starts.

        Returns
        -------
        LossFit
            With `theta` (K,), `alpha` (G, T) and `groups` (N,) numbered by first appearance. The
            status is SLOPES_SEPARATED, and slopes and profiles NaN, where regressors tell the
            outcomes apart, so that slopes run off to infinity (a `Summary` names them); COLLINEAR
            where a regressor does not vary within the groups that were found.

        Raises
        ------
        InputError
            Fewer units than groups, a unit or period without observations, a regressor that does
            not vary within periods once the others are accounted for, or outcomes that the loss is
            not for.
        """
        require_generator(rng)
        require(
            self.groups <= panel.shape[0],
            "There must be no more groups than units",
            f"{self.groups} groups for {panel.shape[0]} units",
            f"Give `groups` from 1 to {panel.shape[0]}",
        )
        problem, pooled = begin(self.loss, panel, by_period=self.profiles == "time")
        found = self.search.minimize(problem, pooled, self.groups, rng)
        # Numbered by first appearance, and computed again so: a grouping gives the same bits
        # whichever search met it, under whichever numbers.
        groups, _ = by_first_appearance(found.groups, self.groups)
        fit = report(problem, pooled, groups, self.groups, self)
        settled = fit.status not in (Status.SUCCESS, Status.PROFILE_SEPARATED) or found.settled
        return replace(
            fit,
            status=fit.status if settled else Status.ITERATION_LIMIT,
            n_best=found.n_best,
            n_tries=found.n_tries,
        )
