"""The dataset of a study: all that is finished as one, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.metrics.texts import with_numbers, with_texts
from gfe_mc.metrics.variable import INFERENCE, Variable
from gfe_mc.study.block import CORE, INFERRED, NO_FIT, SCORED
from gfe_mc.study.layout import Laid, Layout
from gfe_mc.study.method import FIT, Part
from gfe_mc.study.pool import Pool, Rows
from gfe_mc.study.uninterrupted import uninterrupted
from gfe_mc.study.validity import require_study
from gfe_mc.whole import check_seal, of_results, seal, taking_place

FINISHING = "Interrupted while the dataset is written, which is done first."
"""What the user is told at an interrupt of `write_dataset`."""


def load_dataset(path: Path) -> xr.Dataset:
    """Read the dataset of a study into memory.

    Raises
    ------
    InputError
        It cannot be read, or is not as it was written.
    """
    try:
        dataset = read_dataset(path)
        require_study(dataset)
    except Exception as error:  # a file that is damaged fails in many ways
        raise InputError(
            "The dataset must be as it was written",
            f"{path}: {type(error).__name__}: {error}",
            "Restore it from a copy; or delete it, and its replications are run again",
        ) from None
    return dataset


def read_dataset(path: Path) -> xr.Dataset:
    """Read what `write_dataset` wrote; errors are those of the libraries, and `DamagedError`."""
    check_seal(path)
    # NetCDF's library looks for a lock that an interrupt would leave taken.
    with uninterrupted(), xr.open_dataset(path, engine="netcdf4") as dataset:
        return with_texts(dataset.load())


def write_dataset(dataset: xr.Dataset, path: Path, note: Callable[[], object] = list) -> None:
    """Write a dataset, compressed, and read it back: it is there as it is in memory, or not at all.

    Parameters
    ----------
    dataset : xarray.Dataset
        From `make_dataset`.
    path : Path
        The file.
    note : callable, optional
        Is called at an interrupt, which waits until the dataset is written.

    Raises
    ------
    InputError
        It cannot be written, or is not read back as it was.
    """
    plain = with_numbers(dataset)
    encoding = {
        str(name): {"zlib": True, "complevel": 4}
        for name in plain.data_vars
        if plain[name].dtype.kind in "biuf"
    }
    with uninterrupted(note), of_results(path), taking_place(path) as partial:
        try:
            plain.to_netcdf(partial, engine="netcdf4", encoding=encoding)
        except RuntimeError as error:  # what the library makes of a full disk, among others
            raise OSError(str(error)) from error
        seal(partial)
        if not read_dataset(partial).identical(dataset):
            raise InputError(
                "The dataset must be read as it was written",
                f"another one from {path}",
                "Check the disk; finished blocks are kept, and the same run goes on from there",
            )


def rows_of(layout: Layout, pool: Pool, method: Laid) -> dict[Part, tuple[Rows, np.ndarray]]:
    """Rows of every part of a method, at least as many as planned, and which are finished."""
    twins = layout.twins(method)
    found = {
        part: pool.find(key, layout.variables(part), method.planned, method.estimator, twins)
        for part, key in method.parts.items()
    }
    fitted, done = found[FIT]
    status = fitted["status"]
    for part, (rows, own) in found.items():
        if part == FIT:
            continue
        whole = np.zeros(max(len(own), len(done)), bool)
        whole[: len(own)] = own
        # There is nothing to be had where there is no fit.
        whole[: len(done)] |= done & np.isin(status, [int(code) for code in NO_FIT])
        found[part] = rows, whole
    return found


def make_dataset(layout: Layout, pool: Pool, provenance: Mapping[str, Any]) -> xr.Dataset:
    """Put everything that is finished of a study together, in the order of the grid."""
    found = [(cell, one, rows_of(layout, pool, one)) for cell, one in layout.every()]
    whole = {name: declared for name, _, declared in _declared(layout)}
    n_replications = max(len(parts[FIT][1]) for _, _, parts in found)
    outer = {
        "cell": len(layout.factors),
        "estimator": len(layout.estimators),
        "replication": n_replications,
    }
    coordinates = {"inference": layout.inference, "metric": tuple(layout.record)}
    sizes = _sizes(layout, [parts for _, _, parts in found])
    sizes |= {name: len(one) for name, one in coordinates.items()}
    variables: dict[str, Any] = {}
    for name, variable in whole.items():
        dims = tuple(dim for dim in outer if not (variable.of_sample and dim == "estimator"))
        shape = tuple(outer[dim] for dim in dims)
        inner = tuple(sizes.get(dim, 0) for dim in variable.dims)
        if 0 in inner:
            continue
        variables[name] = ((*dims, *variable.dims), variable.empty((*shape, *inner)))
    places = {name: n for n, name in enumerate(layout.estimators)}
    for c, method, parts in found:
        for part, (rows, _) in parts.items():
            for variable_name, values in rows.items():
                if variable_name in variables:
                    target = variables[variable_name][1]
                    variable = whole[variable_name]
                    place = places[method.estimator]
                    _place(target, variable, part, values, c, place, coordinates)
    dataset = xr.Dataset(
        variables,
        coords={
            "cell": np.arange(len(layout.factors)),
            "estimator": list(layout.estimators),
            "replication": np.arange(n_replications),
            "parameter": list(layout.parameters),
            **{name: list(one) for name, one in coordinates.items() if one},
            **{
                factor: ("cell", np.array([cell[factor] for cell in layout.factors]))
                for factor in layout.factors[0]
            },
        },
        attrs={
            "title": layout.title,
            "source": layout.source,
            "provenance": json.dumps(provenance, sort_keys=True),
            "methods": json.dumps(
                [
                    {"cell": cell, "estimator": one.estimator, "keys": _listed(one)}
                    for cell, one in layout.every()
                ]
            ),
        },
    )
    _describe(dataset, layout)
    return dataset


def _listed(method: Laid) -> list[list[str]]:
    return [[*part, key] for part, key in method.parts.items()]


def _declared(layout: Layout) -> Iterator[tuple[str, str, Variable]]:
    """All variables that a study records, with the dimensions that they have in its dataset."""
    for name, variable in CORE.items():
        yield name, "", variable
    if layout.inference:
        for name, variable in INFERRED.items():
            yield name, "", _along(variable, INFERENCE)
    if layout.record:
        for name, variable in SCORED.items():
            yield name, "", _along(variable, "metric")
    for metric_name, declared in layout.record.items():
        for name, variable in declared.items():
            yield name, metric_name, variable


def _along(variable: Variable, dim: str) -> Variable:
    return replace(variable, dims=(dim, *variable.dims))


def _sizes(
    layout: Layout, found: Sequence[Mapping[Part, tuple[Rows, np.ndarray]]]
) -> dict[str, int]:
    """Largest size of each dimension, over all variables that have it."""
    sizes: dict[str, int] = {}
    for parts in found:
        for part, (rows, _) in parts.items():
            for name, variable in layout.variables(part).items():
                for dim, size in zip(variable.dims, rows[name].shape[1:], strict=True):
                    sizes[dim] = max(sizes.get(dim, 0), size)
    sizes["parameter"] = len(layout.parameters)
    return sizes


def _place(
    target: np.ndarray,
    variable: Variable,
    part: Part,
    values: np.ndarray,
    cell: int,
    estimator: int,
    coordinates: Mapping[str, Sequence[str]],
) -> None:
    """Put the rows of a part where they belong in the array of a variable."""
    n = len(values)
    if variable.of_sample:
        whole = target[cell]
        padded = variable.padded(values, (n, *whole.shape[1:]))
        drawn = variable.has_values(padded).reshape(n, -1).any(axis=1)
        whole[:n][drawn] = padded[drawn]
        return
    own = target[cell, estimator]
    slot: int | None = None
    if variable.dims[:1] == (INFERENCE,):
        slot = coordinates["inference"].index(part.inference or part.name)
    elif variable.dims[:1] == ("metric",):
        slot = coordinates["metric"].index(part.name)
    if slot is None:
        own[:n] = variable.padded(values, (n, *own.shape[1:]))
        return
    place = own[:n, slot]
    if part.inference and variable.dims[:1] == ("metric",):
        # A metric that has an entry for each inference method is as well as the worst of them.
        values = _worse(place, values)
    own[:n, slot] = variable.padded(values, place.shape)


def _worse(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    if before.dtype == object:
        return np.where(now == "", before, now)
    order = [MetricStatus.NOT_RUN, MetricStatus.NO_FIT, MetricStatus.SUCCESS]
    rank = {int(code): n for n, code in enumerate([*order, MetricStatus.METRIC_FAILED])}
    ranked = np.vectorize(rank.__getitem__, otypes=[int])
    if not len(now):
        return now
    return np.where(ranked(now) > ranked(before), now, before)


def _describe(dataset: xr.Dataset, layout: Layout) -> None:
    """Say in the dataset what its variables, codes and units are."""
    codes = {
        "status": Status,
        "inference_status": InferenceStatus,
        "metric_status": MetricStatus,
    }
    for name, metric, variable in _declared(layout):
        if name not in dataset:
            continue
        attrs: dict[str, Any] = {"long_name": variable.title or name.replace("_", " ")}
        if variable.units:
            attrs["units"] = variable.units
        if metric:
            attrs |= {
                "metric": metric,
                "type": variable.dtype,
                "of_sample": int(variable.of_sample),
            }
            if variable.fill is not None:
                attrs["fill"] = variable.fill
        if name in codes:
            attrs["flag_values"] = np.array([int(status) for status in codes[name]], "i1")
            attrs["flag_meanings"] = " ".join(status.name for status in codes[name])
        dataset[name].attrs = attrs
