"""Blocks on disk, and the dataset that they become.

A study lives in one folder: `provenance.json` says what it is and how it was run; `blocks/` takes
finished blocks, each written once and whole; `replications.nc` holds the dataset. Blocks that are
in the dataset are removed, and a study that goes on adds new ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.study.block import EVERY, VARIABLES, Block, blank, common_shape, padded

if TYPE_CHECKING:
    from gfe_mc.study.experiment import Plan

PROVENANCE = "provenance.json"
DATASET = "replications.nc"
BLOCKS = "blocks"

_PLACE = {"cell", "factors", "name", "replications"}
"""What is described of an arm beside its identity."""

DIMS = ("cell", "estimator", "replication")

Rows = dict[str, np.ndarray]
"""For each variable that an arm has, an array with a row for each replication, from 0."""


@dataclass(frozen=True)
class Store:
    """A folder that holds a study; made by `open_store`."""

    folder: Path
    plan: Plan

    def write(self, block: Block) -> None:
        """Keep a finished block: all of it, or nothing."""
        numbers = block.replications
        name = f"{block.arm[:16]}-{numbers[0]:08d}-{numbers[-1]:08d}.npz"
        arrays: dict[str, Any] = {"arm": block.arm, "replications": numbers, "wall": block.wall}
        arrays |= {key: _without_objects(array) for key, array in block.values.items()}

        def save(file: BinaryIO) -> None:
            np.savez(file, **arrays)

        _write_whole(self.folder / BLOCKS / name, save)

    def read_provenance(self) -> dict[str, Any]:
        """Read what the folder says of its study: `study`, `panel`, `runs`."""
        return read_provenance(self.folder)

    def write_provenance(self, provenance: Mapping[str, Any]) -> None:
        """Replace what the folder says of its study."""
        _write_whole(self.folder / PROVENANCE, lambda file: file.write(_json(provenance)))

    def rows(self) -> dict[str, Rows]:
        """Everything that is finished, by key of the arm.

        Raises
        ------
        InputError
            A file of the store cannot be read.
        """
        n_parameters = len(self._parameters)
        rows = {key: _empty(n, n_parameters) for key, n in self.plan.planned.items()}
        if (self.folder / DATASET).exists():
            for key, stored in _read_dataset(self.folder / DATASET, self.plan).items():
                _merge(rows, key, np.arange(len(stored["status"])), stored)
        for path in sorted((self.folder / BLOCKS).glob("*.npz")):
            block = _read_block(path)
            _merge(rows, block.arm, block.replications, block.values)
        return rows

    def remaining(self) -> dict[str, list[int]]:
        """Replications that are planned and not finished, by key of the arm."""
        return {
            key: np.flatnonzero(rows["status"][: self.plan.planned[key]] == Status.NOT_RUN).tolist()
            for key, rows in self.rows().items()
        }

    def consolidate(self) -> xr.Dataset:
        """Write `replications.nc` from all that is finished, and drop the blocks that it holds."""
        blocks = sorted((self.folder / BLOCKS).glob("*.npz"))
        if not blocks and (self.folder / DATASET).exists():
            stored = load_dataset(self.folder / DATASET)
            before = json.loads(stored.attrs["provenance"])["study"]
            if _names(before) == _names(self.read_provenance()["study"]):
                return stored
        dataset = self.dataset()
        # Text as characters: as strings of varying length it would not be compressed.
        encoding: dict[str, dict[str, Any]] = {
            str(name): {"zlib": True, "complevel": 4}
            | ({"dtype": "S1"} if EVERY[str(name)].dtype == "O" else {})
            for name in dataset.data_vars
        }
        partial = self.folder / f"{DATASET}.partial"
        dataset.to_netcdf(partial, engine="netcdf4", encoding=encoding)
        os.replace(partial, self.folder / DATASET)
        for path in blocks:
            path.unlink()
        return dataset

    def dataset(self) -> xr.Dataset:
        """Return everything that is finished as one dataset, in the order of the grid."""
        plan, rows = self.plan, self.rows()
        cells = plan.cells
        estimators = list(dict.fromkeys(name for cell in cells for name in cell.arms))
        inference = list(
            dict.fromkeys(name for arm in plan.arms.values() for name in arm.arm.inference)
        )
        n_replications = max(len(arm["status"]) for arm in rows.values())
        sizes = _sizes(rows) | ({"inference": len(inference)} if inference else {})
        variables: dict[str, Any] = {}
        for name, variable in EVERY.items():
            if not any(name in arm for arm in rows.values()):
                continue
            inner = tuple(sizes[dim] for dim in variable.dims)
            outer: tuple[int, ...] = (len(cells), n_replications)
            dims: tuple[str, ...] = ("cell", "replication")
            if not variable.of_sample:
                outer, dims = (len(cells), len(estimators), n_replications), DIMS
            array = blank(name, (*outer, *inner))
            for c, cell in enumerate(cells):
                for estimator, arm in cell.arms.items():
                    if name in rows[arm.key]:
                        stored = rows[arm.key][name]
                        if "inference" in variable.dims:
                            stored = _spread(name, stored, list(arm.arm.inference), inference)
                        stored = padded(name, stored, (len(stored), *inner))
                        if variable.of_sample:
                            drawn = np.isfinite(stored).reshape(len(stored), -1).any(axis=1)
                            array[c, : len(stored)][drawn] = stored[drawn]
                        else:
                            array[c, estimators.index(estimator), : len(stored)] = stored
            variables[name] = ((*dims, *variable.dims), array)
        dataset = xr.Dataset(
            variables,
            coords={
                "cell": np.arange(len(cells)),
                "estimator": estimators,
                "replication": np.arange(n_replications),
                "parameter": self._parameters,
                **({"inference": inference} if inference else {}),
                **{
                    factor: ("cell", np.array([cell.factors[factor] for cell in cells]))
                    for factor in cells[0].factors
                },
            },
            attrs={
                "title": plan.experiment.title,
                "source": plan.experiment.source,
                "provenance": json.dumps(self.read_provenance(), sort_keys=True),
                "arms": json.dumps(
                    {
                        arm.key: [cell.number, name]
                        for cell in cells
                        for name, arm in cell.arms.items()
                    }
                ),
            },
        )
        _describe(dataset)
        return dataset

    @property
    def _parameters(self) -> list[str]:
        return [*self.plan.experiment.parameters, *self.plan.experiment.derived]


def stored_rows(folder: Path, plan: Plan) -> dict[str, Rows]:
    """Read what a folder holds of a plan, by key of the arm, without touching the folder.

    Raises
    ------
    InputError
        The folder holds no study, or one of another design.
    """
    _refuse_other_design(folder, read_provenance(folder)["study"], plan.describe())
    return Store(folder, plan).rows()


def open_store(folder: Path, plan: Plan) -> Store:
    """Open the folder of a study, or make it.

    A study may gain cells, estimators and replications: nothing that is finished changes.

    Raises
    ------
    InputError
        The folder cannot be written, or holds results that are no part of the plan.
    """
    store = Store(folder, plan)
    provenance: dict[str, Any] = {"study": plan.describe(), "panel": None, "runs": []}
    try:
        (folder / BLOCKS).mkdir(parents=True, exist_ok=True)
        if (folder / PROVENANCE).exists():
            stored = store.read_provenance()
            if (folder / DATASET).exists() or any((folder / BLOCKS).glob("*.npz")):
                _refuse_other_design(folder, stored["study"], provenance["study"])
            provenance["panel"], provenance["runs"] = stored["panel"], stored["runs"]
        elif (folder / DATASET).exists():
            raise InputError(
                "A folder with results must say what they are",
                f"{folder} with {DATASET} but without {PROVENANCE}",
                "Restore that file, or choose another --output",
            )
        store.write_provenance(provenance)
        for partial in folder.rglob("*.partial"):
            partial.unlink()
    except OSError as error:
        raise InputError(
            "The output folder must be writable", f"{folder}: {error}", "Choose another --output"
        ) from None
    return store


def read_provenance(folder: Path) -> dict[str, Any]:
    """Read what a folder of results says that they are.

    Raises
    ------
    InputError
        The folder does not hold a study.
    """
    try:
        provenance: dict[str, Any] = json.loads((folder / PROVENANCE).read_text())
    except (OSError, ValueError) as error:
        raise InputError(
            "The folder must hold a study", f"{folder}: {error}", "Run it first, or name its folder"
        ) from None
    return provenance


def load_dataset(path: Path) -> xr.Dataset:
    """Read a dataset of replications into memory."""
    try:
        with xr.open_dataset(path, engine="netcdf4") as dataset:
            return dataset.load()
    except (OSError, ValueError) as error:
        raise InputError(
            "The dataset must be readable", f"{path}: {error}", "Restore it, or delete it"
        ) from None


def _refuse_other_design(
    folder: Path, stored: Mapping[str, Any], described: Mapping[str, Any]
) -> None:
    for key, arm in stored["arms"].items():
        if key in described["arms"]:
            continue
        same_place = [
            other
            for other in described["arms"].values()
            if (other["factors"], other["name"]) == (arm["factors"], arm["name"])
        ]
        where = f"estimator {arm['name']} at {arm['factors']}"
        differs = [
            part
            for other in same_place
            for part in sorted({*other, *arm} - _PLACE)
            if other.get(part) != arm.get(part)
        ]
        raise InputError(
            "The output folder must belong to the same design, seed and version",
            f"{folder}, whose results for {where} "
            + (f"differ in: {', '.join(differs)}" if differs else "are no part of this study"),
            "Give the panel and options that it was made with, or another --output",
        )


def _names(study: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says of a study, which may change without any number changing."""
    return {
        key: sorted(value) if key == "arms" else value
        for key, value in study.items()
        if key != "replications"
    }


