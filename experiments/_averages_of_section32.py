"""Sections 3.1 and 3.2 of the paper on fuzzy clustering: how near FCR is to GFE on the panel.

    python experiments/_averages_of_section32.py

Mean absolute differences of the slopes over 1 to 15 groups and of the profiles with four, where
they come from, and units whose memberships are not zero or one to six decimals. GFE is that of the
replications, and that printed in Table B2 of Bonhomme and Manresa (2012). From the replications of
`fcr_section32`; nothing is fitted. Written beside its results.
"""

import numpy as np
import xarray as xr

from gfe_mc.labels import matched
from gfe_mc.metrics import counts
from gfe_mc.published.loader import published
from gfe_mc.report.digits import fixed
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "fcr_section32"
FUZZY = ("fcr", "fcr_annealing", "fcr_direct", "fcr_program_100")
HARD = ("gfe", "gfe_vns")
PRINTED = "printed"
SLOPES = ("theta1", "theta2")
FEW = 7
"""Up to so many groups the print has the same coefficients."""
FOUR = 4


def groups_of(study: xr.Dataset) -> np.ndarray:
    """Number of groups of each cell."""
    return np.array([int(str(label["G"])) for label in counts.labels(study)])


def of(study: xr.Dataset, variable: str, estimator: str) -> np.ndarray:
    """Values of the replications of an estimator, (cell, replication, ...)."""
    values = counts.array(study, variable)[:, counts.position(study, estimator)]
    there = counts.used(study)[:, counts.position(study, estimator)].all(axis=0)
    return np.asarray(values[:, there])


def scientific(value: float) -> str:
    """A small number."""
    return f"{value:.2g}" if value < 1e-4 else f"{value:.5f}"


def printed_gfe(groups: np.ndarray) -> np.ndarray:
    """Slopes of GFE as printed (cell, 1, parameter)."""
    table = published("bm_table_b2").astype({"G": str})
    values = table[table["statistic"] == "estimate"].set_index(["G", "parameter"])["value"]
    return np.array([[[values[str(g), name] for name in SLOPES]] for g in groups])


def gaps(study: xr.Dataset, fuzzy: str, hard: str) -> np.ndarray:
    """Absolute differences of the slopes, (cell, run, parameter), of runs that both have."""
    one = of(study, "estimate", fuzzy)[..., : len(SLOPES)]
    if hard == PRINTED:
        return np.asarray(np.abs(one - printed_gfe(groups_of(study))))
    other = of(study, "estimate", hard)[:, : one.shape[1], : len(SLOPES)]
    return np.asarray(np.abs(one - other))


def slopes(study: xr.Dataset) -> Table:
    """Mean absolute differences of the slopes from those of GFE."""
    text, groups, rows = published("fcr_text"), groups_of(study), []
    said = text[text["quantity"].str.startswith("mean absolute difference from GFE")]
    printed = {str(row["parameter"]): row for row in said.to_dict("records")}
    for fuzzy in FUZZY:
        for hard in (*HARD, PRINTED):
            differences = gaps(study, fuzzy, hard)
            for k, name in enumerate(SLOPES):
                by_run = differences[:, :, k].mean(axis=0)
                few = differences[groups <= FEW, :, k].mean()
                largest = differences[:, :, k].max(axis=1)
                rows.append(
                    (
                        *(fuzzy, hard, name),
                        fixed(printed[name]["value"], printed[name]["decimals"]),
                        *(scientific(float(value)) for value in (by_run.mean(), by_run.max())),
                        scientific(float(few)),
                        f"{scientific(float(largest.max()))} at G = {groups[largest.argmax()]}",
                        str(len(by_run)),
                    )
                )
    return Table(
        "Mean absolute difference of slopes over 1 to 15 groups",
        (
            *("FCR", "GFE", "slope", "printed", "mean of runs", "largest of runs"),
            *(f"up to {FEW} groups", "largest difference", "runs"),
        ),
        tuple(rows),
        (
            "GFE: by its default search, by Algorithm 2 (10;10;10), and as printed in Table B2, to "
            "three decimals.",
        ),
    )


def by_groups(study: xr.Dataset) -> Table:
    """How far each search ends above GFE's objective, and from its slopes, by number of groups."""
    groups = groups_of(study)
    best = of(study, "objective", "gfe").min(axis=1)
    rows = []
    for cell, number in enumerate(groups):
        row = [str(number)]
        for fuzzy in FUZZY:
            above = 100 * (of(study, "objective", fuzzy)[cell] / best[cell] - 1)
            gap = gaps(study, fuzzy, "gfe")[cell, :, 0].mean()
            row += [f"{above.mean():.3f}", f"{gap:.4f}"]
        rows.append(tuple(row))
    header = [part for name in FUZZY for part in (f"{name}: %", f"{name}: theta1")]
    return Table(
        "Objective above GFE's, %, and mean absolute difference of theta1 from GFE's",
        ("G", *header),
        tuple(rows),
        ("GFE: by its default search, the lowest of its runs. Means of the runs of each.",),
    )


def profiles(study: xr.Dataset) -> Table:
    """Mean absolute differences of the profiles with four groups."""
    cell = int(np.flatnonzero(groups_of(study) == FOUR)[0])
    rows = []
    for fuzzy in FUZZY:
        one, other = of(study, "profiles", fuzzy)[cell], of(study, "profiles", "gfe")[cell]
        for run, own in enumerate(one):
            mine, theirs = own[:FOUR], other[run][:FOUR]
            gaps = np.abs(mine - theirs[matched(mine, theirs)])
            rows.append(
                (fuzzy, str(run), "0.000008", scientific(gaps.mean()), scientific(gaps.max()))
            )
    return Table(
        "Absolute difference of the profiles from those of GFE, four groups",
        ("FCR", "run", "printed mean", "mean", "largest"),
        tuple(rows),
    )


def memberships(study: xr.Dataset) -> Table:
    """Units whose memberships are not zero or one to six decimals, by the number of groups."""
    rows = []
    for cell, groups in enumerate(groups_of(study)):
        row = [str(groups)]
        for fuzzy in FUZZY:
            soft, most = of(study, "soft_units", fuzzy)[cell], of(study, "softest", fuzzy)[cell]
            row += [", ".join(str(int(n)) for n in soft), scientific(float(most.max()))]
        rows.append(tuple(row))
    header = [part for name in FUZZY for part in (f"{name}: units", f"{name}: softest")]
    return Table(
        "Units of 90 with a membership that is not 0 or 1 to six decimals, run by run",
        ("G", *header),
        tuple(rows),
        ("Softest: largest distance of a membership from 0 and 1.",),
    )


def main() -> None:
    """Compute, print, and write."""
    study = read_study(RESULTS / STUDY)
    tables = (slopes(study), by_groups(study), profiles(study), memberships(study))
    text = "\n\n".join(render(table, "markdown") for table in tables)
    print(text)
    (RESULTS / STUDY / "averages.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
