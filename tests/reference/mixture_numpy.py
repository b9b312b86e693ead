"""Mixtures in plain NumPy: the likelihood as it is written, and its maximum by other means."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import helmert
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp
from scipy.stats import norm

from gfe_mc import MixtureFit, Panel


def unit_logs(
    panel: Panel,
    theta: np.ndarray,
    alpha: np.ndarray,
    sigma2: np.ndarray,
    log_prior: np.ndarray,
    unit_effects: bool = False,
) -> np.ndarray:
    """Log of pi_ig times the density of unit i in component g, (N, G), one unit after another."""
    logs = log_prior.copy()
    for i in range(panel.shape[0]):
        seen = np.flatnonzero(panel.observed[i])
        # Orthonormal contrasts of the unit's own periods.
        turn = helmert(len(seen)) if unit_effects else np.eye(len(seen))
        for g in range(len(alpha)):
            left = panel.y[i, seen] - panel.x[i, seen] @ theta - alpha[g, seen]
            logs[i, g] += norm.logpdf(turn @ left, scale=np.sqrt(sigma2[g])).sum()
    return logs


def log_priors(panel: Panel, gamma: np.ndarray, characteristics: tuple[str, ...]) -> np.ndarray:
    """Log pi_ig of a logit in values of the first observed period."""
    first = panel.observed.argmax(axis=1)
    columns = [panel.regressors.index(name) for name in characteristics]
    w = np.column_stack(
        [np.ones(panel.shape[0])] + [panel.x[np.arange(panel.shape[0]), first, k] for k in columns]
    )
    return np.asarray(log_softmax(w @ gamma.T, axis=1))


def likelihood_of(panel: Panel, fit: MixtureFit, **changed: Any) -> np.ndarray:
    """Log-likelihood of each unit (N,) at a fit's estimates, some of them changed."""
    at = {name: changed.get(name, getattr(fit, name)) for name in ("theta", "alpha", "sigma2")}
    gamma = changed.get("gamma", fit.gamma)
    logs = unit_logs(
        panel,
        **at,
        log_prior=log_priors(panel, gamma, fit.characteristics),
        unit_effects=fit.model.unit_effects,
    )
    return np.asarray(logsumexp(logs, axis=1))


def maximum(panel: Panel, n_groups: int, starts: int, seed: int = 0) -> float:
    """Greatest log-likelihood with common probabilities and variance, by quasi-Newton steps."""
    n_units, n_periods, n_slopes = panel.shape
    rng = np.random.default_rng(seed)

    def loss(p: np.ndarray) -> float:
        theta, rest = p[:n_slopes], p[n_slopes:]
        alpha = rest[: n_groups * n_periods].reshape(n_groups, n_periods)
        sigma = np.exp(rest[n_groups * n_periods])
        prior = log_softmax(np.append(0.0, rest[n_groups * n_periods + 1 :]))
        left = panel.y - panel.x @ theta
        logs = norm.logpdf(left[:, None, :] - alpha, scale=sigma).sum(axis=2) + prior
        return -float(logsumexp(logs, axis=1).sum())

    best = np.inf
    for _ in range(starts):
        units = rng.choice(n_units, n_groups, replace=False)
        spread, odds = np.full(1, np.log(panel.y.std() / 2)), np.zeros(n_groups - 1)
        start = np.concatenate([np.zeros(n_slopes), panel.y[units].ravel(), spread, odds])
        found = minimize(loss, start, method="BFGS", options={"gtol": 1e-5})
        best = min(best, float(found.fun))
    return -best
