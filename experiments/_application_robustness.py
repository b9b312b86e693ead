"""Robustness checks of section 6.4 of Bonhomme and Manresa, but for the unbalanced panel.

    python experiments/_application_robustness.py FIVE_YEAR

Another index of democracy (Polity), further controls, no lagged democracy, no covariates (kmeans),
slopes by group. Countries whose group with four groups, or whose type net of country effects, is
another than in Table B6. Written into the folder of the application.
"""

from collections.abc import Hashable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.fit import ProfileFit
from gfe_mc.inference.large_t import LargeT
from gfe_mc.papers.application import FOLDER, differing, numbered, printed_groups
from gfe_mc.papers.five_year import BALANCED, five_year_panel
from gfe_mc.papers.income_democracy import CUMULATIVE
from gfe_mc.report.digits import ABSENT
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.seeds import generator
from gfe_mc.selection.criterion import BIC, choose

YEARS = tuple(range(1970, 2001, 5))
MOST = 15
LEAST_MOST = 8
"""Largest numbers of groups are tried from here on: the error variance depends on it."""
CHOSEN = 4
INCOME = 1
"""Position of the slope of income."""
EDUCATION = ("education", "log_population")
AGES = ("median_age", "age_young", "age_midage", "age_old", "age_veryold")
"""Shares add up to one: the youngest is left out."""
LARGE_T = LargeT(small_sample="NT-GT-K")
FIRST = ("sample", "countries", "observations", "G", "objective", "theta1", "theta2")
HEADER = (*FIRST, "cumulative", "se", "countries in another group than in Table B6")


def fitted(panel: Panel, estimator: GFE) -> ProfileFit:
    """Fit, with the stream of the application."""
    return estimator.fit(panel, generator(0, "0" * 64, 0, FOLDER))


def changed(panel: Panel, fit: ProfileFit, column: str = f"G{CHOSEN}") -> str:
    """Name the countries whose group is not that of a column of Table B6, and count them."""
    printed = printed_groups(column, panel.units)
    own = numbered(fit, printed).groups
    names = [
        f"{panel.units[i]} ({printed[i] + 1} to {own[i] + 1})" for i in differing(own, printed)
    ]
    known = int((printed >= 0).sum())
    return f"{len(names)} of {known}" + (f": {', '.join(names)}" if names else "")


def row(name: str, panel: Panel, groups: int) -> tuple[str, ...]:
    """Estimates of a sample with a number of groups."""
    fit = fitted(panel, GFE(groups))
    covariance = LARGE_T.covariance(panel, fit, generator(0, "0" * 64, 0, FOLDER))
    return (
        *(name, str(panel.shape[0]), str(int(panel.observed.sum())), str(groups)),
        *(f"{fit.objective:.5f}", f"{fit.theta[0]:.4f}", f"{fit.theta[INCOME]:.4f}"),
        f"{CUMULATIVE.value(fit.theta):.4f}",
        f"{covariance.error_of(CUMULATIVE, fit.theta):.4f}",
        changed(panel, fit) if groups == CHOSEN else ABSENT,
    )


def polity(frame: pd.DataFrame) -> Table:
    """The composite Polity index in the place of Freedom House's."""
    samples = {
        name: five_year_panel(frame, outcome="polity", sample=of, years=YEARS, balanced=True)
        for name, of in (("of the balanced panel", BALANCED), ("all", None))
    }
    rows = [row(name, panel, g) for name, panel in samples.items() for g in (1, 2, CHOSEN, MOST)]
    south = frame[(frame["country"] == "South Africa") & (frame["year"] == 1980)].iloc[0]
    return Table(
        "Polity index, 1970 to 2000, countries with all observations",
        HEADER,
        tuple(rows),
        (
            "The text: 75 countries; effects .20 (pooled), .06 (2 groups), .05 (15 groups); "
            "11 countries in another group.",
            f"South Africa in 1980: Polity {south['polity']:.2f} (printed .70), Freedom House "
            f"{south['democracy']:.2f} (printed .33).",
        ),
    )


def of_75(frame: pd.DataFrame) -> Table:
    """Samples of 75 countries with the Polity index, some of which have one gap."""
    whole = five_year_panel(frame, outcome="polity", years=YEARS)
    marked = set(five_year_panel(frame, sample=BALANCED).units)
    counts = dict(zip(whole.units, whole.observed.sum(axis=1).tolist(), strict=True))
    full = {country for country, count in counts.items() if count == len(YEARS)}
    gap = sorted(str(country) for country, count in counts.items() if count == len(YEARS) - 1)
    kept = [one for one in gap if one in marked]
    samples: list[tuple[set[Hashable], tuple[str, ...]]] = [
        (full & marked, added) for added in combinations(kept, 3)
    ]
    samples += [(full, (country,)) for country in gap]
    rows = []
    for base, added in samples:
        own = frame[frame["country"].isin(base | set(added))]
        panel = five_year_panel(own, outcome="polity", years=YEARS)
        effects = [CUMULATIVE.value(fitted(panel, GFE(groups)).theta) for groups in (1, 2)]
        rows.append(
            (
                str(len(base)),
                ", ".join(added),
                str(panel.shape[0]),
                *(f"{effect:.4f}" for effect in effects),
            )
        )
    return Table(
        "Polity index: countries with all observations, and some with one gap",
        ("countries without gaps", "with one gap", "countries", "cumulative, pooled", "2 groups"),
        tuple(rows),
        ("Printed, of 75 countries: .20 and .06.",),
    )


