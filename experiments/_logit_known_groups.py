"""The logit of `bm_logit` with groups known: what of its bias is not that of unknown groups.

    python experiments/_logit_known_groups.py PANEL

On the stored samples, the logit with a level for each of the true groups. Written beside the
study's results.
"""

from typing import Annotated, Any

import numpy as np
import typer

from gfe_mc.estimators.losses.given_groups import GivenGroupsM
from gfe_mc.estimators.losses.loss import Logit
from gfe_mc.metrics import counts, moments
from gfe_mc.report.digits import figure_with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find

STUDY = "bm_logit"


def main(
    panel: Annotated[str, typer.Argument(help="Balanced panel of income and democracy.")],
) -> None:
    """Estimate, print, and write."""
    experiment = find(STUDY)
    assert experiment.columns is not None
    cell = experiment.plan(experiment.columns.read(panel)).cells[0]
    keyed = cell.methods["levels"]
    dgp: Any = keyed.method.dgp
    known = GivenGroupsM(Logit(), dgp.groups, profiles="constant")
    stored = counts.loaded(read_study(RESULTS / STUDY))
    estimates = counts.array(stored, "estimate")[0, :, :, 0]
    rng = np.random.default_rng(0)  # Nothing is drawn from it.
    given = np.array([known.fit(keyed.sample(r).panel, rng).theta[0] for r in range(1000)])
    rows = [("known", "1000", *_errors_of(given - dgp.theta[0]), "0")]
    for name in ("levels", "profiles", "pooled"):
        own = estimates[counts.position(stored, name)]
        used = np.isfinite(own)
        more = moments.mean((own - given)[used])
        figures = _errors_of(own[used] - dgp.theta[0])
        rows.append((name, str(int(used.sum())), *figures, figure_with_error(more)))
    made = Table(
        "The slope with groups known, and by the estimators of the study",
        ("estimator", "samples", "bias", "sd", "less known"),
        tuple(rows),
        ("Less known: on the same samples. In brackets: Monte Carlo standard errors.",),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / STUDY / "known_groups.md").write_text(text, encoding="utf-8")


def _errors_of(errors: np.ndarray) -> tuple[str, str]:
    """Mean and standard deviation."""
    return figure_with_error(moments.mean(errors)), figure_with_error(moments.sd(errors))


if __name__ == "__main__":
    typer.run(main)
