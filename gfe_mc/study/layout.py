"""How the dataset of a study is laid out: its cells, methods and metrics, without what computes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xarray as xr

from gfe_mc.metrics import recorded
from gfe_mc.metrics.variable import Variable
from gfe_mc.study.block import variables_of
from gfe_mc.study.method import FIT, Declared, Part

if TYPE_CHECKING:
    from gfe_mc.study.plan import Plan


@dataclass(frozen=True)
class Laid:
    """Method as a dataset has it.

    Attributes
    ----------
    estimator : str
        Its name.
    parts : mapping of Part to str
        Key of each of its parts.
    planned : int
        Replications that are planned of it.
    """

    estimator: str
    parts: Mapping[Part, str]
    planned: int


@dataclass(frozen=True)
class Layout:
    """Layout of the dataset of a study.

    Attributes
    ----------
    title, source : str
        What the study is about, and where it is published.
    parameters : tuple of str
        Names of the parameters.
    factors : tuple of mapping of str to object
        Factors of each cell.
    methods : tuple of tuple of Laid
        Methods of each cell.
    estimators, inference : tuple of str
        Their names in order.
    record : mapping of str to mapping of str to Variable
        What each metric records, by its name.
    """

    title: str
    source: str
    parameters: tuple[str, ...]
    factors: tuple[Mapping[str, Any], ...]
    methods: tuple[tuple[Laid, ...], ...]
    estimators: tuple[str, ...]
    inference: tuple[str, ...]
    record: Declared

    @classmethod
    def of(cls, plan: Plan) -> Layout:
        """Return the layout of a plan's dataset."""
        inference = [name for one in plan.methods.values() for name in one.method.inference]
        return cls(
            plan.experiment.title,
            plan.experiment.source,
            tuple(plan.experiment.reported().names),
            tuple(cell.factors for cell in plan.cells),
            tuple(
                tuple(
                    Laid(name, keyed.parts, cell.replications[name])
                    for name, keyed in cell.methods.items()
                )
                for cell in plan.cells
            ),
            tuple(dict.fromkeys(name for cell in plan.cells for name in cell.methods)),
            tuple(dict.fromkeys(inference)),
            plan.variables,
        )

    @classmethod
    def read(cls, dataset: xr.Dataset, planned: Mapping[tuple[int, str], int]) -> Layout:
        """Return the layout of a dataset.

        Parameters
        ----------
        dataset : xarray.Dataset
            As it is stored.
        planned : mapping of (int, str) to int
            Replications that are planned, by cell and name of the estimator.
        """
        names = [str(name) for name in dataset.coords if dataset[name].dims == ("cell",)]
        columns = {name: dataset[name].to_numpy().tolist() for name in names if name != "cell"}
        n_cells = dataset.sizes["cell"]
        methods: list[list[Laid]] = [[] for _ in range(n_cells)]
        for cell, estimator, parts in stored_methods(dataset):
            methods[cell].append(Laid(estimator, parts, planned[cell, estimator]))
        return cls(
            dataset.attrs["title"],
            dataset.attrs["source"],
            _names(dataset, "parameter"),
            tuple({name: one[c] for name, one in columns.items()} for c in range(n_cells)),
            tuple(map(tuple, methods)),
            _names(dataset, "estimator"),
            _names(dataset, "inference"),
            _record(dataset),
        )

    def every(self) -> Iterator[tuple[int, Laid]]:
        """Go through all methods, each with the number of its cell, in the order of the grid."""
        for cell, methods in enumerate(self.methods):
            for one in methods:
                yield cell, one

    def twins(self, method: Laid) -> set[str]:
        """Return the names of the other estimators that have the same fit."""
        key = method.parts[FIT]
        names = {one.estimator for _, one in self.every() if one.parts[FIT] == key}
        return names - {method.estimator}

    def variables(self, part: Part) -> Mapping[str, Variable]:
        """Return the variables of a part, without the dimension of inference methods."""
        return variables_of(part, self.record.get(part.name))


def stored_methods(dataset: xr.Dataset) -> Iterator[tuple[int, str, dict[Part, str]]]:
    """Read of each method of a dataset its cell, its estimator and the keys of its parts."""
    for one in json.loads(dataset.attrs["methods"]):
        yield one["cell"], one["estimator"], {Part(*names): key for *names, key in one["keys"]}


def _names(dataset: xr.Dataset, dim: str) -> tuple[str, ...]:
    return tuple(map(str, dataset[dim].to_numpy())) if dim in dataset.coords else ()


def _record(dataset: xr.Dataset) -> dict[str, dict[str, Variable]]:
    """What each metric of a dataset records, in the order in which it has them."""
    found: dict[str, dict[str, Variable]] = {name: {} for name in _names(dataset, "metric")}
    for variable in map(str, dataset.data_vars):
        name = recorded.owner(dataset, variable)
        if name is not None:
            found[name][variable] = recorded.declared(dataset, variable)
    return found
