"""Replications of a method from several folders as one: what several have must be the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gfe_mc.fit import Status
from gfe_mc.metrics.variable import Variable, common_shape
from gfe_mc.study.block import SCORED
from gfe_mc.study.files import Entry
from gfe_mc.study.gap import TIMES, gap, in_words
from gfe_mc.study.layout import Laid, Layout
from gfe_mc.study.method import FIT
from gfe_mc.study.pool import Pool, Rows

_OF_MACHINE = (Status.WORKER_LOST, Status.TIME_LIMIT)
"""Failures that may be of the machine and the run, and not of the replication."""


@dataclass(frozen=True)
class Clash:
    """A replication that two folders have, and that is not the same in both.

    Attributes
    ----------
    cell : int
        Number of the cell.
    estimator : str
        Its name.
    replication : int
        Its number.
    first, second : int
        Which folders.
    apart : str
        In what they differ, and how far.
    """

    cell: int
    estimator: str
    replication: int
    first: int
    second: int
    apart: str


def join(
    layout: Layout, cell: int, method: Laid, pools: Sequence[Pool]
) -> tuple[list[Entry], list[Clash]]:
    """Put the replications of a method together, part by part.

    Where several folders have one, that of the first is taken. What a worker died of, and what took
    longer than a time limit, is no result where another folder has one.

    Parameters
    ----------
    layout : Layout
        Of the study.
    cell : int
        Number of the method's cell.
    method : Laid
        The method.
    pools : sequence of Pool
        What is finished in each folder.

    Returns
    -------
    list of Entry, list of Clash
        An entry for each part, and the replications that are not the same in all folders.
    """
    twins = layout.twins(method)
    found = [
        {
            part: pool.find(key, layout.variables(part), method.planned, method.estimator, twins)
            for part, key in method.parts.items()
        }
        for pool in pools
    ]
    n = max(len(done) for one in found for _, done in one.values())
    lost = [
        _long(one[FIT][1], n) & _long(np.isin(one[FIT][0]["status"], _OF_MACHINE), n)
        for one in found
    ]
    fitted = np.any(
        [_long(one[FIT][1], n) & ~gone for one, gone in zip(found, lost, strict=True)], axis=0
    )
    entries, clashes = [], []
    for part, key in method.parts.items():
        each = [
            _Part(rows, solid=_long(done, n) & ~gone, lost=_long(done, n) & gone & ~fitted)
            for (rows, done), gone in zip((one[part] for one in found), lost, strict=True)
        ]
        variables = dict(layout.variables(part))
        # A dataset has the status of a metric as that of the worst of its inference methods.
        free = {*TIMES, *(SCORED if part.inference else ())}
        values, have, apart = _together(variables, each, n, free)
        numbers = np.flatnonzero(have)
        entries.append(
            Entry(
                key,
                part,
                method.estimator,
                numbers,
                {name: array[numbers] for name, array in values.items()},
                variables,
                layout.factors[cell],
            )
        )
        clashes += [Clash(cell, method.estimator, *one) for one in apart]
    return entries, sorted(clashes, key=lambda clash: clash.replication)


@dataclass(frozen=True, eq=False)
class _Part:
    """A part of a method in one folder.

    Attributes
    ----------
    rows
        Of each variable.
    solid, lost
        Which replications it has, and of which it has no more than that a worker died or that they
        took too long.
    """

    rows: Rows
    solid: np.ndarray
    lost: np.ndarray


def _long(mask: np.ndarray, n: int) -> np.ndarray:
    """A mask, up to a length."""
    whole = np.zeros(n, bool)
    whole[: len(mask)] = mask
    return whole


def _together(
    variables: dict[str, Variable], each: Sequence[_Part], n: int, free: set[str]
) -> tuple[Rows, np.ndarray, list[tuple[int, int, int, str]]]:
    """Rows of a part from all folders, which there are, and which are not the same in two.

    Some variables are free to differ.
    """
    compared = {name: one for name, one in variables.items() if name not in free}
    padded = [
        _padded(variables, [one.rows for one in each], number, n) for number in range(len(each))
    ]
    whole = {name: variable.empty(padded[0][name].shape) for name, variable in variables.items()}
    source = np.full(n, -1)
    clashes = []
    for number, one in enumerate(each):
        both = np.flatnonzero(one.solid & (source >= 0))
        for replication, apart in _differing(compared, whole, padded[number], both):
            clashes.append((replication, int(source[replication]), number, apart))
        _take(whole, padded[number], source, one.solid, number)
    for number, one in enumerate(each):
        _take(whole, padded[number], source, one.lost, number)
    return whole, source >= 0, clashes


def _take(whole: Rows, rows: Rows, source: np.ndarray, there: np.ndarray, number: int) -> None:
    """Take from a folder what none before it had."""
    new = there & (source < 0)
    for name, array in rows.items():
        whole[name][new] = array[new]
    source[new] = number


def _padded(variables: dict[str, Variable], each: Sequence[Rows], number: int, n: int) -> Rows:
    """Rows of one folder in the shape that holds those of all."""
    made = {}
    for name, variable in variables.items():
        inner = common_shape([rows[name].shape[1:] for rows in each])
        made[name] = variable.padded(each[number][name], (n, *inner))
    return made


def _differing(
    variables: dict[str, Variable], one: Rows, other: Rows, numbers: np.ndarray
) -> list[tuple[int, str]]:
    """Replications in which rows differ, each with how far."""
    apart: dict[int, dict[str, float]] = {}
    for name, variable in variables.items():
        ours, theirs = one[name][numbers], other[name][numbers]
        same = _same(variable, ours, theirs)
        inner = tuple(range(1, same.ndim))
        for place in np.flatnonzero(~same.all(axis=inner)).tolist():
            far = gap(variable, ours[place], theirs[place]) or float("inf")
            apart.setdefault(int(numbers[place]), {})[name] = far
    return [(number, in_words(found)) for number, found in sorted(apart.items())]


def _same(variable: Variable, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where values are the same to the last bit."""
    same: Any = one == other
    if variable.stored.kind == "f":
        same = (same & (np.signbit(one) == np.signbit(other))) | (np.isnan(one) & np.isnan(other))
    if variable.of_sample:
        # It is stored by whichever method had it.
        same |= ~variable.has_values(one) | ~variable.has_values(other)
    return np.asarray(same, bool)
