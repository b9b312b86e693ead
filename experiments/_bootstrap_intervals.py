"""Coverage of bootstrap intervals of several kinds, in Table 4.

    python experiments/_bootstrap_intervals.py PANEL [--replications 150]

Each sample of the study is fitted as the study does, and bootstrapped with streams of its own.
Written beside its results.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy.stats import norm

from gfe_mc.inference.bootstrap import Bootstrap
from gfe_mc.metrics import moments
from gfe_mc.published.loader import published
from gfe_mc.report.digits import with_error
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find
from gfe_mc.study.plan import Cell

STUDY = "bm_table4"
KINDS = ("normal", "percentile", "basic")


def covered(cell: Cell, replications: int) -> np.ndarray:
    """Whether each interval holds the truth: (replications, kinds, parameters)."""
    keyed = cell.methods["genetic"]
    parameters = keyed.method.parameters
    z = float(norm.isf(0.025))
    rows = []
    for replication in range(replications):
        sample = keyed.sample(replication)
        fit = keyed.fit(sample, replication)
        rng = keyed.stream(replication, "bootstrap intervals")
        found = Bootstrap(draws=100).covariance(sample.panel, fit, rng)
        if found.draws is None:
            raise ValueError("the bootstrap failed")
        draws = np.array([parameters.of_slopes(draw) for draw in found.draws])
        estimate, truth = parameters.of_fit(fit), parameters.of_truth(sample.truth)
        error = draws.std(axis=0, ddof=1)
        low, high = np.quantile(draws, [0.025, 0.975], axis=0)
        rows.append(
            [
                np.abs(estimate - truth) <= z * error,
                (low <= truth) & (truth <= high),
                (2 * estimate - high <= truth) & (truth <= 2 * estimate - low),
            ]
        )
    return np.array(rows)


def main(
    panel: Annotated[str, typer.Argument(help="Income and democracy panel.")],
    replications: Annotated[int, typer.Option(help="Samples of each cell.")] = 150,
) -> None:
    """Cover, print, and write."""
    experiment = find(STUDY)
    if experiment.columns is None:
        raise ValueError("the study reads no panel")
    plan = experiment.plan(experiment.columns.read(panel))
    table = published(STUDY)
    rows = []
    for cell in plan.cells:
        groups = int(cell.factors["G"])
        found = covered(cell, replications)
        for k, parameter in enumerate((*experiment.parameters, *experiment.derived)):
            chosen = table[
                (table["G"] == groups)
                & (table["parameter"] == parameter)
                & (table["statistic"] == "coverage")
                & (table["variance"] == "bootstrap")
            ]
            shares = [moments.share(int(found[:, n, k].sum()), replications) for n in range(3)]
            entries = [with_error(share.value, share.error) for share in shares]
            rows.append((str(groups), parameter, f"{chosen['value'].item():.3f}", *entries))
    made = Table(
        "Coverage of nominal 95% bootstrap intervals",
        ("G", "parameter", "printed", *KINDS),
        tuple(rows),
        (
            f"{replications} samples a cell, 100 draws each. In brackets: Monte Carlo errors.",
            "Normal: estimate -/+ 1.96 standard errors. Percentile: quantiles of the draws. "
            "Basic: the percentile interval mirrored at the estimate.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    Path("results", STUDY, "intervals.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
