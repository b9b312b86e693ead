"""Times of fuzzy clustering and of GFE as ratios, by panel size.

    python experiments/_time_ratios.py

From the replications of `fcr_figure3` (annealing from 50 starts) and `fcr_figure3_starts` (1,000):
median CPU seconds of one thread over those of GFE by the printed search, Algorithm 2 (10;10;10), of
the same study and panels. Printed ratios are those of Table 1 and of its note. Written beside the
results of `fcr_figure3_starts`.
"""

import numpy as np

from gfe_mc.metrics import counts
from gfe_mc.published.loader import published
from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

PRINTED_SEARCH = "gfe_vns"


def ours(name: str) -> Table:
    """Ratios of one study."""
    study = read_study(RESULTS / name)
    seconds, used, rows = counts.array(study, "seconds"), counts.used(study), []
    names = [str(one) for one in study["estimator"].to_numpy()]
    unit = names.index(PRINTED_SEARCH)
    for i, label in enumerate(counts.labels(study)):
        medians = [
            float(np.median(seconds[i, j, used[i, j]])) if used[i, j].any() else float("nan")
            for j in range(len(names))
        ]
        size = int(str(label["N"])) * int(str(label["T"]))
        if not used[i, unit].any():
            continue
        ratios = [alone(one / medians[unit], 2) for one in medians]
        rows.append((str(label["G"]), str(size), *ratios))
    return Table(
        f"{name}: time over that of GFE by Algorithm 2 (10;10;10)",
        ("G", "observations", *names),
        tuple(rows),
        (f"Runs of each: {int(used.any(axis=(0, 1)).sum())}.",),
    )


def printed() -> Table:
    """Ratios in print: FCR over GFE by (5;10;5), and over (10;10;10) as the note has it."""
    table, text, rows = published("fcr_table1"), published("fcr_text"), []
    times = table[table["statistic"] == "seconds"]
    for groups in sorted(set(times["G"])):
        of = times[times["G"] == groups].set_index("estimator")["value"]
        note = text[(text["G"] == str(groups)) & (text["unit"] == "seconds")]["value"]
        long = alone(of["fcr"] / float(note.item()), 2) if len(note) else ABSENT
        rows.append((str(groups), alone(of["fcr"] / of["gfe"], 2), long))
    return Table(
        "Printed: time of FCR from 1,000 starts over that of GFE, 630 observations",
        ("G", "over (5;10;5)", "over (10;10;10)"),
        tuple(rows),
        ("The last is of two machines: the note takes it from another paper.",),
    )


def main() -> None:
    """Compute, print, and write."""
    tables = (printed(), ours("fcr_figure3"), ours("fcr_figure3_starts"))
    text = "\n\n".join(render(table, "markdown") for table in tables)
    print(text)
    (RESULTS / "fcr_figure3_starts" / "ratios.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
