"""Slopes of each group in `bm_group_slopes`: bias and coverage.

    python experiments/_family_group_slopes.py PANEL

From the stored replications; nothing is fitted but the design. Groups of fits and of the design are
matched by the rank of the first slope that differs between them. Written beside the results.
"""

from typing import Annotated, Any

import numpy as np
import typer

from gfe_mc.metrics import counts, intervals, moments
from gfe_mc.metrics.group_slopes import ascending
from gfe_mc.report.digits import figure_with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find

STUDY, OWN = "bm_group_slopes", "own"


def main(
    panel: Annotated[str, typer.Argument(help="Balanced panel of income and democracy.")],
) -> None:
    """Compute, print, and write."""
    experiment = find(STUDY)
    assert experiment.columns is not None
    plan = experiment.plan(experiment.columns.read(panel))
    stored = counts.loaded(read_study(RESULTS / STUDY))
    position, rows = counts.position(stored, OWN), []
    slopes, errors = (counts.array(stored, name) for name in ("group_slopes", "group_errors"))
    for i, cell in enumerate(plan.cells):
        dgp: Any = cell.methods[OWN].method.dgp
        fixed = dgp.calibration
        order = ascending(fixed.beta)
        sizes = np.bincount(fixed.groups)[order]
        for g, true in enumerate(fixed.beta[order]):
            for k, name in enumerate(fixed.regressors):
                if not (fixed.beta[:, k] != fixed.beta[0, k]).any():
                    continue
                own, error = slopes[i, position, :, g, k], errors[i, position, :, 0, g, k]
                truth = np.full(len(own), true[k])
                rows.append(
                    (
                        *(str(cell.factors["slopes"]), str(g + 1), str(sizes[g]), name),
                        f"{true[k]:.4f}",
                        *(
                            figure_with_error(one)
                            for one in (moments.mean(own - truth), moments.sd(own))
                        ),
                        figure_with_error(moments.median(error)),
                        figure_with_error(intervals.coverage(own, error, truth)),
                        figure_with_error(intervals.bias_eliminated_coverage(own, error)),
                    )
                )
    made = Table(
        "Slopes of groups",
        (
            *("slopes", "group", "units", "regressor", "true", "bias", "sd"),
            *("median se", "coverage", "bias-eliminated coverage"),
        ),
        tuple(rows),
        (
            f"By `{OWN}`, large-T errors. Groups by rank of their first slope that differs. In "
            "brackets: Monte Carlo standard errors.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / STUDY / "slopes.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
