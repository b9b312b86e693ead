"""Table B3 with five groups: local minima close to the least objective, and their effects.

    python experiments/_deviations_minima.py PANEL [--starts 6000]

Algorithm 1 from one random start after the other, on the panel in deviations from country means.
Written beside the results of the study.
"""

from pathlib import Path
from typing import Annotated

import typer

from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import MultiStart
from gfe_mc.papers.income_democracy import COLUMNS, CUMULATIVE
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.seeds import generator

STUDY = "bm_table_b3"
GROUPS = 5
SHOWN = 8


def main(
    panel: Annotated[str, typer.Argument(help="Income and democracy panel.")],
    starts: Annotated[int, typer.Option(help="Random starts.")] = 6000,
) -> None:
    """Search, print, and write."""
    data = COLUMNS.read(panel).within_units()
    rng = generator(0, "0" * 64, 0, "starts")
    best = GFE(GROUPS).fit(data, rng)
    met = {f"{best.objective:.6f}": (best.theta, 0)}
    for _ in range(starts):
        fit = GFE(GROUPS, MultiStart(1)).fit(data, rng)
        key = f"{fit.objective:.6f}"
        theta, count = met.get(key, (fit.theta, 0))
        met[key] = theta, count + 1
    rows = [
        (objective, str(count), *(f"{v:.5f}" for v in (*theta, CUMULATIVE.value(theta))))
        for objective, (theta, count) in sorted(met.items(), key=lambda one: float(one[0]))
    ]
    made = Table(
        f"Table B3, {GROUPS} groups: the local minima of least objective",
        ("objective", "starts that end there", "theta1", "theta2", "cumulative"),
        tuple(rows[:SHOWN]),
        (
            f"{len(met)} local minima of {starts} starts of Algorithm 1; the first is of the "
            "default search. Printed: 8.174, -.093, -.013 and -.011.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    Path(RESULTS / STUDY, "minima.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
