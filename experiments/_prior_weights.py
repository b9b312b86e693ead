"""The weights of priors in bm_prior: the default one of each sample, and that of its errors.

    python experiments/_prior_weights.py PANEL

The default is twice the residual variance of one group, which is that of the sample at hand.
Written beside the results of the study.
"""

from typing import Annotated, Any

import numpy as np
import typer

from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.metrics import moments
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find

STUDY = "bm_prior"
SAMPLES = 1000


def default_weight(panel: Any) -> float:
    """Return twice the mean of the squared residuals of one group."""
    fit = GFE(1).fit(panel, np.random.default_rng(0))
    return 2.0 * float(fit.objective) / np.count_nonzero(panel.observed)


def main(panel: Annotated[str, typer.Argument(help="Panel of income and democracy.")]) -> None:
    """Compute, print, and write."""
    experiment = find(STUDY)
    assert experiment.columns is not None
    read = experiment.columns.read(panel)
    rows = []
    for cell in experiment.plan(read).cells:
        keyed = cell.methods["prior"]
        dgp: Any = keyed.method.dgp
        found = np.array([default_weight(keyed.sample(r).panel) for r in range(SAMPLES)])
        mean = moments.mean(found)
        errors = 2.0 * dgp.calibration.error_variance
        rows.append(
            (
                str(cell.factors["G"]),
                f"{errors:.4f}",
                f"{default_weight(read):.4f}",
                with_error(mean.value, mean.error),
                f"{found.min():.4f} to {found.max():.4f}",
            )
        )
    names = ("of the errors", "default: panel", "default: mean of samples", "default: range")
    made = Table(
        "Weights of a prior",
        ("G", *names),
        tuple(rows),
        (
            f"2 sigma^2, of {SAMPLES} samples.",
            "In brackets: Monte Carlo standard errors.",
        ),
    )
    text = render(made, "markdown")
    print(text, flush=True)
    (RESULTS / STUDY / "weights.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
