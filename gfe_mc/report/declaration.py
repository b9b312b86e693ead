"""What is made of a study, declared: no part of what its numbers depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gfe_mc.errors import require
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.published.loader import published
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.figures.catalogue import NAMES
from gfe_mc.report.tables.by_size import SizeTable
from gfe_mc.selection.criterion import PENALTIES

_NAMES = ("compared", "penalties", "figures", "rates", "infeasible")
"""Fields that are tuples of names."""


@dataclass(frozen=True)
class Report:
    """Report of a study: the printed table it is set beside, further tables and figures.

    Parameters
    ----------
    published : PublishedTable, optional
        The printed table, if there is one.
    misses : tuple of (str, str), default ()
        Pairs of estimators: how often did the first miss a better grouping that the second found?
    compared : tuple of str, default ()
        Estimators, by name, whose figures are set beside the print; all that run on every
        replication if left out.
    penalties : tuple of str, default ()
        Names of `gfe_mc.selection.criterion.PENALTIES`: what each criterion chooses is reported,
        along the paths of `ChosenGFE` or across cells that differ in the factor G.
    figures : tuple of str, default ()
        Names of figures, of `gfe_mc.report.figures.catalogue`.
    criteria : tuple of Criterion, default ()
        Figures by which estimators are ranked in each cell.
    infeasible : tuple of str, default ()
        Names of estimators that know what no data tell, such as an oracle's: they stand beside the
        others, and are not ranked.
    rates : tuple of str, default ()
        Factors, such as N and T, in whose logarithms the slopes of the criteria's are reported.
    layout : SizeTable, optional
        The table of a paper, written as `table_by_size.tex` and `table_by_size.md`.

    Raises
    ------
    InputError
        A table, criterion or figure that there is not, or text in the place of a tuple.

    Examples
    --------
    >>> from gfe_mc import Criterion, Report
    >>> report = Report(
    ...     criteria=(Criterion("rmse", "theta1"),),
    ...     rates=("N", "T"),
    ...     infeasible=("oracle",),
    ...     figures=("best_map", "by_size"),
    ... )
    >>> sorted(report.estimators_named())
    ['oracle']
    >>> Report.read(report.describe()) == report
    True
    """

    published: PublishedTable | None = None
    misses: tuple[tuple[str, str], ...] = ()
    compared: tuple[str, ...] = ()
    penalties: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    rates: tuple[str, ...] = ()
    infeasible: tuple[str, ...] = ()
    layout: SizeTable | None = None

    def __post_init__(self) -> None:
        for what in (*_NAMES, "misses", "criteria"):
            value = getattr(self, what)
            require(
                isinstance(value, tuple | list),
                f"`{what}` must be a tuple",
                repr(value),
                f"Give ({value!r},)",
            )
        for pair in self.misses:
            require(
                isinstance(pair, tuple | list) and len(pair) == 2 and pair[0] != pair[1],
                "`misses` must hold pairs of different estimators",
                repr(pair),
                "Give (the one that may have missed, the one that may have found)",
            )
        for criterion in self.criteria:
            require(
                isinstance(criterion, Criterion),
                "`criteria` must hold figures by which estimators are ranked",
                repr(criterion),
                'Give (Criterion("rmse", "theta1"), Criterion("misclassification_percent"))',
            )
        for what, known in (("penalties", PENALTIES), ("figures", NAMES)):
            for name in getattr(self, what):
                require(
                    name in known,
                    f"`{what}` must be known",
                    repr(name),
                    f"Give some of {', '.join(known)}",
                )
        require(
            self.layout is None or isinstance(self.layout, SizeTable),
            "`layout` must be the table of a paper",
            repr(self.layout),
            'Give SizeTable((Criterion("bias", "theta1"), Criterion("rmse", "theta1")))',
        )
        if self.published is not None:
            require(
                isinstance(self.published, PublishedTable),
                "`published` must be a PublishedTable",
                repr(self.published),
                "Give PublishedTable(name, keys={...})",
            )
            published(self.published.table)

    def estimators_named(self) -> set[str]:
        """Return the estimators that it names."""
        return {*self.compared, *self.infeasible, *(name for pair in self.misses for name in pair)}

    def of_some(self, kept: frozenset[str]) -> Report:
        """Return what is left to report where only some of the estimators are run."""
        return replace(
            self,
            misses=tuple(pair for pair in self.misses if kept >= set(pair)),
            compared=tuple(name for name in self.compared if name in kept),
            infeasible=tuple(name for name in self.infeasible if name in kept),
        )

    def describe(self) -> dict[str, Any]:
        """Return what it says, as JSON can hold it."""
        return {
            "published": None if self.published is None else asdict(self.published),
            "misses": [list(pair) for pair in self.misses],
            **{name: list(getattr(self, name)) for name in _NAMES},
            "criteria": [asdict(criterion) for criterion in self.criteria],
            "layout": None if self.layout is None else self.layout.describe(),
        }

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> Report:
        """Return the report that `describe` described; an empty one if it says nothing."""
        printed, layout = described.get("published"), described.get("layout")
        if printed is not None:
            printed = PublishedTable(**{**printed, "ignored": tuple(printed.get("ignored", ()))})
        return cls(
            published=printed,
            misses=tuple((one, other) for one, other in described.get("misses", [])),
            **{name: tuple(described.get(name, [])) for name in _NAMES},
            criteria=tuple(Criterion(**one) for one in described.get("criteria", [])),
            layout=None if layout is None else SizeTable.read(layout),
        )
