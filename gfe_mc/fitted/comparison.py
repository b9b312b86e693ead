"""Several fits side by side, a column each, as papers print them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gfe_mc.errors import InputError, is_number, require, require_one_of, require_whole
from gfe_mc.fitted.parts import method_of
from gfe_mc.fitted.summary import Summary
from gfe_mc.report.digits import fixed
from gfe_mc.report.render import Table, render

STARS = (0.1, 0.05, 0.01)
BELOW = {"se": "standard errors", "t": "t values", "p": "p values", "interval": "95% intervals"}
"""What may stand below estimates, and what it is called."""


WORDS = ("outcome", "model", "estimator", "errors", "unit effects")
NUMBERS = ("G", "N", "T", "observations", "objective", "R2", "R2 within", "sigma")
FOOT = (*WORDS, *NUMBERS)
"""Rows that may stand at the foot, by name."""
STANDARD = ("errors", "unit effects", "G", "N", "T", "observations", "R2", "R2 within", "objective")


@dataclass(frozen=True)
class FitComparison:
    """Several fits in one table. Printed, it is text; in a notebook it is HTML.

    Attributes
    ----------
    table : Table
        The table.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, compare_fits, fit_panel
    >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
    >>> fits = [fit_panel(panel, groups=g, bootstrap=0) for g in (1, 2)]
    >>> table = compare_fits(fits)
    >>> table.frame().loc["G"].tolist()
    ['1', '2']
    >>> "toprule" in table.render("latex")
    True
    """

    table: Table

    def render(self, format: str = "text") -> str:  # noqa: A002
        """Render the table as "text", "markdown", "latex" (with booktabs), "csv" or "html".

        Raises
        ------
        InputError
            There is no such format.
        """
        return render(self.table, format)

    def frame(self) -> pd.DataFrame:
        """Return the table as it is printed: text, a column a fit."""
        names, *columns = self.table.header
        rows = [row[1:] for row in self.table.rows]
        index = pd.Index([row[0] for row in self.table.rows], name=names or None)
        return pd.DataFrame(rows, index=index, columns=columns)

    def __str__(self) -> str:
        return self.render("text")

    def _repr_html_(self) -> str:
        return self.render("html")


def compare_fits(
    fits: Sequence[Summary] | Mapping[str, Summary],
    *,
    labels: Sequence[str] | None = None,
    errors: str | Sequence[str | None] | None = None,
    below: str | None = "se",
    stars: bool | Sequence[float] = False,
    names: Mapping[str, str] | None = None,
    coefficients: Sequence[str] | None = None,
    foot: Sequence[str] = STANDARD,
    decimals: int = 3,
    title: str = "Fits compared",
) -> FitComparison:
    """Set several fits side by side: a column a fit, a row a coefficient.

    Parameters
    ----------
    fits : sequence of Summary, or mapping of str to Summary
        The fits; the keys of a mapping label the columns.
    labels : sequence of str, optional
        Labels of the columns; (1), (2), ... if left out.
    errors : str or sequence of str, optional
        Inference method, or that of each fit; the first that succeeded if left out.
    below : str, default "se"
        What is below each estimate: "se", "t", "p" or "interval"; None for nothing.
    stars : bool or sequence of float, default False
        Whether estimates have stars for p values below 0.1, 0.05 and 0.01, or below other bounds,
        from the largest.
    names : mapping of str to str, optional
        How coefficients are called in the table.
    coefficients : sequence of str, optional
        Which coefficients there are, and in which order, by their names in `tidy`; all if left
        out, but for slopes of single units.
    foot : sequence of str
        Rows at the foot: of "outcome", "model", "estimator", "errors", "unit effects", "G", "N",
        "T", "observations", "objective", "R2", "R2 within" and "sigma". Where outcomes differ,
        "outcome" comes first in any case.
    decimals : int, default 3
        Of estimates and what is below them.
    title : str
        One line.

    Raises
    ------
    InputError
        No fits, other numbers of labels, or a method, row or coefficient that is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, compare_fits, fit_panel
    >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
    >>> fits = {"GFE": fit_panel(panel, groups=2, bootstrap=0)}
    >>> fits["two-way"] = fit_panel(panel, estimator="two-way", bootstrap=0)
    >>> compared = compare_fits(fits, foot=("G", "unit effects"))
    >>> compared.frame().loc[["G", "unit effects"]].values.tolist()
    [['2', '1'], ['no', 'yes']]
    """
    summaries, labels = _read(fits, labels)
    bounds = _bounds(stars)
    require(
        below is None or below in BELOW,
        "What is below estimates must be known",
        repr(below),
        f"Give one of {', '.join(BELOW)}, or None",
    )
    for name in foot:
        require_one_of("foot", name, FOOT)
    decimals = require_whole("decimals", decimals, 0)
    methods = [
        method_of(one, method)
        for one, method in zip(summaries, _methods(errors, len(summaries)), strict=True)
    ]
    frames = [one.tidy(errors=method) for one, method in zip(summaries, methods, strict=True)]
    rows = []
    for name in _chosen(summaries, frames, coefficients):
        cells = [_cell(frame, name, decimals, bounds) for frame in frames]
        rows.append(((names or {}).get(name, name), *cells))
        if below is not None:
            rows.append(("", *[_below(frame, name, decimals, below) for frame in frames]))
    rule = len(rows)
    glances = [one.glance().iloc[0] for one in summaries]
    differ = len({one.panel.outcome for one in summaries}) > 1 and "outcome" not in foot
    for name in (*(("outcome",) if differ else ()), *foot):
        ends = zip(glances, summaries, methods, strict=True)
        rows.append((name, *[_foot(name, *end) for end in ends]))
    notes = [] if below is None else [f"In brackets: {BELOW[below]}."]
    if bounds:
        marks = [f"{'*' * n} p < {bound:g}" for n, bound in enumerate(bounds, start=1)]
        notes.append(f"{', '.join(marks)}.")
    rules = (rule,) if 0 < rule < len(rows) else ()
    return FitComparison(Table(title, ("", *labels), tuple(rows), tuple(notes), rules=rules))


def _read(
    fits: Sequence[Summary] | Mapping[str, Summary], labels: Sequence[str] | None
) -> tuple[list[Summary], list[str]]:
    """The summaries, and a label for each."""
    if isinstance(fits, Summary):
        fits = [fits]
    if isinstance(fits, Mapping):
        labels = list(fits) if labels is None else labels
        fits = list(fits.values())
    fits = list(fits)
    require(
        bool(fits) and all(isinstance(one, Summary) for one in fits),
        "What is compared must be summaries",
        f"{[type(one).__qualname__ for one in fits] or 'none'}",
        "Give a list of what fit_panel or summarize returns",
    )
    labels = [f"({n})" for n in range(1, len(fits) + 1)] if labels is None else list(labels)
    require(
        len(labels) == len(fits),
        "There must be a label for each fit",
        f"{len(labels)} for {len(fits)}",
        "Give as many, or none",
    )
    return fits, [str(label) for label in labels]


def _methods(errors: str | Sequence[str | None] | None, number: int) -> list[str | None]:
    if errors is None or isinstance(errors, str):
        return [errors] * number
    require(
        len(errors) == number,
        "There must be an inference method for each fit",
        f"{len(errors)} for {number}",
        "Give one for all, as many as there are fits, or none",
    )
    return list(errors)


def _bounds(stars: bool | Sequence[float]) -> tuple[float, ...]:
    """Bounds of p values for one star, two, and so on."""
    if isinstance(stars, bool | np.bool_):
        return STARS if stars else ()
    bounds = tuple(stars)
    falling = all(is_number(one) and 0 < one < 1 for one in bounds)
    if not (falling and list(bounds) == sorted(set(bounds), reverse=True)):
        raise InputError(
            "Bounds of stars must be probabilities that fall",
            repr(stars),
            "Give (0.1, 0.05, 0.01), say, or True for these",
        )
    return bounds


def _chosen(
    summaries: list[Summary], frames: list[pd.DataFrame], wanted: Sequence[str] | None
) -> list[str]:
    """Names of the coefficients in the order of the table."""
    there: dict[str, None] = {}
    for one, frame in zip(summaries, frames, strict=True):
        count = one.panel.shape[2] + len(one.derived)
        names = frame.index[:count] if one.fit.units_alone and wanted is None else frame.index
        there |= dict.fromkeys(names)
    if wanted is None:
        return list(there)
    unknown = [name for name in wanted if name not in there]
    require(
        not unknown,
        "Coefficients must be of one of the fits",
        ", ".join(unknown),
        f"There are {', '.join(there)}",
    )
    return list(wanted)


def _foot(name: str, glance: pd.Series, summary: Summary, method: str | None) -> str:
    """What a row at the foot says of a fit."""
    if name in WORDS:
        estimator = summary.fit.estimator
        return {
            "outcome": summary.panel.outcome,
            "model": summary.model,
            "estimator": "" if estimator is None else type(estimator).__name__,
            "errors": method or "none",
            "unit effects": "yes" if summary.fit.model.unit_effects else "no",
        }[name]
    value = glance[name]
    if value is None or not np.isfinite(value):
        return ""
    if name in ("objective", "sigma"):
        return f"{value:.6g}" if name == "objective" else f"{value:.4g}"
    return fixed(float(value), 3) if name in ("R2", "R2 within") else str(int(value))


def _cell(frame: pd.DataFrame, name: str, decimals: int, bounds: tuple[float, ...]) -> str:
    if name not in frame.index:
        return ""
    row: Any = frame.loc[name]
    stars = sum(bool(row["Pr(>|t|)"] < bound) for bound in bounds)
    return fixed(float(row["Estimate"]), decimals) + "*" * stars


def _below(frame: pd.DataFrame, name: str, decimals: int, kind: str) -> str:
    if name not in frame.index:
        return ""
    row: Any = frame.loc[name]
    if not np.isfinite(row["Std. Error"]):
        return ""
    if kind == "interval":
        return f"[{fixed(row['2.5%'], decimals)}, {fixed(row['97.5%'], decimals)}]"
    column = {"se": "Std. Error", "t": "t value", "p": "Pr(>|t|)"}[kind]
    return f"({fixed(row[column], decimals)})"