def controls(frame: pd.DataFrame) -> Table:
    """Lagged controls beside lagged democracy and income."""
    rows, notes = [], []
    for name, added in (
        ("education, population", EDUCATION),
        ("education, population, ages", (*EDUCATION, *AGES)),
    ):
        panels: Mapping[str, Panel] = {
            f"{name}; {kept}": five_year_panel(
                frame, sample=BALANCED, controls=added, balanced=kept == "without gaps"
            )
            for kept in ("without gaps", "with gaps")
        }
        for sample, panel in panels.items():
            rows += [row(sample, panel, groups) for groups in (1, CHOSEN, 7, 10)]
            if panel.balanced:
                path = np.array([fitted(panel, GFE(g)).objective for g in range(1, MOST + 1)])
                n_units, n_periods, n_slopes = panel.shape
                chosen = {
                    most: choose(path[:most], n_units, n_periods, n_slopes, BIC()).n_groups
                    for most in range(LEAST_MOST, MOST + 1)
                }
                by = ", ".join(f"{number} ({most})" for most, number in chosen.items())
                notes.append(
                    f"{sample}: groups that BIC chooses, in brackets the number of groups of which "
                    f"the variance is: {by}. Printed: 7."
                )
    return Table(
        "Further controls, countries of the balanced panel",
        HEADER,
        tuple(rows),
        (
            "The text: an income effect of about .10 with education and population, significant; "
            "a cumulative one of .05 with ages, marginally significant.",
            *notes,
        ),
    )


def without(frame: pd.DataFrame) -> Table:
    """Groups of models with fewer covariates, against Table B6."""
    panel = five_year_panel(frame, sample=BALANCED)
    lag_only, none = (
        Panel.from_arrays(panel.y, panel.x[:, :, kept], units=panel.units, periods=panel.periods)
        for kept in ([INCOME], [])
    )
    rows = []
    for name, of in (("income alone", lag_only), ("no covariates (kmeans)", none)):
        for column, estimator in (
            (f"G{CHOSEN}", GFE(CHOSEN)),
            ("fe_g3", GFE(3, unit_effects=True)),
        ):
            fit = fitted(of, estimator)
            rows.append((name, column, f"{fit.objective:.5f}", changed(of, fit, column)))
    return Table(
        "Fewer covariates",
        ("model", "column of Table B6", "objective", "countries in another group"),
        tuple(rows),
        (
            "G4: four groups; fe_g3: three net of country effects. The text: very similar.",
            still(frame),
        ),
    )


def still(frame: pd.DataFrame) -> str:
    """Say how many first differences of democracy are zero."""
    panel = five_year_panel(frame, sample=BALANCED)
    before = panel.x[:, :, 0]
    zero = np.isclose(panel.y, before, atol=1e-4)
    within = zero[:, 1:]
    return (
        f"First differences of democracy at zero: {100 * zero.mean():.1f} % of {zero.size} from "
        f"1965 to 2000, {100 * within.mean():.1f} % of {within.size} from 1970 on (printed: almost "
        "60 %)."
    )


def income_alone(frame: pd.DataFrame) -> Table:
    """Footnote 38: the effect of income without lagged democracy beside the cumulative one."""
    panel = five_year_panel(frame, sample=BALANCED)
    alone = Panel.from_arrays(panel.y, panel.x[:, :, [INCOME]], units=panel.units)
    rows = []
    for groups in range(1, MOST + 1):
        fit, other = fitted(panel, GFE(groups)), fitted(alone, GFE(groups))
        rows.append(
            (str(groups), f"{CUMULATIVE.value(fit.theta):.4f}", f"{float(other.theta[0]):.4f}")
        )
    return Table(
        "Cumulative effect, and the effect of income without lagged democracy",
        ("G", "cumulative", "without lagged democracy"),
        tuple(rows),
        ("Footnote 38: almost identical.",),
    )


def group_slopes(frame: pd.DataFrame) -> Table:
    """Slopes that differ by group, with four groups."""
    panel = five_year_panel(frame, sample=BALANCED)
    rows = []
    own_slopes: dict[str, bool | tuple[str, ...]] = {"income": ("lag_income",), "both": True}
    for name, of in own_slopes.items():
        fit = fitted(panel, GFE(CHOSEN, group_slopes=of))
        assert fit.beta is not None
        own = numbered(fit, printed_groups(f"G{CHOSEN}", panel.units))
        first = [int(fit.groups[np.flatnonzero(own.groups == g)[0]]) for g in range(CHOSEN)]
        slopes = fit.beta[first]
        rows.append(
            (
                name,
                f"{fit.objective:.5f}",
                *(", ".join(f"{value:.3f}" for value in slopes[:, k]) for k in range(2)),
                changed(panel, fit),
            )
        )
    return Table(
        f"Slopes by group, {CHOSEN} groups",
        ("by group", "objective", "theta1, groups 1 to 4", "theta2", HEADER[-1]),
        tuple(rows),
        ("Not in print.",),
    )


def main(five_year: Annotated[str, typer.Argument(help="Five-year panel (CSV).")]) -> None:
    """Fit, print, and write."""
    frame = pd.read_csv(five_year)
    made = (polity, of_75, controls, without, income_alone, group_slopes)
    text = "\n\n".join(render(one(frame), "markdown") for one in made)
    print(text)
    Path(RESULTS / FOLDER, "robustness.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
