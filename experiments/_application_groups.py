"""Tables B6 and B4 of Bonhomme and Manresa: groups by country, and transitions by group.

    python experiments/_application_groups.py PANEL

Every column of Table B6, with the share of countries that agree; transitions of a binary measure of
democracy with four groups. Written into the folder of the application.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.fit import TwoLayerFit
from gfe_mc.papers.application import (
    FOLDER,
    GROUP_NAMES,
    LEVELS,
    SPECIFICATIONS,
    TYPES,
    Numbered,
    differing,
    estimate,
    printed_groups,
    said,
)
from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.published.loader import published
from gfe_mc.report.digits import ABSENT
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render

LEVEL = "two_layer_level"
THRESHOLD = 0.5
"""Democratic is what lies above."""
STATES = ("0/0", "0/1", "1/0", "1/1")


def levels(found: Numbered) -> np.ndarray:
    """Level of each country, from 0: a position in `LEVELS`."""
    fit = found.fit
    assert isinstance(fit, TwoLayerFit)
    last = fit.secondary == fit.secondary.max()
    own: np.ndarray = fit.secondary.copy()
    # Types with two levels have the highest and the lowest.
    several = np.isin(fit.groups, np.unique(fit.groups[last]))
    own[~several & (own > 0)] = len(LEVELS) - 1
    return own


def columns(panel: Panel) -> tuple[dict[str, Numbered], dict[str, np.ndarray]]:
    """Fit every specification: the fits, and the groups of every column of the table."""
    fits = {name: estimate(panel, name) for name in SPECIFICATIONS}
    groups: dict[str, np.ndarray] = {}
    for name, found in fits.items():
        groups[name] = found.groups
        if name == "two_layer_type":
            groups[LEVEL] = levels(found)
    return fits, groups


def shares(panel: Panel, fits: dict[str, Numbered], groups: dict[str, np.ndarray]) -> Table:
    """How many countries agree with the print, by column."""
    rows = []
    for name, own in groups.items():
        printed = printed_groups(name, panel.units)
        others = differing(own, printed)
        fit = fits.get(name)
        search = [ABSENT, ABSENT]
        if fit is not None:
            search = [f"{fit.fit.objective:.6f}", f"{fit.fit.n_best} of {fit.fit.n_tries}"]
        rows.append(
            (
                name,
                *search,
                ", ".join(map(str, np.bincount(own))),
                f"{int((printed >= 0).sum()) - len(others)} of {int((printed >= 0).sum())}",
                ", ".join(
                    f"{panel.units[i]} ({own[i] + 1}, printed {printed[i] + 1})" for i in others
                )
                or ABSENT,
            )
        )
    header = ("column", "objective", "tries that met it", "countries by group")
    return Table(
        "Table B6: countries whose group is the printed one",
        (*header, "agree", "others"),
        tuple(rows),
        (
            "Types 1 stable, 2 early, 3 late; levels 1 high to 5 low.",
            "The row of Turkey cannot be read in the print, but for four columns that the text "
            "tells; its other columns are not counted.",
        ),
    )


def sum_of_squares(panel: Panel, groups: np.ndarray, cells: np.ndarray) -> float:
    """Compute the sum of squared residuals with profiles of groups and levels of cells, both (N,).

    By least squares on dummies, independent of the estimator.
    """
    n_units, n_periods, _ = panel.shape
    units, periods = np.divmod(np.arange(n_units * n_periods), n_periods)
    profiles = (
        np.eye(groups.max() + 1)[groups[units]][:, :, None] * np.eye(n_periods)[periods][:, None, :]
    )
    design = np.hstack(
        [
            panel.x.reshape(len(units), -1),
            profiles.reshape(len(units), -1),
            np.eye(cells.max() + 1)[cells[units]],
        ]
    )
    y = panel.y.reshape(-1)
    residuals = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(residuals @ residuals)


def elsewhere(panel: Panel, groups: dict[str, np.ndarray]) -> Table:
    """The objective of two layers where a country is in its printed cell instead of ours."""
    types, own = groups["two_layer_type"], groups[LEVEL]
    printed = printed_groups(LEVEL, panel.units)
    best = sum_of_squares(panel, types, len(LEVELS) * types + own)
    rows = []
    for i in differing(own, printed):
        moved = own.copy()
        moved[i] = printed[i]
        worse = sum_of_squares(panel, types, len(LEVELS) * types + moved)
        cells = (LEVELS[own[i]], LEVELS[printed[i]])
        rows.append((str(panel.units[i]), *cells, f"{best:.6f}", f"{worse:.6f}"))
    header = ("country", "level", "printed", "objective", "objective with the printed level")
    return Table(
        "Two layers: countries with another level, all others as they are",
        header,
        tuple(rows),
        ("A larger objective: the print is no local optimum of moves of single countries.",),
    )


def listing(panel: Panel, groups: dict[str, np.ndarray]) -> Table:
    """Every country: its groups as estimated."""
    rows = []
    for i, country in enumerate(panel.units):
        entries = [str(country)]
        for name, own in groups.items():
            names = {"two_layer_type": TYPES, "fe_g3": TYPES, LEVEL: LEVELS}.get(name)
            entries.append(str(own[i] + 1) if names is None else names[own[i]])
        rows.append(tuple(entries))
    return Table("Groups by country", ("country", *groups), tuple(rows))


def transitions(panel: Panel, found: Numbered) -> Table:
    """Table B4: states in the first and in the last period, by group."""
    first, last = panel.y[:, 0] > THRESHOLD, panel.y[:, -1] > THRESHOLD
    state = np.array([f"{int(a)}/{int(b)}" for a, b in zip(first, last, strict=True)])
    table = published("bm_table_b4")
    rows = []
    for group in [*map(str, range(1, 5)), "all"]:
        own = np.full(len(state), True) if group == "all" else found.groups == int(group) - 1
        entries = [group if group == "all" else f"{group} ({GROUP_NAMES[int(group) - 1]})"]
        for which in (*STATES, "all"):
            count = int((own & ((state == which) | (which == "all"))).sum())
            row = table[(table["group"] == group) & (table["transition"] == which)].iloc[0]
            verdict = said(count, row["value"], 0)
            entries.append(f"{count}, {verdict}" + f" ({row['value']:.0f})")
        rows.append(tuple(entries))
    at = int(np.isclose(panel.y[:, [0, -1]], THRESHOLD, atol=1e-4).any(axis=1).sum())
    return Table(
        "Table B4: states in 1970 and 2000, countries by group",
        ("group", *STATES, "all"),
        tuple(rows),
        (f"1: above {THRESHOLD}. In brackets: printed. Countries at {THRESHOLD} in either: {at}.",),
    )


def main(panel: Annotated[str, typer.Argument(help="Income and democracy panel.")]) -> None:
    """Fit, print, and write."""
    data = COLUMNS.read(panel)
    fits, groups = columns(data)
    made = {
        "groups.md": (
            shares(data, fits, groups),
            elsewhere(data, groups),
            listing(data, groups),
        ),
        "transitions.md": (transitions(data, fits["G4"]),),
    }
    folder = RESULTS / FOLDER
    folder.mkdir(exist_ok=True)
    for name, tables in made.items():
        text = "\n\n".join(render(table, "markdown") for table in tables)
        print(text)
        Path(folder, name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
