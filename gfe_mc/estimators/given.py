"""Groups that are given: one whole number a unit, from 0, none left out."""

from __future__ import annotations

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require


def keep_groups(options: object) -> None:
    """Hold the option `groups` of a frozen dataclass as a tuple of Python's own integers.

    Raises
    ------
    InputError
        They are no whole numbers from 0, or one of these is left out.
    """
    given = getattr(options, "groups")  # noqa: B009
    try:
        numbers = np.asarray(given)
    except ValueError as error:
        raise InputError(
            "Groups must be whole numbers from 0, none left out",
            str(error),
            "Number them 0, 1, ...: one number a unit",
        ) from None
    whole = numbers.ndim == 1 and numbers.size > 0 and numbers.dtype.kind in "iu"
    require(
        whole and bool(np.array_equal(np.unique(numbers), np.arange(numbers.max() + 1))),
        "Groups must be whole numbers from 0, none left out",
        f"{numbers.dtype} numbers of shape {numbers.shape}",
        "Number them 0, 1, ...: one number a unit",
    )
    object.__setattr__(options, "groups", tuple(numbers.tolist()))


def groups_of(groups: tuple[int, ...], panel: Panel) -> np.ndarray:
    """Return the groups (N,) of a panel's units, or raise `InputError` if they are not as many."""
    require(
        len(groups) == panel.shape[0],
        "There must be a group for each unit",
        f"{len(groups)} for {panel.shape[0]} units",
        "Give the groups of this panel's units",
    )
    return np.array(groups)


def groups_of_units(groups: tuple[int, ...], units: np.ndarray) -> tuple[int, ...]:
    """Return the groups of units (n,), by position; refuses these if a group has none of them."""
    chosen = np.asarray(groups)[units]
    n_groups = max(groups) + 1
    found = len(np.unique(chosen))
    require(
        found == n_groups,
        "Every group must have a unit",
        f"units of {found} of {n_groups} groups",
        "Draw again",
    )
    return tuple(chosen.tolist())
