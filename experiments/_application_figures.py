"""Figures 1, 2 and B1 to B4 of Bonhomme and Manresa, and their map as a table by region.

    python experiments/_application_figures.py PANEL

Figure 1 is drawn from the summary of `bm_table_b2`. Needs matplotlib (extra `application`). Written
into the folder of the application.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.fit import TwoLayerFit
from gfe_mc.papers.application import FOLDER, GROUP_NAMES, TYPES, Numbered, estimate
from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.report.figures.frame import SHADE, caption, legend
from gfe_mc.report.figures.style import line, new_figure, save, styled
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.report.study import SUMMARY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCOME = 1
HALF = 0.5
NORMAL = 1.96
TITLES = {
    "theta1": "lagged democracy",
    "theta2": "income",
    "cumulative": "cumulative income effect",
}
REGIONS: Mapping[str, str] = {
    "Europe": """Austria; Belgium; Cyprus; Denmark; Finland; France; Greece; Iceland; Ireland;
        Italy; Luxembourg; Netherlands; Norway; Portugal; Romania; Spain; Sweden; Switzerland;
        Turkey; United Kingdom""",
    "North America": "Canada; Mexico; United States",
    "South and Central America": """Argentina; Bolivia; Brazil; Chile; Colombia; Costa Rica;
        Dominican Republic; Ecuador; El Salvador; Guatemala; Honduras; Jamaica; Nicaragua; Panama;
        Paraguay; Peru; Trinidad and Tobago; Uruguay; Venezuela, RB""",
    "Asia and Oceania": """Australia; China; India; Indonesia; Iran; Israel; Japan; Jordan;
        Korea, Rep.; Malaysia; Nepal; New Zealand; Philippines; Singapore; Sri Lanka;
        Syrian Arab Republic; Taiwan; Thailand""",
    "Africa": """Algeria; Benin; Burkina Faso; Burundi; Cameroon; Central African Republic; Chad;
        Congo, Dem. Rep.; Congo, Rep.; Cote d'Ivoire; Egypt, Arab Rep.; Gabon; Ghana; Guinea; Kenya;
        Madagascar; Malawi; Mali; Mauritania; Morocco; Niger; Nigeria; Rwanda; Sierra Leone;
        South Africa; Tanzania; Togo; Tunisia; Uganda; Zambia""",
}
"""Five regions: North America has Mexico, Asia has Australia and New Zealand, as in Figure B3."""


def regions(panel: Panel) -> np.ndarray:
    """Region of each country, (N,), a position in `REGIONS`."""
    number = {
        name: position
        for position, text in enumerate(REGIONS.values())
        for name in " ".join(text.split()).split("; ")
    }
    return np.array([number[str(country)] for country in panel.units], np.int64)


def by_region(panel: Panel, found: Numbered, region: np.ndarray) -> Table:
    """Countries of four groups by region: what the map of Figure 2 shows."""
    rows = []
    for position, name in enumerate(REGIONS):
        entries = [name]
        for group in range(len(GROUP_NAMES)):
            own = np.flatnonzero((region == position) & (found.groups == group))
            names = ", ".join(str(panel.units[i]) for i in own)
            entries.append(f"{len(own)}" + (f": {names}" if names else ""))
        rows.append(tuple(entries))
    return Table(
        "Figure 2: four groups by region, in the place of the map",
        ("region", *GROUP_NAMES),
        tuple(rows),
        ("No library that is at hand ships outlines of countries.",),
    )


def averages(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Means (G, T) of values (N, T) by group."""
    return np.array([values[groups == group].mean(axis=0) for group in range(groups.max() + 1)])


def rows_of_patterns(
    panel: Panel, rows: Mapping[str, tuple[np.ndarray, np.ndarray]], names: tuple[str, ...]
) -> "Figure":
    """Profiles (G, T), mean democracy and mean income by group: a row each pair."""
    years = [int(str(period)) for period in panel.periods]
    with styled():
        figure = new_figure(8.0, 2.3 * len(rows) + 0.5)
        axes = figure.subplots(len(rows), 3, squeeze=False)
        for places, (title, (alpha, groups)) in zip(axes, rows.items(), strict=True):
            panels = (
                (title, alpha),
                ("democracy", averages(panel.y, groups)),
                ("lagged log GDP per capita", averages(panel.x[:, :, INCOME], groups)),
            )
            for place, (heading, values) in zip(places, panels, strict=True):
                for number, path in enumerate(values):
                    place.plot(years, path, **line(number))
                place.set_title(heading)
        legend(figure, {name: line(number) for number, name in enumerate(names)}, ())
        return figure


