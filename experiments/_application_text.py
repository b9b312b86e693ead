"""What section 6 of Bonhomme and Manresa says in its text of the balanced panel.

    python experiments/_application_text.py PANEL

Every number of the text beside ours, but for those of other samples, which stand in `unbalanced.md`
and `robustness.md`, and of characteristics (`characteristics.md`). Written into the folder of the
application.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.two_way import TwoWay
from gfe_mc.fit import ProfileFit
from gfe_mc.papers.application import FOLDER, Numbered, estimate, said
from gfe_mc.papers.income_democracy import COLUMNS, CUMULATIVE
from gfe_mc.published.loader import published
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.seeds import generator
from gfe_mc.selection.criterion import BIC, choose

MOST = 15
ELSEWHERE = ("Algorithm", "running time")
TYPES_OF_FOUR = np.array([0, 0, 1, 2])
"""Types of the four groups: stable, stable, early, late."""
Said = dict[tuple[str, int], float]


def share_within(values: np.ndarray, groups: np.ndarray | None) -> float:
    """Variance (N, T) within groups and periods as a percentage of all; within units if None."""
    if groups is None:
        within = values - values.mean(axis=1, keepdims=True)
    else:
        within = values.copy()
        for group in np.unique(groups):
            within[groups == group] -= values[groups == group].mean(axis=0)
    return 100 * float((within**2).mean() / values.var())


def of_panel(panel: Panel, path: dict[int, ProfileFit]) -> Said:
    """Compute what is said of the panel and of variances within groups."""
    democracy, income = panel.y, panel.x[:, :, 1]
    found: Said = {
        ("mean of the Freedom House score", 0): float(democracy.mean()),
        ("standard deviation of the Freedom House score", 0): float(democracy.std(ddof=1)),
        ("within-country share of income variance", 0): share_within(income, None),
        ("within-country share of democracy variance", 0): share_within(democracy, None),
    }
    for groups in (3, 10, 15):
        own = path[groups].groups
        found["within-(group, period) share of income variance", groups] = share_within(income, own)
    own = path[15].groups
    found["within-group share of democracy variance", 15] = share_within(democracy, own)
    return found


def of_estimates(panel: Panel, path: dict[int, ProfileFit]) -> Said:
    """Compute what is said of effects and objectives by the number of groups."""
    effects = {groups: CUMULATIVE.value(fit.theta) for groups, fit in path.items()}
    objectives = np.array([path[groups].objective for groups in range(1, MOST + 1)])
    within = TwoWay().fit(panel, generator(0, "0" * 64, 0, FOLDER)).objective
    n_units, n_periods, n_slopes = panel.shape
    many = float(np.mean([effects[groups] for groups in range(5, MOST + 1)]))
    increase = "increase in the Freedom House score after a 10% increase in income, pooled OLS"
    below = "smallest G at which the GFE objective is below the fixed-effects objective"
    found: Said = {
        (increase, 0): 10 * effects[1],
        ("cumulative income effect, OLS", 1): effects[1],
        ("cumulative income effect", 5): effects[5],
        ("cumulative income effect relative to pooled OLS for G >= 5", 0): 100 * many / effects[1],
        (below, 0): float(np.argmax(objectives < within) + 1),
        ("G chosen by BIC", 0): choose(objectives, n_units, n_periods, n_slopes, BIC()).n_groups,
    }
    for groups in (5, 13):
        fall = 100 * (1 - objectives[groups - 1] / objectives[0])
        found["fall of the objective from OLS", groups] = float(fall)
    return found


def of_groups(panel: Panel, fits: dict[str, Numbered]) -> Said:
    """Compute what is said of four and five groups, and of the types."""
    own, five = fits["G4"].groups, fits["G5"].groups
    sizes = np.bincount(own)
    four = (
        "countries whose class agrees between G=4 and the three types net of country fixed effects"
    )
    two = "countries whose class differs between the two-layer model and the model net of country fixed effects"  # noqa: E501
    found: Said = {
        ("countries in Groups 1 and 2", 4): float(sizes[:2].sum()),
        ("countries in Group 3 (early transition)", 4): float(sizes[2]),
        ("countries in Group 4 (late transition)", 4): float(sizes[3]),
        ("countries in the additional (fifth) group", 5): float((five == 4).sum()),
        (four, 4): float((TYPES_OF_FOUR[own] == fits["fe_g3"].groups).sum()),
        (two, 3): float((fits["two_layer_type"].groups != fits["fe_g3"].groups).sum()),
    }
    for group, year in ((3, 1970), (3, 1990), (4, 1985), (4, 2000)):
        mean = panel.y[own == group - 1, panel.periods.index(year)].mean()
        found[f"mean Freedom House score of Group {group} in {year}", 4] = float(mean)
    return found


def main(panel: Annotated[str, typer.Argument(help="Income and democracy panel.")]) -> None:
    """Fit, print, and write."""
    data = COLUMNS.read(panel)
    path = {
        groups: GFE(groups).fit(data, generator(0, "0" * 64, 0, FOLDER))
        for groups in range(1, MOST + 1)
    }
    fits = {name: estimate(data, name) for name in ("G4", "G5", "two_layer_type", "fe_g3")}
    ours = of_panel(data, path) | of_estimates(data, path) | of_groups(data, fits)
    text = published("bm_text")
    own = text[text["where"].str.startswith("Section 6") & (text["kind"] == "result")]
    rows, left = [], set(ours)
    for row in own.to_dict("records"):
        groups = 0 if row["G"] == "none" else int(row["G"])
        key = row["quantity"], groups
        if key not in ours or not row["sample"].startswith("balanced"):
            continue
        left -= {key}
        value, decimals = ours[key], int(row["decimals"])
        about = "" if row["qualifier"] == "exact" else f"{row['qualifier']} "
        rows.append(
            (
                row["where"].removeprefix("Section "),
                row["quantity"],
                row["G"] if groups else "-",
                f"{about}{row['value']:.{decimals}f}",
                f"{value:.{decimals + 2}f}",
                said(value, row["value"], decimals) if not about else "-",
            )
        )
    if left:
        raise ValueError(f"not in print: {sorted(left)}")
    rates = [100 * CUMULATIVE.value(path[g].theta) / CUMULATIVE.value(path[1].theta) for g in path]
    made = Table(
        "The balanced panel in the text of section 6",
        ("section", "what", "G", "printed", "ours", ""),
        tuple(rows),
        (
            "Shares of variance: of squared deviations from means of the country, or of the group "
            "and period, in those from the mean of all.",
            "The effect relative to pooled OLS is the mean over 5 to 15 groups; they are from "
            f"{min(rates[4:]):.0f} to {max(rates[4:]):.0f} %.",
        ),
    )
    written = render(made, "markdown")
    print(written)
    Path(RESULTS / FOLDER, "text.md").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
