"""Section 6.4 of Bonhomme and Manresa: the unbalanced panel, and what the print may be of.

    python experiments/_application_unbalanced.py FIVE_YEAR [--starts 6000]

Cumulative effects with four and ten groups, for several least numbers of observations; then, of the
118 countries with four observations or more, local minima with four groups. Algorithm 1 starts from
Table B6: other countries are put into random groups, and so is a random part of those of the table.
Written into the folder of the application.
"""

from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.inference.large_t import LargeT
from gfe_mc.labels import relabelling
from gfe_mc.papers.application import FOLDER, differing, estimate, printed_groups
from gfe_mc.papers.five_year import BASE, five_year_panel
from gfe_mc.papers.income_democracy import CUMULATIVE
from gfe_mc.published.loader import published
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.report.rounding import rounds_to
from gfe_mc.seeds import generator

GROUPS = 4
LEAST = (3, 4, 5)
"""Observations that a country must have: the text says 3, and counts those of 4."""
NAMED = {"Haiti": 2, "Zimbabwe": 2, "Poland": 4, "Hungary": 4, "Botswana": 1}
"""Groups of countries outside the balanced panel, footnote 46."""
SWITCHED = ("Mexico", "Philippines", "Taiwan")
"""Of those that change from late to early, the ones that footnote 46 names."""
CHANGES = 6
MOST = 200
"""Iterations from one start."""
RANDOM_UP_TO = 45
"""Countries of the table that a start puts elsewhere, at most."""


class Minimum(NamedTuple):
    """A grouping that an iteration of Algorithm 1 leaves as it is."""

    objective: float
    theta: np.ndarray
    groups: np.ndarray


def samples(frame: pd.DataFrame) -> Table:
    """Cumulative effects by the least number of observations."""
    text = published("bm_text")
    own = text[(text["sample"] == "unbalanced") & (text["quantity"] == "cumulative income effect")]
    printed = dict(zip(own["G"].astype(int), own["value"], strict=True))
    rows = []
    for least in LEAST:
        panel = five_year_panel(frame, sample=BASE, least=least)
        for n_groups in (1, *sorted(printed)):
            estimator = GFE(n_groups)
            fit = estimator.fit(panel, generator(0, "0" * 64, 0, FOLDER))
            covariance = LargeT(small_sample="NT-GT-K").covariance(
                panel, fit, generator(0, "0" * 64, 0, FOLDER)
            )
            rows.append(
                (
                    str(least),
                    str(panel.shape[0]),
                    str(int(panel.observed.sum())),
                    str(n_groups),
                    f"{fit.objective:.5f}",
                    f"{fit.n_best} of {fit.n_tries}",
                    *(f"{slope:.4f}" for slope in fit.theta),
                    f"{CUMULATIVE.value(fit.theta):.4f}",
                    f"{covariance.error_of(CUMULATIVE, fit.theta):.4f}",
                    f"{printed[n_groups]:.2f}" if n_groups in printed else "-",
                )
            )
    return Table(
        "The unbalanced panel, 1960 to 2000",
        (
            *("observations at least", "countries", "observations", "G", "objective"),
            *("tries that met it", "theta1", "theta2", "cumulative", "se", "printed"),
        ),
        tuple(rows),
        ("The text: 118 countries after dropping 32 with fewer than 3 observations.",),
    )


def iterate(panel: Panel, groups: np.ndarray) -> Minimum | None:
    """Run Algorithm 1 with gaps from a grouping; None where a group is left without a country."""
    seen = panel.observed.astype(float)
    n_slopes = panel.shape[2]
    for _ in range(MOST):
        member = np.eye(GROUPS)[groups]
        counts = np.maximum(member.T @ seen, 1.0)
        mean_y = member.T @ panel.y / counts
        mean_x = np.einsum("ig,itk->gtk", member, panel.x) / counts[:, :, None]
        y = (panel.y - mean_y[groups]) * seen
        x = ((panel.x - mean_x[groups]) * seen[:, :, None]).reshape(-1, n_slopes)
        theta = np.linalg.solve(x.T @ x, x.T @ y.ravel())
        alpha = mean_y - mean_x @ theta
        residuals = (panel.y - panel.x @ theta)[:, None, :] - alpha[None, :, :]
        after = (residuals**2 * seen[:, None, :]).sum(axis=2).argmin(axis=1)
        if len(np.unique(after)) < GROUPS:
            return None
        if (after == groups).all():
            return Minimum(float(((y.ravel() - x @ theta) ** 2).sum()), theta, groups)
        groups = after
    return None


