"""Prior information on groups from columns of a file: probabilities, or the group of each unit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gfe_mc.data.checks import numbers
from gfe_mc.data.panel import Panel
from gfe_mc.data.periods import sorted_entries
from gfe_mc.errors import InputError, is_number, require
from gfe_mc.estimators.profiles.possible import require_probabilities
from gfe_mc.estimators.profiles.prior import Prior


def prior_of_columns(
    panel: Panel,
    values: Mapping[str, np.ndarray],
    n_groups: int,
    strength: float | None = None,
    weight: float | None = None,
) -> tuple[Prior, str]:
    """Return prior information as columns have it, and a sentence that says which group is which.

    Several columns are probabilities, one a group in their order. A single one names the group of
    each unit: that has the probability `strength`, and the others share the rest; units without a
    name have the same probability in all groups. Groups are in the sorted order of their names,
    and those without one come last.

    Parameters
    ----------
    panel : Panel
        The panel.
    values : mapping of str to (N,) array
        Columns by name, as by `gfe_mc.data.unit_values.read_unit_values`.
    n_groups : int
        Number of groups G.
    strength : float, optional
        Probability of the group that a single column names, above 1 / G; 1 makes it certain.
    weight : float, optional
        C, as in `Prior`.

    Raises
    ------
    InputError
        Not as many columns as groups; a unit whose probabilities are missing, below zero or do not
        add up to 1, which is named; more names than groups; or a strength that is missing, or too
        much.
    """
    if len(values) == 1:
        (name, labels), *_ = values.items()
        probabilities, said = _of_names(name, labels, n_groups, strength)
        return Prior(probabilities, weight), said
    require(
        strength is None,
        "A strength is for a single column, which names the group of each unit",
        f"{strength} with {len(values)} columns of probabilities",
        "Leave it out",
    )
    require(
        len(values) == n_groups,
        "There must be a column of prior probabilities for each group",
        f"{len(values)} columns for {n_groups} groups",
        "Give one a group, or a single one with the names of groups and a strength",
    )
    probabilities = np.column_stack(
        [_probabilities(panel, name, column) for name, column in values.items()]
    )
    require_probabilities(panel, probabilities)
    return Prior(probabilities, weight), f"Groups are those of the columns {_listed([*values])}."


def _probabilities(panel: Panel, name: str, column: np.ndarray) -> np.ndarray:
    missing = [str(u) for u, value in zip(panel.units, column, strict=True) if value is None]
    if missing:
        raise InputError(
            "Every unit must have a prior probability of each group",
            f"none in `{name}` for {', '.join(missing[:5])}",
            "Give 1 / G in each where nothing is known",
        )
    return numbers(column, name, 1)


def _of_names(
    name: str, labels: np.ndarray, n_groups: int, strength: float | None
) -> tuple[np.ndarray, str]:
    """Probabilities (N, G) of the groups that a column names, and which these are."""
    if strength is None:
        raise InputError(
            "A single column of a prior names the group of each unit, with a strength",
            f"`{name}` without",
            "Give its probability, such as 0.9, or a column of probabilities for each group",
        )
    require(
        is_number(strength) and 1.0 / n_groups < strength <= 1.0,
        "The strength of a prior must be a probability above that of any group",
        f"{strength!r} with {n_groups} groups",
        f"Give more than {1.0 / n_groups:.3g}, up to 1",
    )
    entries = sorted_entries(list({label for label in labels if label is not None}), name)
    require(
        0 < len(entries) <= n_groups,
        f"`{name}` must name groups, no more than there are",
        f"{len(entries)} names for {n_groups} groups",
        f"Give `groups` from {len(entries)}, or name fewer" if entries else "Name some",
    )
    number = {entry: g for g, entry in enumerate(entries)}
    probabilities = np.full((len(labels), n_groups), (1.0 - strength) / (n_groups - 1))
    for i, label in enumerate(labels):
        if label is None:
            probabilities[i] = 1.0 / n_groups
        else:
            probabilities[i, number[label]] = strength
    return probabilities, f"Groups are those that {name} names: {_listed(entries)}."


def _listed(names: list) -> str:
    return ", ".join(
        f"{g} {name:g}" if isinstance(name, float) else f"{g} {name}"
        for g, name in enumerate(names, start=1)
    )
