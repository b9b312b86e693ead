"""Bias and variance of the group profiles: Figure S1, footnotes 8 and 9.

    python experiments/_profile_variances.py

From the replications of `bm_profiles`; nothing is fitted. Written beside its results.
"""

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.metrics import counts
from gfe_mc.metrics.profile_errors import profile_error_figures
from gfe_mc.metrics.profiles import profile_figures
from gfe_mc.report.content import described
from gfe_mc.report.digits import ABSENT
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "bm_profiles"
CELL = ["G", "errors", "group"]
GIVEN = "equation_22"
"""The method that takes the slopes as known."""


def between(values: pd.Series, decimals: int) -> str:
    """The range of values."""
    return f"{values.min():.{decimals}f} to {values.max():.{decimals}f}"


def biases(figures: pd.DataFrame) -> Table:
    """Bias by group, over periods."""
    rows = []
    for where, of in figures.groupby(CELL):
        mean = of["bias"].mean()
        rows.append(
            (
                *[str(value) for value in where],
                f"{mean:.4f}",
                between(of["bias"], 4),
                f"{of['error'].max():.4f}",
            )
        )
    return Table(
        "Bias of the profiles",
        (*CELL, "mean over periods", "over periods", "largest error"),
        tuple(rows),
        ("Errors are Monte Carlo standard errors.",),
    )


def left_by_slopes(study: xr.Dataset) -> dict[tuple[int, int, int], float]:
    """Share of the variance of each profile that the estimated slopes do not explain.

    By least squares over replications, of alpha_gt on the slopes; by cell, group and period.
    """
    profiles, used = counts.array(study, "profiles")[:, 0], counts.used(study)[:, 0]
    slopes = counts.array(study, "estimate")[:, 0, :, : described(study)["slopes"]]
    left = {}
    for i, counted in enumerate(used):
        x = slopes[i, counted] - slopes[i, counted].mean(axis=0)
        for g, t in np.ndindex(profiles.shape[2:]):
            y = profiles[i, counted, g, t] - profiles[i, counted, g, t].mean()
            if np.isfinite(y).all():
                rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
                left[i, g + 1, t + 1] = float(rest @ rest / (y @ y))
    return left


def variances(figures: pd.DataFrame, left: dict[tuple[int, int, int], float]) -> Table:
    """Estimated against actual variance by group, over periods."""
    places = zip(figures["cell"], figures["group"], figures["period"], strict=True)
    figures = figures.assign(
        ratio=(figures["median_se"] / figures["sd"]) ** 2, left=[left[place] for place in places]
    )
    rows = []
    for where, of in figures.groupby([*CELL, "inference"], sort=True):
        rows.append(
            (
                *[str(value) for value in where],
                between(of["sd"], 4),
                between(of["median_se"], 4),
                f"{of['ratio'].mean():.2f}",
                between(of["ratio"], 2),
                f"{of['left'].mean():.2f}",
                f"{(of['ratio'] / of['left']).mean():.2f}" if where[-1] == GIVEN else ABSENT,
                f"{100 * of['coverage'].mean():.1f}",
                between(100 * of["coverage"], 1),
                str(int(of["used"].min())),
            )
        )
    return Table(
        "Estimated and actual variance of the profiles",
        (
            *(*CELL, "inference", "sd over samples", "median error"),
            *("variance ratio", "over periods", "left by slopes", "ratio to what is left"),
            *("coverage %", "over periods", "used"),
        ),
        tuple(rows),
        (
            "Variance ratio: square of the median error over the variance over samples; its mean "
            "over periods, and its range.",
            "Left by slopes: share of the variance over samples that least squares on the "
            "estimated slopes leaves; mean over periods. The next column is the variance ratio "
            "over it.",
            "Coverage: of the true value by 95% intervals. Used: least replications with an error.",
        ),
    )


def main() -> None:
    """Compute, print, and write."""
    study = read_study(RESULTS / STUDY)
    errors, left = profile_error_figures(study), left_by_slopes(study)
    tables = (biases(profile_figures(study)), variances(errors, left))
    text = "\n\n".join(render(table, "markdown") for table in tables)
    print(text)
    (RESULTS / STUDY / "variances.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
