"""The target of a study: which errors it was to reach, and where it was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.render import Table
from gfe_mc.study.precision import whose

Target = Mapping[str, Any]
"""What a study's description says of its target."""


def target_table(target: Target, factors: Sequence[Mapping[str, object]]) -> Table:
    """Make a table of a target: a row a cell and figure.

    Parameters
    ----------
    target : mapping of str to object
        What the study's description says of it.
    factors : sequence of mapping of str to object
        Factors of each cell, by their names.
    """
    rows = []
    for one in target["cells"]:
        label = [str(value) for value in factors[one["cell"]].values()]
        error = ABSENT if one["error"] is None else alone(one["error"], 2)
        reached = "yes" if one["reached"] else f"no: {_needed(one)}"
        numbers = [f"{one['bound']:g}", error, str(one["replications"]), reached]
        rows.append((*label, one["goal"], whose(one), *numbers))
    steps = [str(step["replications"]) for step in target["path"]]
    return Table(
        "Target",
        (*factors[0], "figure", "of", "bound", "error", "replications", "reached"),
        tuple(rows),
        (
            "Of: the method and parameter whose error was largest. A cell ends where the errors of "
            f"all are at most the bound; asked at {', '.join(steps)} replications of it.",
            "The error of a share is that of Wilson's interval where this is larger.",
        ),
    )


def missed_targets(target: Target) -> list[str]:
    """Say of each figure that did not reach its bound how far it is away: where it is farthest."""
    said = []
    for goal in target["goals"]:
        every = [one for one in target["cells"] if one["goal"] == goal]
        short = [one for one in every if not one["reached"]]
        if short:
            worst = max(
                short, key=lambda one: float("inf") if one["error"] is None else one["error"]
            )
            error = "not known" if worst["error"] is None else alone(worst["error"], 2)
            said.append(
                f"The target is not reached within {target['maximum']} replications: {goal} misses "
                f"{worst['bound']:g} in {len(short)} of {len(every)} cells, by most in cell "
                f"{worst['cell']} ({whose(worst)}): error {error}; {_needed(worst)} "
                f"(--max-replications)."
            )
    return said


def _needed(one: Mapping[str, Any]) -> str:
    """Say how many replications it would take."""
    needed = one["needed"]
    return "nobody knows what it takes" if needed is None else f"it would take about {needed}"
