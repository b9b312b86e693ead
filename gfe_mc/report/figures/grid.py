"""A study as a comparison over N, T and other factors: what its figures are drawn of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.summary import factors, summarize_study
from gfe_mc.report.figures.labels import common, name_of, replications
from gfe_mc.report.others import others_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Part = TypeVar("Part")
Sheet = Callable[[], "Figure"]
"""What draws one of several figures of a name."""
SIZES = ("N", "T")
_LONGEST = 30


@dataclass(frozen=True, eq=False)
class Grid:
    """Cells of a study by N, T and what else they differ in, with every figure of them.

    Attributes
    ----------
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`, with influences of all estimators.
    criteria : tuple of Criterion
        What the study says estimators are compared by.
    estimators : tuple of str
        Their names, in the order of the study.
    cells : pandas.DataFrame
        A row a cell: `cell`, `N`, `T`, and the `others`, in the order of the study.
    others : tuple of str
        Factors other than N and T in which cells differ; not those that are another name of them.
    infeasible : tuple of str
        Estimators that are no rivals of the others.
    says : tuple of str
        How many replications there are, and what all cells have in common.
    """

    summary: pd.DataFrame
    criteria: tuple[Criterion, ...]
    estimators: tuple[str, ...]
    cells: pd.DataFrame
    others: tuple[str, ...]
    infeasible: tuple[str, ...]
    says: tuple[str, ...]

    @classmethod
    def of(cls, study: xr.Dataset) -> Grid:
        """Compute it from a dataset.

        Raises
        ------
        InputError
            The study names no criteria, has no sizes of panels, or neither N nor T differs.
        """
        study = counts.loaded(study)
        criteria = criteria_of(study)
        names = [str(name) for name in study["estimator"].to_numpy()]
        summary = summarize_study(study, influences=names)
        cells = summary.drop_duplicates("cell")[["cell", *factors(summary)]]
        require(
            set(SIZES) <= set(cells.columns) and any(cells[name].nunique() > 1 for name in SIZES),
            "A comparison by size must be of panels that differ in N or T",
            "a study of one size" if set(SIZES) <= set(cells.columns) else "a study without sizes",
            "Draw one whose cells differ in them",
        )
        others = others_of(cells, SIZES)
        every = list(range(len(names)))
        says = tuple(filter(None, (replications(study, every), common(study))))
        infeasible = tuple(_reported(study).get("infeasible", ()))
        return cls(summary, criteria, tuple(names), cells, others, infeasible, says)

    @property
    def panels(self) -> dict[str, pd.DataFrame]:
        """Cells by what they have in common beside N and T, such as "G = 3, errors = normal"."""
        labels = pd.Series("", index=self.cells.index)
        for name in self.others:
            part = self.cells[name].map(lambda value, of=name: f"{name_of(of)} = {name_of(value)}")
            labels = part if (labels == "").all() else labels + ", " + part
        return {str(label): own for label, own in self.cells.groupby(labels, sort=False)}

    def sizes(self, name: str) -> list[Any]:
        """Values of N, or of T, in their order."""
        return sorted(self.cells[name].unique().tolist())

    def only(self, cells: pd.DataFrame) -> Grid:
        """Return the same with some of its cells."""
        return replace(self, cells=cells)

    def figures(self, criterion: Criterion) -> pd.DataFrame:
        """Return a figure in every cell and for every estimator: `loss` and the summary's."""
        return criterion.of(self.summary)

    def without(self, frame: pd.DataFrame, column: str = "value") -> str:
        """Say which estimators lack a figure in some of the cells; nothing if none does."""
        here = frame[frame["cell"].isin(self.cells["cell"])]
        known = here[here[column].notna()].groupby("estimator")["cell"].nunique()
        every = len(self.cells)
        lacking = [(name, every - int(known.get(name, 0))) for name in self.estimators]
        words = [f"{shown(name)} in {number}" for name, number in lacking if number]
        return f"Without the figure, of {every} cells: {', '.join(words)}" if words else ""


def criteria_of(study: xr.Dataset) -> tuple[Criterion, ...]:
    """Return the figures by which a study says that estimators are compared.

    Raises
    ------
    InputError
        It names none.
    """
    named = tuple(Criterion(**one) for one in _reported(study).get("criteria", []))
    require(
        bool(named),
        "The study must say by what estimators are compared",
        "none",
        'Give its Report such as criteria=(Criterion("rmse", "theta1"),)',
    )
    return named


def _reported(study: xr.Dataset) -> dict[str, Any]:
    """What a study says is made of it."""
    provenance: dict[str, Any] = json.loads(study.attrs.get("provenance", "{}"))
    said: dict[str, Any] = provenance.get("study", {}).get("report", {})
    return said


def shown(estimator: str) -> str:
    """Return the name of an estimator as it is drawn."""
    if len(estimator) > _LONGEST:
        estimator = f"{estimator[: _LONGEST - 1]}\u2026"
    return name_of(estimator)


def stem(criterion: Criterion) -> str:
    """Return a criterion as a part of the name of a file."""
    words = [criterion.statistic, criterion.parameter, criterion.inference]
    return "_".join(re.sub(r"\W+", "_", word) for word in words if word != "none")


def sheets_of(parts: Sequence[Part], most: int) -> Iterator[Sequence[Part]]:
    """Divide what is drawn into pages of nearly the same length."""
    number = -(-len(parts) // most)
    each = -(-len(parts) // number)
    for start in range(0, len(parts), each):
        yield parts[start : start + each]
