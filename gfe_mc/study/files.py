"""Files that are there whole or not at all, and blocks as files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gfe_mc.errors import InputError
from gfe_mc.metrics.variable import Variable
from gfe_mc.study.method import Part


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


def write_whole(path: Path, save: Callable[[BinaryIO], Any]) -> None:
    """Write a file so that it is there whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            save(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


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
    write_whole(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]


def read_entries(path: Path) -> list[Entry]:
    """Read what `write_entries` wrote.

    Raises
    ------
    InputError
        The file is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file) as stored:
            parts = json.loads(str(stored["header"]))["parts"]
            return [_entry(n, part, stored) for n, part in enumerate(parts)]
    except Exception as error:  # a file that is damaged fails in many ways
        raise InputError(
            "Every block file must be whole",
            f"{path}: {type(error).__name__}: {error}",
            "Delete that file; its replications are then run again, and no other",
        ) from None


def _entry(n: int, part: Mapping[str, Any], stored: Mapping[str, np.ndarray]) -> Entry:
    variables = {
        name: Variable(**(one | {"dims": tuple(one["dims"])}))
        for name, one in part["variables"].items()
    }
    values = {name: stored[f"{n}.{name}"].astype(one.stored) for name, one in variables.items()}
    numbers = stored[f"{n}.replications"]
    for name, array in values.items():
        if array.shape[:1] != numbers.shape:
            raise ValueError(f"{name} has shape {array.shape} for {len(numbers)} replications")
    return Entry(
        part["key"],
        Part(*part["part"]),
        part["estimator"],
        numbers,
        values,
        variables,
        part["where"],
    )
