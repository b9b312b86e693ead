"""What BIC chooses in Table S3, by the number of groups that the error variance comes from.

    python experiments/_variances_of_bic.py

From the objectives that the study keeps; nothing is fitted. Written beside its results.
"""

import numpy as np

from gfe_mc.metrics import counts, moments
from gfe_mc.report.content import described
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.selection.criterion import BIC

STUDY = "bm_table_s3"
SHOWN = {3: range(1, 9), 10: range(6, 14)}


def main() -> None:
    """Choose, print, and write."""
    study = read_study(RESULTS / STUDY)
    paths = counts.array(study, "path")[:, 0]
    n_slopes = described(study)["slopes"]
    made = []
    for cell, label in enumerate(counts.labels(study)):
        true, n_units, n_periods = (int(str(label[name])) for name in ("G0", "N", "T"))
        own = paths[cell]
        maximum = own.shape[1]
        numbers = np.arange(1, maximum + 1)
        penalties = np.array([BIC()(n_units, n_periods, int(g), n_slopes) for g in numbers])
        rows = []
        for source in numbers:
            freedom = n_units * n_periods - source * n_periods - n_units - n_slopes
            variance = own[:, source - 1] / freedom
            values = own / (n_units * n_periods) + variance[:, None] * penalties
            chosen = np.argmin(values, axis=1) + 1
            shares = [moments.share(int((chosen == g).sum()), len(chosen)) for g in SHOWN[true]]
            rows.append(
                (
                    str(source),
                    f"{variance.mean():.4f}",
                    *[with_error(100 * s.value, 100 * s.error) for s in shares],
                )
            )
        made.append(
            Table(
                f"True number of groups {true}: percent of {len(own)} samples that choose each",
                ("sigma^2 from G", "mean sigma^2", *[str(g) for g in SHOWN[true]]),
                tuple(rows),
                ("In brackets: Monte Carlo standard errors.",),
            )
        )
    text = "\n".join(render(table, "markdown") for table in made)
    print(text)
    (RESULTS / STUDY / "variances.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
