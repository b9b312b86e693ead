"""Index, assignment and unit losses of groups whose profiles are values of cells of time.

Period t belongs to cell c(t): to its own where profiles are free, all periods to one where they are
constant. Arrays over groups come first: (G, N, T).
"""

import numpy as np

from gfe_mc.kernels._jit import bare, kernel


@bare
def own_index(
    x: np.ndarray,
    cell: np.ndarray,
    groups: np.ndarray,
    theta: np.ndarray,
    alpha: np.ndarray,
    index: np.ndarray,
) -> None:
    """Fill `index` (N, T) with x_it'theta + alpha_{g_i c(t)}, `alpha` (G, C)."""
    n_units, n_periods, n_slopes = x.shape
    for i in range(n_units):
        g = groups[i]
        for t in range(n_periods):
            value = alpha[g, cell[t]]
            for k in range(n_slopes):
                value += x[i, t, k] * theta[k]
            index[i, t] = value


@bare
def every_index(
    x: np.ndarray, cell: np.ndarray, theta: np.ndarray, alpha: np.ndarray, index: np.ndarray
) -> None:
    """Fill `index` (G, N, T) with that of each unit in each group."""
    n_units, n_periods, n_slopes = x.shape
    for i in range(n_units):
        for t in range(n_periods):
            value = 0.0
            for k in range(n_slopes):
                value += x[i, t, k] * theta[k]
            for g in range(len(alpha)):
                index[g, i, t] = value + alpha[g, cell[t]]


@bare
def unit_sums(values: np.ndarray, observed: np.ndarray, sums: np.ndarray) -> None:
    """Fill `sums` (G, N) with the losses (G, N, T) of units in each group, of what is observed."""
    n_groups, n_units, n_periods = values.shape
    for g in range(n_groups):
        for i in range(n_units):
            total = 0.0
            for t in range(n_periods):
                if observed[i, t]:
                    total += values[g, i, t]
            sums[g, i] = total


@kernel
def assign(losses: np.ndarray, groups: np.ndarray) -> int:
    """Put each unit into its group of least loss (G, N); return how many moved.

    A unit stays where another group is no better. A group that is left without units is given the
    unit that its own group fits worst, of the groups that have another.
    """
    n_groups, n_units = losses.shape
    counts = np.zeros(n_groups, np.int64)
    moved = 0
    for i in range(n_units):
        best = groups[i]
        for g in range(n_groups):
            if losses[g, i] < losses[best, i]:
                best = g
        moved += best != groups[i]
        groups[i] = best
        counts[best] += 1
    for g in range(n_groups):
        if counts[g] == 0:
            worst = -1
            for i in range(n_units):
                h = groups[i]
                if counts[h] > 1 and (worst < 0 or losses[h, i] > losses[groups[worst], worst]):
                    worst = i
            counts[groups[worst]] -= 1
            groups[worst] = g
            counts[g] = 1
            moved += 1
    return moved


@kernel
def predicted_moves(
    values: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    observed: np.ndarray,
    cell: np.ndarray,
    groups: np.ndarray,
    n_cells: int,
    change: np.ndarray,
) -> None:
    """Fill `change` (G, N) with what the objective would change by if a unit went to a group.

    With slopes held and both profiles moved by one Newton step each, the gain of the group that is
    joined at most half the unit's loss there: where a profile value is far out, curvature says
    little. Zero for a unit's own group, infinite for all moves of a unit that is alone.
    """
    n_groups, n_units, n_periods = values.shape
    bend = np.zeros((n_groups, n_cells))
    counts = np.zeros(n_groups, np.int64)
    for i in range(n_units):
        g = groups[i]
        counts[g] += 1
        for t in range(n_periods):
            if observed[i, t]:
                bend[g, cell[t]] += second[g, i, t]
    push, own_bend, own = np.empty(n_cells), np.empty(n_cells), np.empty(n_cells)
    for i in range(n_units):
        g = groups[i]
        left = 0.0
        for h in range(n_groups):
            push[:], own_bend[:], own[:] = 0.0, 0.0, 0.0
            for t in range(n_periods):
                if observed[i, t]:
                    push[cell[t]] += first[h, i, t]
                    own_bend[cell[t]] += second[h, i, t]
                    own[cell[t]] += values[h, i, t]
            total = 0.0
            for c in range(n_cells):
                if h == g:
                    rest = max(bend[g, c] - own_bend[c], own_bend[c])
                    gain = push[c] * push[c] / (2.0 * rest) if rest > 0.0 else 0.0
                    total += own[c] + gain
                else:
                    rest = bend[h, c] + own_bend[c]
                    gain = push[c] * push[c] / (2.0 * rest) if rest > 0.0 else own[c]
                    total += own[c] - min(gain, 0.5 * own[c])
            change[h, i] = total
        left = change[g, i]
        for h in range(n_groups):
            change[h, i] -= left
            if counts[g] == 1:
                change[h, i] = np.inf
        change[g, i] = 0.0
