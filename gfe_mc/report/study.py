"""The tables of a study, from its store alone: nothing is run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from gfe_mc.metrics import counts, recorded
from gfe_mc.metrics.choice import across_cells, along_paths
from gfe_mc.metrics.failures import failures
from gfe_mc.metrics.group_slopes import SIZE
from gfe_mc.metrics.number_of_groups import CHOSEN
from gfe_mc.metrics.paired import missed, paired
from gfe_mc.metrics.statistic import Statistic
from gfe_mc.metrics.summary import summarize
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.compare import compare_all
from gfe_mc.report.declaration import Report
from gfe_mc.report.figures.catalogue import draw
from gfe_mc.report.render import Table, render, render_line
from gfe_mc.report.tables.choice import choice_table
from gfe_mc.report.tables.comparison import comparison_table
from gfe_mc.report.tables.criterion import criterion_table
from gfe_mc.report.tables.failures import failures_table
from gfe_mc.report.tables.figures import figures_table
from gfe_mc.report.tables.groups import groups_table
from gfe_mc.report.tables.inference import inference_table
from gfe_mc.report.tables.misses import misses_table
from gfe_mc.report.tables.target import target_table
from gfe_mc.selection.criterion import PENALTIES
from gfe_mc.study.experiment import Experiment
from gfe_mc.whole import write_whole

TABLE = "table.md"
SUMMARY = "summary.csv"
LONG = 100
"""Rows of a table that a brief report leaves out."""


@dataclass(frozen=True)
class Own:
    """What only the declaration of a study knows of its summary.

    Attributes
    ----------
    metrics : mapping of str to object, optional
        A user's own metrics by name, where they say how they are summarised.
    statistics : mapping of str to Statistic, optional
        Further summaries of parameters by name.
    """

    metrics: Mapping[str, Any] = field(default_factory=dict)
    statistics: Mapping[str, Statistic] = field(default_factory=dict)

    @classmethod
    def of(cls, experiment: Experiment | None) -> Own:
        """Return what an experiment knows; nothing if there is none."""
        return cls() if experiment is None else cls(experiment.metrics(), experiment.summaries())

    @property
    def titles(self) -> dict[str, str]:
        """Headings of the further summaries."""
        return {name: one.title or name.replace("_", " ") for name, one in self.statistics.items()}


def described(study: xr.Dataset) -> dict[str, Any]:
    """Return what a dataset says of its study: of `Plan.describe`."""
    said: dict[str, Any] = json.loads(study.attrs["provenance"])["study"]
    return said


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

    Parameters are those of `tables`. Kinds are print, misses, choices, groups, inference, target,
    failures and figures, each where there is anything to say.
    """
    said, own = described(study), Own.of(experiment)
    report = Report.read(said["report"])
    asked = _compared(study, report)
    summary = summarize(study, own.metrics, own.statistics, influences=asked)
    choices = _choices(study, influences=bool(asked))
    made: dict[str, list[Table]] = {"print": [], "misses": [], "choices": [], "groups": []}
    if report.published is not None:
        every = summary if choices is None else pd.concat([summary, choices], ignore_index=True)
        made["print"] = _beside_print(study, report, every, summary, asked)
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


def _beside_print(
    study: xr.Dataset,
    report: Report,
    every: pd.DataFrame,
    summary: pd.DataFrame,
    whole: Sequence[str],
) -> list[Table]:
    """Set estimators beside the print, those together that have one printed name."""
    printed = report.published
    assert printed is not None
    pair = next((pair for pair in report.misses if set(pair) <= set(whole)), None)
    return [
        comparison_table(
            compare_all(every, printed, alike),
            printed,
            summary,
            paired(study, *pair) if pair and set(pair) <= set(alike) else None,
        )
        for alike in _printed_alike(printed, whole)
    ]


def _compared(study: xr.Dataset, report: Report) -> list[str]:
    """Estimators that are set beside the print."""
    printed = report.published
    if printed is None:
        return []
    first, names = described(study)["first"], map(str, study["estimator"].to_numpy())
    return list(report.compared) or [n for n in names if n not in first and printed.has(n)]


def _factors(study: xr.Dataset) -> list[dict[str, object]]:
    """Factors of each cell."""
    labels = counts.labels(study)
    return [{name: value for name, value in label.items() if name != "cell"} for label in labels]


def _printed_alike(printed: PublishedTable, estimators: Sequence[str]) -> list[list[str]]:
    """Put estimators together that have one printed name."""
    together: dict[str, list[str]] = {}
    for name in estimators:
        together.setdefault(printed.name_of(name), []).append(name)
    return list(together.values())


def figures(study: xr.Dataset, experiment: Experiment | None = None) -> pd.DataFrame:
    """Compute every figure of a study: its summary, and what criteria choose if it says so."""
    own = Own.of(experiment)
    summary, choices = summarize(study, own.metrics, own.statistics), _choices(study)
    return summary if choices is None else pd.concat([summary, choices], ignore_index=True)


def _choices(study: xr.Dataset, *, influences: bool = False) -> pd.DataFrame | None:
    """What the criteria that the study names choose; None if it names none."""
    said = described(study)
    names = Report.read(said["report"]).penalties
    if not names:
        return None
    penalties = {name: PENALTIES[name] for name in names}
    choose = along_paths if "path" in study else across_cells
    return choose(study, penalties, said["slopes"], influences=influences)


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
    made = tables(study, experiment)
    if format == "csv":
        return render(made[0], format)
    printed = described(study)["report"].get("published") is not None
    short = brief and made[1:] and (printed or len(made[-1].rows) > LONG)
    parts = [render(table, format) for table in (made[:-1] if short else made)]
    return "\n\n".join([render_line(heading(study), format), *parts]) + "\n"


def write_report(folder: Path, study: xr.Dataset, experiment: Experiment | None = None) -> None:
    """Write `table.md` and `summary.csv`, every figure in long form, into the folder of a study."""
    table = render_report(study, "markdown", experiment=experiment)
    summary = figures(study, experiment).to_csv(index=False)
    for name, text in ((TABLE, table), (SUMMARY, summary)):
        write_whole(folder / name, text.encode(errors="backslashreplace"))


def draw_figures(folder: Path, study: xr.Dataset) -> list[Path]:
    """Draw the figures that the study declares into its folder; return what was written.

    Raises
    ------
    InputError
        Matplotlib is not installed.
    """
    names = Report.read(described(study)["report"]).figures
    return [path for name in names for path in draw(study, name, folder)]
