"""Further penalties of information criteria for the number of groups."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from gfe_mc.errors import is_number, require, require_one_of
from gfe_mc.kernels.powers import logarithm
from gfe_mc.selection.criterion import size_of


@dataclass(frozen=True)
class BaiNg:
    """Penalty G g(N, T) of a model with G factors, which is what groups with profiles are.

    Parameters
    ----------
    number : int, default 1
        With c = min(N, T): 1 for (N + T) / (N T) ln(N T / (N + T)), 2 for (N + T) / (N T) ln(c),
        3 for ln(c) / c.

    References
    ----------
    Bai and Ng (2002), Econometrica 70, 191-221: PC_p1, PC_p2 and PC_p3. `choose` multiplies it by
    a sigma^2 with fewer degrees of freedom than N T, which theirs has.

    Examples
    --------
    >>> from gfe_mc import BaiNg
    >>> [round(BaiNg(number)(90, 7, 3, 2), 3) for number in (1, 2, 3)]  # of three groups
    [0.864, 0.899, 0.834]
    """

    number: int = 1

    def __post_init__(self) -> None:
        require_one_of("number", self.number, (1, 2, 3))

    def __call__(
        self,
        n_units: int,
        n_periods: int,
        n_groups: int,
        n_regressors: int,  # noqa: ARG002
    ) -> float:
        """Return the penalty over sigma^2."""
        size, both, least = n_units * n_periods, n_units + n_periods, min(n_units, n_periods)
        rate = both / size
        if self.number == 1:
            return n_groups * rate * logarithm(size / both)
        return n_groups * logarithm(least) * (rate if self.number == 2 else 1.0 / least)


@dataclass(frozen=True)
class SuShiPhillips:
    """Penalty rho G K for slopes by groups, with rho = c (N T)^(-1/2): to be added to ln(s^2).

    Parameters
    ----------
    constant : float, default 2/3
        c.

    References
    ----------
    Su, Shi and Phillips (2016), the information criterion for penalised least squares; 2/3 is as in
    the programs of their application to savings.

    Examples
    --------
    >>> from gfe_mc import SuShiPhillips
    >>> round(SuShiPhillips()(60, 50, 2, 1), 4)  # N = 60, T = 50, G = 2, K = 1
    0.0243
    """

    constant: float = 2 / 3

    def __post_init__(self) -> None:
        _require_weight(self.constant)

    def __call__(
        self,
        n_units: int,
        n_periods: int,
        n_groups: int,
        n_regressors: int,
        n_observations: int | None = None,
    ) -> float:
        """Return the penalty; with gaps NT is the number of observations."""
        size = size_of(n_units, n_periods, n_observations)
        return self.constant / sqrt(size) * n_groups * n_regressors


@dataclass(frozen=True)
class Mehrabani:
    """Penalty rho G K for slopes by groups, with rho = c ln(N T) (N T)^(-1/2).

    Parameters
    ----------
    constant : float, default 0.07
        c.

    References
    ----------
    Mehrabani (2023), as the documentation of the R package PAGFL states it. Added to ln(s^2) here.

    Examples
    --------
    >>> from gfe_mc import CKMeans, ChosenByCriterion, Mehrabani
    >>> round(Mehrabani()(60, 50, 2, 1), 4)  # N = 60, T = 50, G = 2, K = 1
    0.0205
    >>> ChosenByCriterion(CKMeans(groups=4), penalty=Mehrabani(constant=0.1)).penalty
    Mehrabani(constant=0.1)
    """

    constant: float = 0.07

    def __post_init__(self) -> None:
        _require_weight(self.constant)

    def __call__(
        self,
        n_units: int,
        n_periods: int,
        n_groups: int,
        n_regressors: int,
        n_observations: int | None = None,
    ) -> float:
        """Return the penalty; with gaps NT is the number of observations."""
        size = size_of(n_units, n_periods, n_observations)
        return self.constant * logarithm(size) / sqrt(size) * n_groups * n_regressors


def _require_weight(value: object) -> None:
    require(
        is_number(value) and value >= 0,  # type: ignore[operator]
        "`constant` must be a number from 0",
        repr(value),
        "Leave it out for the default",
    )
