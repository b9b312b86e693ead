"""Units that are to be apart: whether groups can hold them, and which of them they cannot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

STEPS = 50_000
"""Most units that are placed, tracking back included, beyond which nothing is said."""
LARGEST = 300
"""Most units that are placed together: placing goes as deep."""


def crowded(pairs: np.ndarray, allowed: np.ndarray) -> list[int]:
    """Return units that groups cannot hold, as few as stand in one another's way.

    Units that are to be apart are neighbours in a graph, and groups its colours. Those with fewer
    neighbours than groups that they may be in never stand in the way and are left out; what
    remains is coloured by the unit with the fewest groups left, tracking back.

    Parameters
    ----------
    pairs : (n, 2) array of int
        Units of the M that are to be apart, by position.
    allowed : (M, G) array of bool
        Groups that each unit may be in.

    Returns
    -------
    list of int
        The units by position, sorted. Empty where groups hold all, or where that would take
        more than `STEPS` to tell.

    References
    ----------
    Brelaz (1979), New methods to color the vertices of a graph.
    """
    placing = _Placing(pairs, allowed)
    for part in placing.parts():
        if placing.fits(part) is False:
            return placing.least(part)
    return []


def holding(pairs: np.ndarray) -> int:
    """Return a number of groups that can hold units that may be in any.

    Each goes to the first group without a neighbour, those whose neighbours are in the most groups
    first: often the least number, and never too few.

    Parameters
    ----------
    pairs : (n, 2) array of int
        Units that are to be apart, by position.
    """
    near = _neighbours(pairs)
    taken: dict[int, set[int]] = {i: set() for i in near}
    groups = 1
    while taken:
        unit = max(taken, key=lambda i: (len(taken[i]), len(near[i]), -i))
        g = next(g for g in range(len(near)) if g not in taken[unit])
        del taken[unit]
        for i in near[unit] & taken.keys():
            taken[i].add(g)
        groups = max(groups, g + 1)
    return groups


def all_apart(units: Iterable[int], pairs: np.ndarray) -> bool:
    """Whether each of these units is to be apart from every other."""
    near, units = _neighbours(pairs), set(units)
    return all(units - {i} <= near.get(i, set()) for i in units)


def _neighbours(pairs: np.ndarray) -> dict[int, set[int]]:
    """Units that each unit is to be apart from, of those that there are any of."""
    near: dict[int, set[int]] = {}
    for i, j in pairs.tolist():
        near.setdefault(i, set()).add(j)
        near.setdefault(j, set()).add(i)
    return near


class _Placing:
    """Neighbours and groups of units, and how many steps are left."""

    def __init__(self, pairs: np.ndarray, allowed: np.ndarray) -> None:
        self.near = _neighbours(pairs)
        self.groups = {i: frozenset(np.flatnonzero(allowed[i]).tolist()) for i in self.near}
        # Groups that nobody is in yet are alike where every unit may be in all.
        self.alike = all(len(one) == allowed.shape[1] for one in self.groups.values())
        self.steps = STEPS

    def parts(self) -> list[list[int]]:
        """Units that may stand in the way, those that are linked together."""
        left = self._core(self.near)
        found: list[list[int]] = []
        for first in sorted(left):
            part: set[int] = set()
            new = {first} & left
            while new:
                part |= new
                new = {j for i in new for j in self.near[i] if j in left} - part
            left -= part
            found += [sorted(part)] if part else []
        return found

    def _core(self, units: Iterable[int]) -> set[int]:
        """Leave out units that find a group wherever their neighbours are."""
        left = set(units)
        free = [i for i in left if len(self.near[i] & left) < len(self.groups[i])]
        while free:
            i = free.pop()
            if i in left:
                left.discard(i)
                free += [
                    j for j in self.near[i] & left if len(self.near[j] & left) < len(self.groups[j])
                ]
        return left

    def fits(self, units: Sequence[int]) -> bool | None:
        """Whether groups can hold units; None where that would take too long to tell."""
        left = self._core(units)
        if len(left) > LARGEST:
            return None
        return self._place({i: set(self.groups[i]) for i in sorted(left)}, set())

    def least(self, units: Sequence[int]) -> list[int]:
        """Leave out units as long as groups cannot hold the others."""
        kept = list(units)
        for i in units:
            others = [j for j in kept if j != i]
            if self.fits(others) is False:
                kept = others
        return kept

    def _place(self, choices: dict[int, set[int]], used: set[int]) -> bool | None:
        """Place the unit with the fewest groups left in each of them, and the others after it."""
        if not choices:
            return True
        self.steps -= 1
        if self.steps < 0:
            return None
        unit = min(choices, key=lambda i: (len(choices[i]), -len(self.near[i]), i))
        groups = sorted(choices[unit])
        if self.alike:
            fresh = [g for g in groups if g not in used]
            groups = [g for g in groups if g in used] + fresh[:1]
        for g in groups:
            rest = {
                i: one - {g} if i in self.near[unit] else one
                for i, one in choices.items()
                if i != unit
            }
            found = self._place(rest, used | {g}) if all(rest.values()) else False
            if found is not False:
                return found
        return False
