"""What section 5.3 of Bonhomme and Manresa says in its text, from the replications that there are.

    python experiments/_text_of_section53.py

Relative biases, units well classified, and mean against median standard errors (footnote 32). From
the summaries of `bm_table3`, `bm_table4` and `bm_table_s2`; nothing is fitted. Written beside the
results of `bm_table3` and `bm_table4`.
"""

import math

import pandas as pd

from gfe_mc.metrics.misclassification import PERCENT
from gfe_mc.metrics.relabellings import PERCENT as PERMUTATIONS
from gfe_mc.published.loader import published
from gfe_mc.report.digits import ABSENT, with_error
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.report.study import SUMMARY

SEARCHES = ("genetic", "vns")
PARAMETERS = ("theta1", "theta2", "cumulative")


def summary(study: str) -> pd.DataFrame:
    """Every figure of a study."""
    return pd.read_csv(RESULTS / study / SUMMARY, keep_default_na=False, na_values=[""])


def one(frame: pd.DataFrame, **names: object) -> tuple[float, float]:
    """Value and error of a figure; NaN where there is none."""
    for name, value in names.items():
        frame = frame[frame[name] == value]
    if frame.empty:
        return math.nan, math.nan
    return float(frame["value"].item()), float(frame["error"].item())


def biases() -> Table:
    """Relative biases: the text says at most 10 percent."""
    ours, table = summary("bm_table3"), published("bm_table3")
    rows = []
    for groups in sorted(set(table["G"])):
        for name in PARAMETERS:
            of = table[(table["G"] == groups) & (table["parameter"] == name)]
            said = {row["statistic"]: row["value"] for row in of.to_dict("records")}
            row = [str(groups), name, f"{100 * (said['mean'] / said['true'] - 1):.1f}"]
            for search in SEARCHES:
                where = {"G": groups, "estimator": search, "parameter": name}
                true, _ = one(ours, **where, statistic="true")
                bias, error = one(ours, **where, statistic="bias")
                row.append(with_error(100 * bias / true, 100 * error / true))
            rows.append(tuple(row))
    return Table(
        "Relative bias, percent",
        ("G", "parameter", "from the printed table", *SEARCHES),
        tuple(rows),
        ("The text: at most 10 percent. In brackets: Monte Carlo standard errors.",),
    )


def classified() -> Table:
    """Units well classified: the text says about 90, 90 and 55 percent."""
    ours, text = summary("bm_table3"), published("bm_text")
    said = text[text["quantity"] == "units well classified"]
    rows = []
    for row in said.to_dict("records"):
        entries = [str(row["G"]), f"{row['value']:.0f}"]
        for search in SEARCHES:
            where = {"G": int(row["G"]), "estimator": search, "parameter": "none"}
            for statistic in (PERCENT, PERMUTATIONS):
                wrong, error = one(ours, **where, statistic=statistic)
                entries.append(with_error(100 - wrong, error))
        rows.append(tuple(entries))
    ways = ("optimal assignment", "500,000 relabellings")
    return Table(
        "Units well classified, percent",
        ("G", "printed, about", *[f"{search}, {way}" for search in SEARCHES for way in ways]),
        tuple(rows),
    )


def means() -> Table:
    """Mean against median standard errors: footnote 32 says very similar."""
    rows = []
    for study in ("bm_table4", "bm_table_s2"):
        ours = summary(study)
        errors = ours[(ours["statistic"] == "median_se") & (ours["estimator"] == "genetic")]
        for row in errors.to_dict("records"):
            where = {name: row[name] for name in ("G", "estimator", "inference", "parameter")}
            mean, error = one(ours, **where, statistic="mean_se")
            ratio = mean / row["value"] if row["value"] else math.nan
            rows.append(
                (
                    *(study, str(row["G"]), row["inference"], row["parameter"]),
                    with_error(row["value"], row["error"]),
                    with_error(mean, error),
                    f"{ratio:.3f}" if math.isfinite(ratio) else ABSENT,
                )
            )
    return Table(
        "Mean against median standard errors, default search",
        ("study", "G", "inference", "parameter", "median", "mean", "mean / median"),
        tuple(rows),
        ("Footnote 32: means are very similar. In brackets: Monte Carlo standard errors.",),
    )


def main() -> None:
    """Compute, print, and write."""
    for study, tables in (("bm_table3", (biases(), classified())), ("bm_table4", (means(),))):
        text = "\n\n".join(render(table, "markdown") for table in tables)
        print(text)
        (RESULTS / study / "text.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
