"""Whether any grouping is one that prior information allows: refusals that name units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.estimators.profiles.links import all_apart, crowded, holding

SUM = 1e-8
"""Probabilities of a unit must add up to one to within this."""
NAMED = 12
"""Most units that are named."""


def require_probabilities(panel: Panel, probabilities: np.ndarray) -> None:
    """Refuse prior probabilities (N, G) that are none, the first unit that has such named.

    Raises
    ------
    InputError
        Those of a unit are missing, below zero, or do not add up to 1; or no unit has a positive
        one of a group.
    """
    with np.errstate(invalid="ignore"):  # Of infinities of both signs.
        sums = probabilities.sum(axis=1)
    no_numbers = np.asarray(~np.isfinite(probabilities).all(axis=1))
    below = np.asarray((probabilities < 0).any(axis=1))
    bad = np.flatnonzero(no_numbers | below | ~(np.abs(sums - 1) <= SUM))
    if len(bad):
        i = int(bad[0])
        remedy = "Divide them by their sum"
        if no_numbers[i] or sums[i] == 0:
            remedy = "Give 1 / G in each where nothing is known"
        elif below[i]:
            remedy = "Give 0 for a group that is ruled out"
        many = "1 unit" if len(bad) == 1 else f"{len(bad)} units"
        raise InputError(
            "Prior probabilities of a unit must be from 0 and add up to 1",
            f"{many} where they do not, the first {panel.units[i]} with "
            f"{', '.join(f'{value:g}' for value in probabilities[i][:8])}",
            remedy,
        )
    empty = np.flatnonzero(~(probabilities > 0).any(axis=0))
    require(
        not len(empty),
        "Every group must have a unit that may be in it",
        f"no positive prior probability of group {', '.join(str(g + 1) for g in empty[:5])}",
        "Give a unit one, or leave the group out",
    )


def require_possible(
    panel: Panel,
    probabilities: np.ndarray | None,
    sets: np.ndarray,
    apart: np.ndarray,
    n_groups: int,
) -> None:
    """Refuse links that no groups can keep, the units named that stand in one another's way.

    Parameters
    ----------
    panel : Panel
        The panel.
    probabilities : (N, G) array or None
        Prior probabilities: a zero rules a group out.
    sets : (N,) array of int
        The set of each unit: those that are to be together.
    apart : (n, 2) array of int
        Units that are to be apart, by position.
    n_groups : int
        Number of groups G.

    Raises
    ------
    InputError
        Units that are together have no group that all of them may be in, or G groups cannot hold
        units that are to be apart. Where that is hard to tell, nothing is said.
    """
    n_sets = int(sets.max()) + 1
    of_units = np.ones((len(sets), n_groups), np.bool_)
    if probabilities is not None:
        of_units = probabilities > 0
    allowed = np.ones((n_sets, n_groups), np.bool_)
    np.logical_and.at(allowed, sets, of_units)
    nowhere = np.flatnonzero(~allowed.any(axis=1))
    if len(nowhere):
        members = _least_ruled_out(np.flatnonzero(sets == nowhere[0]), of_units)
        raise InputError(
            "Units that are together must have a group that their probabilities allow",
            f"none for {_listed(_with_groups(str(panel.units[i]), of_units[i]) for i in members)}",
            "Leave out a link, or give them a positive probability in one group",
        )
    pairs = sets[apart]
    full = crowded(pairs, allowed)
    if not full:
        return
    names = [
        _with_groups(_of_set(panel, sets, apart, i, full), allowed[i])
        if not allowed[full].all()
        else _of_set(panel, sets, apart, i, full)
        for i in full
    ]
    many = f"{n_groups} group{'' if n_groups == 1 else 's'}"
    came = f"{many}, which cannot hold {_listed(names)} by the links between them"
    if all_apart(full, pairs):
        each = "who are to be apart" if len(full) == 2 else "each to be apart from every other"
        came = f"{many} for {_listed(names)}, {each}"
    remedy = f"Give `groups` from {holding(pairs)}, or leave out a link"
    if not allowed[full].all():
        remedy = "Leave out a link, or give a unit a positive probability in another group"
    elif probabilities is not None:
        remedy = "Leave out a link, or give more groups, each with a column of probabilities"
    raise InputError("Groups must hold the units that are to be apart", came, remedy)


def refuse_found(
    panel: Panel, probabilities: np.ndarray | None, apart: np.ndarray, labels: np.ndarray
) -> None:
    """Refuse the grouping (N,) that a search found, which is not one that is allowed.

    Parameters
    ----------
    panel, probabilities, apart
        As in `require_possible`.
    labels : (N,) array of int
        Group of each unit.

    Raises
    ------
    InputError
        Always.
    """
    together = apart[labels[apart[:, 0]] == labels[apart[:, 1]]]
    said = [f"{panel.units[i]} and {panel.units[j]} in one group" for i, j in together]
    if probabilities is not None:
        own = probabilities[np.arange(len(labels)), labels]
        said += [
            f"{panel.units[i]} in group {labels[i] + 1} at a probability of 0"
            for i in np.flatnonzero(own == 0)
        ]
    raise InputError(
        "There must be groups that links and prior probabilities allow",
        f"none that was found: the best has {_listed(said)}",
        "Give more groups, leave out links or zeros, or search for longer",
    )


def _least_ruled_out(members: np.ndarray, of_units: np.ndarray) -> list[int]:
    """Units, as few as have no group in common."""
    kept: list[int] = members.tolist()
    for i in members.tolist():
        others = [j for j in kept if j != i]
        if not of_units[others].all(axis=0).any():
            kept = others
    return kept


def _of_set(panel: Panel, sets: np.ndarray, apart: np.ndarray, own: int, full: list[int]) -> str:
    """Name a set of units by those of them that are to be apart from the others in question."""
    ends = np.concatenate([apart, apart[:, ::-1]])
    there = (sets[ends[:, 0]] == own) & np.isin(sets[ends[:, 1]], full)
    return " with ".join(str(panel.units[i]) for i in np.unique(ends[there, 0]))


def _with_groups(name: str, allowed: np.ndarray) -> str:
    """A name, and the groups that prior probabilities allow."""
    groups = [str(g + 1) for g in np.flatnonzero(allowed)]
    return f"{name} (in {' or '.join(groups)})" if groups else name


def _listed(names: Iterable[str]) -> str:
    """Names, the first of them and how many more there are."""
    shown: Sequence[str] = list(names)
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    return ", ".join(shown[:NAMED]) + more
