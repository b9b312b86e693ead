"""Everything that is finished, by the key of the part that it is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import numpy as np

from gfe_mc.metrics.variable import Variable, common_shape
from gfe_mc.study.files import Entry

Rows = dict[str, np.ndarray]
"""For each variable of a part, an array with a row for each replication, from 0."""


@dataclass(eq=False)
class Pool:
    """Entries by key; of two that have a replication, the one that was added later counts.

    Attributes
    ----------
    entries : dict of str to list of Entry, optional
        Entries by key, in the order in which they were added.
    """

    entries: dict[str, list[Entry]] = field(default_factory=dict)

    def add(self, entries: Iterable[Entry]) -> None:
        """Add what is found somewhere."""
        for entry in entries:
            self.entries.setdefault(entry.key, []).append(entry)

    def find(
        self,
        key: str,
        variables: Mapping[str, Variable],
        n: int,
        estimator: str,
        others: AbstractSet[str] = frozenset(),
    ) -> tuple[Rows, np.ndarray]:
        """Return the rows of a part, at least n, and which of them there are.

        Two methods of a cell may have the same fit, under two names: each has its own where it
        was computed for both, and from the others no more than the n that are asked for.
        """
        entries = [
            first_of(entry, n) if entry.estimator in others else entry
            for entry in self.entries.get(key, [])
        ]
        # What was found under the method's own name comes last, and so counts.
        entries = sorted(entries, key=lambda entry: entry.estimator == estimator)
        numbers = [int(entry.replications.max(initial=-1)) + 1 for entry in entries]
        length = max([n, *numbers])
        done = np.zeros(length, bool)
        for entry in entries:
            done[entry.replications] = True
        rows = {
            name: _merged(name, variable, entries, length) for name, variable in variables.items()
        }
        return rows, done

    def others(self, keys: Iterable[str]) -> list[Entry]:
        """Return the entries of all other keys."""
        known = set(keys)
        return [
            entry for key, entries in self.entries.items() if key not in known for entry in entries
        ]


def first_of(entry: Entry, n: int) -> Entry:
    """Of an entry, what is of the first n replications."""
    kept = entry.replications < n
    values = {name: array[kept] for name, array in entry.values.items()}
    return replace(entry, replications=entry.replications[kept], values=values)


def _merged(name: str, variable: Variable, entries: list[Entry], length: int) -> np.ndarray:
    shapes = [entry.values[name].shape[1:] for entry in entries if name in entry.values]
    inner = common_shape(shapes) if shapes else (0,) * len(variable.dims)
    whole = variable.empty((length, *inner))
    for entry in entries:
        if name in entry.values:
            values = entry.values[name]
            whole[entry.replications] = variable.padded(values, (len(values), *inner))
    return whole
