"""Which differences from a print are explained, and by what: declared beside a study's results.

A study's folder may have a file `explained.toml` with entries such as

    [[explained]]
    where = { method = ["genetic", "vns"], G = "10", statistic = "misclassification_percent" }
    because = "The print took the best of too few random relabellings."
    shown = ["relabellings.md"]

    [[explained]]
    where = { method = "vns" }
    agrees = "genetic"
    because = "Search error: the better groupings of the same samples agree."
    shown = ["table.md"]

The second is of those figures only for which the method "genetic" agrees with the print. What no
entry is of is open.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gfe_mc.errors import InputError, require
from gfe_mc.report.verdicts import AT_ODDS, IN_ACCORD

EXPLAINED = "explained.toml"
# What a printed figure is known by: all columns of `compared.csv` but those of ours.
_OURS = (
    "method",
    "computed_as",
    "ours",
    "error",
    "attempted",
    "failed",
    "used",
    "z",
    "p",
    "verdict",
)


@dataclass(frozen=True)
class Explanation:
    """Why some figures differ from the print, and what shows it.

    Parameters
    ----------
    where : mapping of str to tuple of str
        Columns of `compared.csv`, and the values that a figure has in each: any of them.
    because : str
        The explanation, in one sentence.
    shown : tuple of str
        Files that show it, seen from the folder of the study.
    agrees : str, default ""
        Method that must agree with the print of these figures; none if empty.
    """

    where: Mapping[str, tuple[str, ...]]
    because: str
    shown: tuple[str, ...]
    agrees: str = ""

    def of(self, compared: pd.DataFrame) -> pd.Series:
        """Return which figures that differ it is of, by the index of a study's `compared.csv`.

        Raises
        ------
        InputError
            There is no such column or method, or no figure that differs has one of its values.
        """
        for name in self.where:
            columns = [str(column) for column in compared]
            require(name in columns, "No such column to choose figures by", name, f"Of {columns}")
        found = compared["verdict"].isin(AT_ODDS)
        for name, values in self.where.items():
            found &= compared[name].isin(values)
        if self.agrees:
            methods = list(dict.fromkeys(compared["method"]))
            require(self.agrees in methods, "No such method to agree", self.agrees, f"Of {methods}")
            found &= _agreeing(compared, self.agrees)
        require(
            bool(found.any()),
            "An explanation must be of figures that differ",
            f"none for {_said(self.where)}{f', {self.agrees} agreeing' if self.agrees else ''}",
            "Change `where`, or take the entry out: nothing is left to explain",
        )
        for name, values in self.where.items():
            idle = sorted(set(values) - set(compared.loc[found, name]))
            require(
                not idle,
                "Every value of an explanation must be that of a figure that differs",
                f"{name} = {idle} in {_said(self.where)}",
                "Take it out",
            )
        return found


def read_explanations(folder: Path) -> tuple[Explanation, ...]:
    """Read what is explained of a study's differences; nothing where there is no such file.

    Raises
    ------
    InputError
        The file is no such file, or names files that there are not.
    """
    path = folder / EXPLAINED
    if not path.exists():
        return ()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            "Explanations must be TOML", f"{path}: {error}", "Give tables [[explained]]"
        ) from None
    entries = content.pop("explained", [])
    require(
        not content and isinstance(entries, list) and all(isinstance(e, dict) for e in entries),
        "Explanations must be tables [[explained]]",
        f"{path} with {', '.join(content) or 'another `explained`'}",
        "Give [[explained]] with where, because and shown",
    )
    return tuple(_explanation(entry, path) for entry in entries)


def explained_by(
    compared: pd.DataFrame, explanations: Sequence[Explanation], folder: Path
) -> pd.Series:
    """Return which explanation each figure of a study has: its number, -1 where none.

    Of several the first counts.

    Raises
    ------
    InputError
        An explanation is of no figure that differs.
    """
    found = pd.Series(-1, index=compared.index)
    for n, explanation in enumerate(explanations):
        try:
            own = explanation.of(compared)
        except InputError as error:
            came = f"{error.came}, in {folder / EXPLAINED}"
            raise InputError(error.wrong, came, error.remedy) from None
        found[own & (found < 0)] = n
    return found


def printed_keys(compared: pd.DataFrame) -> pd.Series:
    """Return what tells the printed figures of `compared.csv` apart, a text a row."""
    keys = [str(name) for name in compared if name not in _OURS]
    texts = compared[keys].astype(str)
    return texts[keys[0]].str.cat(texts[keys[1:]], sep="\x1f")


def _agreeing(compared: pd.DataFrame, method: str) -> pd.Series:
    """Whether a method agrees with the print of each figure."""
    of = printed_keys(compared)
    own = (compared["method"] == method) & compared["verdict"].isin(IN_ACCORD)
    return of.isin(of[own])


def _explanation(entry: dict[str, Any], path: Path) -> Explanation:
    """Read one entry."""
    known = {"where", "because", "shown", "agrees"}
    where, because = entry.get("where"), entry.get("because")
    shown, agrees = entry.get("shown"), entry.get("agrees", "")
    require(
        set(entry) <= known
        and isinstance(where, dict)
        and len(where) > 0
        and isinstance(because, str)
        and because != ""
        and isinstance(agrees, str),
        "An explanation must say `where` it holds, and `because` of what",
        f"{entry!r} in {path}",
        'Give where = { statistic = "mean" }, because = "...", shown = ["FILE"]; agrees = "METHOD" '
        "where another method must agree",
    )
    files = _values(shown)
    missing = [name for name in files if not (path.parent / name).is_file()]
    require(
        len(files) > 0 and not missing,
        "An explanation must name the files that show it",
        f"{missing or shown!r} in {path}",
        'Give shown = ["FILE"], seen from the folder of the study',
    )
    assert isinstance(where, dict)
    return Explanation(
        {name: _values(value) for name, value in where.items()}, str(because), files, str(agrees)
    )


def _values(given: object) -> tuple[str, ...]:
    """Return one value or several as text."""
    if isinstance(given, list):
        return tuple(str(one) for one in given)
    return () if given is None else (str(given),)


def _said(where: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{name} = {' or '.join(values)}" for name, values in where.items())