def minima(panel: Panel, starts: int) -> list[Minimum]:
    """Local minima met from starts near Table B6, the best first; groups have its numbers."""
    printed = printed_groups(f"G{GROUPS}", panel.units)
    rng = generator(0, "0" * 64, 0, "starts")
    met: dict[tuple[int, ...], Minimum] = {}
    for _ in range(starts):
        start = np.where(printed >= 0, printed, rng.integers(GROUPS, size=len(printed)))
        elsewhere = rng.choice(len(start), int(rng.integers(RANDOM_UP_TO)), replace=False)
        start[elsewhere] = rng.integers(GROUPS, size=len(elsewhere))
        found = iterate(panel, start)
        if found is not None:
            known = printed >= 0
            order = relabelling(found.groups[known], printed[known])
            number = np.argsort(order)
            groups = number[found.groups]
            met.setdefault(tuple(groups.tolist()), found._replace(groups=groups))
    return sorted(met.values(), key=lambda one: one.objective)


def candidates(panel: Panel, found: list[Minimum], best: float) -> Table:
    """The minima at which what the text says of four groups comes true, most of it first."""
    printed = printed_groups(f"G{GROUPS}", panel.units)
    rows = []
    for one in found:
        changed = differing(one.groups, printed)
        late = bool((printed[changed] == 3).all() and (one.groups[changed] == 2).all())
        names = [str(panel.units[i]) for i in changed]
        effect = CUMULATIVE.value(one.theta)
        if not late or not rounds_to(effect, 0.13, 2) or not set(SWITCHED) <= set(names):
            continue
        named = [c for c, group in NAMED.items() if one.groups[panel.units.index(c)] == group - 1]
        rows.append(
            (
                abs(len(changed) - CHANGES),
                (
                    f"{one.objective:.5f}",
                    f"{100 * (one.objective / best - 1):.2f}",
                    f"{effect:.4f}",
                    str(len(changed)),
                    ", ".join(names),
                    ", ".join(named),
                ),
            )
        )
    rows.sort(key=lambda row: row[0])
    return Table(
        "Local minima with four groups that are as the text says",
        (
            *("objective", "above the least, %", "cumulative", "change from late to early"),
            *("countries that change", "of footnote 46, in the group named"),
        ),
        tuple(row for _, row in rows[:10]),
        (
            f"{len(found)} local minima of Algorithm 1 met; {len(rows)} have a cumulative effect "
            "of .13, changes from late to early alone, and among them the three that are named.",
            f"The text: {CHANGES} changes. Footnote 46 names "
            + ", ".join(f"{name} (group {group})" for name, group in NAMED.items())
            + ".",
        ),
    )


def changes(panel: Panel) -> tuple[Table, float]:
    """Which countries change their group at the least objective, and that objective."""
    own = estimate(panel, f"G{GROUPS}")
    printed = printed_groups(f"G{GROUPS}", panel.units)
    changed = differing(own.groups, printed)
    rows = tuple(
        (str(panel.units[i]), str(printed[i] + 1), str(own.groups[i] + 1)) for i in changed
    )
    outside = ", ".join(f"{c} {own.groups[panel.units.index(c)] + 1}" for c in NAMED)
    return (
        Table(
            "Countries of the balanced panel whose group changes, four groups",
            ("country", "Table B6", "unbalanced panel"),
            rows,
            (
                f"At the least objective, {own.fit.objective:.5f}: {len(rows)} changes, printed 6.",
                f"Groups of the countries of footnote 46: {outside}.",
            ),
        ),
        own.fit.objective,
    )


def main(
    five_year: Annotated[str, typer.Argument(help="Five-year panel (CSV).")],
    starts: Annotated[int, typer.Option(help="Starts of Algorithm 1.")] = 6000,
) -> None:
    """Fit, print, and write."""
    frame = pd.read_csv(five_year)
    panel = five_year_panel(frame, sample=BASE, least=4)
    changed, best = changes(panel)
    tables = (samples(frame), changed, candidates(panel, minima(panel, starts), best))
    text = "\n\n".join(render(table, "markdown") for table in tables)
    print(text)
    Path(RESULTS / FOLDER, "unbalanced.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