def uniform_band(paths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (T,) and half width (T,) of a band that holds more than half of paths (n, T).

    The width is a multiple of the standard deviation in each period, the least that does.
    """
    mean, spread = paths.mean(axis=0), paths.std(axis=0, ddof=1)
    with np.errstate(invalid="ignore"):
        reach = np.abs(paths - mean) / spread
    most = np.sort(np.nan_to_num(reach).max(axis=1))
    return mean, float(most[int(HALF * len(most))]) * spread


def bands(panel: Panel, found: Numbered) -> "Figure":
    """Figure B1: every path, group means and uniform bands of half of the paths."""
    years = [int(str(period)) for period in panel.periods]
    with styled():
        figure = new_figure(7.0, 8.5)
        axes = figure.subplots(len(GROUP_NAMES), 2, sharex=True, sharey="col")
        variables = {"democracy": panel.y, "lagged log GDP per capita": panel.x[:, :, INCOME]}
        for group, (places, name) in enumerate(zip(axes, GROUP_NAMES, strict=True)):
            for place, (title, values) in zip(places, variables.items(), strict=True):
                paths = values[found.groups == group]
                mean, width = uniform_band(paths)
                place.plot(years, paths.T, color="0.6", linewidth=0.7, linestyle=":")
                place.plot(years, mean, color="0.0", linewidth=2)
                for edge in (mean - width, mean + width):
                    place.plot(years, edge, color="0.3", linestyle="-.")
                place.set_title(f"{name}: {title}")
        styles: dict[str, dict[str, Any]] = {
            "mean": {"color": "0.0", "linewidth": 2},
            "band with more than half of the paths": {"color": "0.3", "linestyle": "-."},
            "a country": {"color": "0.6", "linestyle": ":"},
        }
        legend(figure, styles, ())
        return figure


def by_number_of_groups() -> "Figure":
    """Figure 1: estimates by the number of groups, with intervals of bootstrap errors."""
    summary = pd.read_csv(RESULTS / "bm_table_b2" / SUMMARY, keep_default_na=False)
    summary = summary[summary["G"] != "FE"]
    groups = summary["G"].drop_duplicates().astype(int).tolist()

    def values(estimator: str, **figure: str) -> np.ndarray:
        own = summary[summary["estimator"] == estimator]
        for name, value in figure.items():
            own = own[own[name] == value]
        return own["value"].astype(float).to_numpy()

    with styled():
        figure = new_figure(8.0, 3.0)
        for place, (name, title) in zip(figure.subplots(1, 3), TITLES.items(), strict=True):
            estimates = values("ours", statistic="mean", inference="none", parameter=name)
            # The print's bootstrap has the search of the paper, Algorithm 2 (5; 10; 5).
            errors = values("paper", statistic="median_se", inference="bootstrap", parameter=name)
            _interval(place, groups, estimates, errors)
            place.set_title(title)
            place.set_xlabel("number of groups")
        caption(figure, "Estimates, and 95 % intervals of bootstrap errors (dashed)")
        return figure


def _interval(place: "Axes", groups: list[int], values: np.ndarray, errors: np.ndarray) -> None:
    place.plot(groups, values, color="0.0", marker="o")
    for edge in (values - NORMAL * errors, values + NORMAL * errors):
        place.plot(groups, edge, color="0.0", linestyle="--")
    place.axhline(0.0, **(SHADE | {"linewidth": 0.8}))


def main(panel: Annotated[str, typer.Argument(help="Income and democracy panel.")]) -> None:
    """Fit, draw, and write."""
    data = COLUMNS.read(panel)
    region = regions(data)
    fits = {name: estimate(data, name) for name in ("G2", "G3", "G4", "G5", "G6", "fe_g3")}
    layers = estimate(data, "two_layer_type")
    assert isinstance(layers.fit, TwoLayerFit)
    four = fits["G4"]
    pair = {name: (found.alpha, found.groups) for name, found in fits.items()}
    by_place = averages(data.y - data.x @ known_groups(data, region), region)
    numbers = tuple(f"group {number}" for number in range(1, 7))
    made = {
        "figure_1": by_number_of_groups(),
        "figure_2": rows_of_patterns(data, {"time effects": pair["G4"]}, GROUP_NAMES),
        "figure_b1": bands(data, four),
        "figure_b2": rows_of_patterns(
            data, {f"time effects, {n} groups": pair[f"G{n}"] for n in (2, 3, 5, 6)}, numbers
        ),
        "figure_b3": rows_of_patterns(data, {"time effects": (by_place, region)}, tuple(REGIONS)),
        "figure_b4": rows_of_patterns(
            data,
            {
                "net of country effects": pair["fe_g3"],
                "two layers": (layers.alpha, layers.groups),
            },
            TYPES,
        ),
    }
    folder = RESULTS / FOLDER
    for name, figure in made.items():
        save(figure, folder / f"{name}.png")
    text = render(by_region(data, four, region), "markdown")
    Path(folder, "regions.md").write_text(text, encoding="utf-8")


def known_groups(panel: Panel, groups: np.ndarray) -> np.ndarray:
    """Slopes (K,) with free effects of given groups in every period."""
    x = panel.x.copy()
    y = panel.y.copy()
    for group in np.unique(groups):
        own = groups == group
        x[own] -= x[own].mean(axis=0)
        y[own] -= y[own].mean(axis=0)
    flat = x.reshape(-1, panel.shape[2])
    found: np.ndarray = np.linalg.lstsq(flat, y.ravel(), rcond=None)[0]
    return found


if __name__ == "__main__":
    typer.run(main)
