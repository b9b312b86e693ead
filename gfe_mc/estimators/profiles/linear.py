"""From a design of linear effects of groups to a fit: the search, and what follows from groups."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.estimators.profiles.basis import as_basis, require_basis
from gfe_mc.estimators.profiles.design import (
    Design,
    add_up_to_zero,
    blank,
    design,
    patterns_of,
)
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.profiles.possible import refuse_found
from gfe_mc.estimators.profiles.prior import Known, Prior, as_prior, known
from gfe_mc.estimators.profiles.search import Found, LinearProblem
from gfe_mc.estimators.profiles.stack import checked_weights
from gfe_mc.fit import Fit, Model, ProfileFit, Status, TimeBasis
from gfe_mc.kernels.linear import multiply
from gfe_mc.kernels.slopes.products import Slopes, empty_slopes, regroup_slopes, total_floor
from gfe_mc.kernels.slopes.pull import Pull, no_pull, total_cost


class Linear(Protocol):
    """What an estimator of groups with linear effects is asked for."""

    @property
    def groups(self) -> int:
        """Number of groups."""
        ...

    @property
    def search(self) -> object:
        """How the grouping is looked for."""
        ...

    @property
    def unit_effects(self) -> bool:
        """Whether units have effects."""
        ...

    @property
    def group_slopes(self) -> bool | tuple[str, ...]:
        """Regressors with slopes by group, or all of them."""
        ...

    @property
    def time_basis(self) -> TimeBasis | np.ndarray | None:
        """Functions of time that profiles are made of; None where they are free."""
        ...

    @property
    def prior(self) -> Prior | np.ndarray | None:
        """Prior information on groups."""
        ...


def fit_linear(
    estimator: Linear,
    panel: Panel,
    rng: np.random.Generator,
    start: Fit | None,
    weights: np.ndarray | None,
) -> ProfileFit:
    """Search by cross-products; parameters and errors are those of `GFE.fit`."""
    n_units, n_periods, _ = panel.shape
    n_groups, search, unit_effects = estimator.groups, estimator.search, estimator.unit_effects
    require(
        n_groups <= n_units,
        "There must be no more groups than units",
        f"{n_groups} groups for {n_units} units",
        f"Give `groups` from 1 to {n_units}",
    )
    run = getattr(search, "run_linear", None)
    if run is None:
        raise InputError(
            "Gaps, slopes by group, time bases and priors need a search on cross-products",
            type(search).__name__,
            "Give Genetic(), VNS() or MultiStart()",
        )
    basis = as_basis(estimator.time_basis)
    psi = np.eye(n_periods) if basis is None else np.asarray(basis.matrix(panel.periods))
    require_basis(psi)
    by_group = _positions(panel, estimator.group_slopes)
    made = design(panel, psi, by_group, unit_effects=unit_effects)
    if weights is not None:
        counted = checked_weights(weights, n_units)
        made = made._replace(products=made.products * counted[:, None, None])
    # What is not known is not drawn to anything.
    one = room_for(made.products, made.own, 1)
    most = float(made.products[:, -1, -1].sum())
    least = regroup_slopes(made.products, np.zeros(n_units, np.int64), made.own, one)
    variance = least / np.count_nonzero(panel.observed)
    prior = as_prior(estimator.prior) or Prior()
    told = known(prior, panel, n_groups, weights, variance, most)
    products = made.products
    n_sets = int(told.sets.max()) + 1
    if n_sets < n_units:
        products = np.zeros((n_sets, *made.products.shape[1:]))
        np.add.at(products, told.sets, made.products)
    given = _given(panel, start, told, n_groups)
    now = room_for(products, made.own, n_groups)
    found = run(LinearProblem(products, made.own, told.pull, given, now), rng)
    labels = now.groups[told.sets]
    # What no other cost comes to: links that are not kept, or zeros.
    if total_cost(told.pull, now.groups) >= told.pull.penalty > 0.0:
        refuse_found(panel, prior.probabilities, told.apart, labels)
    if not prior.names_groups:
        labels, _ = by_first_appearance(labels, n_groups)
    model = Model(
        unit_effects=unit_effects,
        profiles=True,
        group_slopes=tuple(str(panel.regressors[k]) for k in by_group),
        time_basis=basis,
        prior=estimator.prior is not None,
    )
    return fit_of_groups(panel, made, labels, n_groups, model, found, estimator, told.of_units)


def _positions(panel: Panel, named: bool | tuple[str, ...]) -> tuple[int, ...]:
    """Positions of the regressors that are named."""
    names = list(panel.regressors)
    if isinstance(named, bool):
        return tuple(range(len(names))) if named else ()
    unknown = [name for name in named if name not in names]
    require(
        not unknown,
        "`group_slopes` must be regressors of the panel",
        ", ".join(unknown),
        f"Give some of {', '.join(names)}, or True for all",
    )
    return tuple(sorted({names.index(name) for name in named}))


def _given(panel: Panel, start: Fit | None, told: Known, n_groups: int) -> np.ndarray:
    """Groupings of sets (any number, their number) to start from: that of a fit's parameters."""
    if start is None:
        return np.zeros((0, 0), np.int64)
    alpha, slopes = start.alpha, start.theta
    shape = None if alpha is None else alpha.shape
    if alpha is None or shape != (n_groups, panel.shape[1]) or len(slopes) != panel.shape[2]:
        raise InputError(
            "`start` must have the slopes, groups and periods of this estimator and panel",
            f"theta {slopes.shape} and alpha {shape}",
            f"Give a fit with theta {(panel.shape[2],)} and alpha {(n_groups, panel.shape[1])}",
        )
    distance = np.empty((len(panel.y), n_groups))
    for g in range(n_groups):
        own = slopes if start.beta is None else start.beta[g]
        left = panel.y - np.nan_to_num(alpha[g])
        for k, slope in enumerate(own):
            left = left - slope * panel.x[:, :, k]
        left = np.where(panel.observed, left, 0.0)
        if start.model.unit_effects:
            mean = left.sum(axis=1) / panel.observed.sum(axis=1)
            left = np.where(panel.observed, left - mean[:, None], 0.0)
        distance[:, g] = (left**2).sum(axis=1)
    of_sets = np.zeros((int(told.sets.max()) + 1, n_groups))
    np.add.at(of_sets, told.sets, distance)
    nearest: np.ndarray = np.argmin(of_sets, axis=1)[None].astype(np.int64)
    return nearest


