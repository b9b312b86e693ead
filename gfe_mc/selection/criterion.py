"""Information criteria for the number of groups."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from inspect import signature
from math import sqrt
from typing import NamedTuple, Protocol

import numpy as np

from gfe_mc.errors import InputError, is_number, require, require_one_of
from gfe_mc.fit import Fit


# A path in every replication asks for that of one size again and again.
@lru_cache(maxsize=256)
def _log(value: float) -> float:
    """Return the natural logarithm of a positive number, rounded correctly: on every processor."""
    return float(Decimal(value).ln())


class Penalty(Protocol):
    """Penalty of an information criterion: any object that can be called so.

    It is a frozen dataclass where it must have an identity.
    """

    def __call__(self, n_units: int, n_periods: int, n_groups: int, n_regressors: int, /) -> float:
        """Return what a criterion adds to the mean squared residual, over sigma^2."""
        ...


def size_of(n_units: int, n_periods: int, n_observations: int | None) -> int:
    """Return N T, or the number of observations where there are gaps."""
    return n_units * n_periods if n_observations is None else n_observations


@dataclass(frozen=True)
class BIC:
    """BIC penalty (G T + N + K) / (N T) ln(N T): profiles, memberships and slopes are parameters.

    References
    ----------
    Bonhomme and Manresa (2012), equation (27).

    Examples
    --------
    >>> from gfe_mc import BIC
    >>> [round(BIC()(90, 7, groups, 2), 4) for groups in (1, 2, 3)]  # N = 90, T = 7, K = 2
    [1.0129, 1.0845, 1.1561]
    """

    def __call__(
        self,
        n_units: int,
        n_periods: int,
        n_groups: int,
        n_regressors: int,
        n_observations: int | None = None,
    ) -> float:
        """Return the penalty over sigma^2; with gaps NT is the number of observations."""
        size = size_of(n_units, n_periods, n_observations)
        return float((n_groups * n_periods + n_units + n_regressors) / size * _log(size))


@dataclass(frozen=True)
class SteepBIC:
    """Steep BIC penalty G (T + N - G) / (N T) ln(N T): as for a model with G factors.

    References
    ----------
    Bonhomme and Manresa (2012), supplement, footnote 10.

    Examples
    --------
    >>> from gfe_mc import BIC, SteepBIC
    >>> steps = [penalty(90, 7, 3, 2) - penalty(90, 7, 2, 2) for penalty in (BIC(), SteepBIC())]
    >>> [round(step, 3) for step in steps]  # what a third group costs
    [0.072, 0.941]
    """

    def __call__(
        self,
        n_units: int,
        n_periods: int,
        n_groups: int,
        n_regressors: int,  # noqa: ARG002
        n_observations: int | None = None,
    ) -> float:
        """Return the penalty over sigma^2; with gaps NT is the number of observations."""
        size = size_of(n_units, n_periods, n_observations)
        return float(n_groups * (n_periods + n_units - n_groups) / size * _log(size))


PENALTIES: dict[str, Penalty] = {"bic": BIC(), "steep_bic": SteepBIC()}
"""Penalties by name."""


class Choice(NamedTuple):
    """Number of groups that a criterion chooses, and its values."""

    n_groups: int
    """The chosen number; the smallest, if several are as good."""
    values: np.ndarray
    """(G_max,) the criterion at each number of groups from 1."""
    variance: float
    """sigma^2, from the largest number of groups."""


def choose(
    objectives: np.ndarray,
    n_units: int,
    n_periods: int,
    n_regressors: int,
    penalty: Penalty,
    n_observations: int | None = None,
) -> Choice:
    """Choose the number of groups: least mean squared residual plus sigma^2 times the penalty.

    sigma^2 = Q(G_max) / (N T - G_max T - N - K) is the same at every number of groups. Where there
    are gaps N T is the number of observations; G T are all profile values, also those of cells
    in which nothing is observed.

    Parameters
    ----------
    objectives : (G_max,) array
        Minimised sum of squared residuals at each number of groups from 1.
    n_units, n_periods, n_regressors : int
        Numbers of units, periods and regressors: N, T and K.
    penalty : Penalty
        `BIC()`, `SteepBIC()`, or a function of N, T, G and K; where there are gaps it must also
        take `n_observations`.
    n_observations : int, optional
        Number of observations, where there are gaps.

    Returns
    -------
    Choice
        The chosen number `n_groups`, `values` (G_max,) of the criterion, and `variance`, sigma^2.

    Raises
    ------
    InputError
        No objectives, one that is not finite, no degrees of freedom at the largest number, or
        gaps and a penalty that does not take a number of observations.

    References
    ----------
    Bonhomme and Manresa (2012), equations (25) to (27) and footnote 30.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import BIC, choose
    >>> objectives = np.array([500.0, 100.0, 95.0, 91.0])  # of one to four groups
    >>> choice = choose(objectives, n_units=20, n_periods=10, n_regressors=1, penalty=BIC())
    >>> choice.n_groups, choice.values.round(2)
    (2, array([3.04, 1.21, 1.36, 1.51]))
    """
    objectives = np.asarray(objectives, np.float64)
    maximum = len(objectives)
    require(maximum > 0, "There must be objectives to choose from", "none", "Give at least one")
    require(
        bool(np.isfinite(objectives).all()),
        "Every objective must be finite",
        str(objectives.tolist()),
        "Choose among the numbers of groups that could be fitted",
    )
    freedom = require_freedom(n_units, n_periods, maximum, n_regressors, n_observations)
    variance = float(objectives[-1]) / freedom
    size, given = n_units * n_periods, {}
    if n_observations is not None and n_observations != size:
        require_counting(penalty)
        size, given = n_observations, {"n_observations": n_observations}
    penalties = [
        penalty(n_units, n_periods, n_groups, n_regressors, **given)
        for n_groups in range(1, maximum + 1)
    ]
    require(
        all(map(is_number, penalties)),
        "The penalty must be finite at every number of groups",
        str(penalties),
        "Correct the function",
    )
    values = objectives / size + variance * np.array(penalties)
    return Choice(int(np.argmin(values)) + 1, values, variance)


def require_counting(penalty: Penalty, known: str = "BIC() or SteepBIC()") -> None:
    """Refuse a penalty that does not take the number of observations of a panel with gaps.

    `known` are some that do.
    """
    try:
        takes = "n_observations" in signature(penalty).parameters
    except (TypeError, ValueError):  # Some of what is compiled does not say.
        takes = False
    require(
        takes,
        "The penalty must be one for panels with gaps",
        f"{penalty!r}, which does not take `n_observations`",
        f"Give {known}, or let the function take it, for what N T is elsewhere",
    )


def require_freedom(
    n_units: int,
    n_periods: int,
    n_groups: int,
    n_regressors: int,
    n_observations: int | None = None,
) -> int:
    """Return N T - G T - N - K, or raise `InputError` if it is not positive.

    N T is the number of observations where that is given.
    """
    size = size_of(n_units, n_periods, n_observations)
    freedom = size - n_groups * n_periods - n_units - n_regressors
    largest = (size - n_units - n_regressors - 1) // n_periods
    require(
        freedom > 0,
        "The largest number of groups must leave degrees of freedom, N T - G T - N - K > 0",
        f"{freedom} with N={n_units}, T={n_periods}, G={n_groups}, K={n_regressors}"
        + ("" if n_observations is None else f" and {n_observations} observations"),
        f"Give at most {largest} groups" if largest >= 1 else "Give more units or periods",
    )
    return freedom


VARIANCES = ("groups", "pooled")
"""Error variances that the criterion for groups by slopes can be of."""


def slope_bic(
    fit: Fit,
    n_periods: int,
    n_own: int,
    variance: str = "groups",
    observations: np.ndarray | None = None,
) -> float:
    """Compute the modified BIC of a fit with slopes by groups.

    log(sigma^2) + G K sqrt(min(N, T)) ln(N T) / (N T) + (G - 1) ln(N^2) / N^2

    Where there are gaps N T and N_g T are numbers of observations, and T is their mean over units.

    Parameters
    ----------
    fit : Fit
        A fit with G groups.
    n_periods : int
        Number of periods T.
    n_own : int
        K, the number of group-specific slopes.
    variance : str, default "groups"
        "groups": sigma^2 is the mean over groups of SSR_g / (N_g T), each group counting once.
        "pooled": SSR / (N T).
    observations : (N,) array, optional
        Periods in which each unit is observed, where there are gaps.

    Raises
    ------
    InputError
        The fit has no groups with slopes of their own, or the variance is not known.

    References
    ----------
    Lin and Ng (2011), equation (7), which is that of "groups".
    """
    if fit.groups is None or fit.group_objectives is None:
        raise InputError(
            "The fit must have groups with slopes", "a fit without", "Give one of CKMeans or Pseudo"
        )
    require_one_of("variance", variance, VARIANCES)
    counts = np.bincount(fit.groups)
    n_units, n_groups = len(fit.groups), len(counts)
    size = n_units * n_periods
    of_groups, mean = counts * n_periods, float(n_periods)
    if observations is not None:
        of_groups = np.bincount(fit.groups, observations)
        size = int(observations.sum())
        mean = size / n_units
    if variance == "groups":
        sigma2 = float(np.mean(np.maximum(fit.group_objectives, 0.0) / of_groups))
    else:
        sigma2 = fit.objective / size
    # An exact fit is as good as it gets.
    fitness = _log(sigma2) if sigma2 > 0 else -np.inf
    slopes = n_groups * n_own * sqrt(min(n_units, mean)) * _log(size) / size
    return fitness + slopes + (n_groups - 1) * _log(n_units**2) / n_units**2
