"""Grouped fixed effects in plain NumPy, written from the formulas and without regard to speed.

y is (N, T), x (N, T, K), groups (N,); the searches draw from the generator as the package says
that it does, so that both visit the same solutions when given equal generators. A search returns
its objective, its groups, how many of its tries met that objective, and the number of tries.

Where there are weights (N,), whole numbers, everything is computed from the panel in which each
unit is repeated as often, and all its copies are in one group.
"""

from typing import NamedTuple

import numpy as np

SAME = 1e-9
IMPROVES = 1.0 - 1e-11
COLLINEAR = 1e-10
EXACT = 1e-14
HOPELESS = 1.05
PERSISTENCE = 2


class Solution(NamedTuple):
    """A grouping and its least-squares estimates."""

    groups: np.ndarray
    theta: np.ndarray
    alpha: np.ndarray
    objective: float


class Result(NamedTuple):
    """What a search found."""

    objective: float
    groups: np.ndarray
    n_best: int
    n_tries: int


def dummies(groups: np.ndarray, n_periods: int, n_groups: int) -> np.ndarray:
    """Group x period dummies, (N T, G T)."""
    n_units = len(groups)
    design = np.zeros((n_units, n_periods, n_groups, n_periods))
    for i, g in enumerate(groups):
        for t in range(n_periods):
            design[i, t, g, t] = 1.0
    return design.reshape(n_units * n_periods, n_groups * n_periods)


