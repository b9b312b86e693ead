"""What a study was declared to be: its grid, its methods and their options, and its file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gfe_mc.report.html.options import in_words
from gfe_mc.report.render import Table
from gfe_mc.study import catalogue

Method = Mapping[str, Any]
"""An entry of "methods" in `Plan.describe`."""


def facts(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a declaration says in a line each: its name, and that.

    Parameters
    ----------
    said : mapping of str to object
        Of `gfe_mc.report.study.described`.
    """
    found = [
        ("Source", str(said["source"])),
        ("Parameters", ", ".join(map(str, said["parameters"]))),
        ("Replications", f"{said['replications']:,}"),
        ("Root seed", str(said["seed"])),
    ]
    found += [("Only the first", f"{n:,} by {name}") for name, n in said["first"].items()]
    report = said["report"]
    if report.get("published") is not None:
        printed = report["published"]
        found.append(
            ("Set beside", f"{printed['table']}, of {printed['replications']:,} replications")
        )
    for what, title in (
        ("compared", "Compared"),
        ("penalties", "Criteria"),
        ("figures", "Figures"),
    ):
        if report.get(what):
            found.append((title, ", ".join(map(str, report[what]))))
    return found


def tables(said: Mapping[str, Any]) -> list[Table]:
    """Make the tables of a declaration: cells, estimators, inference methods and metrics."""
    methods = said["methods"]
    made = [_grid(methods), _options("Estimators", ("estimator",), methods, _estimators)]
    if any(one["inference"] for one in methods):
        header = ("estimator", "inference")
        made.append(_options("Inference methods", header, methods, _inference))
    made.append(_options("Metrics", ("metric",), methods, _metrics))
    return [table for table in made if table.rows]


def source(name: str) -> str | None:
    """Return the text of the file that declares a study.

    Parameters
    ----------
    name : str
        Of a study that comes with the package, or the path of a file.

    Returns
    -------
    str or None
        None where there is no such file, or it cannot be read.
    """
    path = Path(name) if name.endswith(".py") else catalogue.folder() / f"{name}.py"
    if not name.endswith(".py") and name not in catalogue.names():
        return None
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _grid(methods: Sequence[Method]) -> Table:
    """A row a cell."""
    cells: dict[int, Mapping[str, Any]] = {one["cell"]: one["factors"] for one in methods}
    names = list(dict.fromkeys(name for factors in cells.values() for name in factors))
    rows = []
    for number, factors in cells.items():
        own = [one for one in methods if one["cell"] == number]
        runs = ", ".join(f"{one['name']}: {one['replications']:,}" for one in own)
        values = [in_words(factors[name]) if name in factors else "" for name in names]
        rows.append((str(number), *values, runs))
    return Table("Cells", ("cell", *names, "replications by estimator"), tuple(rows))


_Listing = Callable[[Method], Iterable[tuple[tuple[str, ...], Any]]]
"""Names of what a method has, and its options."""


def _estimators(one: Method) -> Iterable[tuple[tuple[str, ...], Any]]:
    yield (one["name"],), one["estimator"]


def _inference(one: Method) -> Iterable[tuple[tuple[str, ...], Any]]:
    for name, options in one["inference"].items():
        yield (one["name"], name), options


def _metrics(one: Method) -> Iterable[tuple[tuple[str, ...], Any]]:
    for name, options in one["record"].items():
        yield (name,), options


def _options(
    title: str, header: tuple[str, ...], methods: Sequence[Method], listing: _Listing
) -> Table:
    """A row for each name and the options that it has, and the cells in which it has them."""
    found: dict[tuple[str, ...], tuple[tuple[str, ...], Any, list[int]]] = {}
    for one in methods:
        for names, options in listing(one):
            key = (*names, json.dumps(options, sort_keys=True))
            cells = found.setdefault(key, (names, options, []))[2]
            if one["cell"] not in cells:
                cells.append(one["cell"])
    order = list(dict.fromkeys(names for names, *_ in found.values()))
    every = len({one["cell"] for one in methods})
    rows = [
        (*names, in_words(options), "all" if len(cells) == every else spans(cells))
        for wanted in order
        for names, options, cells in found.values()
        if names == wanted
    ]
    return Table(title, (*header, "options", "cells"), tuple(rows))


def spans(numbers: Iterable[int]) -> str:
    """Write whole numbers, those that follow each other as a span.

    >>> spans([0, 1, 2, 5, 7, 8])
    '0-2, 5, 7-8'
    """
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return ", ".join("-".join(map(str, span)) for span in found)
