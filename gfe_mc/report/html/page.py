"""The page of a study: one file with everything, made from the store alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import xarray as xr
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gfe_mc.metrics import counts
from gfe_mc.report.content import described
from gfe_mc.report.html import declared, origin
from gfe_mc.report.html.failed import MOST, Command, failed
from gfe_mc.report.html.grid import SYMBOLS, grid
from gfe_mc.report.html.pictures import pictures
from gfe_mc.report.html.unfinished import Unfinished, unfinished
from gfe_mc.report.render import Table
from gfe_mc.report.study import LONG, SUMMARY, TABLE, by_kind
from gfe_mc.report.tables.check import duration
from gfe_mc.report.verdicts import CHECKED, COMPARED
from gfe_mc.study.experiment import Experiment
from gfe_mc.version import __version__
from gfe_mc.visible import visible
from gfe_mc.whole import write_result

PAGE = "report.html"
_TITLES = {
    "print": "Beside the print",
    "layout": "Figures by size",
    "best": "Which estimator is best",
    "misses": "Better groupings missed",
    "choices": "Numbers of groups",
    "groups": "Groups",
    "inference": "Standard errors, intervals and tests",
    "target": "Targets on Monte Carlo errors",
    "figures": "All figures",
}


def write_page(
    folder: Path,
    study: xr.Dataset,
    experiment: Experiment | None = None,
    *,
    name: str | None = None,
    output: str | None = None,
) -> Path:
    """Write the page of a study into its folder; return its path.

    The same dataset gives the same bytes.

    Parameters
    ----------
    folder : Path
        The folder of the study.
    study : xarray.Dataset
        Its dataset.
    experiment : Experiment, optional
        Its declaration, which knows of a user's own summaries; None where it is not at hand.
    name : str, optional
        What the study is asked for by, its name or its file; the name that is stored if None.
    output : str, optional
        The folder as commands name it, where it is not the one that is found by the study's name.

    Raises
    ------
    InputError
        The page cannot be written.
    """
    text = render_page(folder, study, experiment, name=name, output=output)
    path = folder / PAGE
    write_result(path, text.encode(errors="backslashreplace"))
    return path


def render_page(
    folder: Path,
    study: xr.Dataset,
    experiment: Experiment | None = None,
    *,
    name: str | None = None,
    output: str | None = None,
) -> str:
    """Return the page of a study; parameters are those of `write_page`."""
    said, provenance = described(study), json.loads(study.attrs["provenance"])
    asked = name or str(said["experiment"])
    seed = None if experiment is not None and experiment.seed == said["seed"] else said["seed"]
    made = by_kind(study, experiment)
    ways = failed(study, Command(asked, seed, output))
    missing = unfinished(study, folder)
    grids = {kind: [grid(table) for table in those] for kind, those in made.items()}
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            said=said,
            panel=provenance["panel"],
            tiles=_tiles(study, provenance, made.get("print", []), missing),
            missing=missing,
            missing_grid=None if missing is None else grid(missing.table),
            titles=_TITLES,
            grids=grids,
            pictures=pictures(study),
            failures=ways[:MOST],
            more_failures=len(ways[MOST:]),
            origin=origin.facts(provenance, folder),
            runs=grid(origin.runs_table(provenance)),
            declaration=declared.facts(said),
            declared=[grid(table) for table in declared.tables(said)],
            source=declared.source(asked),
            symbols=SYMBOLS,
            long=LONG,
            files=(TABLE, SUMMARY),
            version=__version__,
        )
    )


def _tiles(
    study: xr.Dataset, provenance: Any, printed: Iterable[Table], missing: Unfinished | None
) -> list[tuple[str, str, str]]:
    """What is seen first: a number, what it is, and what sets it apart, if anything."""
    attempted, used = counts.attempted(study), counts.used(study)
    lost = int((attempted & ~used).sum())
    fits = f"{int(attempted.sum()):,} of {missing.planned:,}" if missing else f"{attempted.sum():,}"
    inside = sum(run["seconds_inside_replications"] for run in provenance["runs"])
    found = [
        (f"{study.sizes['replication']:,}", "replications", "partial" if missing else ""),
        (f"{study.sizes['cell']:,}", "cells", ""),
        (f"{study.sizes['estimator']:,}", "estimators", ""),
        (fits, "fits", "partial" if missing else ""),
        (f"{lost:,}", "failed", "bad" if lost else ""),
        (duration(inside), "of computing", ""),
    ]
    verdicts = Counter(verdict for table in printed for *_, verdict in table.marks)
    for verdict in (*COMPARED, *CHECKED):
        if verdicts[verdict.value] or (verdicts and verdict in COMPARED):
            number = f"{SYMBOLS[verdict.value]} {verdicts[verdict.value]:,}"
            found.append((number, f"of the print: {verdict.value}", verdict.replace(" ", "-")))
    return found


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gfe_mc.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        # Text is shown as it is; what is markup already is the page's own.
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = lambda text: Markup(escape(visible(text, keep="\n\t")))
    return environment
