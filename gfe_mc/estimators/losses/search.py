"""The search for the grouping of least loss: Algorithm 1 and single-unit moves, many starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from gfe_mc.errors import keep_whole, require_flags
from gfe_mc.estimators.losses.descent import Ended, descend, finish, values_at
from gfe_mc.estimators.losses.loss import checked_terms, extremes_of
from gfe_mc.estimators.losses.problem import Parameters, Problem
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.losses.cells import assign, every_index, predicted_moves, unit_sums

NEAR = 1e-8
"""What a step of descent promises, a unit-period, when it ends within the search."""
FEW = 8
"""Most steps of such a descent: groups change after it anyway."""
BETTER = 1e-9
"""Share of the objective by which a move of a unit has to lower it."""
NONE_LEFT = 0.01
"""Loss of all units together, of outcomes at an extreme, beyond which the search does not go."""
STEP, MOST = 0.25, 200
FARTHEST = 100.0
"""Bounds beyond this are not widened: slopes run off to infinity with the profiles there."""
EVERY = 200
"""Most moves of single units that are all tried, whatever is predicted of them."""
SOME = 0.1
"""Share of the units that a disturbance moves at most, two at least."""


class Found(NamedTuple):
    """What a search says of the grouping that it found."""

    groups: np.ndarray
    """(N,) group of each unit."""
    at: Parameters
    """Slopes and profile values, where `Ended` and `apart` say."""
    ended: Ended
    apart: np.ndarray
    """(G, C) as `gfe_mc.estimators.losses.descent.separated`."""
    n_best: int
    n_tries: int
    settled: bool
    """Whether the iteration from this start ended by itself."""


class LossSearch(Protocol):
    """Search for the grouping with the least loss: any object with this method."""

    def minimize(
        self, problem: Problem, pooled: Parameters, n_groups: int, rng: np.random.Generator, /
    ) -> Found:
        """Search, from slopes and profile values of one group."""
        ...


@dataclass(frozen=True)
class SeededStarts:
    """Algorithm 1 and moves of single units from many starts, each disturbed and improved again.

    A start draws G units, and puts every unit to the one of them whose residuals of the pooled
    model, over the standard deviation that the loss has, are nearest. Algorithm 1 then
    puts units to the group of their least loss and takes Newton's steps in slopes and profiles, in
    turn. A group that is left empty is given the unit that its own fits worst. At its end, moves
    of single units that the curvature of the loss predicts to pay are tried, the best first, or
    all of them where there are no more than 200: each with slopes and profiles estimated anew. One
    that lowers the objective is kept, and Algorithm 1 goes on. The local optimum is then disturbed:
    some units, up to a tenth of all, go to groups that are drawn, and what comes of it is kept if
    it is better.

    Profile values stay within bounds in the search, at which a one where the group has only zeros
    costs finitely much; they are widened where a value that has a finite optimum is beyond them,
    and objectives that are compared are computed without them.

    Parameters
    ----------
    starts : int, default 50
        Most starts.
    kicks : int, default 10
        A start ends after so many disturbances in a row without a better objective.
    hits : int, default 5
        The search ends once this many starts met the best objective, 0 for never; and where the
        losses add up to nothing.
    moves : bool, default True
        Whether single units are moved; Algorithm 1 alone if not.
    limit : int, default 1000
        Most iterations of Algorithm 1 from one start.

    References
    ----------
    Bonhomme and Manresa (2012), Algorithm 1 and equation (8).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedM, Panel, Poisson, SeededStarts
    >>> panel = Panel.from_arrays([[1, 2], [3, 2], [50, 9], [52, 11]])
    >>> search = SeededStarts(starts=20, kicks=2, hits=3)
    >>> fit = GroupedM(Poisson(), groups=2, search=search).fit(panel, np.random.default_rng(0))
    >>> fit.n_best, fit.groups  # it ended once three starts had met the best
    (3, array([0, 0, 1, 1]))
    """

    starts: int = 50
    kicks: int = 10
    hits: int = 5
    moves: bool = True
    limit: int = 1000

    def __post_init__(self) -> None:
        keep_whole(self, starts=1, kicks=0, hits=0, limit=1)
        require_flags(self, "moves")

    def minimize(
        self, problem: Problem, pooled: Parameters, n_groups: int, rng: np.random.Generator
    ) -> Found:
        """Search; a try is a start.

        Parameters
        ----------
        problem : Problem
            The panel.
        pooled : Parameters
            Slopes, and profile values (1, C), of one group.
        n_groups : int
            G.
        rng : numpy.random.Generator
            Draws the units.
        """
        room = _Room(problem, n_groups, pooled.theta)
        residuals = _residuals(problem, pooled)
        best: Found | None = None
        lowest, n_best, n_tries = np.inf, 0, 0
        for _ in range(self.starts if n_groups > 1 else 1):
            groups = _nearest(residuals, rng.choice(len(residuals), n_groups, replace=False))
            now = Parameters(pooled.theta.copy(), np.tile(pooled.alpha, (n_groups, 1)))
            found = self._from(problem, room, groups, now, rng)
            n_tries += 1
            n_best, better = count_best(found.ended.objective, lowest, n_best)
            if better or best is None:
                best = found
            lowest = min(lowest, found.ended.objective)
            if (self.hits and n_best >= self.hits) or room.perfect(lowest):
                break
        assert best is not None
        return best._replace(n_best=max(n_best, 1), n_tries=n_tries)

    def _from(
        self,
        problem: Problem,
        room: _Room,
        groups: np.ndarray,
        now: Parameters,
        rng: np.random.Generator,
    ) -> Found:
        """Search from a grouping: to a local optimum, and on from disturbances of it."""
        best = self._optimum(problem, room, groups, now)
        failed = 0
        while failed < self.kicks and len(now.alpha) > 1 and not room.perfect(best.ended.objective):
            groups = _disturbed(best.groups, len(now.alpha), rng)
            now = Parameters(best.at.theta.copy(), best.at.alpha.copy())
            found = self._optimum(problem, room, groups, now)
            failed += 1
            if found.ended.objective < best.ended.objective * (1.0 - BETTER):
                best, failed = found, 0
        return best

    def _optimum(self, problem: Problem, room: _Room, groups: np.ndarray, now: Parameters) -> Found:
        """Descend to a local optimum, and compute its objective without bounds.

        Where values that have a finite optimum are beyond the bounds, these are widened for good.
        """
        settled = self._improve(problem, room, groups, now)
        ended, apart = finish(problem, groups, now)
        while room.widened(now.alpha[apart == 0.0]):
            settled = self._improve(problem, room, groups, now)
            ended, apart = finish(problem, groups, now)
        return Found(groups, now, ended, apart, 1, 1, settled)

    def _improve(self, problem: Problem, room: _Room, groups: np.ndarray, now: Parameters) -> bool:
        """Descend to a local optimum, in place; return whether it ended by itself."""
        settled, objective = iterate(problem, room, groups, now, self.limit)
        while self.moves and settled and len(now.alpha) > 1:
            found = _better_move(problem, room, groups, now, objective)
            if found is None:
                return True
            groups[:], now.theta[:], now.alpha[:] = found
            settled, objective = iterate(problem, room, groups, now, self.limit)
        return settled


class _Room:
    """Room to work in, and the bounds of profile values."""

    def __init__(self, problem: Problem, n_groups: int, theta: np.ndarray) -> None:
        self.y = np.ascontiguousarray(np.broadcast_to(problem.y, (n_groups, *problem.y.shape)))
        self.index = np.empty(self.y.shape)
        self.losses = np.empty(self.y.shape[:2])
        self.change = np.empty(self.y.shape[:2])
        self.from_zero = any(one is not None for one in extremes_of(problem.loss))
        self.cells = int(np.count_nonzero(problem.observed))
        self.bounds = bounds_of(problem)
        # Slopes so steep that they take the index further need profile values as far.
        reach = 0.0
        if len(theta):
            reach = float(np.abs(np.einsum("itk,k->it", problem.x, theta)).max())
        self.widened(np.array([-reach, reach]))

    def perfect(self, objective: float) -> bool:
        """Whether an objective is as good as zero, below which it cannot be."""
        return self.from_zero and objective <= NEAR * self.cells

    def widened(self, values: np.ndarray) -> bool:
        """Whether values are beyond the bounds, which are then twice as far out as these."""
        low, high = self.bounds
        least, most = float(values.min(initial=0.0)), float(values.max(initial=0.0))
        beyond = bool(least < low > -FARTHEST or most > high < FARTHEST)
        if beyond:
            self.bounds = min(low, 2.0 * least), max(high, 2.0 * most)
        return beyond


def iterate(
    problem: Problem, room: _Room, groups: np.ndarray, now: Parameters, limit: int
) -> tuple[bool, float]:
    """Run Algorithm 1 in place; return whether the groups settled, and the objective."""
    objective = np.inf
    for _ in range(limit):
        objective = _descend(problem, room, groups, now).objective
        every_index(problem.x, problem.cell, now.theta, now.alpha, room.index)
        values = checked_terms(problem.loss, room.y, room.index)[0]
        unit_sums(values, problem.observed, room.losses)
        if assign(room.losses, groups) == 0:
            return True, objective
    return False, objective


def _descend(
    problem: Problem,
    room: _Room,
    groups: np.ndarray,
    now: Parameters,
    target: float = np.inf,
) -> Ended:
    return descend(
        problem,
        groups,
        now,
        used=problem.observed,
        bounds=room.bounds,
        tolerance=NEAR,
        limit=FEW,
        target=target,
    )


def _better_move(
    problem: Problem, room: _Room, groups: np.ndarray, now: Parameters, objective: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return groups, slopes and profile values after a move that pays; None if none is found."""
    every_index(problem.x, problem.cell, now.theta, now.alpha, room.index)
    terms = checked_terms(problem.loss, room.y, room.index)
    predicted_moves(*terms, problem.observed, problem.cell, groups, problem.n_cells, room.change)
    # Those of units in their own groups are zero, and no moves.
    others = np.arange(len(now.alpha))[:, None] != groups
    few = np.count_nonzero(others) <= EVERY
    places = np.flatnonzero(others & (room.change < (np.inf if few else 0.0)))
    order = places[np.argsort(room.change.ravel()[places], kind="stable")]
    target = objective * (1.0 - BETTER)
    for group, unit in zip(*np.unravel_index(order, room.change.shape), strict=True):
        moved = groups.copy()
        moved[unit] = group
        tried = Parameters(now.theta.copy(), now.alpha.copy())
        if _descend(problem, room, moved, tried, target).objective < target:
            return moved, *tried
    return None


