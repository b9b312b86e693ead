"""Functions of time that group profiles are made of: alpha_gt = sum_r b_gr psi_r(t)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import BSpline

from gfe_mc.errors import InputError, is_number, keep_whole, require
from gfe_mc.fit import TimeBasis

COLLINEAR = 1e-10
"""A function whose share of its own variation that others leave is below this is one of them."""


@dataclass(frozen=True)
class Polynomial:
    """Polynomials of time: a constant, and powers up to a degree.

    Time is the number of each period where all have one (years, say), else its position; it is
    scaled to [-1, 1], and the polynomials are Legendre's, so that they are no nearer to
    collinear than they have to be. Coefficients are of those.

    Parameters
    ----------
    degree : int
        0 for levels that do not vary over time, 1 for linear trends, ...

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, Panel, Polynomial
    >>> Polynomial(1).matrix([1990, 1995, 2000])
    array([[ 1., -1.],
           [ 1.,  0.],
           [ 1.,  1.]])
    >>> y = [[0.0, 1.1, 2.2], [0.0, 0.9, 2.0], [5.0, 5.2, 5.2], [5.0, 5.0, 5.0]]
    >>> fit = GFE(groups=2, time_basis=Polynomial(1)).fit(
    ...     Panel.from_arrays(y), np.random.default_rng(0)
    ... )
    >>> fit.patterns.round(2)  # level and slope of each group
    array([[1.03, 1.05],
           [5.07, 0.05]])
    """

    degree: int

    def __post_init__(self) -> None:
        keep_whole(self, degree=0)

    def matrix(self, periods: Sequence[Hashable]) -> np.ndarray:
        """Return the polynomials at the periods, (T, degree + 1)."""
        _require_fewer("degrees", self.degree + 1, len(periods))
        return np.polynomial.legendre.legvander(_scaled(periods), self.degree)

    def describe(self) -> str:
        """Return what profiles of them are."""
        known = ("levels", "linear trends", "quadratic trends", "cubic trends")
        return known[self.degree] if self.degree < 4 else f"polynomials of degree {self.degree}"


@dataclass(frozen=True)
class Splines:
    """B-splines of time with equally spaced knots.

    Parameters
    ----------
    functions : int
        Number R of them, more than `degree`.
    degree : int, default 3
        Degree of the pieces.

    Examples
    --------
    >>> from gfe_mc import Splines
    >>> basis = Splines(functions=4, degree=1)
    >>> basis.matrix(range(7)).round(2)
    array([[1. , 0. , 0. , 0. ],
           [0.5, 0.5, 0. , 0. ],
           [0. , 1. , 0. , 0. ],
           [0. , 0.5, 0.5, 0. ],
           [0. , 0. , 1. , 0. ],
           [0. , 0. , 0.5, 0.5],
           [0. , 0. , 0. , 1. ]])
    >>> basis.describe()  # as in GFE(groups=3, time_basis=basis)
    '4 splines of degree 1'
    """

    functions: int
    degree: int = 3

    def __post_init__(self) -> None:
        keep_whole(self, functions=1, degree=0)
        require(
            self.functions > self.degree,
            "There must be more splines than their degree",
            f"{self.functions} of degree {self.degree}",
            f"Give {self.degree + 1} or more functions, or a lower degree",
        )

    def matrix(self, periods: Sequence[Hashable]) -> np.ndarray:
        """Return the splines at the periods, (T, functions)."""
        _require_fewer("splines", self.functions, len(periods))
        inner = np.linspace(-1.0, 1.0, self.functions - self.degree + 1)
        knots = np.concatenate([[-1.0] * self.degree, inner, [1.0] * self.degree])
        made = BSpline.design_matrix(_scaled(periods), knots, self.degree)
        return np.asarray(made.toarray(), np.float64)

    def describe(self) -> str:
        """Return what profiles of them are."""
        return f"{self.functions} splines of degree {self.degree}"


@dataclass(frozen=True, eq=False)
class Functions:
    """Functions of time of the user's own.

    Parameters
    ----------
    values : (T, R) array
        Each function at each period, one a column.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, Functions, Panel
    >>> step = Functions([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])  # a level, and a break
    >>> y = [[0.0, 0.2, 4.0, 4.2], [0.2, 0.0, 4.2, 4.0], [3.0, 3.2, 2.0, 2.2], [3.2, 3.0, 2.2, 2.0]]
    >>> fit = GFE(groups=2, time_basis=step).fit(Panel.from_arrays(y), np.random.default_rng(0))
    >>> fit.patterns.round(3)  # of each group
    array([[ 0.1,  4. ],
           [ 3.1, -1. ]])
    """

    values: np.ndarray

    def __post_init__(self) -> None:
        given = np.asarray(self.values)
        numbers = given.dtype.kind in "biuf" and given.ndim == 2 and given.size > 0
        if not (numbers and np.isfinite(given).all()):
            raise InputError(
                "A time basis must be a matrix of finite numbers, periods by functions",
                f"{type(self.values).__name__} of shape {given.shape}",
                "Give an array (T, R), or Polynomial(degree) or Splines(functions)",
            )
        held = np.array(given, np.float64)
        held.flags.writeable = False
        object.__setattr__(self, "values", held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Functions) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.values.tobytes())

    def matrix(self, periods: Sequence[Hashable]) -> np.ndarray:
        """Return the functions; there must be as many rows as periods."""
        require(
            len(self.values) == len(periods),
            "A time basis must have a row for each period",
            f"{len(self.values)} rows for {len(periods)} periods",
            "Give the functions at the periods of the panel",
        )
        _require_fewer("functions", self.values.shape[1], len(periods))
        return self.values

    def describe(self) -> str:
        """Return what profiles of them are."""
        return f"{self.values.shape[1]} given functions of time"


def as_basis(given: Any) -> TimeBasis | None:
    """Return a time basis, made of an array where one is given; None for profiles that are free.

    Raises
    ------
    InputError
        It is neither.
    """
    if given is None or (callable(getattr(given, "matrix", None)) and not isinstance(given, type)):
        return given
    return Functions(given)


def require_basis(psi: np.ndarray) -> None:
    """Refuse functions (T, R) of which one is a sum of others.

    Raises
    ------
    InputError
        One is, by number from 1.
    """
    sizes = np.sqrt((psi**2).sum(axis=0))
    scaled = psi / np.where(sizes > 0, sizes, 1.0)
    left = np.abs(np.diag(np.linalg.qr(scaled, mode="r"))) ** 2
    lost = [str(r + 1) for r in np.flatnonzero(left <= COLLINEAR)]
    require(
        not lost,
        "Functions of a time basis must not be sums of one another",
        f"function {', '.join(lost)} of {psi.shape[1]}, which those before explain",
        "Leave it out",
    )


def _require_fewer(what: str, functions: int, n_periods: int) -> None:
    require(
        functions <= n_periods,
        "There must be no more functions of time than periods",
        f"{functions} {what} for {n_periods} periods",
        "Give fewer; with as many, profiles are free: leave `time_basis` out",
    )


def _scaled(periods: Sequence[Hashable]) -> np.ndarray:
    """Time in [-1, 1]: the periods where they are numbers, else their positions."""
    numbers = all(is_number(period) for period in periods)
    time = np.array(periods if numbers else range(len(periods)), np.float64)
    low, high = time.min(), time.max()
    return (2.0 * time - low - high) / (high - low) if high > low else np.zeros(len(time))
