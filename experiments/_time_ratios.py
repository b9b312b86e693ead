"""Times of fuzzy clustering and of GFE as ratios, by panel size.

    python experiments/_time_ratios.py

From the replications of `fcr_figure3` (annealing from 50 starts) and `fcr_figure3_starts` (1,000):
median CPU seconds of one thread over those of GFE by the printed search, Algorithm 2 (10;10;10), of
the same study and panels. The 21 printed times, six of Table 1 and fifteen of Table B1, as ratios
as well, beside those of the replications of `fcr_table1` and `fcr_table_b1`. Written beside the
results of `fcr_figure3_starts`.
"""

import math

import numpy as np
import xarray as xr

from gfe_mc.metrics import counts
from gfe_mc.published.loader import published
from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

PRINTED_SEARCH = "gfe_vns"
MOST = "1000"
"""Starts of the main results in print."""


def medians(study: xr.Dataset, cell: int, others: str | None = None) -> dict[str, float]:
    """Median seconds of each estimator in a cell, on the samples that another one has as well."""
    seconds, used = counts.array(study, "seconds")[cell], counts.used(study)[cell]
    names = [str(one) for one in study["estimator"].to_numpy()]
    same = used[names.index(others)] if others else np.ones_like(used[0])
    return {
        name: float(np.median(seconds[j, used[j] & same])) if (used[j] & same).any() else math.nan
        for j, name in enumerate(names)
    }


def ratio(value: float, unit: float) -> str:
    """One time over another; absent where it was not run."""
    return ABSENT if math.isnan(value) else alone(value / unit, 2)


def ours(name: str) -> Table:
    """Ratios of one study."""
    study = read_study(RESULTS / name)
    used, rows = counts.used(study), []
    names = [str(one) for one in study["estimator"].to_numpy()]
    for i, label in enumerate(counts.labels(study)):
        if not used[i, names.index(PRINTED_SEARCH)].any():
            continue
        size = int(str(label["N"])) * int(str(label["T"]))
        of = medians(study, i)
        ratios = [ratio(of[name], of[PRINTED_SEARCH]) for name in names]
        rows.append((str(label["G"]), str(size), *ratios))
    return Table(
        f"{name}: time over that of GFE by Algorithm 2 (10;10;10)",
        ("G", "observations", *names),
        tuple(rows),
        (f"Runs of each: {int(used.any(axis=(0, 1)).sum())}.",),
    )


def of_table1() -> Table:
    """Printed ratios of FCR over GFE by (5;10;5), ours beside, and over (10;10;10) by the note."""
    table, text, rows = published("fcr_table1"), published("fcr_text"), []
    times = table[table["statistic"] == "seconds"]
    study = read_study(RESULTS / "fcr_table1")
    for i, label in enumerate(counts.labels(study)):
        groups = str(label["G"])
        of = times[times["G"].astype(str) == groups].set_index("estimator")["value"]
        note = text[(text["G"] == groups) & (text["unit"] == "seconds")]["value"]
        long = alone(of["fcr"] / float(note.item()), 2) if len(note) else ABSENT
        all_, few = medians(study, i), medians(study, i, "fcr_program")
        rows.append(
            (
                *(groups, alone(of["fcr"] / of["gfe"], 2), long),
                ratio(all_["fcr"], all_[PRINTED_SEARCH]),
                ratio(few["fcr_program"], few[PRINTED_SEARCH]),
                ratio(all_["fcr_genetic"], all_["gfe"]),
            )
        )
    return Table(
        "Time of FCR from 1,000 starts over that of GFE, 630 observations",
        (
            *("G", "printed, over (5;10;5)", "printed, over (10;10;10)"),
            *("annealing over (5;10;5)", "program over (5;10;5)", "default over default"),
        ),
        tuple(rows),
        (
            "Printed times of FCR are elapsed on 250 cores; ours are CPU seconds of one thread.",
            "Over (10;10;10): of two machines, as the note takes that time from another paper.",
            "Annealing here may end before 1,000 starts. Program: on the samples that it ran on.",
        ),
    )


def of_table_b1() -> Table:
    """Times by the number of starts over those of 1,000 starts, printed and ours."""
    table, study, rows = published("fcr_table_b1"), read_study(RESULTS / "fcr_table_b1"), []
    seconds = table[table["statistic"] == "seconds"].astype({"G": str, "starting_values": str})
    times = seconds.set_index(["G", "starting_values"])["value"]
    labels = [(str(label["G"]), str(label["starts"])) for label in counts.labels(study)]
    for i, (groups, starts) in enumerate(labels):
        most = labels.index((groups, MOST))
        of, unit = medians(study, i), medians(study, most)
        program = of["program_1000"] if i == most else of["program"]
        rows.append(
            (
                *(groups, starts, ratio(times[groups, starts], times[groups, MOST])),
                ratio(of["annealing"], unit["annealing"]),
                ratio(program, unit["program_1000"]),
            )
        )
    return Table(
        "Table B1: time over that of 1,000 starts",
        ("G", "starts", "printed", "annealing", "program"),
        tuple(rows),
        ("Printed times are elapsed: one core for one start, 250 for more.",),
    )


def main() -> None:
    """Compute, print, and write."""
    tables = (of_table1(), of_table_b1(), ours("fcr_figure3"), ours("fcr_figure3_starts"))
    text = "\n\n".join(render(table, "markdown") for table in tables)
    print(text)
    (RESULTS / "fcr_figure3_starts" / "ratios.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
