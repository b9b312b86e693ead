"""What another engine does to the figures of studies: earlier summaries beside today's.

    python experiments/_engine_change.py BEFORE [--results results]

BEFORE is a folder of results such as those of an earlier commit (`git worktree add BEFORE COMMIT`).
Where the samples are the same, a figure differs where a search ended elsewhere, or by rounding;
where the design changed in its last bits, they are new draws. Studies of another computation than
today's are left out. Changes are in Monte Carlo standard errors. Written to
benchmarks/engine_change.md.
"""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from gfe_mc.report.render import Table, render
from gfe_mc.study.validity import computations
from gfe_mc.version import COMPUTATION

ROUNDING = 1e-8
"""Relative changes below this are rounding's."""
VALUES = ["value", "error", "low", "high", "attempted", "failed", "used"]
OF_SEARCHES = ("seconds", "best_share")
"""Beginnings or parts of the names of figures that are of a search rather than of an estimator."""


def summary(folder: Path) -> pd.DataFrame | None:
    """Figures of one study, by what they are of; None if it has none."""
    path = folder / "summary.csv"
    if not path.is_file():
        return None
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    apart = table["statistic"].str.contains("|".join(OF_SEARCHES))
    return table[~apart].set_index([name for name in table.columns if name not in VALUES])


def computed_by(folder: Path) -> set[int]:
    """The versions of the computation that a study's results are of."""
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    return computations(provenance["study"])


def beside(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Figures of both, with the change in Monte Carlo errors; of the same replications only."""
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="inner")
    both = both[both["used_before"] == both["used_after"]]
    change = both["value_after"] - both["value_before"]
    scale = np.maximum(both["value_before"].abs(), both["value_after"].abs())
    error = both[["error_before", "error_after"]].max(axis=1)
    moved = change.abs() > ROUNDING * scale
    in_errors = (change / error.where(error > 0)).where(moved, 0.0)
    return both.assign(moved=moved, change=in_errors)


def line(name: str, both: pd.DataFrame, only_after: int) -> tuple[str, ...]:
    """One study: how many figures, how many moved, by how much, and which most."""
    moved = both[both["moved"] & np.isfinite(both["change"])]
    if moved.empty:
        return name, str(len(both)), str(int(both["moved"].sum())), "0", "0", "", str(only_after)
    size = moved["change"].abs()
    most = size.idxmax()
    keys = most if isinstance(most, tuple) else (most,)
    row = moved.loc[[most]].iloc[0]
    said = " ".join(str(key) for key in keys if not pd.isna(key))
    said += f": {row['value_before']:.5g} -> {row['value_after']:.5g}"
    quantile = f"{size.quantile(0.9):.2f}"
    counts = str(len(both)), str(int(both["moved"].sum()))
    return name, *counts, quantile, f"{size.max():.2f}", said, str(only_after)


def main(
    before: Annotated[Path, typer.Argument(help="Folder of the earlier results.")],
    results: Annotated[Path, typer.Option(help="Folder of today's.")] = Path("results"),
) -> None:
    """Compare, print, and write."""
    rows = []
    for folder in sorted(path for path in results.iterdir() if path.is_dir()):
        old, new = summary(before / folder.name), summary(folder)
        if old is None or new is None or computed_by(folder) != {COMPUTATION}:
            continue
        both = beside(old, new)
        rows.append(line(folder.name, both, len(new.index.difference(old.index))))
    table = Table(
        "Figures of the committed studies, before and after",
        ("study", "figures", "moved", "90 % of them by at most", "most", "which", "new figures"),
        tuple(rows),
        (
            "Changes are in Monte Carlo standard errors of the figure; smaller ones than "
            f"{ROUNDING:g} of it are not counted as moved. Seconds, and how often searches met "
            "their best, are left out.",
            "Samples of designs calibrated to the panel are new draws: 95 % of their figures are "
            "to be expected within 2.8.",
        ),
    )
    text = render(table, "markdown")
    print(text)
    (results / "benchmarks" / "engine_change.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
