"""The tables of a study, from its store alone: nothing is run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics.choice import across_cells, along_paths
from gfe_mc.metrics.failures import failures
from gfe_mc.metrics.groups import CHOSEN, SIZE
from gfe_mc.metrics.paired import missed, paired
from gfe_mc.metrics.summary import summarize
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.compare import compare
from gfe_mc.report.figures.catalogue import draw
from gfe_mc.report.render import Table, render
from gfe_mc.report.tables import (
    choice_table,
    comparison_table,
    criterion_table,
    failures_table,
    figures_table,
    groups_table,
    inference_table,
    misses_table,
)
from gfe_mc.selection.criterion import PENALTIES
from gfe_mc.study.store import DATASET, load_dataset, read_provenance

RESULTS = Path("results")
TABLE = "table.md"
SUMMARY = "summary.csv"


def read_study(folder: Path) -> xr.Dataset:
    """Read the dataset of a study from its folder.

    Raises
    ------
    InputError
        The folder holds no study, or no finished dataset.
    """
    study = read_provenance(folder)["study"]
    require(
        (folder / DATASET).exists(),
        "The study must be complete",
        f"{folder}, whose run was stopped, or whose {DATASET} was left out for its size",
        f"Run it again, it goes on from there: gfe-mc run {study['experiment']}",
    )
    return load_dataset(folder / DATASET)


def find_folder(name: str, *, missing_ok: bool = False) -> Path:
    """Return the folder of a study's results: those of a panel, else the synthetic ones.

    Raises
    ------
    InputError
        There are none, unless `missing_ok`.
    """
    stem = Path(name).stem
    candidates = [RESULTS / stem, RESULTS / f"{stem}-synthetic"]
    for folder in candidates:
        if folder.is_dir():
            return folder
    require(
        missing_ok,
        f"There must be results of {stem}",
        f"no {' and no '.join(map(str, candidates))}",
        f"Run it first: gfe-mc run {name}; or name their folder by --output",
    )
    return candidates[0]


def tables(study: xr.Dataset) -> list[Table]:
    """Make the tables of a study: ours beside the print, missed groupings, all figures."""
    provenance = json.loads(study.attrs["provenance"])
    described = provenance["study"]
    summary, choices = summarize(study), _choices(study)
    misses: list[tuple[str, str]] = [(one, other) for one, other in described["misses"]]
    made = []
    if described["published"] is not None:
        printed = PublishedTable(**described["published"])
        whole = described.get("compared") or [
            name
            for name in summary["estimator"].unique()
            if name not in described["first"] and printed.has(name)
        ]
        pair = next((pair for pair in misses if set(pair) <= set(whole)), None)
        every = summary if choices is None else pd.concat([summary, choices], ignore_index=True)
        made += [
            comparison_table(
                {name: compare(every, printed, name) for name in alike},
                printed,
                summary,
                paired(study, *pair) if pair and set(pair) <= set(alike) else None,
            )
            for alike in _printed_alike(printed, whole)
        ]
    if misses:
        made.append(misses_table(pd.concat([missed(study, *pair) for pair in misses])))
    if choices is not None:
        made.append(choice_table(choices) if "path" in study else criterion_table(choices))
    if (summary["statistic"] == CHOSEN).any():
        made.append(choice_table(summary[summary["statistic"] == CHOSEN]))
    if (summary["statistic"] == SIZE).any():
        made.append(groups_table(summary))
    if (summary["inference"] != "none").any():
        made.append(inference_table(summary))
    failed = failures(study)
    if len(failed):
        made.append(failures_table(failed))
    made.append(figures_table(summary))
    return made


def _printed_alike(printed: PublishedTable, estimators: Sequence[str]) -> list[list[str]]:
    """Put estimators together that have one printed name."""
    together: dict[str, list[str]] = {}
    for name in estimators:
        together.setdefault(printed.name_of(name), []).append(name)
    return list(together.values())


def figures(study: xr.Dataset) -> pd.DataFrame:
    """Compute every figure of a study: its summary, and what criteria choose if it says so."""
    summary, choices = summarize(study), _choices(study)
    return summary if choices is None else pd.concat([summary, choices], ignore_index=True)


def _choices(study: xr.Dataset) -> pd.DataFrame | None:
    """What the criteria that the study names choose; None if it names none."""
    choice = json.loads(study.attrs["provenance"])["study"].get("choice")
    if choice is None:
        return None
    penalties = {name: PENALTIES[name] for name in choice["penalties"]}
    choose = along_paths if "path" in study else across_cells
    return choose(study, penalties, choice["slopes"])


def heading(study: xr.Dataset) -> str:
    """Say what was run: one paragraph."""
    provenance = json.loads(study.attrs["provenance"])
    described: dict[str, Any] = provenance["study"]
    panel = provenance["panel"]
    runs = provenance["runs"]
    versions = sorted({f"gfe_mc {run['gfe_mc']}" for run in runs})
    inside = sum(run["seconds_inside_replications"] for run in runs)
    parts = [
        f"{described['experiment']}: {described['title']} ({described['source']}).",
        f"{study.sizes['replication']} replications, seed {described['seed']}, "
        f"{', '.join(versions)}, {inside:.0f} s of computing.",
    ]
    if panel is not None:
        parts.append(f"Calibrated to: {panel['label']}.")
    return " ".join(parts)


def render_report(study: xr.Dataset, format: str, *, brief: bool = False) -> str:  # noqa: A002
    """Render heading and tables in one of the formats of `gfe_mc.report.render`.

    The brief report leaves out the last table, of all figures. CSV is the first table alone,
    without heading, so that programs can read it.
    """
    made = tables(study)
    if format == "csv":
        return render(made[0], format)
    parts = [render(table, format) for table in (made[:-1] if brief and made[1:] else made)]
    return "\n\n".join([_heading(heading(study), format), *parts]) + "\n"


def write_report(folder: Path, study: xr.Dataset) -> None:
    """Write `table.md` and `summary.csv`, every figure in long form, into the folder of a study."""
    (folder / TABLE).write_text(render_report(study, "markdown"))
    figures(study).to_csv(folder / SUMMARY, index=False)


def draw_figures(folder: Path, study: xr.Dataset) -> list[Path]:
    """Draw the figures that the study declares into its folder; return what was written.

    Raises
    ------
    InputError
        Matplotlib is not installed.
    """
    names = json.loads(study.attrs["provenance"])["study"].get("figures", [])
    return [path for name in names for path in draw(study, name, folder)]


def _heading(text: str, format: str) -> str:  # noqa: A002
    if format == "latex":
        return "\n".join(f"% {line}" for line in text.splitlines())
    if format == "html":
        from html import escape

        return f"<p>{escape(text)}</p>"
    return text
