"""Fuzzy clustering regression of panels with gaps: cross-products in, a fit out."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError
from gfe_mc.estimators.profiles.design import (
    Design,
    add_up_to_zero,
    blank,
    design,
    patterns_of,
)
from gfe_mc.estimators.profiles.linear import room_for
from gfe_mc.estimators.profiles.numbering import order_of_appearance
from gfe_mc.estimators.profiles.search import Found
from gfe_mc.fit import FuzzyFit, Model, Status
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, empty_fuzzy
from gfe_mc.kernels.fuzzy.products import measure_products, regress_products
from gfe_mc.kernels.fuzzy.weights import shares, weigh
from gfe_mc.kernels.slopes.products import Slopes, regroup_slopes, total_floor

EXACT = 1e-12
"""An objective below this share of the outcome's variation is what rounding leaves of products."""


class GapsProblem(NamedTuple):
    """What a search for soft groups works on where there are gaps."""

    products: np.ndarray
    """(N, D, D) cross-products of units."""
    own: int
    """Number of columns whose coefficients differ by group: periods, then regressors."""
    specific: int
    """Number of those regressors."""
    m: float
    """Regularization parameter."""
    hard: Slopes
    """Room for a grouping in which every unit is in one group."""
    now: Fuzzy
    """Where the best coefficients are to be left; pooled ones before."""


class Fuzzily(Protocol):
    """What an estimator of soft groups is asked for."""

    @property
    def groups(self) -> int:
        """Number of groups."""
        ...

    @property
    def m(self) -> float:
        """Regularization parameter."""
        ...

    @property
    def search(self) -> object:
        """How the minimum is looked for."""
        ...

    @property
    def group_specific(self) -> tuple[str, ...]:
        """Regressors with slopes by group."""
        ...

    @property
    def unit_effects(self) -> bool:
        """Whether units have effects."""
        ...


def fit_gaps(estimator: Fuzzily, panel: Panel, rng: np.random.Generator) -> FuzzyFit:
    """Search by cross-products of the cells that are observed; errors are those of `FCR.fit`.

    Distances d_ig are sums over the periods in which the unit is observed, and effects alpha_gt
    weighted means over the units that are observed in the period. Effects of a group in a period in
    which no unit of it is observed are NaN.
    """
    run = getattr(estimator.search, "run_gaps", None)
    if run is None:
        raise InputError(
            "Panels with gaps need a search on cross-products",
            type(estimator.search).__name__,
            "Give FuzzyGenetic() or Annealing()",
        )
    by_group = tuple(list(panel.regressors).index(name) for name in estimator.group_specific)
    psi = np.eye(panel.shape[1])
    made = design(panel, psi, by_group, unit_effects=estimator.unit_effects)
    n_units, n_series, _ = made.products.shape
    # Pooled coefficients: where nothing is known of a group.
    one = room_for(made.products, made.own, 1)
    regroup_slopes(made.products, np.zeros(n_units, np.int64), made.own, one)
    now = empty_fuzzy(n_units, n_series, 0, estimator.groups, made.own)
    total_floor(made.products, made.own, now.floor)
    now.beta[:] = one.beta
    hard = room_for(made.products, made.own, estimator.groups)
    m = float(estimator.m)
    problem = GapsProblem(made.products, made.own, len(by_group), m, hard, now)
    found: Found = run(problem, rng)
    return _report(estimator, panel, made, now, found)


def _report(estimator: Fuzzily, panel: Panel, made: Design, now: Fuzzy, found: Found) -> FuzzyFit:
    """Turn what was found into a fit."""
    n_groups, n_functions, m = estimator.groups, made.psi.shape[1], float(estimator.m)
    measure_products(made.products, now)
    weigh(m, now)
    memberships = np.empty_like(now.weights)
    shares(m, now, memberships)
    coefficients = now.beta.copy()
    # Once more at these memberships, for what they identify.
    regress_products(made.products, made.own, now)
    pivots = np.diagonal(now.factors, axis1=1, axis2=2)
    beta = np.empty((n_groups, len(made.order)))
    beta[:, made.order] = coefficients[:, n_functions:]
    alpha = patterns_of(made.lost, coefficients[:, :n_functions], beta)
    seen = np.array([panel.observed[w > 0].any(axis=0) for w in now.weights.T])
    blank(alpha, pivots[:, :n_functions], seen, made.absorbed)
    if estimator.unit_effects:
        alpha = add_up_to_zero(alpha)
    nearest = memberships.argmax(axis=1)
    order = order_of_appearance(nearest, n_groups)
    groups, beta = np.argsort(order)[nearest], beta[order]
    own, used = made.own - n_functions, now.mass > 0
    flat = (pivots[used, n_functions : made.own] == 0.0).any()
    flat = flat or (np.diag(now.factor)[:-1] == 0.0).any()
    status = _status(made, found, flat=bool(flat))
    unit_slopes = beta[groups]
    theta = unit_slopes.mean(axis=0) if own else beta[0].copy()
    if status == Status.COLLINEAR:
        theta[:], beta[:], unit_slopes[:] = np.nan, np.nan, np.nan
    return FuzzyFit(
        theta=theta,
        alpha=alpha[order],
        groups=groups,
        objective=found.objective,
        status=status,
        n_best=found.n_best,
        n_tries=found.n_tries,
        beta=beta if own else None,
        unit_slopes=unit_slopes if own else None,
        memberships=memberships[:, order],
        fuzziness=m,
        model=Model(
            unit_effects=estimator.unit_effects,
            profiles=True,
            group_slopes=tuple(estimator.group_specific),
            soft=True,
        ),
        estimator=estimator,
    )


def _status(made: Design, found: Found, *, flat: bool) -> Status:
    """How it ended; `flat` says that a regressor does not vary within the groups."""
    variation = float(made.products[:, -1, -1].sum())
    if not np.isfinite(found.objective):
        return Status.NOT_FINITE
    if found.objective <= EXACT * variation:
        return Status.EXACT_FIT
    if flat:
        return Status.COLLINEAR
    return Status.SUCCESS if found.converged else Status.ITERATION_LIMIT
