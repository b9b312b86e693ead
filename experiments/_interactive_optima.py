"""Which optimum each search of `bm_interactive` ends in, and what estimates are there.

    python experiments/_interactive_optima.py

From the stored replications; nothing is fitted. Written beside the results.
"""

import numpy as np

from gfe_mc.metrics import counts, moments
from gfe_mc.published.loader import published
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "bm_interactive"
PARAMETERS = ("theta1", "theta2")
MET, BEST = 1e-3, "global"
"""An objective above the best one by less than this share of it counts as met: iterations that stop
early are above the optimum that they go to by less, and optima are further apart as a rule."""


def main() -> None:
    """Compute, print, and write."""
    study, print_ = read_study(RESULTS / STUDY), published(STUDY)
    estimates, objectives = counts.array(study, "estimate"), counts.array(study, "objective")
    used = counts.used(study)
    names = [str(name) for name in study["estimator"].to_numpy()]
    columns = [str(name) for name in study["parameter"].to_numpy()]
    at = [columns.index(name) for name in PARAMETERS]
    rows = []
    for i, label in enumerate(counts.labels(study)):
        best = objectives[i, names.index(BEST)]
        for j, name in enumerate(names):
            kept = used[i, j] & np.isfinite(best)
            theta = estimates[i, j][kept][:, at]
            met = objectives[i, j][kept] <= best[kept] * (1.0 + MET)
            below = theta[:, 1] < 0.0
            shares = [moments.mean(100.0 * one) for one in (met, below)]
            cells = [with_error(share.value, share.error) for share in shares]
            for one in (below, ~below):
                for k in range(2):
                    found = moments.mean(theta[one, k])
                    few = int(one.sum()) < 2
                    cells.append("-" if few else with_error(found.value, found.error))
            rows.append((str(label["variance_of"]), name, *cells))
    printed = ", ".join(
        f"{name} {print_[print_['parameter'] == name]['value'].item():.3f}" for name in PARAMETERS
    )
    made = Table(
        "Optima by search",
        (
            *("variance of", "search", "met, %", "theta2 below 0, %"),
            *("theta1 there", "theta2 there", "theta1 elsewhere", "theta2 elsewhere"),
        ),
        tuple(rows),
        (
            f"In print: {printed}. Met: the objective is at most {100 * MET:g} % above that of "
            f"`{BEST}`. In brackets: Monte Carlo standard errors.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / STUDY / "optima.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
