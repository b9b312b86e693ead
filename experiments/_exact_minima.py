"""Global minima of Table 1 by branch and bound: what the searches reach is all there is.

    python experiments/_exact_minima.py PANEL [--nodes 20000000]

Repetitive branch and bound (Brusco 2006, Psychometrika 71), extended to covariates as the paper
says that theirs was. Units are given out one after the other, the last ones first: with F(S) the
least objective of the units S in G groups, theirs alone, any grouping of the units A and B together
has at least the objective that its part in A has, with slopes and profiles of its own, and F(B).
F of the last n units so bounds the search for that of the last n + 1. The order puts units early
that are far from those before them. A run ends with a number of nodes: the least objective of the
last units that it got to is then a lower bound. Written beside the results of `bm_table1_2`.
"""

import itertools
import time
from typing import Annotated, NamedTuple

import numpy as np
import typer
from numba import njit

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.papers.income_democracy import observed_panel
from gfe_mc.published.loader import published
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find

SLACK = 1e-9
"""Of its value, by which the objective of a part may exceed its least one for rounding."""
CONFIGURATIONS = ((2, 30), (3, 30), (10, 30), (2, 60))


@njit(cache=False)
def schur(w: np.ndarray) -> float:
    """The objective of cross-products (3, 3) of the outcome and two regressors, these out."""
    determinant = w[1, 1] * w[2, 2] - w[1, 2] * w[1, 2]
    if determinant <= 1e-10 * w[1, 1] * w[2, 2]:
        return 0.0  # A lower bound where slopes are not identified.
    explained = w[2, 2] * w[0, 1] ** 2 - 2 * w[1, 2] * w[0, 1] * w[0, 2] + w[1, 1] * w[0, 2] ** 2
    return float(max(w[0, 0] - explained / determinant, 0.0))


@njit(cache=False)
def given_out(
    z: np.ndarray, rest: np.ndarray, n_groups: int, best: float, nodes: int
) -> tuple[float, int]:
    """The least objective of units z (n, T, 3) in groups, depth first.

    `rest` (n + 1,) has the least objectives of the units from each position on, `best` an objective
    to stay below, `nodes` how many nodes may be visited. Returns the least objective found, or
    `best`, and the nodes that were left; negative if they did not suffice.
    """
    n, n_periods, d = z.shape
    counts = np.zeros(n_groups, np.int64)
    sums = np.zeros((n_groups, n_periods, d))
    cross = np.zeros((n + 1, d, d))
    at = np.full(n, -1, np.int64)
    used = np.zeros(n + 1, np.int64)
    level = 0
    while level >= 0:
        if level == n:
            best = min(best, schur(cross[n]))
            level -= 1
            continue
        group = at[level]
        if group >= 0:
            counts[group] -= 1
            sums[group] -= z[level]
        group += 1
        # One empty group at most: groups have no names.
        if group >= min(n_groups, used[level] + 1):
            at[level] = -1
            level -= 1
            continue
        nodes -= 1
        if nodes < 0:
            return best, nodes
        at[level] = group
        m = counts[group]
        cross[level + 1] = cross[level]
        if m > 0:
            weight = m / (m + 1.0)
            for t in range(n_periods):
                for a in range(d):
                    left = z[level, t, a] - sums[group, t, a] / m
                    for b in range(a, d):
                        right = z[level, t, b] - sums[group, t, b] / m
                        cross[level + 1, a, b] += weight * left * right
        counts[group] += 1
        sums[group] += z[level]
        used[level + 1] = max(used[level], group + 1)
        if schur(cross[level + 1]) + rest[level + 1] < best:
            level += 1
    return best, nodes