def room_for(products: np.ndarray, own: int, n_groups: int) -> Slopes:
    """Return room for a grouping."""
    n_units, n_series, _ = products.shape
    now = empty_slopes(n_units, n_groups, n_series - 1, own)
    total_floor(products, own, now.floor)
    return now


def fit_of_groups(
    panel: Panel,
    made: Design,
    labels: np.ndarray,
    n_groups: int,
    model: Model,
    found: Found,
    estimator: object,
    pull: Pull | None = None,
) -> ProfileFit:
    """Estimate everything but the groups (N,), each of which must have a unit.

    Effects of groups on time that are not identified are NaN: of periods in which nothing of the
    group is observed, or of all where that is not what is missing.
    """
    now = room_for(made.products, made.own, n_groups)
    objective = regroup_slopes(made.products, labels, made.own, now)
    objective += total_cost(no_pull() if pull is None else pull, labels)
    n_functions = made.psi.shape[1]
    beta = np.empty((n_groups, len(made.order)))
    beta[:, made.order] = now.beta[:, n_functions:]
    patterns = patterns_of(made.lost, now.beta[:, :n_functions], beta)
    alpha = multiply(patterns, np.ascontiguousarray(made.psi.T))
    pivots = np.diagonal(now.factors, axis1=1, axis2=2)
    seen = np.array([panel.observed[labels == g].any(axis=0) for g in range(n_groups)])
    blank(alpha, pivots[:, :n_functions], seen, made.absorbed)
    if model.unit_effects:
        alpha = add_up_to_zero(alpha)
    status = Status.SUCCESS if found.converged else Status.ITERATION_LIMIT
    flat = (pivots[:, n_functions : made.own] == 0.0).any() or (np.diag(now.factor)[:-1] == 0).any()
    if flat:
        beta[:], status = np.nan, Status.COLLINEAR
    own_slopes = bool(model.group_slopes)
    unit_slopes = beta[labels]
    theta = unit_slopes.mean(axis=0) if own_slopes else beta[0].copy()
    return ProfileFit(
        theta=theta,
        alpha=alpha,
        groups=labels,
        objective=objective,
        status=status,
        n_best=found.n_best,
        n_tries=found.n_tries,
        beta=beta if own_slopes else None,
        unit_slopes=unit_slopes if own_slopes else None,
        mu=unit_effects_of(panel, unit_slopes, alpha[labels]) if model.unit_effects else None,
        patterns=patterns if model.time_basis is not None else None,
        model=model,
        estimator=estimator,
    )


def unit_effects_of(panel: Panel, slopes: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    """Compute mu_i (N,): means over observed periods of y_it - x_it'beta_i - alpha_{g_i t}.

    Parameters
    ----------
    panel : Panel
        The panel, not in deviations.
    slopes : (N, K) array
        Slopes of each unit.
    profiles : (N, T) array
        Profile of each unit's group.
    """
    level = panel.y - np.where(panel.observed, profiles, 0.0)
    for k in range(panel.shape[2]):
        level = level - slopes[:, k, None] * panel.x[:, :, k]
    mean: np.ndarray = (level * panel.observed).sum(axis=1) / panel.observed.sum(axis=1)
    return mean
