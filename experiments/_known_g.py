"""CK-means, PSEUDO and standardized PSEUDO at the true number of groups: paired differences.

    python experiments/_known_g.py

From the replications of `ln_known_g`: estimators of a cell have the same samples. Written beside
the results of the study.
"""

import numpy as np
import typer
import xarray as xr

from gfe_mc.metrics import counts
from gfe_mc.metrics.unit_slopes import NAME
from gfe_mc.published.loader import published
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "ln_known_g"
PAIRS = (("ck_means", "pseudo"), ("pseudo_standardized", "pseudo"))
PRINT = {"i": 1, "iii": 1, "ii": 1, "iv": 1, "i'": 2, "iii'": 2, "ii'": 2, "iv'": 2}
"""The table that a part is in."""


def printed(config: str, n_periods: str, n_units: str) -> str:
    """The printed figure of PSEUDO with G known."""
    table = published(f"ln_table{PRINT[config]}")
    of = (table["estimator"] == "pseudo_known_g") & (table["config"] == config)
    of &= (table["T"] == int(n_periods)) & (table["N"] == int(n_units))
    return f"{table[of]['value'].item():.2f}"


def difference(first: np.ndarray, second: np.ndarray) -> str:
    """Root mean squared errors in percent of one another, and z of the mean squared ones."""
    away = first - second
    if not away.any():
        return "the same"
    z = away.mean() / (away.std(ddof=1) / np.sqrt(len(away)))
    ratio = np.sqrt(first.mean() / second.mean())
    return f"{100 * (ratio - 1):+.1f} ({z:+.1f})"


def rows_of(study: xr.Dataset) -> list[tuple[str, ...]]:
    """A row of each cell."""
    rows = []
    values = counts.array(study, NAME)
    names = [str(name) for name in study["estimator"].to_numpy()]
    for i, label in enumerate(counts.labels(study)):
        own = {name: values[i, j] for j, name in enumerate(names)}
        keys = [str(label[name]) for name in ("config", "T", "N")]
        rows.append(
            (
                str(label["errors"]),
                *keys,
                printed(*keys) if label["errors"] == "equal" else "",
                *(f"{100 * np.sqrt(one.mean()):.3f}" for one in own.values()),
                *(difference(own[first], own[second]) for first, second in PAIRS),
            )
        )
    return rows


def main() -> None:
    """Compare, print, and write."""
    study = counts.loaded(read_study(RESULTS / STUDY))
    names = [str(name) for name in study["estimator"].to_numpy()]
    heading = ["errors", "part", "T", "N", "PSEUDO printed", *names]
    heading += [f"{first} over {second}, % (z)" for first, second in PAIRS]
    made = Table(
        "The number of groups known: RMSE x 100 of units' slopes",
        tuple(heading),
        tuple(rows_of(study)),
        ("In brackets: z of the paired difference of mean squared errors, 1,000 replications.",),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / STUDY / "differences.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
