"""Which replications of a study count, and the labels of its cells.

A replication of a cell and estimator is *attempted* if it was asked for (its status is not
NOT_RUN); *used* if its search ended by its own rule or at its iteration limit and all its
estimates are finite; *failed* if it was attempted and is not used.
"""

import json

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.fit import Status

DIMENSIONS = ("cell", "estimator", "replication", "parameter")
ORDER = (
    "cell",
    "estimator",
    "replication",
    "inference",
    "group",
    "period",
    "slope",
    "number_of_groups",
    "parameter",
)
CORE = ("truth", "estimate", "objective", "n_best", "n_tries", "seconds", "status")
"""What every study has."""
USABLE = tuple(status for status in Status if status.usable)


def loaded(study: xr.Dataset) -> xr.Dataset:
    """Load what figures are made of into memory.

    Raises
    ------
    InputError
        The study lacks one of the dimensions or variables of a study.
    """
    missing = [name for name in DIMENSIONS if name not in study.dims]
    missing += [name for name in CORE if name not in study]
    require(not missing, "A study lacks dimensions or variables", missing, "Give all of them")
    figures = [name for name in study.data_vars if study[name].dtype.kind in "biuf"]
    return study[figures].compute()


def array(study: xr.Dataset, name: str) -> np.ndarray:
    """Return the values of a variable, its dimensions in the order of `ORDER`."""
    variable = study.variables[name]  # Without coordinates, which cost more than the values.
    known = [dim for dim in ORDER if dim in variable.dims]
    # Dimensions that only a user's own metric has keep their order.
    return variable.transpose(*known, *[d for d in variable.dims if d not in known]).to_numpy()


def attempted(study: xr.Dataset) -> np.ndarray:
    """Return whether each replication was asked for, (cell, estimator, replication)."""
    asked: np.ndarray = array(study, "status") != Status.NOT_RUN
    return asked


def used(study: xr.Dataset) -> np.ndarray:
    """Return whether each replication can be used, (cell, estimator, replication).

    A derived parameter that is not finite, at a unit root, say, leaves the others usable.
    """
    usable = np.isin(array(study, "status"), [int(status) for status in USABLE])
    usable &= np.isfinite(array(study, "estimate")).any(axis=3)
    return usable


def labels(study: xr.Dataset) -> list[dict[str, object]]:
    """Return the label of each cell: its number and its factors, the coordinates along `cell`."""
    names = [str(name) for name, values in study.coords.items() if values.dims == ("cell",)]
    names = ["cell", *[name for name in names if name != "cell"]]
    columns = [study[name].to_numpy().tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def designs(study: xr.Dataset) -> list[str]:
    """Return what names the samples of each cell: cells of one design and seed have the same.

    Cells of a dataset that does not say are of designs of their own.
    """
    own = [f"cell {label['cell']}" for label in labels(study)]
    described = json.loads(study.attrs.get("provenance", "{}")).get("study", {})
    for method in described.get("methods", []):
        on = method.get("depends_on", {})
        if "dgp" in on and 0 <= method["cell"] < len(own):
            own[method["cell"]] = f"{on['dgp']} {on.get('seed')}"
    return own


def position(study: xr.Dataset, estimator: str) -> int:
    """Return the position of an estimator in the study.

    Raises
    ------
    InputError
        The study has no estimator of that name.
    """
    names = [str(name) for name in study["estimator"].to_numpy()]
    require(estimator in names, "A study has no such estimator", estimator, f"It has {names}")
    return names.index(estimator)
