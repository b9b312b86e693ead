"""Groups that are given to an estimator: one whole number a unit, from 0, none left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require


def checked_groups(given: Any) -> tuple[int, ...]:
    """Return given groups as a tuple.

    Raises
    ------
    InputError
        They are not whole numbers from 0, or one is left out.
    """
    try:
        numbers = np.asarray(given)
    except ValueError:  # Of rows of different lengths.
        numbers = np.zeros((0, 0))
    whole = numbers.ndim == 1 and numbers.size > 0 and numbers.dtype.kind in "iu"
    require(
        whole and bool(np.array_equal(np.unique(numbers), np.arange(numbers.max() + 1))),
        "Groups must be whole numbers from 0, none left out",
        repr(given)[:200],
        "Number them 0, 1, ...: one number a unit",
    )
    return tuple(numbers.tolist())


def groups_for(panel: Panel, groups: tuple[int, ...]) -> np.ndarray:
    """Return given groups (N,) for a panel.

    Raises
    ------
    InputError
        There are more or fewer than it has units.
    """
    require(
        len(groups) == panel.shape[0],
        "There must be a group for each unit",
        f"{len(groups)} for {panel.shape[0]} units",
        "Give the groups of this panel's units",
    )
    return np.array(groups, np.int64)


def groups_of_units(groups: tuple[int, ...], units: np.ndarray) -> tuple[int, ...]:
    """Return the groups of some units (positions), some of them repeated.

    Raises
    ------
    InputError
        A group has none of them.
    """
    chosen = np.asarray(groups)[units]
    found, n_groups = len(np.unique(chosen)), max(groups) + 1
    require(
        found == n_groups,
        "Every group must have a unit",
        f"units of {found} of {n_groups} groups",
        "Draw again",
    )
    return tuple(chosen.tolist())
