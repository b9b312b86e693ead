"""Size and power of t_g beside what is expected of them.

    python experiments/_homogeneity_test.py

From the replications of `ln_homogeneity_test`. With known slopes of the group and K = 1, a unit's
term of t_g is T - 1 times a Beta variable of 1/2 and (T - 2) / 2, of mean 1 and variance
2 (T - 2) / (T + 1): less than the 2 by which t_g is divided. With slopes of two groups d apart, the
mean of t_g is sqrt(N) 3 (T - 1) (2 / 9) d^2 / sqrt(2), for regressors of variance 3. At last, t_g
in panels like Table 4's, model A, whose countries all have the printed pooled rho. Written beside
the results of the study.
"""

import numpy as np
import typer
import xarray as xr
from scipy.stats import norm

from gfe_mc.dgp.slope_groups import DynamicSlopes
from gfe_mc.metrics import counts
from gfe_mc.metrics.number_of_groups import NAME
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.selection.dispersion import dispersion

STUDY, LEVEL, X_VARIANCE = "ln_homogeneity_test", 0.05, 3.0
DRAWS, POOLED = 1000, 9.86
"""Panels drawn, and t_g of the pooled panel of Table 4, model A."""
BETWEEN = 2 / 9
"""Variance of slopes of two thirds and one third of the units, over their distance squared."""
STATIC = {"0": 0.0, "0, unequal errors": 0.0, ".05": 0.05, ".1": 0.1, ".2": 0.2}


def expected(design: str, n_periods: int, n_units: int) -> tuple[str, str]:
    """Rejections in percent, of the normal limit and with the variance at this T."""
    if design not in STATIC:
        return "", ""
    mean = X_VARIANCE * (n_periods - 1) * BETWEEN * STATIC[design] ** 2 * np.sqrt(n_units / 2)
    spread = np.sqrt((n_periods - 2) / (n_periods + 1))
    away = mean - norm.isf(LEVEL)
    limit, finite = (100 * float(norm.cdf(away / one)) for one in (1.0, spread))
    return f"{limit:.1f}", f"{finite:.1f}" if STATIC[design] == 0 else ""


def rejections(study: xr.Dataset) -> Table:
    """How often the test rejects in every cell."""
    values = counts.array(study, NAME)[:, 0]
    rows = []
    for label, one in zip(counts.labels(study), values, strict=True):
        design, n_periods, n_units = str(label["design"]), int(str(label["T"])), str(label["N"])
        share = float(np.mean(one == 2))
        error = np.sqrt(share * (1 - share) / len(one))
        rows.append(
            (
                design,
                str(n_periods),
                n_units,
                f"{100 * share:.1f} ({100 * error:.1f})",
                *expected(design, n_periods, int(n_units)),
            )
        )
    return Table(
        "Rejections of equal slopes by t_g at 5 %, in percent",
        ("design", "T", "N", "rejected", "normal limit", "variance at T"),
        tuple(rows),
        (
            f"{values.shape[1]} replications; in brackets their Monte Carlo errors.",
            "Distances of slopes are between two thirds and one third of the units.",
        ),
    )


def growth() -> Table:
    """t_g where all countries have the same rho: N, T and rho are those of Table 4."""
    rows = []
    for rho in (0.8, 0.9, 0.9683):
        design = DynamicSlopes(39, ((rho, 0.0),), (0,) * 69)
        rng = np.random.default_rng(0)
        t = np.array([dispersion(design.draw(rng).panel)[0] for _ in range(DRAWS)])
        rows.append(
            (
                f"{rho:g}",
                f"{t.mean():.2f} ({t.std(ddof=1) / np.sqrt(DRAWS):.2f})",
                f"{t.std(ddof=1):.2f}",
                f"{100 * np.mean(t > norm.isf(LEVEL)):.1f}",
                f"{100 * np.mean(t > POOLED):.1f}",
            )
        )
    return Table(
        "t_g in dynamic panels of one group, N = 69, T = 39",
        ("rho", "mean", "s.d.", "rejected at 5 %", f"above {POOLED}, %"),
        tuple(rows),
        (f"{DRAWS} panels with a trend among the regressors, stationary at the start.",),
    )


def main() -> None:
    """Compute, print, and write."""
    made = (rejections(counts.loaded(read_study(RESULTS / STUDY))), growth())
    text = "\n\n".join(render(one, "markdown") for one in made)
    print(text)
    (RESULTS / STUDY / "rejections.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
