"""An experiment with everything decided: its cells, their methods, and how many replications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gfe_mc.study.method import Declared, Keyed, described

if TYPE_CHECKING:
    from gfe_mc.study.experiment import Experiment
    from gfe_mc.study.target import Target


@dataclass(frozen=True)
class Cell:
    """One DGP at one point of the grid, and the methods that run there.

    Attributes
    ----------
    number : int
        Position in the grid.
    factors : mapping of str to object
        Values of the factors as they are written, and the N and T of its panels.
    methods : mapping of str to Keyed
        By name of the estimator.
    replications : mapping of str to int
        By name of the estimator, how many are planned.
    """

    number: int
    factors: Mapping[str, Any]
    methods: Mapping[str, Keyed]
    replications: Mapping[str, int]


@dataclass(frozen=True)
class Plan:
    """An experiment with everything decided: ready to run.

    Attributes
    ----------
    experiment : Experiment
        What is run.
    cells : tuple of Cell
        The cells of the grid, in its order.
    replications : int
        Number of replications of each cell; of the one that has most.
    seed : int
        Root seed.
    start : int, default 0
        The first replication that is run: those before are run elsewhere.
    target : Target, optional
        What decides how many replications of a cell are run, up to those that are planned.
    path : mapping of str to object, optional
        The decisions that were taken so far, as JSON can hold them.
    """

    experiment: Experiment
    cells: tuple[Cell, ...]
    replications: int
    seed: int
    start: int = 0
    target: Target | None = None
    path: Mapping[str, Any] | None = None

    @cached_property
    def methods(self) -> dict[str, Keyed]:
        """All methods by key, in the order of the grid."""
        return {one.key: one for cell in self.cells for one in cell.methods.values()}

    @cached_property
    def planned(self) -> dict[str, int]:
        """Replications planned for each method, by key."""
        return {
            one.key: cell.replications[name]
            for cell in self.cells
            for name, one in cell.methods.items()
        }

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of the estimator of each method, by key."""
        return {one.key: name for cell in self.cells for name, one in cell.methods.items()}

    @property
    def variables(self) -> Declared:
        """What each metric records, by its name: the same in every cell."""
        return next(iter(self.methods.values())).variables

    def sized(self, sizes: Mapping[int, int], path: Mapping[str, Any] | None = None) -> Plan:
        """Return the plan with other numbers of replications.

        Parameters
        ----------
        sizes : mapping of int to int
            Replications by number of the cell; estimators of the first ones only have no more.
        path : mapping of str to object, optional
            The decisions that led there.
        """
        cells = tuple(
            replace(
                cell,
                replications={
                    name: limited(self.experiment, name, sizes[cell.number])
                    for name in cell.methods
                },
            )
            for cell in self.cells
        )
        return replace(self, cells=cells, replications=max(sizes.values()), path=path)

    def describe(self) -> dict[str, Any]:
        """Return what the study is, as JSON can hold it: options in words, and keys."""
        declared = self.experiment
        parameters = declared.reported()
        report = declared.report
        target = {} if self.target is None else {**self.target.describe(), **(self.path or {})}
        return {
            **({"target": target} if target else {}),
            "experiment": declared.name,
            "title": declared.title,
            "source": declared.source,
            "parameters": parameters.names,
            "slopes": len(parameters.slopes),
            "replications": self.replications,
            "seed": self.seed,
            **({"start": self.start} if self.start else {}),
            "first": dict(declared.first),
            "report": {} if report is None else report.describe(),
            "methods": [
                {
                    "cell": cell.number,
                    "factors": {name: described(value) for name, value in cell.factors.items()},
                    "name": name,
                    "replications": cell.replications[name],
                    "estimator": described(one.method.estimator),
                    "inference": {
                        key: described(value) for key, value in one.method.inference.items()
                    },
                    "record": {key: described(value) for key, value in one.method.record.items()},
                    "depends_on": one.method.identity,
                }
                for cell in self.cells
                for name, one in cell.methods.items()
            ],
        }


def limited(experiment: Experiment, estimator: str, replications: int) -> int:
    """Return how many of so many replications an estimator runs on."""
    return min(replications, experiment.first.get(estimator, replications))
