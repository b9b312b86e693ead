"""Tables 1 and 2 of Bonhomme and Manresa beside ours: objectives, and seconds as ratios.

    python experiments/_printed_performance.py

From the replications that the study keeps; nothing is fitted. The print cuts objectives after three
decimals rather than rounding them, so that ours are cut as well. Seconds are those of two machines
twelve years apart: what is compared is the time of a search over that of Algorithm 1 from 1,000
starts, each on its own machine. Written beside the results of the study.
"""

import math

import numpy as np
import pandas as pd

from gfe_mc.kernels.best import SAME
from gfe_mc.metrics import counts
from gfe_mc.published.loader import published
from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "bm_table1_2"
UNIT = "alg1_1000"
"""The search whose time is one."""


def printed(table: pd.DataFrame, where: dict[str, int], search: str, statistic: str) -> float:
    """The printed figure; NaN where there is none."""
    of = (table["algorithm"] == search) & (table["statistic"] == statistic)
    for name, value in where.items():
        of &= table[name] == value
    return float(table[of]["value"].item()) if of.any() else math.nan


def cut(objective: float) -> str:
    """Three decimals, without rounding."""
    return f"{math.floor(objective * 1000) / 1000:.3f}"


def main() -> None:
    """Compare, print, and write."""
    study, table = read_study(RESULTS / STUDY), published(STUDY)
    searches = [str(name) for name in study["estimator"].to_numpy()]
    objectives, seconds = counts.array(study, "objective"), counts.array(study, "seconds")
    used, rows = counts.used(study), []
    for i, label in enumerate(counts.labels(study)):
        where = {"G": int(str(label["G"])), "N": int(str(label["countries"]))}
        least = np.nanmin(np.where(used[i], objectives[i], np.nan))
        unit = np.median(seconds[i, searches.index(UNIT)][used[i, searches.index(UNIT)]])
        unit_printed = printed(table, where, UNIT, "seconds")
        for j, search in enumerate(searches):
            own = objectives[i, j, used[i, j]]
            if not len(own):
                continue
            said = printed(table, where, search, "objective")
            met = int((own <= least * (1 + SAME)).sum())
            times = (
                printed(table, where, search, "seconds") / unit_printed,
                float(np.median(seconds[i, j, used[i, j]])) / unit,
            )
            agrees = ABSENT
            if math.isfinite(said):
                agrees = f"{sum(cut(one) == f'{said:.3f}' for one in own)}"
            rows.append(
                (
                    *(str(value) for value in where.values()),
                    search,
                    f"{said:.3f}" if math.isfinite(said) else ABSENT,
                    f"{own.min():.6f}",
                    f"{np.median(own):.6f}",
                    f"{own.max():.6f}",
                    str(len(own)),
                    str(met),
                    agrees,
                    *(alone(one, 2) for one in times),
                )
            )
    made = Table(
        "Objectives and times of the searches, ours beside the print",
        (
            *("G", "N", "search", "printed", "least", "median", "largest", "runs"),
            *("best known", "as printed", "time, printed", "time"),
        ),
        tuple(rows),
        (
            "Best known: runs that end at the least objective that any search found. As printed: "
            "runs that have the printed objective when cut after three decimals.",
            "Time: over that of Algorithm 1 from 1,000 starts in the same row of the same table; "
            "ours are median CPU seconds of one thread.",
            "alg2_long: the parameters of the print cannot be read; ours has a hundred times as "
            "many starts as (10;10;10).",
        ),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / STUDY / "performance.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
