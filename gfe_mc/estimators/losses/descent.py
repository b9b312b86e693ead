"""Descent in slopes and profile values of given groups, and where these have no finite optimum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gfe_mc.errors import require
from gfe_mc.estimators.losses.loss import checked_terms, extremes_of, name_of
from gfe_mc.estimators.losses.problem import Parameters, Problem
from gfe_mc.kernels.losses.cells import own_index
from gfe_mc.kernels.losses.newton import derivatives, newton_step

HALVINGS = 40
"""Most times that a step is halved until the objective falls."""
ROUNDING = 1e-6
"""What a loss of zero may be below zero."""
FLAT = 1e-9
"""A derivative, and a fall of the objective a unit-period, that is as good as none."""


class Ended(NamedTuple):
    """How a descent ended."""

    objective: float
    converged: bool
    lost: np.ndarray
    """(K,) slopes that have no information of their own."""


def values_at(
    problem: Problem, groups: np.ndarray, at: Parameters, used: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Compute the objective over what is used (N, T), and first and second derivatives (N, T)."""
    index = np.empty(problem.y.shape)
    own_index(problem.x, problem.cell, groups, at.theta, at.alpha, index)
    value, first, second = checked_terms(problem.loss, problem.y, index)
    with np.errstate(over="ignore", invalid="ignore"):
        objective = float(value[used].sum())
    # Objectives are compared by shares of them.
    require(
        not objective < -ROUNDING * value.size,
        f"The loss {name_of(problem.loss)} must not be negative",
        f"a sum of {objective:.6g} over unit-periods",
        "Add to it what it is at its least",
    )
    return objective, first, second


def descend(
    problem: Problem,
    groups: np.ndarray,
    now: Parameters,
    *,
    used: np.ndarray,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    tolerance: float = 1e-12,
    limit: int = 100,
    target: float = np.inf,
) -> Ended:
    """Minimise over slopes and profile values of given groups, in place, by Newton's method.

    Profile values stay within bounds: one that is at a bound, and would fall by going beyond, is
    held there. Steps are halved until the objective falls.

    Parameters
    ----------
    problem : Problem
        The panel.
    groups : (N,) array
        Group of each unit.
    now : Parameters
        Where it starts, and ends.
    used : (N, T) bool array
        Unit-periods that count.
    bounds : pair of float
        Least and largest profile value.
    tolerance : float
        It ends when a step promises less, for each unit-period that counts.
    limit : int
        Most steps.
    target : float
        It is given up as soon as a step promises, twice over, not to come below this.
    """
    n_groups, n_slopes = len(now.alpha), len(now.theta)
    shape = (n_groups, problem.n_cells)
    slope, step_slope, lost = np.empty(n_slopes), np.empty(n_slopes), np.zeros(n_slopes, np.bool_)
    inner, mixed = np.empty((n_slopes, n_slopes)), np.empty((*shape, n_slopes))
    profile, bend, step_profile = np.empty(shape), np.empty(shape), np.empty(shape)
    cells = max(int(np.count_nonzero(used)), 1)
    objective, first, second = values_at(problem, groups, now, used)
    for _ in range(limit):
        derivatives(
            problem.x, problem.cell, groups, used, first, second, slope, profile, inner, mixed, bend
        )
        held = (now.alpha <= bounds[0]) & (profile > 0) | (now.alpha >= bounds[1]) & (profile < 0)
        promised = newton_step(
            slope, profile, inner, mixed, bend, held, step_slope, step_profile, lost
        )
        if not promised > 2.0 * tolerance * cells:
            # Far out, a loss may have a slope and no curvature that can be told from none.
            stuck = (bend <= 0.0) & ~held & (np.abs(profile) > FLAT)
            return Ended(objective, not stuck.any(), lost)
        if objective - promised > target:
            return Ended(objective, False, lost)
        share, better = 1.0, None
        for _ in range(HALVINGS):
            tried = Parameters(
                now.theta + share * step_slope,
                np.clip(now.alpha + share * step_profile, *bounds),
            )
            found = values_at(problem, groups, tried, used)
            if found[0] < objective:
                better = tried
                break
            share /= 2.0
        if better is None:  # Nothing below in the digits that there are.
            return Ended(objective, promised <= FLAT * cells, lost)
        now.theta[:], now.alpha[:] = better
        objective, first, second = found
    return Ended(objective, False, lost)


def separated(problem: Problem, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Return where profile values have no finite optimum, (G, C).

    -inf or inf where all outcomes of a group in a cell are the same extreme of the loss, NaN where
    there are none, zero elsewhere.
    """
    found = np.zeros((n_groups, problem.n_cells))
    counts = sums_by_cell(problem, groups, n_groups, problem.observed)
    found[counts == 0] = np.nan
    for extreme, limit in zip(extremes_of(problem.loss), (-np.inf, np.inf), strict=True):
        if extreme is not None:
            same = sums_by_cell(
                problem, groups, n_groups, problem.observed & (problem.y == extreme)
            )
            found[(counts > 0) & (same == counts)] = limit
    return found


def sums_by_cell(
    problem: Problem, groups: np.ndarray, n_groups: int, marked: np.ndarray
) -> np.ndarray:
    """Count the unit-periods that are marked (N, T) by group and cell, (G, C)."""
    place = groups[:, None] * problem.n_cells + problem.cell
    counted = np.bincount(place[marked], minlength=n_groups * problem.n_cells)
    return counted.reshape(n_groups, problem.n_cells)


def finish(problem: Problem, groups: np.ndarray, now: Parameters) -> tuple[Ended, np.ndarray]:
    """Minimise over slopes and profile values of given groups without bounds.

    Cells without a finite optimum are left out, at a loss of zero, which is their limit; what
    `separated` says of them comes with how it ended.
    """
    apart = separated(problem, groups, len(now.alpha))
    free = apart == 0.0
    used = problem.observed & free[groups][:, problem.cell]
    now.alpha[~free] = 0.0
    return descend(problem, groups, now, used=used), apart