def bounds_of(problem: Problem) -> tuple[float, float]:
    """Return the least and largest profile value of the search.

    Where the loss of as many outcomes at its extreme as there are units comes to next to nothing:
    groups with nothing but such outcomes in a cell are as well off there as further out.
    """
    found = [-np.inf, np.inf]
    for side, extreme in enumerate(extremes_of(problem.loss)):
        if extreme is None:
            continue
        outcomes = np.full(MOST, float(extreme))
        index = STEP * np.arange(MOST) * (2.0 * side - 1.0)
        left = checked_terms(problem.loss, outcomes, index)[0] * len(problem.y)
        enough = np.flatnonzero(left < NONE_LEFT)
        if len(enough):
            found[side] = float(index[enough[0]])
    return found[0], found[1]


def _disturbed(groups: np.ndarray, n_groups: int, rng: np.random.Generator) -> np.ndarray:
    """Put some units, two to a tenth of all, into groups that are drawn."""
    few = min(2 + int(rng.random() * max(len(groups) * SOME - 1.0, 1.0)), len(groups))
    disturbed = groups.copy()
    units = rng.choice(len(groups), few, replace=False)
    disturbed[units] = (rng.random(few) * n_groups).astype(np.int64)
    return disturbed


def _residuals(problem: Problem, pooled: Parameters) -> np.ndarray:
    """First derivatives of the pooled model over the root of the second ones, (N, T)."""
    groups = np.zeros(len(problem.y), np.int64)
    _, first, second = values_at(problem, groups, pooled, problem.observed)
    scale = np.sqrt(np.maximum(second, 1e-6 * max(float(second.max()), 1e-300)))
    return np.asarray(np.where(problem.observed, first / scale, 0.0))


def _nearest(residuals: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Put each unit to the seed with the nearest residuals, itself if it is one, (N,)."""
    distances = np.stack([((residuals - residuals[seed]) ** 2).sum(axis=1) for seed in seeds])
    distances[np.arange(len(seeds)), seeds] = -1.0
    return np.ascontiguousarray(distances.argmin(axis=0), np.int64)
