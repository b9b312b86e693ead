"""In what two studies differ, of all that their numbers depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gfe_mc.study.validity import computations

_SHOWN = 3
"""Differences that are named."""
_COMMON = ("experiment", "seed", "parameters", "slopes", "first")
_OF_METHOD = ("factors", "estimator", "inference", "record", "depends_on")
_LONGEST = 100


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Say in what two studies differ; nothing if they have the same design.

    How many replications they have is no part of it.

    Parameters
    ----------
    one, other : mapping of str to object
        What is stored of them: of `Plan.describe`.
    """
    # What is different everywhere is said once.
    common = list(_apart(_common(one), _common(other)))
    found = common or list(_apart(_methods(one), _methods(other)))
    more = len(found) - _SHOWN
    return "; ".join([*found[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _common(study: Mapping[str, Any]) -> dict[str, Any]:
    return {name: study[name] for name in _COMMON} | {"computation": sorted(computations(study))}


def _methods(study: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"cell {one['cell']}, {one['name']}": {name: one[name] for name in _OF_METHOD}
        for one in study["methods"]
    }


def _apart(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Say what differs in two values as JSON has them, each with the way to it."""
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            way = f"{where}, {key}" if where else str(key)
            if key not in one or key not in other:
                yield f"{way}: only in the {'first' if key in one else 'second'}"
            else:
                yield from _apart(one[key], other[key], way)
        return
    yield f"{where}: {_short(one)} and {_short(other)}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
