"""Blocks as files: written whole, and checked when they are read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gfe_mc.errors import InputError
from gfe_mc.metrics.variable import Variable
from gfe_mc.study.method import Part
from gfe_mc.study.validity import require_part
from gfe_mc.whole import check_seal, of_results, seal, taking_place

_SPAN = re.compile(r"-(\d{8,})-(\d{8,})\.npz$")
"""The first and last replication in the name of a block."""


@dataclass(frozen=True, eq=False)
class Entry:
    """Replications of one part, as they are stored somewhere.

    Attributes
    ----------
    key : str
        What the part is known by.
    part : Part
        Its kind and names.
    estimator : str
        Name of the estimator.
    replications : (n,) array
        Their numbers.
    values : mapping of str to array
        An array with n rows for each variable.
    variables : mapping of str to Variable
        What each of them is.
    where : mapping of str to object
        Factors of the cell, in words.
    """

    key: str
    part: Part
    estimator: str
    replications: np.ndarray
    values: Mapping[str, np.ndarray]
    variables: Mapping[str, Variable]
    where: Mapping[str, Any]


def as_json(value: Any) -> bytes:
    """Return a value as indented JSON."""
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def write_entries(path: Path, entries: Sequence[Entry], wall: float = 0.0) -> None:
    """Write entries to one file: plain arrays, and a header that says what they are."""
    arrays: dict[str, np.ndarray] = {}
    parts = []
    for n, entry in enumerate(entries):
        parts.append(
            {
                "key": entry.key,
                "part": list(entry.part),
                "estimator": entry.estimator,
                "variables": {name: asdict(entry.variables[name]) for name in entry.values},
                "where": dict(entry.where),
            }
        )
        arrays[f"{n}.replications"] = entry.replications
        for name, array in entry.values.items():
            # Text as fixed-width text: plain arrays can be read without unpickling.
            plain = array.astype(np.str_) if array.dtype == object else array
            arrays[f"{n}.{name}"] = plain
    header = json.dumps({"parts": parts, "wall": wall}, sort_keys=True)
    arrays["header"] = np.array(header)
    with of_results(path), taking_place(path) as partial:
        with partial.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        seal(partial)


def read_entries(path: Path) -> list[Entry]:
    """Read what `write_entries` wrote.

    Raises
    ------
    InputError
        The file is damaged.
    FileNotFoundError
        It is not there: a run that goes on has put it into the dataset, say.
    """
    try:
        check_seal(path)
        with path.open("rb") as file, np.load(file) as stored:
            parts = json.loads(str(stored["header"]))["parts"]
            entries = [_entry(n, part, stored) for n, part in enumerate(parts)]
        _require_span(path, entries)
        return entries
    except FileNotFoundError:
        raise
    except Exception as error:  # a file that is damaged fails in many ways
        raise InputError(
            "Every block file must be whole",
            f"{path}: {type(error).__name__}: {error}",
            f"Delete that file; {_held(path)} are then run again, and no other",
        ) from None


def _entry(n: int, part: Mapping[str, Any], stored: Mapping[str, np.ndarray]) -> Entry:
    variables = {
        name: Variable(**(one | {"dims": tuple(one["dims"])}))
        for name, one in part["variables"].items()
    }
    of = Part(*part["part"])
    values = {name: stored[f"{n}.{name}"] for name in variables}
    numbers = stored[f"{n}.replications"]
    require_part(of, numbers, variables, values)
    values = {name: array.astype(variables[name].stored) for name, array in values.items()}
    names = [part["key"], of.kind, of.name, of.inference, part["estimator"]]
    if not all(isinstance(name, str) for name in names) or not isinstance(part["where"], Mapping):
        raise ValueError("it does not say what it is of")
    return Entry(part["key"], of, part["estimator"], numbers, values, variables, part["where"])


def _require_span(path: Path, entries: Sequence[Entry]) -> None:
    """Refuse a block that holds other replications than its name says."""
    span = _SPAN.search(path.name)
    if span is None:
        return
    first, last = map(int, span.groups())
    for entry in entries:
        if len(entry.replications) and (entry.replications[0], entry.replications[-1]) != (
            first,
            last,
        ):
            raise ValueError(f"other replications than {first} to {last}")


def _held(path: Path) -> str:
    """Say what a block held, by its name."""
    span = _SPAN.search(path.name)
    if span is None:
        return "its replications"
    return f"replications {int(span[1])} to {int(span[2])} of one method"
