"""The tables of a study, from its store alone: nothing is run."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import xarray as xr

from gfe_mc.metrics import counts, recorded
from gfe_mc.metrics.failures import failures
from gfe_mc.metrics.group_slopes import SIZE
from gfe_mc.metrics.number_of_groups import CHOSEN
from gfe_mc.metrics.paired import missed, paired
from gfe_mc.metrics.ranking import ranked
from gfe_mc.metrics.rates import rates
from gfe_mc.report.compared import COLUMNS, COMPARED
from gfe_mc.report.content import Content, described
from gfe_mc.report.declaration import Report
from gfe_mc.report.figures.catalogue import draw_all
from gfe_mc.report.render import Table, render, render_line
from gfe_mc.report.tables.choice import choice_table
from gfe_mc.report.tables.comparison import comparison_table
from gfe_mc.report.tables.criterion import criterion_table
from gfe_mc.report.tables.failures import failures_table
from gfe_mc.report.tables.figures import figures_table
from gfe_mc.report.tables.groups import groups_table
from gfe_mc.report.tables.inference import inference_table
from gfe_mc.report.tables.misses import misses_table
from gfe_mc.report.tables.ranking import ranking_table, rates_table, shares_table
from gfe_mc.report.tables.target import target_table
from gfe_mc.study.experiment import Experiment
from gfe_mc.whole import write_whole

TABLE = "table.md"
SUMMARY = "summary.csv"
BY_SIZE = "table_by_size"
"""Stem of the files of a paper's table."""
BY_SIZE_FILES = {f"{BY_SIZE}.tex": "latex", f"{BY_SIZE}.md": "markdown"}
LONG = 100
"""Rows of a table that a brief report leaves out."""


def tables(study: xr.Dataset, experiment: Experiment | None = None) -> list[Table]:
    """Make the tables of a study: ours beside the print, missed groupings, all figures.

    Parameters
    ----------
    study : xarray.Dataset
        Its dataset.
    experiment : Experiment, optional
        Its declaration, which knows of a user's own summaries; None where it is not at hand.
    """
    return [table for made in by_kind(study, experiment).values() for table in made]


def by_kind(study: xr.Dataset, experiment: Experiment | None = None) -> dict[str, list[Table]]:
    """Make the tables of a study, in their order, by what they are about.

    Parameters are those of `tables`. Kinds are print, layout, best, misses, choices, groups,
    inference, target, failures and figures, each where there is anything to say.
    """
    return _by_kind(study, Content.of(study, experiment))


def _by_kind(study: xr.Dataset, content: Content) -> dict[str, list[Table]]:
    """Make the tables of what there is to say."""
    said, own, report = described(study), content.own, content.report
    summary, choices = content.summary, content.choices
    made: dict[str, list[Table]] = {"print": _beside_print(study, content)}
    made["layout"] = [] if report.layout is None else report.layout.tables(summary)
    made |= {"best": _ranked(content), "misses": [], "choices": [], "groups": []}
    if report.misses:
        missing = pd.concat([missed(study, *pair) for pair in report.misses])
        made["misses"] = [misses_table(missing)]
    if choices is not None:
        table = choice_table if "path" in study else criterion_table
        made["choices"].append(table(choices))
    numbered = summary[summary["parameter"].str.isdigit()]
    if (numbered["statistic"] == CHOSEN).any():
        made["choices"].append(choice_table(numbered[numbered["statistic"] == CHOSEN]))
    if (numbered["statistic"] == SIZE).any():
        made["groups"] = [groups_table(numbered)]
    if (summary["inference"] != "none").any():
        made["inference"] = [inference_table(summary)]
    if "target" in said:
        made["target"] = [target_table(said["target"], _factors(study))]
    failed = failures(study)
    if len(failed):
        made["failures"] = [failures_table(failed)]
    titles = recorded.titles(study, own.metrics)
    made["figures"] = [figures_table(summary, titles, own.titles)]
    return {kind: those for kind, those in made.items() if those}


def _beside_print(study: xr.Dataset, content: Content) -> list[Table]:
    """Make a table of each printed name, with paired differences where two stand beside it."""
    printed = content.report.published
    if printed is None:
        return []
    asked = {name for alike in content.comparisons for name in alike}
    pair = next((pair for pair in content.report.misses if set(pair) <= asked), None)
    return [
        comparison_table(
            alike,
            printed,
            content.summary,
            paired(study, *pair) if pair and set(pair) <= set(alike) else None,
        )
        for alike in content.comparisons
    ]