def objective_by_dummies(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray, n_groups: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """OLS of y on x and group x period dummies: sum of squares, theta (K,), alpha (G, T)."""
    n_units, n_periods, n_regressors = x.shape
    design = np.column_stack(
        [x.reshape(n_units * n_periods, n_regressors), dummies(groups, n_periods, n_groups)]
    )
    coefficients = np.linalg.lstsq(design, y.ravel(), rcond=None)[0]
    residuals = y.ravel() - design @ coefficients
    alpha = coefficients[n_regressors:].reshape(n_groups, n_periods)
    return float(residuals @ residuals), coefficients[:n_regressors], alpha


def repeated(values: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Each unit as often as it counts, copies side by side."""
    return values if weights is None else np.repeat(values, weights, axis=0)


def group_means(values: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Means over the units of each group, (G, T); infinite for an empty group."""
    means = np.full((n_groups, values.shape[1]), np.inf)
    for g in np.unique(groups):
        means[g] = values[groups == g].mean(axis=0)
    return means


def deviations(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Deviations from the means over units of the same group and period, (N, T)."""
    gaps: np.ndarray = values - group_means(values, groups, int(groups.max()) + 1)[groups]
    return gaps


def without(variable: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
    """Residuals of the regression of a variable on others."""
    if not others:
        return variable
    design = np.column_stack(others)
    residuals: np.ndarray = variable - design @ np.linalg.lstsq(design, variable, rcond=None)[0]
    return residuals


def slopes_of_grouping(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """Slopes (K,) and objective of a grouping, by the theorem of Frisch, Waugh and Lovell.

    A regressor that does not vary within groups and periods, given those before it, has slope
    zero; a sum of squares that is nothing but rounding is zero.
    """
    y, x, groups = (repeated(values, weights) for values in (y, x, groups))
    everyone = np.zeros_like(groups)
    kept: list[int] = []
    columns: list[np.ndarray] = []
    for k in range(x.shape[2]):
        column = deviations(x[:, :, k], groups).ravel()
        scale = float((deviations(x[:, :, k], everyone) ** 2).sum())
        if float((without(column, columns) ** 2).sum()) > COLLINEAR * scale:
            kept.append(k)
            columns.append(column)
    outcome = deviations(y, groups).ravel()
    theta = np.zeros(x.shape[2])
    if kept:
        theta[kept] = np.linalg.lstsq(np.column_stack(columns), outcome, rcond=None)[0]
    objective = float((without(outcome, columns) ** 2).sum())
    if objective <= EXACT * float((deviations(y, everyone) ** 2).sum()):
        objective = 0.0
    return theta, objective


def update(
    y: np.ndarray,
    x: np.ndarray,
    groups: np.ndarray,
    n_groups: int,
    weights: np.ndarray | None = None,
) -> Solution:
    """Update step (10)."""
    theta, objective = slopes_of_grouping(y, x, groups, weights)
    rest, labels = repeated(y - x @ theta, weights), repeated(groups, weights)
    return Solution(groups, theta, group_means(rest, labels, n_groups), objective)


def distances(y: np.ndarray, x: np.ndarray, theta: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Squared distances of every unit's residuals from every profile, (N, G)."""
    gaps = (y - x @ theta)[:, None, :] - alpha[None, :, :]
    squares: np.ndarray = (gaps**2).sum(axis=2)
    return squares


def refill(groups: np.ndarray, nearest: np.ndarray, n_groups: int) -> np.ndarray:
    """Footnote 11: every empty group gets the unit that is farthest from its own profile.

    A unit alone in its group stays.
    """
    groups = groups.copy()
    for g in range(n_groups):
        if not (groups == g).any():
            sizes = np.bincount(groups, minlength=n_groups)
            movable = np.flatnonzero(sizes[groups] > 1)
            groups[movable[np.argmax(nearest[movable])]] = g
    return groups


def assign(y: np.ndarray, x: np.ndarray, theta: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Assignment step (9), then footnote 11."""
    squares = distances(y, x, theta, alpha)
    return refill(squares.argmin(axis=1), squares.min(axis=1), len(alpha))


def begin(
    y: np.ndarray,
    x: np.ndarray,
    theta: np.ndarray,
    alpha: np.ndarray,
    weights: np.ndarray | None = None,
) -> Solution:
    """The first grouping of Algorithm 1, from starting parameters."""
    return update(y, x, assign(y, x, theta, alpha), len(alpha), weights)


def algorithm_1(
    y: np.ndarray,
    x: np.ndarray,
    now: Solution,
    limit: int = 1000,
    weights: np.ndarray | None = None,
) -> tuple[Solution, bool]:
    """Algorithm 1 from a solution; also whether it stopped by itself."""
    for _ in range(limit):
        groups = assign(y, x, now.theta, now.alpha)
        if (groups == now.groups).all():
            return now, True
        after = update(y, x, groups, len(now.alpha), weights)
        if not after.objective < now.objective:
            return after, True
        now = after
    return now, False


def screen(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray, n_groups: int, weights: np.ndarray | None
) -> list[int]:
    """Units for which the bound on what slopes can matter leaves some move open.

    Leverages are in the metric of W_xx^-1, of the regressors in deviation from period means.
    """
    w = np.ones(len(y)) if weights is None else weights.astype(float)
    x = x - np.average(x, axis=0, weights=w)
    counts = np.bincount(groups, w, n_groups)
    means = np.array([np.average(x[groups == g], 0, w[groups == g]) for g in range(n_groups)])
    gaps = x - means[groups]
    inverse = np.linalg.inv(np.einsum("i,itk,itl->kl", w, gaps, gaps))

    def lengths(z: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("itk,kl,itl->i", z, inverse, z))

    apart = distances(y, x, *update(y, x, groups, n_groups, weights)[1:3])
    lost = counts[groups] * w / np.where(counts[groups] > w, counts[groups] - w, np.nan)
    gained = counts * w[:, None] / (counts + w[:, None])
    own = (lost * apart[np.arange(len(y)), groups])[:, None]
    own_leverage = (lost * lengths(gaps))[:, None]
    leverage = gained * (np.sqrt(lengths(x))[:, None] + np.sqrt(lengths(means))) ** 2
    gap = (1.0 - own_leverage) * gained * apart - (1.0 + leverage) * own
    ruled_out = (gap > 0) & (gap**2 > 4.0 * own_leverage * own * leverage * gained * apart)
    ruled_out[np.arange(len(y)), groups] = True
    return [i for i in range(len(y)) if counts[groups[i]] > w[i] and not ruled_out[i].all()]


def improve_by_moves(
    y: np.ndarray, x: np.ndarray, now: Solution, weights: np.ndarray | None = None
) -> Solution:
    """Step 5 of Algorithm 2: every move priced by a full regression, the best one of a unit taken.

    A unit that is alone in its group stays. The units of `screen` are gone through until none of
    them moves, then those that it finds afterwards, until none of them moves at once.
    """
    groups, objective, n_groups = now.groups.copy(), now.objective, len(now.alpha)
    varies = (slopes_of_grouping(y, x, groups, weights)[0] != 0.0).all()
    any_moved = True
    while any_moved:
        tried = screen(y, x, groups, n_groups, weights) if varies else list(range(len(groups)))
        any_moved, improved = False, True
        while improved:
            improved = False
            for i in tried:
                own = groups[i]
                if (groups == own).sum() == 1:
                    continue
                best, lowest = own, objective * IMPROVES
                for g in range(n_groups):
                    if g != own:
                        groups[i] = g
                        value = slopes_of_grouping(y, x, groups, weights)[1]
                        if value < lowest:
                            best, lowest = g, value
                groups[i] = best
                if best != own:
                    objective, improved, any_moved = lowest, True, True
    return update(y, x, groups, n_groups, weights)


def descend(
    y: np.ndarray,
    x: np.ndarray,
    now: Solution,
    limit: int = 1000,
    weights: np.ndarray | None = None,
) -> Solution:
    """Algorithm 1, then single-unit moves."""
    return improve_by_moves(y, x, algorithm_1(y, x, now, limit, weights)[0], weights)


def below(rng: np.random.Generator, n: int) -> int:
    """One of 0, ..., n - 1 from one uniform draw."""
    return min(int(n * rng.random()), n - 1)


def distinct(rng: np.random.Generator, n: int, pool: np.ndarray) -> np.ndarray:
    """`n` entries of a pool without replacement; the pool is left shuffled."""
    for j in range(n):
        chosen = j + below(rng, len(pool) - j)
        pool[[j, chosen]] = pool[[chosen, j]]
    return pool[:n].copy()


def random_start(
    rng: np.random.Generator,
    y: np.ndarray,
    x: np.ndarray,
    slopes: np.ndarray,
    n_groups: int,
    pool: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Starting parameters of section 3.1: slopes drawn, profiles of G random units."""
    theta = np.array([mean + sd * rng.standard_normal() for mean, sd in slopes.T])
    units = distinct(rng, n_groups, pool)
    return theta, y[units] - x[units] @ theta


def best_of(solutions: list[Solution]) -> Result:
    """The best of a list of solutions, the earlier of equal ones."""
    best = solutions[0]
    for solution in solutions:
        if solution.objective < best.objective * (1.0 - SAME):
            best = solution
    met = [s.objective <= best.objective * (1.0 + SAME) for s in solutions]
    return Result(best.objective, best.groups, sum(met), len(solutions))


def ended(solutions: list[Solution], hits: int) -> bool:
    """Whether a search ends because as many of its tries met the best objective."""
    return hits > 0 and bool(solutions) and best_of(solutions).n_best >= hits


class Extras(NamedTuple):
    """What a search may be given beside its options."""

    weights: np.ndarray | None = None
    """(N,) how often each unit counts."""
    given: tuple[np.ndarray, np.ndarray] | None = None
    """theta and alpha of the first start."""
    hits: int = 0
    """Tries that meet the best objective until the search ends; 0 for never."""
    members: tuple[tuple[np.ndarray, np.ndarray], ...] = ()
    """theta and alpha of the starts after the first one, of a genetic search."""


PLAIN = Extras()


def multi_start(
    rng: np.random.Generator,
    y: np.ndarray,
    x: np.ndarray,
    slopes: np.ndarray,
    n_groups: int,
    starts: int,
    extras: Extras = PLAIN,
) -> Result:
    """Algorithm 1 (N_s)."""
    pool, weights = np.arange(len(y)), extras.weights
    solutions: list[Solution] = []
    while len(solutions) < starts and not ended(solutions, extras.hits):
        first = None if solutions else extras.given
        theta, alpha = first or random_start(rng, y, x, slopes, n_groups, pool)
        start = begin(y, x, theta, alpha, weights)
        solutions.append(algorithm_1(y, x, start, weights=weights)[0])
    return best_of(solutions)


def algorithm_2(
    rng: np.random.Generator,
    y: np.ndarray,
    x: np.ndarray,
    slopes: np.ndarray,
    n_groups: int,
    starts: int,
    neigh_max: int,
    iter_max: int,
    extras: Extras = PLAIN,
) -> Result:
    """Algorithm 2 (N_s; neigh_max; iter_max), its steps as numbered in the paper."""
    pool, weights = np.arange(len(y)), extras.weights
    solutions: list[Solution] = []
    for _ in range(starts):
        first = None if solutions else extras.given
        theta, alpha = first or random_start(rng, y, x, slopes, n_groups, pool)
        star = begin(y, x, theta, alpha, weights)  # Step 1.
        j = 0
        while j <= iter_max:
            n = 1  # Step 2.
            while n <= neigh_max:
                jumped = star.groups.copy()  # Step 3.
                for i in distinct(rng, min(n, len(y)), pool):
                    jumped[i] = below(rng, n_groups)
                landed = update(y, x, jumped, n_groups, weights)
                settled = algorithm_1(y, x, landed, weights=weights)[0]  # Step 4.
                local = improve_by_moves(y, x, settled, weights)  # Step 5.
                if local.objective < star.objective * IMPROVES:  # Steps 6 and 7.
                    star, n = local, 1
                else:
                    n += 1
            j += 1  # Step 8.
        solutions.append(star)
    return best_of(solutions)


def match_profiles(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """For each profile of `first` one of `second`: greedily, the nearest free pair first."""
    squares = ((first[:, None, :] - second[None, :, :]) ** 2).sum(axis=2)
    partner = np.full(len(first), -1)
    for pair in np.argsort(squares, axis=None, kind="stable"):
        g, h = divmod(int(pair), len(second))
        if partner[g] < 0 and h not in partner:
            partner[g] = h
    return partner


def child(rng: np.random.Generator, members: list[Solution]) -> tuple[np.ndarray, np.ndarray]:
    """Parameters of a child of two random members, before it is disturbed."""
    a = below(rng, len(members))
    b = (a + 1 + below(rng, len(members) - 1)) % len(members)
    mother, father = members[a], members[b]
    partner = match_profiles(mother.alpha, father.alpha)
    weight = rng.random()
    theta = weight * mother.theta + (1.0 - weight) * father.theta
    alpha = np.array(
        [
            mother.alpha[g] if rng.random() < 0.5 else father.alpha[partner[g]]
            for g in range(len(partner))
        ]
    )
    return theta, alpha


def disturbed(
    rng: np.random.Generator, y: np.ndarray, x: np.ndarray, theta: np.ndarray, alpha: np.ndarray
) -> np.ndarray:
    """Profiles, a random one of them put onto a unit drawn by its squared distance from its own."""
    nearest = distances(y, x, theta, alpha).min(axis=1)
    ends = np.cumsum(nearest)
    unit = min(int(np.searchsorted(ends, rng.random() * ends[-1], side="right")), len(y) - 1)
    moved = alpha.copy()
    moved[below(rng, len(alpha))] = y[unit] - x[unit] @ theta
    return moved


def genetic(
    rng: np.random.Generator,
    y: np.ndarray,
    x: np.ndarray,
    slopes: np.ndarray,
    n_groups: int,
    population: int,
    patience: int,
    extras: Extras = PLAIN,
) -> Result:
    """A population of local optima; a child replaces the worst member unless it is there.

    A child that Algorithm 1 leaves far above the worst member is given up: it is only a try. The
    search goes on until neither `patience` nor twice the children that the best took to be found
    brought a better one.
    """
    pool, weights = np.arange(len(y)), extras.weights
    given = extras.members if extras.given is None else (extras.given, *extras.members)
    solutions: list[Solution] = []
    members: list[Solution] = []
    born, found = 0, 0

    def going_on() -> bool:
        waiting = max(patience, PERSISTENCE * (found - population))
        return not ended(solutions, extras.hits) and (born < population or born - found < waiting)

    while going_on():
        if born < population:
            if born < len(given):
                theta, alpha = given[born]
            else:
                theta, alpha = random_start(rng, y, x, slopes, n_groups, pool)
        else:
            theta, alpha = child(rng, members)
            alpha = disturbed(rng, y, x, theta, alpha)
        born += 1
        settled, _ = algorithm_1(y, x, begin(y, x, theta, alpha, weights), weights=weights)
        values = np.array([member.objective for member in members])
        if born > population and settled.objective > HOPELESS * values.max():
            continue
        new = improve_by_moves(y, x, settled, weights)
        if not solutions or new.objective < best_of(solutions).objective * (1.0 - SAME):
            found = max(born, population)
        solutions.append(new)
        if born <= population:
            members.append(new)
        elif not (abs(values - new.objective) <= SAME * new.objective).any():
            members[int(values.argmax())] = new
    return best_of(solutions)._replace(n_tries=born)


def best_of_permutations(agreement: np.ndarray, rng: np.random.Generator, permutations: int) -> int:
    """The most units in agreement over random relabellings."""
    labels = np.arange(len(agreement))
    return max(
        int(sum(agreement[g, h] for g, h in enumerate(distinct(rng, len(labels), labels))))
        for _ in range(permutations)
    )


def groupings(n_units: int, n_groups: int) -> list[np.ndarray]:
    """All groupings of N units into exactly G groups, each once, numbered by first appearance."""
    partial = [[0]]
    for _ in range(1, n_units):
        partial = [[*g, new] for g in partial for new in range(min(max(g) + 2, n_groups))]
    return [np.array(g) for g in partial if max(g) == n_groups - 1]


def exact(y: np.ndarray, x: np.ndarray, n_groups: int, weights: np.ndarray | None = None) -> float:
    """The global minimum of the objective, by trying every grouping."""
    return min(slopes_of_grouping(y, x, g, weights)[1] for g in groupings(len(y), n_groups))


def same_partition(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two groupings are the same up to the numbering of their groups."""
    together = first[:, None] == first[None, :]
    return bool((together == (second[:, None] == second[None, :])).all())
