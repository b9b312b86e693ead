"""What BIC chooses in Table S3, by the number of groups that the error variance comes from.

    python experiments/_variances_of_bic.py

From the objectives that the study keeps; nothing is fitted. Also with the error variance held at
numbers, among them those of the panel itself, by the printed objectives of Table B2. Written beside
the results of the study.
"""

import numpy as np
from scipy.stats import fisher_exact

from gfe_mc.metrics import counts, moments
from gfe_mc.published.loader import published
from gfe_mc.report.content import described
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.selection.criterion import BIC

STUDY = "bm_table_s3"
SHOWN = {3: range(1, 9), 10: range(6, 14)}
HELD = {3: np.arange(0.0375, 0.0551, 0.0025), 10: np.arange(0.0125, 0.0201, 0.0025)}
"""Error variances that are tried, by the true number of groups."""
PRINTED = 100
"""Samples of the print."""


def of_panel(groups: int, n_units: int, n_periods: int, n_slopes: int) -> float:
    """The error variance of the panel itself with some groups, by its printed objective."""
    table = published("bm_table_b2")
    of = table[(table["G"] == str(groups)) & (table["statistic"] == "objective")]
    freedom = n_units * n_periods - groups * n_periods - n_units - n_slopes
    return float(of["value"].item()) / freedom


def shares_of(chosen: np.ndarray, true: int) -> list[str]:
    """Percent that choose each number of groups."""
    shares = [moments.share(int((chosen == g).sum()), len(chosen)) for g in SHOWN[true]]
    return [with_error(100 * s.value, 100 * s.error) for s in shares]


def beside(chosen: np.ndarray, true: int) -> str:
    """Probability by chance of a share of the true number as far from the printed one."""
    table = published(STUDY)
    of = table[(table["G0"] == true) & (table["G"] == true)]
    said = round(float(of["value"].item()))
    ours = int((chosen == true).sum())
    counted = np.array([[ours, len(chosen) - ours], [said, PRINTED - said]])
    p = fisher_exact(counted).pvalue
    return f"{p:.2g}"


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
            rows.append((str(source), f"{variance.mean():.4f}", *shares_of(chosen, true)))
        made.append(
            Table(
                f"True number of groups {true}: percent of {len(own)} samples that choose each",
                ("sigma^2 from G", "mean sigma^2", *[str(g) for g in SHOWN[true]]),
                tuple(rows),
                ("In brackets: Monte Carlo standard errors.",),
            )
        )
        known = {g: of_panel(g, n_units, n_periods, n_slopes) for g in (1, 2, true, maximum)}
        tried = {f"{value:.4f}": value for value in HELD[true]}
        tried |= {f"{value:.4f} (G = {g} on the panel)": value for g, value in known.items()}
        rows = []
        for name, value in sorted(tried.items(), key=lambda item: item[1]):
            chosen = np.argmin(own / (n_units * n_periods) + value * penalties, axis=1) + 1
            rows.append((name, *shares_of(chosen, true), beside(chosen, true)))
        made.append(
            Table(
                f"True number of groups {true}: with sigma^2 held at a number",
                ("sigma^2", *[str(g) for g in SHOWN[true]], "p"),
                tuple(rows),
                (
                    f"p: of a share that chooses {true} as far from the printed one, which has "
                    f"{PRINTED} samples (Fisher's exact test).",
                    "On the panel: its objective over NT - GT - N - K.",
                ),
            )
        )
    text = "\n".join(render(table, "markdown") for table in made)
    print(text)
    (RESULTS / STUDY / "variances.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
