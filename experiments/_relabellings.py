"""Misclassification against the number of random relabellings, in Tables 3 and S1.

    python experiments/_relabellings.py PANEL [--replications 400]

The same fits are scored with more and more random relabellings, up to the 500,000 that footnote 31
of Bonhomme and Manresa (2012) names, and by optimal assignment. With five groups the footnote goes
through all 120; here they are drawn at random as well, to see what that would do. Written beside
each study's results.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gfe_mc.kernels.relabel import best_of_permutations
from gfe_mc.labels import agreement
from gfe_mc.metrics.misclassification import misclassification
from gfe_mc.published.loader import published
from gfe_mc.report.digits import with_error
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find
from gfe_mc.study.plan import Cell

COUNTS = (100, 200, 300, 400, 500, 1_000, 5_000, 50_000, 500_000)
STUDIES = ("bm_table3", "bm_table_s1")


def scores(cell: Cell, name: str, replications: int) -> np.ndarray:
    """Percentages misclassified, a row a replication: one for each count, the optimal one last."""
    keyed = cell.methods[name]
    rows = []
    for replication in range(replications):
        sample = keyed.sample(replication)
        fit = keyed.fit(sample, replication)
        if fit.groups is None or sample.truth.groups is None:
            raise ValueError("relabellings are of groups")
        counts = agreement(fit.groups, sample.truth.groups)
        agreed = [
            best_of_permutations(counts, keyed.stream(replication, f"{n} relabellings {name}"), n)
            for n in COUNTS
        ]
        wrong = [1.0 - most / len(fit.groups) for most in agreed]
        rows.append([*wrong, misclassification(fit.groups, sample.truth.groups)])
    return 100.0 * np.array(rows)


def printed(study: str, groups: int) -> str:
    """The percentage that the table prints."""
    table = published(study)
    chosen = table[(table["G"] == groups) & (table["statistic"] == "misclassification_percent")]
    return f"{chosen['value'].item():.2f}"


def main(
    panel: Annotated[str, typer.Argument(help="Income and democracy panel.")],
    replications: Annotated[int, typer.Option(help="Samples of each cell.")] = 400,
) -> None:
    """Score, print, and write."""
    for study in STUDIES:
        experiment = find(study)
        if experiment.columns is None:
            raise ValueError(f"{study} uses no panel")
        rows = []
        for cell in experiment.plan(experiment.columns.read(panel)).cells:
            groups = int(cell.factors["G"])
            if groups == 3:
                continue
            for name in ("vns", "genetic"):
                drawn = scores(cell, name, replications)
                errors = drawn.std(axis=0, ddof=1) / np.sqrt(replications)
                ours = map(with_error, drawn.mean(axis=0), errors)
                rows.append((str(groups), printed(study, groups), name, *ours))
        made = Table(
            "Percentage misclassified, by number of random relabellings",
            ("G", "printed", "search", *(f"{count:,}" for count in COUNTS), "optimal"),
            tuple(rows),
            (f"The first {replications} samples; Monte Carlo standard errors in brackets.",),
        )
        text = render(made, "markdown")
        print(text)
        (Path("results") / study / "relabellings.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
