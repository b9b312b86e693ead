"""Whether units have one group of slopes or two, by the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_names, keep_whole, require, require_generator
from gfe_mc.estimators.slopes.ck_means import UnitMoves
from gfe_mc.estimators.slopes.given_groups import Pooled, UnitByUnit
from gfe_mc.estimators.slopes.products import (
    MinimumSize,
    own_estimates,
    require_group_specific,
    require_minimum,
    unit_cross_products,
)
from gfe_mc.kernels.linear import gram, inverse, multiply
from gfe_mc.seeds import Streams


class BootstrapTest(NamedTuple):
    """A statistic, and what it is over draws of panels with one group."""

    statistic: float
    """SSR_1 / SSR_2 - 1 of the panel; infinite if two groups fit it exactly."""
    p_value: float
    """Share of the draws, the panel counted among them, with no smaller statistic."""
    draws: np.ndarray
    """(B,) the statistic of each draw."""


@dataclass(frozen=True)
class TwoGroupsTest:
    """Bootstrap test of one group of slopes against two, whose units are not known.

    The statistic is SSR_1 / SSR_2 - 1, SSR_G the least sum of squared residuals with G groups that
    `UnitMoves` finds. Its distribution if slopes are the same is that over panels whose errors are
    the residuals of least squares in each unit alone, so that they hold no trace of slopes that
    differ, with random signs for blocks of periods of each unit (wild bootstrap). Each is over
    sqrt(1 - h_it), h_it its leverage, so that it has the variance of the error. Neither statistic
    nor draws depend on the common slopes.

    Parameters
    ----------
    draws : int, default 199
        Number of panels drawn, B.
    block : int, default 1
        Periods in a row that have one sign: as long as errors are correlated.
    minimum : MinimumSize, default MinimumSize(2, 0.05)
        Fewest units of a group.
    starts : int, default 10
        Random starts of each search.
    individual : tuple of str, default ()
        As in `CKMeans`: slopes of units' own are not tested.

    Notes
    -----
    Regressors are held as they are, so that the test is for strictly exogenous ones. It allows
    for errors whose variances differ between units and periods, not for units that are correlated.
    In very short panels it rejects somewhat too often. Without the leverages it would do so by
    far: they are largest where a regressor is, and residuals smallest there.

    References
    ----------
    The test is ours. It answers the question of Pesaran and Yamagata (2008) against the
    alternative of two groups. Liu (1988) is on the wild bootstrap, and MacKinnon and White (1985)
    on residuals over the roots of one less their leverages.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import StaticSlopes, TwoGroupsTest
    >>> design = StaticSlopes(20, beta=((1.0,), (2.0,)), groups=(0, 1) * 10)
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> TwoGroupsTest(draws=19).test(panel, np.random.default_rng(0)).p_value  # no draw is as large
    0.05
    """

    draws: int = 199
    block: int = 1
    minimum: MinimumSize = field(default_factory=lambda: MinimumSize(2, 0.05))
    starts: int = 10
    individual: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keep_whole(self, draws=1, block=1, starts=1)
        keep_names(self, "individual")
        require_minimum(self.minimum)

    def test(self, panel: Panel, rng: np.random.Generator) -> BootstrapTest:
        """Test one group against two.

        Parameters
        ----------
        panel : Panel
            A balanced panel with more than K + 1 periods.
        rng : numpy.random.Generator
            Source of the random streams, one for the panel and one for each draw.

        Raises
        ------
        InputError
            As `Pseudo.fit`; there are too few units for two groups, or a block is longer than
            the panel; or no slope is to be tested.
        """
        require_generator(rng)
        data = unit_cross_products(panel, "TwoGroupsTest", (), self.individual)
        require_group_specific(panel, data, "TwoGroupsTest")
        n_periods = panel.shape[1]
        require(
            self.block <= n_periods,
            "A block must be no longer than the panel",
            f"{self.block} of {n_periods} periods",
            f"Give `block` from 1 to {n_periods}",
        )
        errors = errors_of_units(panel, "TwoGroupsTest", self.individual)
        streams = Streams.of(rng)
        statistic = self._statistic(panel, streams(0))
        draws = np.empty(self.draws)
        for b in range(self.draws):
            stream = streams(1 + b)
            drawn = with_signs(panel, errors, self.block, stream)
            draws[b] = self._statistic(drawn, stream)
        above = int((draws >= statistic).sum())
        return BootstrapTest(statistic, (1 + above) / (1 + self.draws), draws)

    def _statistic(self, panel: Panel, rng: np.random.Generator) -> float:
        one = Pooled(self.individual).fit(panel, rng).objective
        two = UnitMoves(2, self.starts, self.minimum, (), self.individual).fit(panel, rng).objective
        return one / two - 1 if two > 0 else np.inf


def errors_of_units(panel: Panel, who: str, individual: tuple[str, ...] = ()) -> np.ndarray:
    """Compute residuals (N, T) of least squares in each unit over sqrt(1 - h_it).

    Parameters
    ----------
    panel : Panel
        A balanced panel with more than K + 1 periods.
    who : str
        Who asks, for messages.
    individual : tuple of str, default ()
        As in `CKMeans`; it decides no more than how messages read.

    Raises
    ------
    InputError
        As `Pseudo.fit`.
    """
    own_estimates(panel, unit_cross_products(panel, who, (), individual), who)
    errors = UnitByUnit().fit(panel, np.random.default_rng(0)).residuals(panel)
    return np.asarray(errors / np.sqrt(1.0 - _leverages(panel)))


def with_signs(panel: Panel, errors: np.ndarray, block: int, rng: np.random.Generator) -> Panel:
    """Draw a panel whose outcomes are errors with random signs for blocks of periods of a unit.

    Parameters
    ----------
    panel : Panel
        The panel, whose regressors are kept.
    errors : (N, T) array
        Of `errors_of_units`.
    block : int
        Periods in a row that have one sign.
    rng : numpy.random.Generator
        Source of the signs.
    """
    n_units, n_periods = errors.shape
    signs = 2 * rng.integers(2, size=(n_units, -(-n_periods // block))) - 1
    every = np.repeat(signs, block, axis=1)[:, :n_periods]
    return Panel.from_arrays(every * errors, panel.x, regressors=list(panel.regressors))


def _leverages(panel: Panel) -> np.ndarray:
    """Leverages (N, T) of least squares with a constant in each unit; below one.

    What is explained exactly has a residual of zero, whatever it is divided by.
    """
    found = np.full(panel.y.shape, 1.0 / panel.shape[1])
    for i, x in enumerate(panel.within_units().x):
        scaled = multiply(np.ascontiguousarray(x), inverse(gram(np.ascontiguousarray(x))))
        for k in range(x.shape[1]):
            found[i] += scaled[:, k] * x[:, k]
    return np.asarray(np.minimum(found, 1.0 - 1e-10))