def _empty(n: int, n_parameters: int) -> Rows:
    """Return n rows of what every study records, nothing in them."""
    inner = {"parameter": n_parameters}
    return {
        name: blank(name, (n, *[inner[dim] for dim in variable.dims]))
        for name, variable in VARIABLES.items()
    }


def _merge(rows: dict[str, Rows], key: str, numbers: np.ndarray, values: Rows) -> None:
    """Put stored replications into their rows; those beyond the plan are kept as well."""
    arm = rows[key]
    n = max(len(arm["status"]), int(numbers.max(initial=-1)) + 1)
    run = values["status"] != Status.NOT_RUN
    for name in {*arm, *values}:
        shapes = [part[name].shape[1:] for part in (arm, values) if name in part]
        inner = common_shape(shapes)
        arm[name] = padded(name, arm.get(name, blank(name, (0, *inner))), (n, *inner))
        if name in values:
            stored = values[name][run]
            arm[name][numbers[run]] = padded(name, stored, (len(stored), *inner))


def _sizes(rows: Mapping[str, Rows]) -> dict[str, int]:
    """Largest size of each dimension, over all variables that have it."""
    sizes: dict[str, int] = {}
    for arm in rows.values():
        for name, array in arm.items():
            for dim, size in zip(EVERY[name].dims, array.shape[1:], strict=True):
                sizes[dim] = max(sizes.get(dim, 0), size)
    return sizes


