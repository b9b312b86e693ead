"""What designs that scale are made of: sizes of groups, stationary series, bounds of numbers."""

from __future__ import annotations

import numpy as np

from gfe_mc.errors import is_number, require

BEFORE = 50
"""Periods before the first, in which a dynamic panel forgets its start."""


def apportioned(number: int, sizes: np.ndarray) -> np.ndarray:
    """Share out a number in proportion to sizes (G,), by largest remainders; (G,) whole numbers.

    Parameters
    ----------
    number : int
        What is shared out.
    sizes : (G,) array
        Positive numbers.
    """
    exact = number * sizes / sizes.sum()
    shares = np.floor(exact).astype(np.int64)
    behind = np.argsort(shares - exact, kind="stable")
    shares[behind[: number - shares.sum()]] += 1
    return np.asarray(shares)


def falling_sizes(n_units: int, n_groups: int, imbalance: float) -> np.ndarray:
    """Assign units to groups in order, (N,): sizes by largest remainders, at least one unit each.

    Parameters
    ----------
    n_units, n_groups : int
        N and G, no more groups than units.
    imbalance : float
        How many times as large the first group is as the last; sizes fall geometrically.
    """
    shares = imbalance ** -np.linspace(0.0, 1.0, n_groups)
    sizes = 1 + apportioned(n_units - n_groups, shares)
    return np.repeat(np.arange(n_groups), sizes)


def autoregressive(
    rng: np.random.Generator, shape: tuple[int, int], persistence: float
) -> np.ndarray:
    """Draw stationary normal series of variance one, one in each row.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all randomness.
    shape : (int, int)
        Number of series, and of periods.
    persistence : float
        Autocorrelation, within (-1, 1).
    """
    made = rng.standard_normal(shape)
    if persistence:
        made[:, 1:] *= np.sqrt(1 - persistence**2)
        for t in range(1, shape[1]):
            made[:, t] += persistence * made[:, t - 1]
    return made


def errors_of_units(
    rng: np.random.Generator, shape: tuple[int, int], persistence: float, dispersion: float
) -> np.ndarray:
    """Draw stationary normal errors (N, T) whose variances are one on average over units.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all randomness.
    shape : (int, int)
        N and T.
    persistence : float
        Autocorrelation, within (-1, 1).
    dispersion : float
        Coefficient of variation of the units' variances, which are gamma distributed; 0 for the
        same variance in all units.
    """
    errors = autoregressive(rng, shape, persistence)
    if dispersion:
        form = 1.0 / dispersion**2
        errors *= np.sqrt(rng.gamma(form, 1.0 / form, size=shape[0]))[:, None]
    return errors


def require_fewer_groups(n_groups: int, n_units: int) -> None:
    """Refuse more groups than units."""
    require(
        n_groups <= n_units,
        "There must be no more groups than units",
        f"{n_groups} groups for {n_units} units",
        "Use fewer groups",
    )


def require_slopes(name: str, slopes: object) -> None:
    """Refuse what is no tuple of numbers."""
    require(
        isinstance(slopes, tuple) and all(is_number(slope) for slope in slopes),
        f"`{name}` must be slopes",
        repr(slopes),
        "Give such as (1.0,)",
    )


def require_between(design: object, **bounds: tuple[float, float]) -> None:
    """Refuse fields of a design that are no numbers within these bounds, both included."""
    for name, (low, high) in bounds.items():
        value = getattr(design, name)
        require(
            is_number(value) and low <= value <= high and np.isfinite(value),
            f"`{name}` must be a number from {low:g}" + (f" to {high:g}" * (high < np.inf)),
            repr(value),
            "Give one",
        )


def require_stationary(design: object, *names: str) -> None:
    """Refuse fields of a design that are no numbers between -1 and 1, neither included."""
    for name in names:
        value = getattr(design, name)
        require(
            is_number(value) and -1 < value < 1,
            f"`{name}` must be between -1 and 1",
            repr(value),
            "Give 0 for none",
        )
