"""Whether Lin and Ng's regressors were drawn once: what that would do at T = 20.

    python experiments/_fixed_regressors.py

PSEUDO with the number of groups known is run on panels whose regressors are drawn once and held
fixed, as group membership is. How much its error differs between such draws, by more than chance,
is then part of the error of z: a guess that parts i and iii suggest, and that the other parts of
Tables 1 and 2 test. The same is asked of known groups, whose error has a closed form given the
regressors. Written beside the results of `ln_table1`.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import typer
from scipy.stats import chi2

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.slope_groups import assigned_groups
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.metrics.unit_slopes import RMSE
from gfe_mc.papers.slope_designs import ROUNDING, STATIC
from gfe_mc.published.loader import published
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.report.study import SUMMARY

STUDIES, T, X_VARIANCE = ("ln_table1", "ln_table2"), 20, 3.0
GUESSED_ON = ("i", "iii")
DRAWS, REPLICATIONS = 20, 100
KEYS = ["config", "T", "N"]
COLUMNS = ["anew", "once", "wider"]
"""z squared under both, and the error of the second over that of the first."""


def regressors(rng: np.random.Generator, n_units: int, n_slopes: int) -> np.ndarray:
    """Draw the regressors of a panel: (N, T, K)."""
    drawn = rng.standard_normal((n_units, T, n_slopes))
    return np.asarray(1 + np.sqrt(X_VARIANCE) * drawn)


def squared_errors(config: str, n_units: int, seed: int) -> np.ndarray:
    """Mean squared error of units' slopes, by draw of the regressors and replication."""
    beta = np.array(STATIC[config])
    slopes = beta[list(assigned_groups(n_units, len(beta), ROUNDING))]
    errors = np.empty((DRAWS, REPLICATIONS))
    for i in range(DRAWS):
        rng = np.random.default_rng([seed, n_units, i])
        x = regressors(rng, n_units, beta.shape[1])
        explained = np.einsum("ntk,nk->nt", x, slopes)
        for j in range(REPLICATIONS):
            y = explained + rng.standard_normal((n_units, T))
            fit = Pseudo(len(beta)).fit(Panel.from_arrays(y, x), rng)
            assert fit.unit_slopes is not None
            errors[i, j] = np.mean((fit.unit_slopes - slopes) ** 2)
    return errors


def between(errors: np.ndarray) -> tuple[float, float]:
    """Standard deviation of the RMSE between draws beyond chance, as a share, and p of none."""
    means = errors.mean(axis=1)
    chance = errors.var(axis=1, ddof=1) / errors.shape[1]
    excess = max(float(means.var(ddof=1) - chance.mean()), 0.0)
    q = float(((means - means.mean()) ** 2).sum() / chance.mean())
    return float(np.sqrt(excess)) / (2 * float(means.mean())), float(chi2.sf(q, len(means) - 1))


def beside(study: str, estimator: str) -> pd.DataFrame:
    """A printed column with our figures and the errors of both."""
    summary = pd.read_csv(RESULTS / study / SUMMARY)
    own = summary[(summary["estimator"] == estimator) & (summary["statistic"] == RMSE)]
    print_ = published(study)
    print_ = print_[print_["estimator"] == estimator].rename(columns={"value": "printed"})
    both = print_.merge(own[[*KEYS, "value", "error"]], on=KEYS, validate="one_to_one")
    both["rounding"] = 10.0 ** -both["decimals"] / np.sqrt(12)
    return both


def gain(squares: pd.DataFrame) -> str:
    """Log likelihood of regressors drawn once, less that of regressors drawn anew."""
    fit = (squares["anew"] - squares["once"]).sum() / 2
    return f"{fit - np.log(squares['wider']).sum():+.1f}"


def means(squares: pd.DataFrame, by: str) -> Table:
    """Mean z squared, and the log likelihood, by a column and of all."""
    rows = [
        (
            str(label),
            str(len(one)),
            *(f"{one[name].mean():.2f}" for name in ("anew", "once")),
            gain(one),
        )
        for label, one in [*squares.groupby(by, sort=False, observed=True), ("all", squares)]
    ]
    heading = (by, "cells", "mean z^2, anew", "mean z^2, once", "log likelihood, once less anew")
    return Table("Regressors drawn anew in every replication, or once", heading, tuple(rows), ())


