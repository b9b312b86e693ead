"""Global minima of Table 1 by branch and bound: what the searches reach is all there is.

    python experiments/_exact_minima.py PANEL [--seconds 900]

Repetitive branch and bound (Brusco 2006, Psychometrika 71), extended to covariates as the paper
says that theirs was. Units are given out one after the other, the last ones first: with F(S) the
least objective of the units S in G groups, theirs alone, any grouping of the units A and B together
has at least the objective that its part in A has, with slopes and profiles of its own, and F(B).
F of the last n units so bounds the search for that of the last n + 1. The order puts units early
that are far from those before them. A run ends when the time is over: the least objective of the
last units that it got to is then a lower bound. Written beside the results of `bm_table1_2`.
"""

import time
from typing import Annotated

import numpy as np
import typer
from numba import njit

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.papers.income_democracy import observed_panel
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find

SLACK = 1e-9
"""Of its value, by which the objective of a part may exceed its least one for rounding."""
CONFIGURATIONS = ((2, 30), (3, 30), (2, 60), (3, 60), (2, 90), (3, 90))


@njit(cache=False)
def schur(w: np.ndarray) -> float:
    """The objective of cross-products (3, 3) of the outcome and two regressors, these out."""
    determinant = w[1, 1] * w[2, 2] - w[1, 2] * w[1, 2]
    if determinant <= 1e-10 * w[1, 1] * w[2, 2]:
        return 0.0  # A lower bound where slopes are not identified.
    explained = w[2, 2] * w[0, 1] ** 2 - 2 * w[1, 2] * w[0, 1] * w[0, 2] + w[1, 1] * w[0, 2] ** 2
    return max(w[0, 0] - explained / determinant, 0.0)


@njit(cache=False)
def given_out(z: np.ndarray, rest: np.ndarray, n_groups: int, best: float, nodes: int):
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


def exact(panel: Panel, n_groups: int, seconds: float) -> tuple[float, int, float, int, float]:
    """Best known objective, units done, their least objective, nodes, and CPU seconds."""
    fit = GFE(n_groups).fit(panel, np.random.default_rng(1))
    z = np.concatenate([panel.y[:, :, None], panel.x], axis=2)
    z = np.ascontiguousarray(z[ordered(z, fit.groups)])
    n = len(z)
    rest = np.zeros(n + 1)
    rng = np.random.default_rng(2)
    started, nodes = time.process_time(), 0
    for first in range(n - 1, -1, -1):
        size = n - first
        if size <= n_groups:
            continue
        own = z[first:]
        known = np.inf
        if size > n_groups + 2:
            part = Panel(own[:, :, 0].copy(), own[:, :, 1:].copy())
            known = float(GFE(n_groups).fit(part, rng).objective)
        # Just above what the search has found, so that the least one is found again.
        limit = known * (1 + SLACK) if np.isfinite(known) else np.inf
        allowed = 20_000_000
        spent = 0
        while True:
            least, left = given_out(own, rest[first:], n_groups, limit, allowed)
            spent = allowed - max(left, 0)
            if left >= 0 or time.process_time() - started > seconds:
                break
            allowed *= 4
        nodes += spent
        if left < 0:
            return float(fit.objective), size - 1, rest[first + 1], nodes, _since(started)
        rest[first] = min(least, known)
    return float(fit.objective), n, rest[0], nodes, _since(started)


def _since(started: float) -> float:
    return time.process_time() - started


def main(
    panel: Annotated[str, typer.Argument(help="Income and democracy panel.")],
    seconds: Annotated[float, typer.Option(help="CPU time of each configuration.")] = 900.0,
    configurations: Annotated[int, typer.Option(help="How many, from the smallest.")] = 6,
) -> None:
    """Search, print, and write."""
    experiment = find("bm_table1_2")
    assert experiment.columns is not None
    whole, rows = experiment.columns.read(panel), []
    for n_groups, countries in CONFIGURATIONS[:configurations]:
        own = observed_panel(whole, countries).panel
        known, done, least, nodes, spent = exact(own, n_groups, seconds)
        rows.append(
            (
                *(str(n_groups), str(countries), f"{known:.6f}", str(done), f"{least:.6f}"),
                *(f"{nodes:,}", f"{spent:.0f}"),
            )
        )
        print(rows[-1], flush=True)
    made = Table(
        "Global minima by branch and bound",
        ("G", "N", "best known", "countries done", "their least", "nodes", "CPU seconds"),
        tuple(rows),
        (
            "Where all countries are done, their least objective is the global minimum. Where they "
            f"are not, it is a lower bound; {seconds:.0f} seconds were allowed.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / "bm_table1_2" / "exact.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
