"""Interactive fixed effects in plain NumPy: alternating least squares; dummies for errors."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize


def objective(y: np.ndarray, x: np.ndarray, r: int, theta: np.ndarray) -> float:
    """Sum of the T - r smallest eigenvalues: what least squares leaves, by singular values."""
    singular = np.linalg.svd(y - x @ theta, compute_uv=False)
    return float((singular[r:] ** 2).sum())


def alternate(
    y: np.ndarray, x: np.ndarray, r: int, theta: np.ndarray, steps: int = 20_000
) -> tuple[float, np.ndarray]:
    """Factors for slopes, slopes orthogonal to factors, until both stand still."""
    n_slopes = x.shape[2]
    for _ in range(steps):
        _, _, rotated = np.linalg.svd(y - x @ theta, full_matrices=False)
        off = np.eye(y.shape[1]) - rotated[:r].T @ rotated[:r]
        design = np.einsum("st,itk->isk", off, x).reshape(-1, n_slopes)
        new = np.linalg.lstsq(design, (y @ off).ravel(), rcond=None)[0]
        change = np.abs(new - theta).max(initial=0.0)
        theta = new
        if change < 1e-13:
            break
    return objective(y, x, r, theta), theta


def best(
    y: np.ndarray, x: np.ndarray, r: int, starts: int = 40, spread: float = 2.0, seed: int = 0
) -> tuple[float, np.ndarray]:
    """The best of many starts."""
    rng = np.random.default_rng(seed)
    begins = [np.zeros(x.shape[2])]
    begins += list(spread * rng.standard_normal((starts - 1, x.shape[2])))
    return min((alternate(y, x, r, begin) for begin in begins), key=lambda one: one[0])


def best_with_gaps(
    y: np.ndarray, x: np.ndarray, observed: np.ndarray, r: int, starts: int = 20
) -> tuple[float, np.ndarray]:
    """Minimise over slopes, factors and loadings all at once, from many starts."""
    (n_units, n_periods), n_slopes = y.shape, x.shape[2]

    def residuals(parameters: np.ndarray) -> np.ndarray:
        theta, rest = parameters[:n_slopes], parameters[n_slopes:]
        factors = rest[: n_periods * r].reshape(n_periods, r)
        loadings = rest[n_periods * r :].reshape(n_units, r)
        return np.asarray((y - x @ theta - loadings @ factors.T) * observed)

    def value(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        left = residuals(parameters)
        rest = parameters[n_slopes:]
        factors = rest[: n_periods * r].reshape(n_periods, r)
        loadings = rest[n_periods * r :].reshape(n_units, r)
        parts = np.einsum("it,itk->k", left, x), left.T @ loadings, left @ factors
        return float((left**2).sum()), -2.0 * np.concatenate([part.ravel() for part in parts])

    rng = np.random.default_rng(1)
    size = n_slopes + r * (n_units + n_periods)
    found = [
        minimize(
            value,
            rng.standard_normal(size),
            jac=True,
            method="BFGS",
            options={"gtol": 1e-9, "maxiter": 5000},
        )
        for _ in range(starts)
    ]
    chosen = min(found, key=lambda one: float(one.fun))
    return float(chosen.fun), np.asarray(chosen.x[:n_slopes])


def off_effects(
    x: np.ndarray, observed: np.ndarray, factors: np.ndarray, loadings: np.ndarray
) -> np.ndarray:
    """Residuals of regressors on a dummy for every loading and every factor value."""
    (n_units, n_periods, n_slopes), r = x.shape, factors.shape[1]
    columns = []
    for j in range(r):
        columns += [np.outer(np.eye(n_units)[i], factors[:, j]) for i in range(n_units)]
        columns += [np.outer(loadings[:, j], np.eye(n_periods)[t]) for t in range(n_periods)]
    seen = observed.ravel()
    design = np.array([column.ravel()[seen] for column in columns]).T.reshape(seen.sum(), -1)
    flat = x.reshape(-1, n_slopes)[seen]
    solved = np.linalg.lstsq(design, flat, rcond=1e-9)[0]
    off = np.zeros((n_units * n_periods, n_slopes))
    off[seen] = flat - design @ solved
    return off.reshape(x.shape)


def sandwich(off: np.ndarray, residuals: np.ndarray, errors: str, freedom: int) -> np.ndarray:
    """The covariance of the slopes, of regressors off the effects."""
    inverse = np.linalg.inv(np.einsum("itk,itl->kl", off, off))
    if errors == "homoskedastic":
        return np.asarray(inverse * (residuals**2).sum() / freedom)
    scores = off * residuals[:, :, None]
    scores = scores.sum(axis=1) if errors == "clustered" else scores.reshape(-1, off.shape[2])
    return np.asarray(inverse @ scores.T @ scores @ inverse)


def soft_impute(
    y: np.ndarray, x: np.ndarray, observed: np.ndarray, penalty: float, steps: int = 20_000
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes, and effects of least squares over observed cells and a penalised nuclear norm.

    In turn: gaps from the effects, singular values less psi times the root of the number of cells,
    slopes by least squares of what is observed less the effects.
    """
    bound = penalty * np.sqrt(observed.sum())
    theta, effects = np.zeros(x.shape[2]), np.zeros(y.shape)
    for _ in range(steps):
        u, s, vt = np.linalg.svd(np.where(observed, y - x @ theta, effects), full_matrices=False)
        after = (u * np.maximum(s - bound, 0.0)) @ vt
        theta = np.linalg.lstsq(x[observed], (y - after)[observed], rcond=None)[0]
        change, effects = np.abs(after - effects).max(), after
        if change < 1e-13:
            break
    return theta, effects


def complete(
    residuals: np.ndarray, observed: np.ndarray, r: int, steps: int = 20_000
) -> np.ndarray:
    """Fill gaps by r factors and loadings of least squares: loadings by unit, factors by period."""
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((residuals.shape[1], r))
    loadings = np.zeros((residuals.shape[0], r))
    before = np.inf
    for _ in range(steps):
        for own, other, cells, values in (
            (loadings, factors, observed, residuals),
            (factors, loadings, observed.T, residuals.T),
        ):
            for i, seen in enumerate(cells):
                own[i] = np.linalg.lstsq(other[seen], values[i, seen], rcond=None)[0]
        left = float((((residuals - loadings @ factors.T) * observed) ** 2).sum())
        if before - left <= 1e-15 * left:
            break
        before = left
    return np.asarray(np.where(observed, residuals, loadings @ factors.T))