def pseudo() -> list[Table]:
    """PSEUDO with G known at T = 20: z with regressors drawn anew, and drawn once."""
    both = {study: beside(study, "pseudo_known_g") for study in STUDIES}
    table = pd.concat(both.values())
    table = table[table["T"] == T]
    rows, squares = [], []
    for seed, config in enumerate(STATIC):
        for _, cell in table[table["config"] == config].iterrows():
            n_units = int(cell["N"])
            share, p = between(squared_errors(config, n_units, seed))
            away = cell["value"] - cell["printed"]
            spread = np.sqrt(2 * cell["error"] ** 2 + cell["rounding"] ** 2)
            fixed = np.hypot(spread, share * cell["value"])
            where = "guessed on" if config in GUESSED_ON else "others"
            squares.append((where, (away / spread) ** 2, (away / fixed) ** 2, fixed / spread))
            rows.append(
                (
                    config,
                    str(n_units),
                    f"{cell['printed']:.2f}",
                    f"{cell['value']:.3f}",
                    f"{100 * share:.1f}",
                    f"{p:.2g}",
                    f"{away / spread:.1f}",
                    f"{away / fixed:.1f}",
                )
            )
    cells = Table(
        "PSEUDO with G known, T = 20",
        ("part", "N", "printed", "ours", "s.d. between draws, %", "p", "z, anew", "z, once"),
        tuple(rows),
        (
            f"{DRAWS} draws of the regressors, {REPLICATIONS} replications of each. p: that the "
            "draws have the same error.",
        ),
    )
    return [cells, means(pd.DataFrame(squares, columns=["parts", *COLUMNS]), "parts")]


def known_groups() -> Table:
    """The printed column of known groups about its exact values, under both."""
    table = beside(STUDIES[0], "known_groups")
    rng = np.random.default_rng(0)
    rows = []
    for _, row in table.iterrows():
        n_units, n_periods, K = (int(row[name]) for name in ("N", "T", "K"))
        counts = np.bincount(assigned_groups(n_units, int(row["G"]), ROUNDING))
        degrees = counts * (n_periods - 1)
        exact = 1e4 * float(counts @ (1 / (X_VARIANCE * (degrees - K - 1)))) / n_units
        # Given the regressors, the mean squared error is a trace of an inverse Wishart matrix.
        traces = np.stack([_traces(rng, int(d), K) for d in degrees])
        given = 1e4 * counts @ traces / n_units
        share = float(given.std() / given.mean()) / 2
        spread = float(np.hypot(row["error"], row["rounding"]))
        away = row["printed"] - np.sqrt(exact)
        once = float(np.hypot(spread, share * np.sqrt(exact)))
        rows.append((n_units * n_periods, (away / spread) ** 2, (away / once) ** 2, once / spread))
    frame = pd.DataFrame(rows, columns=["size", *COLUMNS])
    frame["N T"] = pd.cut(frame["size"], [0, 2500, 10_000, 250_000])
    return means(frame.sort_values("size"), "N T")


def _traces(rng: np.random.Generator, degrees: int, n_slopes: int) -> np.ndarray:
    """Traces, over K, of (X'X)^{-1} for draws of the regressors."""
    draws = 2000
    if n_slopes == 1:
        return np.asarray(1 / (X_VARIANCE * rng.chisquare(degrees, draws)))
    # Bartlett's decomposition of a Wishart matrix of two: trace of the inverse, over two.
    a, b = rng.chisquare(degrees, draws), rng.chisquare(degrees - 1, draws)
    c = rng.standard_normal(draws)
    return np.asarray((a + b + c**2) / (2 * X_VARIANCE * a * b))


def main() -> None:
    """Compute, print, and write."""
    made = [*pseudo(), replace(known_groups(), title="Known groups: the print about exact values")]
    text = "\n\n".join(render(one, "markdown") for one in made)
    print(text)
    (RESULTS / STUDIES[0] / "fixed_regressors.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
