"""Where ascents of a mixture's likelihood start, and the best of where they end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gfe_mc.estimators.profiles.linear import room_for
from gfe_mc.estimators.profiles.search import LinearProblem, MultiStart
from gfe_mc.kernels.mixtures.arrays import Mixture, MixtureData, empty_mixture
from gfe_mc.kernels.mixtures.ascend import COLLAPSED, EXACT, LIMIT, SETTLED, ascend
from gfe_mc.kernels.slopes.pull import no_pull

MET = 1e-4
"""Log-likelihoods that differ by less are of one maximum: ascents end a little below it."""
HARD_STARTS = 20
"""Starts of the search for GFE's groups, from which the first ascent starts."""
UNEQUAL = 0.5
"""Parameter of the Dirichlet distribution that sizes of random groups are drawn from."""
MOVED = 0.2
"""Probability that a perturbation gives a unit to a component at random."""


class Climbed(NamedTuple):
    """The best end, and how it was come by."""

    now: Mixture
    log_likelihood: float
    ended: int
    n_best: int
    n_tries: int


def climb(
    data: MixtureData,
    n_groups: int,
    *,
    by_group: bool,
    starts: int,
    hits: int,
    tolerance: float,
    limit: int,
    rng: np.random.Generator,
) -> Climbed:
    """Ascend from many starts and keep the best end; those that collapse do not count.

    Stops once `hits` starts met the best likelihood; never if 0. Where all ends are of no use,
    the first of them comes back with what it is.
    """
    best, room = empty_mixture(data, n_groups), empty_mixture(data, n_groups)
    path = np.empty(limit)
    gain = tolerance * float(data.cells.sum())
    highest, ended, n_best, n_tries = -np.inf, COLLAPSED, 0, 0
    for shares in _starts(data, n_groups, starts, best, rng):
        room.shares[:] = shares
        value, _, end = ascend(data, by_group, gain, limit, room, path)
        n_tries += 1
        if end == EXACT:
            return Climbed(room, value, end, 1, n_tries)
        if end not in (SETTLED, LIMIT) or not np.isfinite(value):
            if n_tries == 1:
                _copy(room, best)
            continue
        met = abs(value - highest) <= MET
        n_best = n_best + 1 if met else (1 if value > highest else n_best)
        if value > highest:
            highest, ended = value, end
            _copy(room, best)
        if 0 < hits <= n_best:
            break
    return Climbed(best, highest, ended, max(n_best, 1), n_tries)


def _starts(
    data: MixtureData, n_groups: int, starts: int, best: Mixture, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Shares (N, G) to start from.

    The first are GFE's groups. Of three others, two are groups at random, of sizes at random too
    (of equal sizes on average, nearly all ascents end at one maximum that need not be the best),
    and one is the best end so far with some units elsewhere.
    """
    n_units = len(data.products)
    hard = np.eye(n_groups)
    for start in range(starts):
        if n_groups == 1:
            yield np.ones((n_units, 1))
            return
        if start == 0:
            yield hard[_gfe_groups(data, n_groups, rng)]
        elif start % 3 == 0 and best.shares.any():
            moved = rng.random(n_units) < MOVED
            shares = best.shares.copy()
            shares[moved] = hard[rng.integers(n_groups, size=int(moved.sum()))]
            yield shares
        else:
            sizes = rng.dirichlet(np.full(n_groups, UNEQUAL))
            groups = rng.choice(n_groups, size=n_units, p=sizes)
            groups[rng.permutation(n_units)[:n_groups]] = np.arange(n_groups)
            yield hard[groups]


def _gfe_groups(data: MixtureData, n_groups: int, rng: np.random.Generator) -> np.ndarray:
    """Groups (N,) of the least sum of squared residuals that a short search finds."""
    now = room_for(data.products, data.own, n_groups)
    problem = LinearProblem(data.products, data.own, no_pull(), np.zeros((0, 0), np.int64), now)
    MultiStart(HARD_STARTS).run_linear(problem, rng)
    return now.groups


def _copy(source: Mixture, target: Mixture) -> None:
    for name in ("shares", "distances", "log_prior", "mass", "variances", "gamma"):
        getattr(target, name)[:] = getattr(source, name)
    for name in ("beta", "factors", "factor"):
        getattr(target.slopes, name)[:] = getattr(source.slopes, name)