def _ranked(content: Content) -> list[Table]:
    """Make tables of which estimator is best, and of rates, by each figure that is declared."""
    made, report = [], content.report
    for criterion in report.criteria:
        ranking = ranked(content.summary, criterion, infeasible=report.infeasible)
        rivals = ranking[~ranking["estimator"].isin(report.infeasible)]
        made += [ranking_table(ranking, criterion), shares_table(rivals, criterion)]
        if report.rates:
            slopes = rates(content.summary, criterion, report.rates)
            made += [rates_table(slopes, criterion)] if len(slopes) else []
    return made


def _factors(study: xr.Dataset) -> list[dict[str, object]]:
    """Factors of each cell."""
    labels = counts.labels(study)
    return [{name: value for name, value in label.items() if name != "cell"} for label in labels]


def figures(study: xr.Dataset, experiment: Experiment | None = None) -> pd.DataFrame:
    """Compute every figure of a study: its summary, and what criteria choose if it says so."""
    return Content.of(study, experiment).figures


def heading(study: xr.Dataset) -> str:
    """Say what was run: one paragraph."""
    provenance, said = json.loads(study.attrs["provenance"]), described(study)
    panel = provenance["panel"]
    runs = provenance["runs"]
    versions = sorted({f"gfe_mc {run['gfe_mc']}" for run in runs})
    inside = sum(run["seconds_inside_replications"] for run in runs)
    # A run says what it took when it ends.
    took = [f"{inside:.0f} s of computing"] if runs else []
    facts = [f"{_replications(study)} replications", f"seed {said['seed']}", *versions, *took]
    parts = [
        f"{said['experiment']}: {said['title']} ({said['source']}).",
        f"{', '.join(facts)}.",
    ]
    if "partial" in study.attrs:
        parts.insert(0, f"PARTIAL: {study.attrs['partial']}.")
    if panel is not None:
        parts.append(f"Calibrated to: {panel['label']}.")
    return " ".join(parts)


def _replications(study: xr.Dataset) -> str:
    """Say how many replications there are of a cell, or from how many to how many."""
    each = counts.attempted(study).sum(axis=2).max(axis=1)
    low, high = int(each.min()), int(each.max())
    return str(high) if low == high else f"{low} to {high}"


def render_report(
    study: xr.Dataset,
    format: str,  # noqa: A002
    *,
    brief: bool = False,
    experiment: Experiment | None = None,
) -> str:
    """Render heading and tables in one of the formats of `gfe_mc.report.render`.

    The brief report leaves out the last table, of all figures, where others show the figures of
    the print, or where it is long. CSV is the first table alone, without heading, so that programs
    can read it.
    """
    return _render(study, Content.of(study, experiment), format, brief=brief)


def _render(study: xr.Dataset, content: Content, form: str, *, brief: bool = False) -> str:
    """Render heading and tables."""
    made = [table for those in _by_kind(study, content).values() for table in those]
    if form == "csv":
        return render(made[0], form)
    printed = content.report.published is not None
    short = brief and made[1:] and (printed or len(made[-1].rows) > LONG)
    parts = [render(table, form) for table in (made[:-1] if short else made)]
    return "\n\n".join([render_line(heading(study), form), *parts]) + "\n"


def write_report(folder: Path, study: xr.Dataset, experiment: Experiment | None = None) -> None:
    """Write the tables of a study into its folder, and its figures for programs to read.

    `table.md`; `summary.csv`, every figure in long form; where there is a print `compared.csv`
    and `columns.csv`, of `gfe_mc.report.compared`; and where there is a table of a paper
    `table_by_size.tex` and `table_by_size.md`.
    """
    content = Content.of(study, experiment)
    texts = {
        TABLE: _render(study, content, "markdown"),
        SUMMARY: content.figures.to_csv(index=False),
        **content.beside_print(),
        **_by_size(content),
    }
    for name, text in texts.items():
        write_whole(folder / name, text.encode(errors="backslashreplace"))
    for name in {COMPARED, COLUMNS, *BY_SIZE_FILES} - set(texts):
        # Of a print, or a table, that the study has no more.
        (folder / name).unlink(missing_ok=True)


def _by_size(content: Content) -> dict[str, str]:
    """Return the files of a paper's table; none where none is declared."""
    layout = content.report.layout
    if layout is None:
        return {}
    made = layout.tables(content.summary)
    return {
        name: "\n".join(render(table, form) for table in made)
        for name, form in BY_SIZE_FILES.items()
    }


def draw_figures(folder: Path, study: xr.Dataset) -> list[Path]:
    """Draw the figures that the study declares into its folder; return what was written.

    Raises
    ------
    InputError
        Matplotlib is not installed.
    """
    names = Report.read(described(study)["report"]).figures
    return draw_all(study, names, folder)
