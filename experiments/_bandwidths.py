"""Which bandwidth gives the printed fixed-T errors: Table B2, and Tables 4 and S2.

    python experiments/_bandwidths.py PANEL [--replications 400]

As a share of the rule of footnote 3, with the default search. On the panel itself for 2 and 3
groups, which Table B2 has smaller than the rule gives; on the first samples of the studies for all
their groups, by medians. Written beside the results of `bm_table_b2` and `bm_table4`.
"""

import itertools
import math
from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer
from scipy.optimize import brentq

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.fit import Fit
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.inference.fixed_t import FixedT, bandwidth
from gfe_mc.parameters import Parameters
from gfe_mc.published.loader import published
from gfe_mc.report.digits import ABSENT, alone, with_error
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find
from gfe_mc.study.plan import Cell

SHARES = np.round(np.arange(0.5, 1.21, 0.05), 2)
"""Shares of the rule that are tried on samples."""
RANDOM = np.random.default_rng(0)
"""Nothing is drawn from it by FixedT."""


def errors(panel: Panel, fit: Fit, parameters: Parameters, shares: np.ndarray) -> np.ndarray:
    """Fixed-T errors by shares of the rule: (shares, parameters); NaN where there are none."""
    rule = bandwidth(panel, fit, "rule")
    found = np.full((len(shares), len(parameters.names)), np.nan)
    for n, share in enumerate(shares):
        covariance = FixedT(bandwidth=float(share * rule)).covariance(panel, fit, RANDOM)
        if covariance.status is InferenceStatus.SUCCESS:
            found[n] = parameters.errors(covariance, fit.theta)
    return found


def crossing(error: Callable[[float], float], wanted: float) -> float:
    """The share between .3 and 1.5 of the rule that gives an error; NaN if none does."""
    grid = np.linspace(1.5, 0.3, 121)
    values = np.array([error(share) - wanted for share in grid])
    known = np.flatnonzero(np.isfinite(values))
    for one, other in itertools.pairwise(known):
        if values[one] * values[other] <= 0:
            return float(brentq(lambda s: error(s) - wanted, grid[other], grid[one]))
    return math.nan


def of_panel(panel: Panel, parameters: Parameters) -> Table:
    """Shares on the panel itself."""
    table, rows = published("bm_table_b2"), []
    for groups in (2, 3):
        fit = GFE(groups).fit(panel, np.random.default_rng(1))
        rule = bandwidth(panel, fit, "rule")
        for k, name in enumerate(parameters.names):
            of = table[
                (table["G"] == str(groups))
                & (table["parameter"] == name)
                & (table["statistic"] == "se")
                & (table["variance"] == "fixed_t")
            ]
            printed = float(of["value"].item())
            half = 0.5 * 10.0 ** -int(of["decimals"].item())

            def error(share: float, fit: Fit = fit, k: int = k) -> float:
                return float(errors(panel, fit, parameters, np.array([share]))[0, k])

            shares = [crossing(error, printed + by) for by in (0.0, -half, half)]
            rows.append(
                (
                    *(str(groups), name, f"{printed:.3f}", f"{error(1.0):.4f}", f"{rule:.4f}"),
                    *(alone(share, 3) if math.isfinite(share) else ABSENT for share in shares),
                )
            )
    return Table(
        "Table B2: share of the rule's bandwidth that gives the printed fixed-T error",
        (
            *("G", "parameter", "printed", "by the rule", "bandwidth of the rule"),
            *("share", "share for the print less half a digit", "for half a digit more"),
        ),
        tuple(rows),
        ("The largest such share from 1.5 downwards. No sampling error: one panel.",),
    )


def of_samples(study: str, cell: Cell, replications: int) -> list[tuple[str, ...]]:
    """Medians over samples by shares of the rule, and which share is nearest to the print."""
    keyed = cell.methods["genetic"]
    parameters, groups = keyed.method.parameters, int(cell.factors["G"])
    found = []
    for replication in range(replications):
        sample = keyed.sample(replication)
        fit = keyed.fit(sample, replication)
        found.append(errors(sample.panel, fit, parameters, SHARES))
    all_errors, table = np.array(found), published(study)
    rows: list[tuple[str, ...]] = []
    rng = np.random.default_rng(2)
    drawn = rng.integers(replications, size=(200, replications))
    for k, name in enumerate(parameters.names):
        of = table[
            (table["G"] == groups)
            & (table["parameter"] == name)
            & (table["statistic"] == "median_se")
            & (table["variance"] == "fixed_t")
        ]
        printed = float(of["value"].item())
        shares = [nearest(all_errors[rows_, :, k], printed) for rows_ in drawn]
        here = nearest(all_errors[:, :, k], printed)
        medians = np.nanmedian(all_errors[:, :, k], axis=0)
        rule = int(np.argmin(np.abs(SHARES - 1.0)))
        rows.append(
            (
                *(study, str(groups), name, f"{printed:.4g}", f"{medians[rule]:.4g}"),
                with_error(here, float(np.nanstd(shares, ddof=1)))
                if math.isfinite(here)
                else ABSENT,
            )
        )
    return rows


def nearest(found: np.ndarray, printed: float) -> float:
    """Share at which the median (over rows) is the print, between those tried; NaN if none."""
    medians = np.nanmedian(found, axis=0) - printed
    for n in range(len(SHARES) - 1, 0, -1):
        if medians[n] * medians[n - 1] <= 0:
            step = medians[n] / (medians[n] - medians[n - 1])
            return float(SHARES[n] - step * (SHARES[n] - SHARES[n - 1]))
    return math.nan


def main(
    panel: Annotated[str, typer.Argument(help="Income and democracy panel.")],
    replications: Annotated[int, typer.Option(help="Samples of each cell.")] = 400,
) -> None:
    """Solve, print, and write."""
    rows: list[tuple[str, ...]] = []
    for study in ("bm_table4", "bm_table_s2"):
        experiment = find(study)
        assert experiment.columns is not None
        read = experiment.columns.read(panel)
        plan = experiment.plan(read)
        if study == "bm_table4":
            own = next(iter(plan.cells)).methods["genetic"].method.parameters
            write("bm_table_b2", of_panel(read, own))
        for cell in plan.cells:
            rows += of_samples(study, cell, replications)
    made = Table(
        "Share of the rule's bandwidth at which the median fixed-T error is the printed one",
        ("study", "G", "parameter", "printed", "by the rule", "share"),
        tuple(rows),
        (
            f"The first {replications} samples; shares from {SHARES[0]} to {SHARES[-1]}, linear "
            "between. In brackets: error of the share by our samples alone (bootstrap of samples); "
            "the print has about as much again.",
        ),
    )
    write("bm_table4", made)


def write(study: str, table: Table) -> None:
    """Print a table, and write it beside the results of a study."""
    text = render(table, "markdown")
    print(text, flush=True)
    (RESULTS / study / "bandwidths.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