def ordered(z: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Positions of units: those that come next in turn from each group, the farthest first."""
    centred = z - z.mean(axis=0)
    far = np.zeros(len(z))
    turns = np.zeros(len(z), np.int64)
    for g in np.unique(groups):
        own = np.flatnonzero(groups == g)
        far[own] = ((z[own] - z[own].mean(axis=0))[:, :, 0] ** 2).sum(axis=1)
        turns[own[np.argsort(-far[own])]] = np.arange(len(own))
    return np.lexsort((-(centred[:, :, 0] ** 2).sum(axis=1), turns))


def require_right(panel: Panel, n_groups: int) -> None:
    """Refuse to go on unless all groupings of a small panel, by least squares, say the same."""
    y, x = panel.y, panel.x.reshape(-1, panel.x.shape[2])
    n_units, n_periods = y.shape
    least = np.inf
    for rest in itertools.product(range(n_groups), repeat=n_units - 1):
        cells = np.array((0, *rest))[:, None] * n_periods + np.arange(n_periods)
        dummies = (cells.ravel()[:, None] == np.arange(n_groups * n_periods)).astype(float)
        regressors = np.hstack([x, dummies])
        fitted = regressors @ np.linalg.lstsq(regressors, y.ravel(), rcond=None)[0]
        least = min(least, float(((y.ravel() - fitted) ** 2).sum()))
    found = exact(panel, n_groups, 1_000_000)
    if found.done != n_units or abs(found.least - least) > SLACK * least:
        raise ValueError(f"{found} is not the least of all groupings, {least}")


class Found(NamedTuple):
    """What branch and bound came to."""

    known: float
    """Best known objective of all units."""
    done: int
    """Of how many of the last units the least objective is known."""
    least: float
    """It."""
    nodes: int
    seconds: float


def exact(panel: Panel, n_groups: int, nodes: int) -> Found:
    """Find the least objectives of more and more of the last units, within a number of nodes."""
    fit = GFE(n_groups).fit(panel, np.random.default_rng(1))
    z = np.concatenate([panel.y[:, :, None], panel.x], axis=2)
    assert fit.groups is not None
    order = ordered(z, fit.groups)
    z = np.ascontiguousarray(z[order])
    n = len(z)
    rest = np.zeros(n + 1)
    rng = np.random.default_rng(2)
    started, left = time.process_time(), nodes
    for first in range(n - n_groups - 1, -1, -1):
        known = np.inf
        if n - first > n_groups + 2:
            known = float(GFE(n_groups).fit(panel.resampled(order[first:]), rng).objective)
        # Just above what the search has found, so that the least one is found again.
        least, left = given_out(z[first:], rest[first:], n_groups, known * (1 + SLACK), left)
        if left < 0:
            break
        rest[first] = min(least, known)
    done = n if left >= 0 else n - first - 1
    spent = time.process_time() - started
    return Found(float(fit.objective), done, float(rest[n - done]), nodes - max(left, 0), spent)


def main(
    panel: Annotated[str, typer.Argument(help="Income and democracy panel.")],
    nodes: Annotated[int, typer.Option(help="Nodes of each configuration.")] = 20_000_000,
) -> None:
    """Search, print, and write."""
    experiment = find("bm_table1_2")
    assert experiment.columns is not None
    whole, table = experiment.columns.read(panel), published("bm_table1_2")
    rows: list[tuple[str, ...]] = []
    for n_groups in (2, 3):
        require_right(observed_panel(whole, 8).panel, n_groups)
    for n_groups, countries in CONFIGURATIONS:
        own = observed_panel(whole, countries).panel
        found = exact(own, n_groups, nodes)
        of = table[(table["G"] == n_groups) & (table["N"] == countries)]
        said = of[(of["algorithm"] == "exact") & (of["statistic"] == "objective")]
        given = str(said["exact_method"].item()).endswith("given_theta")
        rows.append(
            (
                *(str(n_groups), str(countries), f"{said['value'].item():.3f}"),
                *("slopes given" if given else "", f"{found.known:.6f}", str(found.done)),
                *(f"{found.least:.6f}", f"{found.nodes:,}", f"{found.seconds:.0f}"),
            )
        )
        print(rows[-1], flush=True)
    made = Table(
        "Global minima by branch and bound",
        (
            *("G", "N", "exact, printed", "", "best known"),
            *("countries done", "their least", "nodes", "CPU seconds"),
        ),
        tuple(rows),
        (
            "Where all countries are done, their least objective is the global minimum. Where they "
            f"are not, it is a lower bound; {nodes:,} nodes were allowed.",
            "Slopes given: the printed proof is for given slopes. The print cuts decimals.",
            "The search was checked against all groupings of the first eight countries.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / "bm_table1_2" / "exact.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
