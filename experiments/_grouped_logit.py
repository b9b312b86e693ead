"""What searched groups cost a logit, on the samples of `grouped_logit`.

    python experiments/_grouped_logit.py

From the stored replications: biases, ratios of standard errors to standard deviations, differences
to the logit that knows the groups on the same samples, objectives, and samples with infinite
profile values. Written beside the study's results, as `costs.md`.
"""

from pathlib import Path

import numpy as np

from gfe_mc.fit import Status
from gfe_mc.metrics import counts, moments
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import read_study
from gfe_mc.report.render import Table, render

STUDY = "grouped_logit"
RESULTS = Path(__file__).resolve().parent.parent / "results"
KNOWN = "known"


def _mean(values: np.ndarray) -> str:
    """Mean and its Monte Carlo error."""
    found = moments.mean(values)
    return with_error(found.value, found.error)


def main() -> None:
    """Compute, print, and write."""
    study = read_study(RESULTS / STUDY)
    estimates = counts.array(study, "estimate")[..., 0]
    objectives, status = counts.array(study, "objective"), counts.array(study, "status")
    wrong, used = counts.array(study, "misclassification"), counts.used(study)
    names = [str(name) for name in study["estimator"].to_numpy()]
    known, rows = names.index(KNOWN), []
    for i, label in enumerate(counts.labels(study)):
        for j, name in enumerate(names):
            both = used[i, j] & used[i, known]
            one, other = estimates[i, j][both], estimates[i, known][both]
            infinite = status[i, j][both] == Status.PROFILE_SEPARATED
            below = objectives[i, j][both] - objectives[i, known][both]
            rows.append(
                (
                    str(label["T"]),
                    name,
                    str(int(both.sum())),
                    _mean(one - 1.0),
                    _mean(one - other),
                    _mean(100.0 * wrong[i, j][both]),
                    _mean(below),
                    _mean(100.0 * infinite),
                )
            )
    header = ("T", "estimator", "samples", "bias", "less known", "misclassified %")
    table = Table(
        "What searched groups cost",
        (*header, "objective less known", "infinite values %"),
        tuple(rows),
        (
            "Less known: mean difference to the logit that knows the groups, on the same samples. "
            "Infinite values: samples with one or more. In brackets: Monte Carlo standard errors.",
        ),
    )
    text = render(table, "markdown")
    print(text)
    (RESULTS / STUDY / "costs.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