def _spread(name: str, stored: np.ndarray, own: list[str], every: list[str]) -> np.ndarray:
    """Put an arm's inference methods, the second dimension, where they are among all."""
    whole = blank(name, (len(stored), len(every), *stored.shape[2:]))
    whole[:, [every.index(method) for method in own]] = stored
    return whole


def _describe(dataset: xr.Dataset) -> None:
    """Say in the dataset what its codes and units are."""
    for name, codes in (("status", Status), ("inference_status", InferenceStatus)):
        if name in dataset:
            dataset[name].attrs = {
                "flag_values": np.array([int(status) for status in codes], "i1"),
                "flag_meanings": " ".join(status.name for status in codes),
            }
    for name, whose in (("seconds", "estimator"), ("inference_seconds", "inference method")):
        if name in dataset:
            dataset[name].attrs = {"units": "s", "long_name": f"CPU seconds of the {whose}"}


def _read_dataset(path: Path, plan: Plan) -> dict[str, Rows]:
    """Read the rows of a dataset back, by key of the arm."""
    dataset = load_dataset(path)
    stored: dict[str, Rows] = {}
    for key, (cell, estimator) in json.loads(dataset.attrs["arms"]).items():
        part = dataset.sel(cell=cell, estimator=estimator)
        methods = list(plan.arms[key].arm.inference)
        stored[key] = {}
        for name in EVERY:
            if name in part and (methods or "inference" not in EVERY[name].dims):
                one = part[name]
                own = one.sel(inference=methods) if "inference" in one.dims else one
                stored[key][name] = own.to_numpy()
    return stored


def _read_block(path: Path) -> Block:
    try:
        with path.open("rb") as file, np.load(file) as stored:
            values = {name: stored[name] for name in EVERY if name in stored}
            return Block(str(stored["arm"]), stored["replications"], values, float(stored["wall"]))
    except Exception as error:
        raise InputError(
            "Every block file must be whole",
            f"{path}: {error}",
            "Delete that file; its replications are then run again, and no other",
        ) from None


def _without_objects(array: np.ndarray) -> np.ndarray:
    """Text as fixed-width text: a file of plain arrays can be read without unpickling."""
    return array.astype(np.str_) if array.dtype == object else array


def _write_whole(path: Path, save: Callable[[BinaryIO], Any]) -> None:
    """Write a file so that it is there whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        save(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()
