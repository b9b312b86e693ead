"""What a study would cost, method by method, and how many replications its target needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.render import Table
from gfe_mc.report.tables.check import duration
from gfe_mc.study.precision import whose

if TYPE_CHECKING:
    from gfe_mc.study.cost import Cost
    from gfe_mc.study.simulation import Simulated

UNKNOWN = "unknown"
_USEFUL = 0.5
"""Share of the workers' time in replications below which there are more than are of use."""


def cost_table(cost: Cost, workers: int) -> Table:
    """Make a table of what a study would cost: a row a method.

    Parameters
    ----------
    cost : Cost
        Of `gfe_mc.study.cost.cost_of`.
    workers : int
        How many replications would run at once.
    """
    names = list(cost.methods[0].factors)
    found = cost.on(workers)
    rows = []
    for one in cost.methods:
        label = [*[str(one.factors[name]) for name in names], one.estimator]
        each = ABSENT if one.seconds is None else alone(one.seconds, 2)
        total = duration(one.total) if one.missing else ABSENT
        said = "; ".join(dict.fromkeys(one.faults)) or ABSENT
        rows.append((*label, str(one.planned), str(one.missing), each, total, said))
    return Table(
        "What the study would cost",
        (*names, "estimator", "replications", "missing", "seconds each", "all missing", "raised"),
        tuple(rows),
        (
            f"Seconds each: median of up to {cost.pilots} pilot replications, alone on one thread "
            "of this machine. All missing: by their mean.",
            f"All that is missing: {duration(cost.seconds)} of computing, "
            f"{alone(cost.seconds / 3600, 2)} CPU hours; about {duration(found.wall)} on {workers} "
            f"like it at once, by a simulation of {found.blocks} blocks, and compiling.",
            *_idle(found, workers),
        ),
    )


def _idle(found: Simulated, workers: int) -> list[str]:
    """Say that there are more workers than are of use, if there are."""
    if found.blocks == 0 or found.busy > _USEFUL:
        return []
    return [
        f"{workers} workers would be in replications for {100 * found.busy:.0f} % of the time: "
        "fewer would do."
    ]


def needs_table(cost: Cost) -> Table:
    """Make a table of how many replications a target needs: a row a cell and figure.

    Parameters
    ----------
    cost : Cost
        Of a plan with a target.
    """
    names = list(cost.factors[0])
    rows = []
    for one in cost.needs:
        label = [str(cost.factors[one.cell][name]) for name in names]
        error = UNKNOWN if one.error is None else alone(one.error, 2)
        needed = UNKNOWN if one.needed is None else str(one.needed)
        numbers = [f"{one.bound:g}", error, str(one.replications), needed]
        rows.append((*label, one.goal, whose(one.describe()), *numbers))
    return Table(
        "What the target needs",
        (*names, "figure", "of", "bound", "error now", "replications now", "needed"),
        tuple(rows),
        (
            "Of: the method and parameter that have most to go. Needed: as the error falls with "
            "the root of the replications, of which there are few yet; for a share, by the middle "
            "of its interval.",
            "Unknown: nothing varied yet, or there is no error. The cost is then that of the most "
            "that there may be.",
        ),
    )
