"""What a row holds of one replication, checked where it is made: nothing later can fail on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample
from gfe_mc.errors import require
from gfe_mc.fit import Fit, Status
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.metrics.variable import LONGEST_TEXT, Variable
from gfe_mc.study.block import CORE, INFERRED, SCORED, Values, variables_of
from gfe_mc.study.faults import in_line
from gfe_mc.study.method import Part

OF_FRAMEWORK = (Status.DGP_FAILED, Status.WORKER_LOST, Status.NOT_RUN, Status.TIME_LIMIT)
"""How no estimator can say that its fit ended: only the framework knows."""


def checked(variables: Mapping[str, Variable], values: Mapping[str, Any]) -> Values:
    """Return values as their variables store them; single ones as scalars.

    Raises
    ------
    InputError
        One that its variable cannot hold, or one that is not declared.
    """
    found: Values = {}
    for name, value in values.items():
        if name not in variables:
            raise KeyError(f"`{name}` is recorded, and not declared in `variables`")
        array = variables[name].checked(name, value)
        found[name] = array if array.ndim else array[()]
    return found


def require_sample(sample: Any) -> None:
    """Refuse what is no sample."""
    require(
        isinstance(sample, Sample) and isinstance(sample.panel, Panel),
        "A design must draw a Sample of a Panel and its truth",
        f"a {type(sample).__name__}",
        "Return Sample(Panel.from_arrays(y, x), Truth(theta))",
    )


def truth_of(parameters: np.ndarray) -> Values:
    """Return the values of a truth."""
    return checked(CORE, {"truth": parameters})


def require_fit(fit: Any, sample: Sample) -> None:
    """Refuse what is no fit of a sample.

    Raises
    ------
    InputError, ValueError
        It is none, or its slopes or groups are not those of a panel like this.
    """
    require(
        isinstance(fit, Fit),
        "An estimator must return a Fit",
        f"a {type(fit).__name__}",
        "Return Fit(theta=...)",
    )
    theta, groups = np.asarray(fit.theta), fit.groups
    _require_real("theta", theta)
    expected = np.shape(sample.truth.theta)
    # An estimator without slopes has none of the parameters that are made of them.
    if theta.shape != expected and theta.size:
        raise ValueError(f"theta has shape {theta.shape}, not {expected}")
    if groups is not None:
        _require_groups(np.asarray(groups), sample.panel.shape[0])


def fitted(fit: Fit, estimate: np.ndarray, seconds: float) -> Values:
    """Return the values of a fit, whose parameters were computed."""
    theta = np.asarray(fit.theta)
    status = Status(fit.status)
    require(
        status not in OF_FRAMEWORK,
        "The status of a fit must be one that an estimator can tell",
        status.name,
        "Raise an exception where there is no fit",
    )
    known = theta if theta.size else estimate
    # One that is not finite leaves the others as they are.
    if status.usable and known.size and not np.isfinite(known).any():
        status = Status.NOT_FINITE
    return checked(
        CORE,
        {
            "estimate": estimate,
            "objective": fit.objective,
            "n_best": fit.n_best,
            "n_tries": fit.n_tries,
            "seconds": seconds,
            "status": int(status),
            "message": "" if status == Status.SUCCESS else status.message,
        },
    )


def inferred(covariance: Any, fit: Fit) -> Values:
    """Return how inference ended that returned something, which is to be a covariance of the fit.

    Raises
    ------
    InputError, ValueError
        It is none, or not of this fit.
    """
    require(
        isinstance(covariance, Covariance),
        "An inference method must return a Covariance",
        f"a {type(covariance).__name__}",
        "Return Covariance(theta), or Covariance.failed(n_slopes, status)",
    )
    theta, n_slopes = np.asarray(covariance.theta), np.asarray(fit.theta).size
    _require_real("the covariance", theta)
    if theta.shape != (n_slopes, n_slopes):
        raise ValueError(f"the covariance has shape {theta.shape}")
    status = InferenceStatus(covariance.status)
    require(
        status != InferenceStatus.NOT_RUN,
        "The status of inference must be one that an inference method can tell",
        status.name,
        "Return the status that says how it ended",
    )
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(covariance.standard_errors).all()
    if status == InferenceStatus.SUCCESS and not finite:
        status = InferenceStatus.NOT_FINITE
    notes = covariance.notes
    said = notes if isinstance(notes, str) else "; ".join(notes)
    return checked(
        INFERRED,
        {
            "inference_status": int(status),
            "inference_message": in_line(said, LONGEST_TEXT - len("...")),
        },
    )


def scored(
    part: Part, variables: Mapping[str, Variable], recorded: Any, n_parameters: int
) -> Values:
    """Return the values that a metric recorded, those of one inference method as such."""
    of_part = variables_of(part, variables)
    values: Values = {}
    for name, array in checked(variables, dict(recorded)).items():
        own = array
        if part.inference:
            require(
                len(array) == 1,
                f"`{name}` must have an entry for each inference method that it is shown",
                f"{len(array)} entries for one",
                "Return one for each of `outcome.covariances`",
            )
            own = array[0]
        for dim, length in zip(of_part[name].dims, np.shape(own), strict=True):
            require(
                dim != "parameter" or length <= n_parameters,
                f"`{name}` must have an entry for each parameter",
                f"{length} for {n_parameters}",
                "Return as many, or name the dimension otherwise",
            )
        values[name] = own
    return values | checked(SCORED, {"metric_status": 0})


def _require_real(name: str, array: np.ndarray) -> None:
    require(
        array.dtype.kind in "biuf",
        f"{name} must be an array of real numbers",
        f"numbers of type {array.dtype}",
        "Return floating point numbers",
    )


def _require_groups(groups: np.ndarray, n_units: int) -> None:
    if groups.shape != (n_units,) or groups.dtype.kind not in "iu" or groups.min() < 0:
        raise ValueError(
            f"groups has shape {groups.shape} and type {groups.dtype}; "
            f"it must number the group of each of {n_units} units from 0"
        )
