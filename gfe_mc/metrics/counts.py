"""Which replications of a study count, and the labels of its cells.

A replication of a cell and estimator is *attempted* if it was asked for (its status is not
NOT_RUN); *used* if its search ended by its own rule or at its iteration limit and all its
estimates are finite; *failed* if it was attempted and is not used.
"""

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
VARIABLES = (
    "truth",
    "estimate",
    "objective",
    "misclassification",
    "misclassification_permutations",
    "n_best",
    "n_tries",
    "seconds",
    "status",
)
FURTHER = (
    "standard_error",
    "inference_status",
    "inference_seconds",
    "profiles",
    "true_profiles",
    "path",
    "n_groups",
    "slope_mse",
    "group_slopes",
    "group_errors",
    "group_sizes",
    "group_dispersion",
)
USABLE = (Status.SUCCESS, Status.ITERATION_LIMIT)


def loaded(study: xr.Dataset) -> xr.Dataset:
    """Load what figures are made of into memory.

    Raises
    ------
    InputError
        The study lacks one of the dimensions or variables of a study.
    """
    missing = [name for name in DIMENSIONS if name not in study.dims]
    missing += [name for name in VARIABLES if name not in study]
    require(not missing, "A study lacks dimensions or variables", missing, "Give all of them")
    return study[[*VARIABLES, *[name for name in FURTHER if name in study]]].compute()


def array(study: xr.Dataset, name: str) -> np.ndarray:
    """Values of a variable, its dimensions in the order of `ORDER`."""
    variable = study[name]
    return variable.transpose(*[d for d in ORDER if d in variable.dims]).to_numpy()


def attempted(study: xr.Dataset) -> np.ndarray:
    """Whether each replication was asked for, (cell, estimator, replication)."""
    asked: np.ndarray = array(study, "status") != Status.NOT_RUN
    return asked


def used(study: xr.Dataset) -> np.ndarray:
    """Whether each replication can be used, (cell, estimator, replication).

    A derived parameter that is not finite, at a unit root, say, leaves the others usable.
    """
    usable = np.isin(array(study, "status"), [int(status) for status in USABLE])
    usable &= np.isfinite(array(study, "estimate")).any(axis=3)
    return usable


def labels(study: xr.Dataset) -> list[dict[str, object]]:
    """Label of each cell: its number and its factors, the coordinates along `cell`."""
    names = [str(name) for name, values in study.coords.items() if values.dims == ("cell",)]
    names = ["cell", *[name for name in names if name != "cell"]]
    columns = [study[name].to_numpy().tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def position(study: xr.Dataset, estimator: str) -> int:
    """Position of an estimator in the study.

    Raises
    ------
    InputError
        The study has no estimator of that name.
    """
    names = [str(name) for name in study["estimator"].to_numpy()]
    require(estimator in names, "A study has no such estimator", estimator, f"It has {names}")
    return names.index(estimator)
