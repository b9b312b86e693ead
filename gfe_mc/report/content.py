"""What there is to say of a study, from its store alone: figures, choices, comparisons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr

from gfe_mc.metrics.choice import across_cells, along_paths
from gfe_mc.metrics.statistic import Statistic
from gfe_mc.metrics.summary import INFLUENCES, summarize_study
from gfe_mc.report.compared import (
    COLUMNS,
    COMPARED,
    Comparisons,
    columns_compared,
    compare_methods,
    figures_compared,
)
from gfe_mc.report.declaration import Report
from gfe_mc.selection.criterion import PENALTIES
from gfe_mc.study.experiment import Experiment


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


@dataclass(frozen=True, eq=False)
class Content:
    """What there is to say of a study, computed once.

    Attributes
    ----------
    own : Own
        What only its declaration knows.
    report : Report
        What is to be made of it.
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`, with influences where there is a print
        or estimators are ranked.
    choices : pandas.DataFrame or None
        What criteria choose, in the columns of the summary; None if the report names none.
    comparisons : sequence of mapping of str to pandas.DataFrame
        Of `gfe_mc.report.compared.compare_methods`; empty where there is no print.
    """

    own: Own
    report: Report
    summary: pd.DataFrame
    choices: pd.DataFrame | None
    comparisons: Comparisons

    @classmethod
    def of(cls, study: xr.Dataset, experiment: Experiment | None = None) -> Content:
        """Compute it from a dataset, and the declaration where it is at hand."""
        own, report = Own.of(experiment), Report.read(described(study)["report"])
        asked = _compared(study, report)
        wanted = [str(n) for n in study["estimator"].to_numpy()] if report.criteria else asked
        summary = summarize_study(study, own.metrics, own.statistics, influences=wanted)
        choices = _choices(study, influences=bool(wanted))
        made: Comparisons = ()
        if report.published is not None:
            made = compare_methods(_together(summary, choices), report.published, asked)
        return cls(own, report, summary, choices, made)

    @property
    def figures(self) -> pd.DataFrame:
        """Every figure, choices among them, without what each replication adds to its error."""
        every = _together(self.summary, self.choices)
        return every.drop(columns=[name for name in INFLUENCES if name in every])

    def beside_print(self) -> dict[str, str]:
        """Return the files for programs of what stands beside the print; none where nothing."""
        printed = self.report.published
        if printed is None or not self.comparisons:
            return {}
        made = {COMPARED: figures_compared, COLUMNS: columns_compared}
        return {n: of(self.comparisons, printed).to_csv(index=False) for n, of in made.items()}


def _compared(study: xr.Dataset, report: Report) -> list[str]:
    """Estimators that are set beside the print."""
    printed = report.published
    if printed is None:
        return []
    first, names = described(study)["first"], map(str, study["estimator"].to_numpy())
    return list(report.compared) or [n for n in names if n not in first and printed.has(n)]


def _together(summary: pd.DataFrame, choices: pd.DataFrame | None) -> pd.DataFrame:
    """Put figures and choices together."""
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
