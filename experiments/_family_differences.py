"""The studies of the family: the estimator of the design's model beside those that ignore a part.

    python experiments/_family_differences.py

Differences are paired: estimators of a cell have the same samples. Written beside the results of
each study.
"""

import numpy as np

from gfe_mc.metrics.paired import paired
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.study.folder import DATASET

PAIRS = {
    "bm_unit_effects": (
        ("common", "unit_effects"),
        ("two_way", "unit_effects"),
        ("unit_effects", "jackknife"),
        ("unit_effects", "jackknife_regroup"),
        ("jackknife", "jackknife_regroup"),
    ),
    "bm_gaps": (("whole_units", "gfe"),),
    "bm_factors": tuple((one, "factors") for one in ("two_way", "gfe", "gfe_ten")),
    "bm_three_steps": tuple((one, "full") for one in ("one_sample", "three_200", "three_1000")),
    "bm_mixture": tuple((one, "mixture_logit") for one in ("mixture", "gfe", "one_component")),
    "bm_logit": (("pooled", "levels"), ("profiles", "levels")),
    "bm_patterns": (("free", "patterns"), ("levels", "patterns")),
    "bm_two_layers": tuple((one, "two_layers") for one in ("one_layer", "nine", "unit_effects")),
    "bm_prior": (
        ("none", "prior"),
        ("none", "weighted"),
        ("none", "misleading"),
        ("none", "known"),
        ("prior", "weighted"),
    ),
    "bm_group_slopes": (("common", "own"), ("own", "fcr")),
    "mixture_fuzzy_hard": (
        *(("gfe", one) for one in ("fcr_1_2", "fcr_2", "mixture", "mixture_logit")),
        ("mixture", "mixture_logit"),
    ),
}
SHOWN = ("estimate", "absolute_error", "misclassification_percent")


def main() -> None:
    """Compute, print, and write."""
    for study, pairs in PAIRS.items():
        if not (RESULTS / study / DATASET).exists():
            continue
        stored, rows, names = read_study(RESULTS / study), [], []
        for first, second in pairs:
            found = paired(stored, first, second)
            names = list(found.columns[1 : list(found.columns).index("first")])
            for record in found.to_dict("records"):
                if record["statistic"] not in SHOWN or not np.isfinite(record["difference"]):
                    continue
                rows.append(
                    (
                        *(str(record[name]) for name in names),
                        *(second, first, record["parameter"], record["statistic"]),
                        with_error(record["difference"], record["error"]),
                        str(record["used"]),
                    )
                )
        made = Table(
            "Paired differences",
            (*names, "of", "less that of", "parameter", "figure", "difference", "used"),
            tuple(rows),
            ("In brackets: Monte Carlo standard errors.",),
        )
        text = render(made, "markdown")
        print(study, text, sep="\n", flush=True)
        (RESULTS / study / "differences.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
