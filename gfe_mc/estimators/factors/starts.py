"""Where searches for interactive effects start: slopes by simpler estimators, and random ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.kernels.linear import exceeds, factorize, gram, solve_factorized

COLLINEAR = 1e-10
"""A regressor whose remaining share of its own variation is below this counts as collinear."""
STEPS = 100
"""Most steps to the least nuclear norm: it is but a start."""

Start = str | Estimator
"""Name of a start, or an estimator whose slopes are one."""


class Series(NamedTuple):
    """A panel as the kernels of interactive effects read it."""

    panel: Panel
    """The panel itself."""
    z: np.ndarray
    """(N, D, T) regressors and last the outcome, zero in gaps."""
    products: np.ndarray
    """(D, D, T, T) their cross-products."""


def zero(series: Series) -> np.ndarray:
    """Slopes of zero: factors are those of the outcome itself."""
    return np.zeros(series.z.shape[1] - 1)


def ols(series: Series) -> np.ndarray:
    """Least squares on the regressors alone, without a constant."""
    return _least_squares(series.z)[0]


def pooled(series: Series) -> np.ndarray:
    """Least squares with period effects, or least squares alone if they take too much."""
    observed = series.panel.observed[:, None, :]
    means = series.z.sum(axis=0) / np.maximum(observed.sum(axis=0), 1)
    return _least_squares((series.z - means) * observed, series.z)[0]


def within(series: Series) -> np.ndarray:
    """Least squares with unit effects, or least squares alone if they take too much."""
    observed = series.panel.observed[:, None, :]
    means = series.z.sum(axis=2, keepdims=True) / observed.sum(axis=2, keepdims=True)
    return _least_squares((series.z - means) * observed, series.z)[0]


def nuclear(series: Series) -> np.ndarray:
    """Slopes with the least nuclear norm of the residuals, which is convex in them.

    By reweighted least squares, tr(R'R W), W = (R'R)^(-1/2). Gaps count as zero.

    References
    ----------
    Moon and Weidner (2018), Nuclear norm regularized estimation of panel regression models.
    """
    from gfe_mc.kernels.factors.starts import least_nuclear_norm

    theta = ols(series)
    least_nuclear_norm(series.products, STEPS, theta)
    return theta


STARTS: dict[str, Callable[[Series], np.ndarray]] = {
    "zero": zero,
    "ols": ols,
    "pooled": pooled,
    "within": within,
    "nuclear": nuclear,
}
"""Starts by name."""


def require_starts(starts: object) -> tuple[Start, ...]:
    """Return starts as a tuple, or raise `InputError` if one is none."""
    listed = isinstance(starts, tuple | list)
    known = listed and all(
        one in STARTS
        if isinstance(one, str)
        else callable(getattr(one, "fit", None)) and not isinstance(one, type)
        for one in starts  # type: ignore[attr-defined]
    )
    require(
        known,
        "`starts` must be a tuple of starts",
        repr(starts),
        f"Give some of {', '.join(STARTS)}, or estimators",
    )
    return tuple(starts)  # type: ignore[arg-type]


def named_starts(
    starts: tuple[Start, ...], series: Series, rng: np.random.Generator
) -> list[np.ndarray]:
    """Compute the slopes (K,) of starts, those of an estimator that failed left out."""
    found = []
    for start in starts:
        slopes = (
            STARTS[start](series)
            if isinstance(start, str)
            else np.asarray(start.fit(series.panel, rng).theta, np.float64)
        )
        if np.isfinite(slopes).all():
            found.append(slopes)
    return found


def random_starts(
    number: int, spread: float, series: Series, rng: np.random.Generator
) -> list[np.ndarray]:
    """Draw slopes (K,) about those with period effects, in units of what explains the residual."""
    centre = pooled(series)
    _, scale = _least_squares(series.z)
    return [centre + spread * scale * rng.standard_normal(len(centre)) for _ in range(number)]


def require_identified(series: Series) -> None:
    """Refuse regressors that are collinear.

    Raises
    ------
    InputError
        One is zero, or explained by those before it.
    """
    names = series.panel.regressors
    rows = _rows(series.z)
    for k in range(len(names)):
        bread = gram(np.ascontiguousarray(rows[:, : k + 1]))
        scale = np.sqrt(np.diag(bread))
        if scale[k] > 0.0 and exceeds(bread / np.outer(scale, scale), COLLINEAR):
            continue
        raise InputError(
            "Every regressor must vary, given the others",
            f"no such variation in {names[k]}"
            + (", which the regressors before it explain" if scale[k] > 0.0 else ""),
            "Leave it out" if scale[k] == 0.0 else "Leave one of them out: they are collinear",
        )


def _rows(z: np.ndarray) -> np.ndarray:
    """Series (N, D, T) as rows (N T, D)."""
    return np.ascontiguousarray(z.transpose(0, 2, 1)).reshape(-1, z.shape[1])


def _least_squares(
    z: np.ndarray, otherwise: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes (K,) of series (N, D, T), and by how much each would explain the residual alone."""
    products = gram(_rows(z))
    bread, side = products[:-1, :-1], products[:-1, -1:].copy()
    scale = np.sqrt(np.diag(bread))
    sound = bool((scale > 0.0).all()) and exceeds(bread / np.outer(scale, scale), COLLINEAR)
    if not sound and otherwise is not None:
        return _least_squares(otherwise)
    factor = np.empty_like(bread)
    factorize(np.ascontiguousarray(bread), 0.0, factor)
    solve_factorized(factor, side)
    slopes = side[:, 0]
    rest = products[-1, -1]
    for k, slope in enumerate(slopes):
        rest -= slope * products[k, -1]
    return slopes, np.sqrt(max(rest, 0.0)) / scale
