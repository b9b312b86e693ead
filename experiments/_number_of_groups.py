"""What is chosen by each weight c_NT and by tests, and what it costs.

    python experiments/_number_of_groups.py

From the replications of `ln_number_of_groups`, and from the printed Table 1, where the same account
of the penalty is tried. Written beside the results of the study.
"""

from itertools import product
from math import log, pi, sqrt

import numpy as np
import typer
import xarray as xr

from gfe_mc.metrics import counts
from gfe_mc.metrics.number_of_groups import NAME
from gfe_mc.metrics.unit_slopes import NAME as SQUARES
from gfe_mc.papers.slope_designs import PERIODS, STATIC, UNITS
from gfe_mc.papers.weights import WEIGHTS
from gfe_mc.published.loader import published
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "ln_number_of_groups"


def truth(design: str) -> int:
    """The true number of groups."""
    return len(STATIC[design]) if design in STATIC else 1


def cells(study: xr.Dataset) -> list[tuple[str, int, int]]:
    """Design, T and N of every cell."""
    return [
        (str(one["design"]), int(str(one["T"])), int(str(one["N"]))) for one in counts.labels(study)
    ]


def chosen(study: xr.Dataset) -> Table:
    """How often the true number is chosen, and how often a larger one."""
    numbers = counts.array(study, NAME)
    rows = []
    for (design, n_periods, n_units), own in zip(cells(study), numbers, strict=True):
        true = truth(design)
        shares = [(float(np.mean(one == true)), float(np.mean(one > true))) for one in own]
        rows.append(
            (
                design,
                str(true),
                str(n_periods),
                str(n_units),
                *(f"{100 * right:.1f}, {100 * more:.1f}" for right, more in shares),
            )
        )
    heading = ("design", "G", "T", "N", *map(str, study["estimator"].to_numpy()))
    note = (
        f"{numbers.shape[2]} replications: Monte Carlo errors are at most "
        f"{50 / np.sqrt(numbers.shape[2]):.1f}."
    )
    return Table(
        "Percent of samples with the true number of groups, and with more",
        heading,
        tuple(rows),
        (note,),
    )


def errors(study: xr.Dataset) -> Table:
    """Root mean squared errors of units' slopes."""
    values = counts.array(study, SQUARES)
    rows = []
    for (design, n_periods, n_units), own in zip(cells(study), values, strict=True):
        roots = np.sqrt(own.mean(axis=1))
        spreads = own.std(axis=1, ddof=1) / np.sqrt(own.shape[1]) / (2 * roots)
        figures = (f"{100 * a:.2f} ({100 * b:.2f})" for a, b in zip(roots, spreads, strict=True))
        rows.append((design, str(n_periods), str(n_units), *figures))
    heading = ("design", "T", "N", *map(str, study["estimator"].to_numpy()))
    return Table("RMSE x 100 of units' slopes", heading, tuple(rows), ())


def weights(study: xr.Dataset) -> Table:
    """The weights, and the one below which a panel of one group is split."""
    rows = []
    for n_periods, n_units in sorted({cell[1:] for cell in cells(study)}):
        least = 2 / pi * n_units / log(n_units * n_periods)
        figures = [f"{of(n_units, n_periods):.2f}" for of in WEIGHTS.values()]
        rows.append((str(n_periods), str(n_units), f"{least:.2f}", *figures))
    return Table(
        "c_NT, and what a split of units that are alike gains",
        ("T", "N", "2 / pi N / ln(N T)", *(f"c_{name}" for name in WEIGHTS)),
        tuple(rows),
        (
            "One slope: a weight below the gain splits a panel of one group. "
            "Of K slopes the weight counts K times, the gain once.",
        ),
    )


def gain_over_penalty(n_periods: int, n_units: int, n_slopes: int) -> float:
    """What splitting the larger of two groups gains, over what equation (7) asks for it.

    Both times N T: 2 / pi of the variance of own slopes is between halves of the 2 N / 3 units.
    """
    penalty = n_slopes * sqrt(min(n_units, n_periods)) * log(n_units * n_periods)
    return 2 / pi * (2 * n_units / 3) / (penalty + n_periods / n_units * log(n_units**2))


def printed() -> Table:
    """Parts i and iii of the printed Table 1: whether a third group is expected, and the error."""
    print_ = published("ln_table1").set_index(["estimator", "config", "T", "N"])["value"]
    rows = []
    for (config, n_slopes), n_periods in product((("i", 1), ("iii", 2)), PERIODS):
        row = [config, str(n_periods)]
        for n_units in UNITS:
            known, own = (
                float(print_[name, config, n_periods, n_units])
                for name in ("pseudo_known_g", "pseudo")
            )
            ratio = gain_over_penalty(n_periods, n_units, n_slopes)
            row += [f"{ratio:.2f}", f"{own / known:.2f}"]
        rows.append(tuple(row))
    names = (f"N={n_units}: {what}" for n_units in UNITS for what in ("gain", "error"))
    return Table(
        "The printed Table 1: gain of a third group over its penalty, and error of PSEUDO",
        ("part", "T", *names),
        tuple(rows),
        (
            "Error: printed RMSE of PSEUDO over that with G known. "
            "A third group is expected above 1.",
        ),
    )


def main() -> None:
    """Compute, print, and write."""
    study = counts.loaded(read_study(RESULTS / STUDY))
    made = (weights(study), chosen(study), errors(study), printed())
    text = "\n\n".join(render(one, "markdown") for one in made)
    print(text)
    (RESULTS / STUDY / "choices.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
