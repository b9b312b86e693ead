"""Which search the printed figures of Tables 3, 4, S1 and S2 are those of.

    python experiments/_search_of_print.py

Figures that both searches have are tested together, by kind and number of groups, as the reports
test whole columns: means of the coefficients; their standard deviations with coverage by large-T
and fixed-T errors; and medians of these errors. Misclassification is left out: it depends on how
many relabellings were tried. From the replications that the studies keep; nothing is fitted.
Written beside the results of `bm_table3`.
"""

import pandas as pd

from gfe_mc.metrics.summary import summarize_study
from gfe_mc.report.columns import joint
from gfe_mc.report.compare import compare_all
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find

SEARCHES = ("vns", "genetic")
KINDS = {
    "means": ("mean",),
    "spread and coverage": ("mc_sd", "coverage"),
    "large-T errors": ("large_t",),
    "fixed-T errors": ("fixed_t",),
}
STUDIES = ("bm_table3", "bm_table_s1", "bm_table4", "bm_table_s2")


def compared(study: str) -> dict[str, pd.DataFrame]:
    """Compare a study's searches with its print."""
    report = find(study).report
    assert report is not None
    assert report.published is not None
    figures = summarize_study(read_study(RESULTS / study), influences=SEARCHES)
    return compare_all(figures, report.published, SEARCHES)


def of_kind(figures: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    """Which figures are of a kind: by statistic, or, for medians of errors, by inference."""
    medians = (figures["statistic"] == "median_se") & figures["inference"].isin(names)
    return figures["statistic"].isin(names) | medians


def main() -> None:
    """Test, print, and write."""
    rows = []
    for study in STUDIES:
        by_search = compared(study)
        first = by_search[SEARCHES[0]]
        both = pd.concat([one["p"].notna() for one in by_search.values()], axis=1).all(axis=1)
        for kind, names in KINDS.items():
            for groups in (3, 5, 10):
                chosen = both & of_kind(first, names) & (first["G"].astype(int) == groups)
                entries: list[str] = []
                for search in SEARCHES:
                    tested = joint(by_search[search][chosen])
                    if tested is not None:
                        entries += [f"{tested.mean_square:.2f}", f"{tested.p:.2g}"]
                if entries:
                    rows.append((study, kind, str(groups), str(int(chosen.sum())), *entries))
    made = Table(
        "Figures of two searches against the print, tested together",
        (
            *("study", "figures", "G", "number"),
            *(name for search in SEARCHES for name in (f"{search}: mean z^2", f"{search}: p")),
        ),
        tuple(rows),
        (
            "Mean z^2 is 1 on average where print and ours have the same expectation; p: of one as "
            "large, allowing for correlations of the figures over the samples.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / "bm_table3" / "searches.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
