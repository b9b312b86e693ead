"""Groups by slopes, and their number by how far the objective falls below that without groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require, require_generator
from gfe_mc.fit import Fit
from gfe_mc.kernels.powers import logarithm
from gfe_mc.seeds import Streams
from gfe_mc.selection.chosen_slopes import SlopePath, held_at, require_path
from gfe_mc.selection.two_groups import errors_of_units, with_signs


class Gaps(NamedTuple):
    """Gaps of the objective at each number of groups from 1."""

    gap: np.ndarray
    """(G_max,) mean of ln(SSR) over draws less ln(SSR)."""
    error: np.ndarray
    """(G_max,) standard deviation over draws, times sqrt(1 + 1 / B)."""


@dataclass(frozen=True)
class ChosenByGap:
    """Slopes by groups, with the number of groups by the gap statistic of the objective.

    gap(G) is by how much ln(SSR) with G groups is below its mean over B panels without groups. The
    smallest G is chosen with gap(G) >= gap(G + 1) - error(G + 1); the largest if there is none.

    Parameters
    ----------
    estimator : SlopePath
        As in `ChosenByCriterion`.
    draws : int, default 20
        Number of panels without groups, B.
    block : int, default 1
        As in `TwoGroupsTest`.

    References
    ----------
    Tibshirani, Walther and Hastie (2001), J. R. Statist. Soc. B 63, 411-423, for the gap and the
    rule. What is drawn is ours: panels with the same regressors and equal slopes, whose errors are
    those of `TwoGroupsTest`.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ChosenByGap, CKMeans, StaticSlopes, assigned_groups
    >>> design = StaticSlopes(30, beta=((0.0,), (2.0,)), groups=assigned_groups(40, 2))
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> ChosenByGap(CKMeans(groups=3), draws=5).fit(panel, np.random.default_rng(0)).n_groups
    2
    """

    estimator: SlopePath
    draws: int = 20
    block: int = 1

    def __post_init__(self) -> None:
        require_path(self.estimator)
        keep_whole(self, draws=2, block=1)

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Choose by the gaps; errors are the estimator's and those of `TwoGroupsTest.test`.

        Numbers of groups that could not be estimated are left out.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness.
        """
        fits, gaps = self._compared(panel, rng)
        known = np.flatnonzero(~np.isnan(gaps.gap))
        if not len(known):
            return fits[0]
        for here, after in pairwise(known):
            if gaps.gap[here] >= gaps.gap[after] - gaps.error[after]:
                chosen: Fit = replace(fits[int(here)], estimator=self)
                return chosen
        last: Fit = replace(fits[int(known[-1])], estimator=self)
        return last

    def gaps(self, panel: Panel, rng: np.random.Generator) -> Gaps:
        """Compute the gaps; NaN where there is no estimate, of the panel or of any draw.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness.

        Raises
        ------
        InputError
            As `fit`.
        """
        return self._compared(panel, rng)[1]

    def held(self, n_groups: int) -> Any:
        """Return the estimator at a number of groups that was chosen."""
        return held_at(self.estimator, n_groups)

    def _compared(self, panel: Panel, rng: np.random.Generator) -> tuple[list[Fit], Gaps]:
        require_generator(rng)
        panel.require_balanced("ChosenByGap")
        require(
            self.block <= panel.shape[1],
            "A block must be no longer than the panel",
            f"{self.block} of {panel.shape[1]} periods",
            f"Give `block` from 1 to {panel.shape[1]}",
        )
        streams = Streams.of(rng)
        fits = list(self.estimator.path(panel, streams(0)))
        errors = errors_of_units(panel, "ChosenByGap", self.estimator.individual)
        logs = _logs(fits)
        drawn = np.full((self.draws, len(fits)), np.nan)
        for b in range(self.draws):
            stream = streams(1 + b)
            without = with_signs(panel, errors, self.block, stream)
            found = _logs(self.estimator.path(without, stream))[: len(fits)]
            drawn[b, : len(found)] = found
        mean = drawn.mean(axis=0)
        spread = np.sqrt(((drawn - mean) ** 2).mean(axis=0) * (1 + 1 / self.draws))
        return fits, Gaps(mean - logs, spread)


def _logs(fits: Any) -> np.ndarray:
    """ln(SSR) of fits; NaN where there is no estimate, minus infinity where nothing is left."""
    values = [fit.objective if fit.status.usable else np.nan for fit in fits]
    return np.array([logarithm(max(one, 0.0)) if one == one else np.nan for one in values])
