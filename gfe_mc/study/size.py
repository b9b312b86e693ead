"""How much memory a study takes, before it takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil

from gfe_mc.errors import require
from gfe_mc.metrics.variable import INFERENCE, Variable
from gfe_mc.study.block import CORE, INFERRED, SCORED

if TYPE_CHECKING:
    from gfe_mc.study.plan import Plan

COPIES = 2
"""Results are in memory as rows of their parts, and as the dataset that is made of them."""


def require_room(plan: Plan) -> Plan:
    """Return a plan whose results fit into the memory of this machine.

    Raises
    ------
    InputError
        They do not.
    """
    each = COPIES * bytes_each(plan)
    there = int(psutil.virtual_memory().total)
    require(
        each * plan.replications <= there,
        "The results of a study must fit into memory",
        f"{plan.replications} replications of {each} bytes each, for {there / 1e9:.1f} GB",
        f"Give at most {there // each} replications, or fewer cells and estimators",
    )
    return plan


def bytes_each(plan: Plan) -> int:
    """Return how many bytes a replication takes of the dataset, over all cells and estimators.

    Dimensions of a metric's own count as one, so that it is no more than the dataset will take.
    """
    estimators = len({name for cell in plan.cells for name in cell.methods})
    inference = {name for one in plan.methods.values() for name in one.method.inference}
    sizes = {
        "parameter": len(plan.experiment.reported().names),
        INFERENCE: len(inference),
    }
    own = [variable for one in plan.variables.values() for variable in one.values()]
    bytes_of_all = (
        sum(_bytes(one, sizes, estimators) for one in (*CORE.values(), *own))
        + sum(_bytes(one, sizes, estimators) for one in INFERRED.values()) * len(inference)
        + sum(_bytes(one, sizes, estimators) for one in SCORED.values()) * len(plan.variables)
    )
    return bytes_of_all * len(plan.cells)


def _bytes(variable: Variable, sizes: dict[str, int], estimators: int) -> int:
    """Bytes of a variable, of one replication of one cell."""
    size = variable.stored.itemsize * (1 if variable.of_sample else estimators)
    for dim in variable.dims:
        size *= sizes.get(dim, 1)
    return size
