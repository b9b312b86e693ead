"""Coverage of bootstrap intervals of several kinds, in Tables 4 and S2.

    python experiments/_bootstrap_intervals.py PANEL STUDY [--replications 200] [--slow 0]

The study's own samples, fits and draws, which it does not store, are made again: intervals of
standard errors are those of the study, and the script refuses to write if they are not. With 10
groups also by the bootstrap as printed, if samples are asked for: it takes three times as long.
Written beside the study's results.
"""

from typing import Annotated

import numpy as np
import pandas as pd
import typer
from scipy.stats import norm

from gfe_mc.metrics import moments
from gfe_mc.published.loader import published
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find
from gfe_mc.study.experiment import Experiment
from gfe_mc.study.method import Keyed

KINDS = ("normal", "percentile", "basic")
PRINTED = 1000
"""Samples behind a printed share."""
Z = float(norm.isf(0.025))


def bounds(keyed: Keyed, replication: int) -> np.ndarray:
    """Estimate, truth, error, and the quantiles of the draws: (5, parameters)."""
    parameters = keyed.method.parameters
    sample = keyed.sample(replication)
    fit = keyed.fit(sample, replication)
    # The stream of the study, so that these are its draws.
    purpose = f"inference {keyed.estimator_key} {keyed.inference_keys['bootstrap']}"
    rng = keyed.stream(replication, purpose)
    found = keyed.method.inference["bootstrap"].covariance(sample.panel, fit, rng)
    if found.draws is None:
        raise ValueError("the bootstrap failed")
    draws = np.array([parameters.of_slopes(draw) for draw in found.draws])
    known = parameters.of_fit(fit), parameters.of_truth(sample.truth), draws.std(axis=0, ddof=1)
    return np.stack([*known, *np.quantile(draws, [0.025, 0.975], axis=0)])


def covered(found: np.ndarray) -> np.ndarray:
    """Whether each interval holds the truth: (replications, kinds, parameters)."""
    estimate, truth, error, low, high = np.moveaxis(found, 1, 0)
    return np.stack(
        [
            np.abs(estimate - truth) <= Z * error,
            (low <= truth) & (truth <= high),
            (2 * estimate - high <= truth) & (truth <= 2 * estimate - low),
        ],
        axis=1,
    )


def require_stored(experiment: Experiment, cell: int, arm: str, found: np.ndarray) -> None:
    """Refuse estimates and errors that are not those of the study, where it has the sample."""
    stored = read_study(RESULTS / experiment.name).sel(cell=cell, estimator=arm)
    errors = stored["standard_error"].sel(inference="bootstrap")
    for held, ours in ((stored["estimate"], found[:, 0]), (errors, found[:, 2])):
        known = held.dropna("replication").to_numpy()[: len(ours)]
        if not np.allclose(known, ours[: len(known)], rtol=0.0, atol=1e-9):
            raise ValueError("not the estimates and errors of the study")


def rows_of(table: pd.DataFrame, names: list[str], groups: int, arm: str, held: np.ndarray) -> list:
    """Shares beside the print, and how far they are from it: a row a parameter."""
    rows = []
    for k, parameter in enumerate(names):
        chosen = table[
            (table["G"] == groups)
            & (table["parameter"] == parameter)
            & (table["statistic"] == "coverage")
            & (table["variance"] == "bootstrap")
        ]
        printed = chosen["value"].item()
        entries = []
        for n in range(len(KINDS)):
            share = moments.share(int(held[:, n, k].sum()), len(held))
            pooled = (share.value * len(held) + printed * PRINTED) / (len(held) + PRINTED)
            spread = np.sqrt(pooled * (1 - pooled) * (1 / len(held) + 1 / PRINTED))
            z = (share.value - printed) / spread
            entries += [with_error(share.value, share.error), f"{z:.1f}"]
        rows.append((str(groups), arm, str(len(held)), parameter, f"{printed:.3f}", *entries))
    return rows


def made_of(study: str, rows: list) -> str:
    """Render the table."""
    made = Table(
        f"{study}: coverage of nominal 95% bootstrap intervals",
        (
            *("G", "arm", "samples", "parameter", "printed"),
            *(name for kind in KINDS for name in (kind, f"{kind}: z")),
        ),
        tuple(rows),
        (
            "100 draws a sample, those of the study. In brackets: Monte Carlo errors. "
            "z: difference of two shares, pooled; the print has 1,000 samples.",
            "Normal: estimate -/+ 1.96 standard errors. Percentile: quantiles of the draws. "
            "Basic: the percentile interval mirrored at the estimate.",
        ),
    )
    return render(made, "markdown")


def main(
    panel: Annotated[str, typer.Argument(help="Income and democracy panel.")],
    study: Annotated[str, typer.Argument(help="bm_table4 or bm_table_s2.")],
    replications: Annotated[int, typer.Option(help="Samples of each cell.")] = 200,
    slow: Annotated[int, typer.Option(help="Samples by the bootstrap as printed, G = 10.")] = 0,
) -> None:
    """Cover, print, and write."""
    experiment = find(study)
    if experiment.columns is None:
        raise ValueError("the study reads no panel")
    plan = experiment.plan(experiment.columns.read(panel))
    table, names = published(study), [*experiment.parameters, *experiment.derived]
    rows = []
    for number, cell in enumerate(plan.cells):
        groups = int(cell.factors["G"])
        arms = {"genetic": replications} | ({"paper": slow} if groups == 10 and slow else {})
        for arm, size in arms.items():
            found = np.array([bounds(cell.methods[arm], r) for r in range(size)])
            require_stored(experiment, number, arm, found)
            rows += rows_of(table, names, groups, arm, covered(found))
    text = made_of(study, rows)
    print(text)
    (RESULTS / study / "intervals.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
