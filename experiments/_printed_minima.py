"""The groupings behind the rows of 12 and 13 groups of Table B2: local minima, and their errors.

    python experiments/_printed_minima.py PANEL

One start of Algorithm 2 (1;10;10) after the other, until one ends at the printed objective.
Written beside the results of the study.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.income_democracy import COLUMNS, CUMULATIVE, PARAMETERS
from gfe_mc.parameters import Parameters
from gfe_mc.published.loader import published
from gfe_mc.report.render import Table, render

STUDY = "bm_table_b2"
GROUPS = (12, 13)
MOST = 1000
"""Starts before a grouping is given up."""
METHODS: dict[str, Inference] = {"large_t": LargeT(small_sample="NT-GT-K"), "fixed_t": FixedT()}


def main(panel: Annotated[str, typer.Argument(help="Income and democracy panel.")]) -> None:
    """Search, print, and write."""
    data, print_ = COLUMNS.read(panel), published(STUDY)
    parameters = Parameters.of(PARAMETERS, {"cumulative": CUMULATIVE})
    rows = []
    for groups in GROUPS:
        row = print_[print_["G"] == str(groups)]
        objective = row[row["statistic"] == "objective"]["value"].item()
        for seed in range(MOST):
            fit = GFE(groups, VNS(1, 10, 10)).fit(data, np.random.default_rng(seed))
            if abs(fit.objective - objective) <= 5e-4:
                break
        else:
            raise ValueError(f"no start of {MOST} ends at {objective} with {groups} groups")
        estimate = parameters.of_fit(fit)
        errors = {
            name: parameters.errors(
                method.covariance(data, fit, np.random.default_rng(0)), np.asarray(fit.theta)
            )
            for name, method in METHODS.items()
        }
        for k, name in enumerate(parameters.names):
            of = row[row["parameter"] == name]
            entries = [f"{estimate[k]:.4f}", *(f"{errors[one][k]:.4f}" for one in METHODS)]
            kinds = [("estimate", "none"), *(("se", one) for one in METHODS)]
            printed = [
                f"{of[(of['statistic'] == a) & (of['variance'] == b)]['value'].item():.3f}"
                for a, b in kinds
            ]
            pairs = [text for pair in zip(printed, entries, strict=True) for text in pair]
            rows.append((str(groups), str(seed), f"{fit.objective:.6f}", name, *pairs))
    header = ["G", "seed", "objective", "parameter"]
    header += [f"{kind}{ours}" for kind in ("estimate", *METHODS) for ours in (", printed", "")]
    made = Table("Local minima that Table B2 prints", tuple(header), tuple(rows))
    text = render(made, "markdown")
    print(text)
    Path("results", STUDY, "minima.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
