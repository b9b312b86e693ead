"""Small fits of every family, made by hand: no search runs, and what they say is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gfe_mc import (
    Covariance,
    FactorFit,
    Fit,
    FuzzyFit,
    Logit,
    LossFit,
    MixtureFit,
    Model,
    Panel,
    ProfileFit,
    SlopeFit,
    Summary,
    TwoLayerFit,
)

N, T, K, G = 8, 5, 2, 2
GROUPS = np.array([0, 0, 1, 0, 1, 1, 0, 1])
THETA = np.array([1.5, -0.5])


def panel(gaps: bool = False, binary: bool = False) -> Panel:
    """Eight units over five years, two regressors."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(N, T, K))
    y = x @ THETA + 3.0 * GROUPS[:, None] + rng.normal(scale=0.3, size=(N, T))
    observed = np.ones((N, T), bool)
    if gaps:
        observed[0, 1] = observed[3, 4] = observed[5, 0] = False
    return Panel.from_arrays(
        (y > y.mean()) * 1.0 if binary else y,
        x,
        observed=observed,
        units=[f"u{i}" for i in range(N)],
        periods=range(2000, 2000 + T),
        outcome="y",
    )


def alpha_of(made: Panel) -> np.ndarray:
    """Means of y - x'theta by group and period, (G, T)."""
    left = np.where(made.observed, made.y - made.x @ THETA, 0.0)
    sums = np.array([left[g == GROUPS].sum(axis=0) for g in range(G)])
    return np.asarray(sums / [made.observed[g == GROUPS].sum(axis=0) for g in range(G)])


def shares() -> np.ndarray:
    """Memberships, (N, G), the largest in the unit's group."""
    own = np.linspace(0.6, 0.95, N)
    return np.where(np.arange(G) == GROUPS[:, None], own[:, None], 1.0 - own[:, None])


def profile(made: Panel) -> Fit:
    alpha = alpha_of(made)
    left = (made.y - made.x @ THETA - alpha[GROUPS])[made.observed]
    return ProfileFit(theta=THETA, alpha=alpha, groups=GROUPS, objective=float((left**2).sum()))


def within(made: Panel) -> Fit:
    """Profiles beside unit effects."""
    alpha = alpha_of(made)
    alpha = alpha - alpha.mean(axis=1, keepdims=True)
    model = Model(unit_effects=True, profiles=True)
    return ProfileFit(theta=THETA, alpha=alpha, groups=GROUPS, model=model)


def slopes(made: Panel) -> Fit:  # noqa: ARG001
    beta = np.array([[1.0, -0.5], [2.0, -0.5]])
    return SlopeFit(
        theta=beta[GROUPS].mean(axis=0),
        groups=GROUPS,
        beta=beta,
        unit_slopes=beta[GROUPS],
        group_objectives=np.ones(G),
        model=Model(unit_effects=True, group_slopes=("x1",)),
    )


def fuzzy(made: Panel) -> Fit:
    return FuzzyFit(
        theta=THETA,
        alpha=alpha_of(made),
        groups=GROUPS,
        memberships=shares(),
        fuzziness=1.5,
        objective=1.0,
    )


def mixture(made: Panel) -> Fit:
    return MixtureFit(
        theta=THETA,
        alpha=alpha_of(made),
        groups=GROUPS,
        memberships=shares(),
        probabilities=np.tile([0.5, 0.5], (N, 1)),
        sigma2=np.array([0.09, 0.09]),
        gamma=np.zeros((G, 1)),
        log_likelihood=-10.0,
        n_parameters=14,
        objective=10.0,
        model=Model(profiles=True, soft=True, mixture="common"),
    )


def factors(made: Panel) -> Fit:  # noqa: ARG001
    factor = np.sqrt(T) * np.linalg.qr(np.arange(1.0, 1.0 + T)[:, None])[0]
    return FactorFit(theta=THETA, factors=factor, loadings=np.linspace(-1, 1, N)[:, None])


def losses(made: Panel) -> Fit:  # noqa: ARG001
    alpha = np.where(np.arange(G)[:, None] == 0, -0.5, 0.7) + np.zeros(T)
    alpha[1, 2] = np.inf
    model = Model(profiles=True, loss="logit")
    return LossFit(theta=THETA / 3, alpha=alpha, groups=GROUPS, loss=Logit(), model=model)


def layers(made: Panel) -> Fit:
    secondary = np.array([0, 1, 0, 1, 1, 0, 1, 1])
    return TwoLayerFit(
        theta=THETA,
        alpha=alpha_of(made),
        groups=GROUPS,
        secondary=secondary,
        eta=np.array([[0.3, -0.1], [0.2, -0.2]]),
        model=Model(profiles=True, levels=(2, 2)),
    )


FAMILIES: dict[str, Callable[[Panel], Fit]] = {
    "profiles": profile,
    "unit effects": within,
    "slopes": slopes,
    "fuzzy": fuzzy,
    "mixture": mixture,
    "factors": factors,
    "losses": losses,
    "layers": layers,
    "plain": lambda _: Fit(theta=THETA),
}


def summary(name: str, *, gaps: bool = False, **changes: Any) -> Summary:
    """A summary of a family, with a covariance that is known."""
    made = panel(gaps, binary=name == "losses")
    theta = np.array([[0.04, 0.01], [0.01, 0.09]])
    covariances = {"known": Covariance(theta, group_slopes=np.full((G, K), 0.5))}
    fit = FAMILIES[name](made)
    return Summary(made, fit, covariances, {}, **{"unit": "firm", "time": "year", **changes})
