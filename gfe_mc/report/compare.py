"""Our figures against published ones, each with its z and a verdict."""

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from gfe_mc.errors import require
from gfe_mc.metrics.summary import factors
from gfe_mc.published.loader import published
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.difference import Difference, difference
from gfe_mc.report.digits import ROUNDING
from gfe_mc.report.rounding import rounds_to, rounds_twice_to
from gfe_mc.report.verdicts import FEWEST, Family, Verdict, judge

Key = tuple[Hashable, ...]
Record = Mapping[Hashable, Any]

# What a printed table has beside its keys.
_PRINTED = ("parameter", "inference", "statistic", "value", "decimals")
# What a figure of a cell is known by.
_FIGURE = ("cell", "inference", "parameter", "statistic")
_NO_FIGURE: Record = {
    "value": math.nan,
    "error": math.nan,
    "attempted": 0,
    "failed": 0,
    "used": 0,
}
_NUMBERS = ("z", "p", "score", "sampling", "spread")
# How names of roots of mean squares end, which are skewed.
_ROOTS = ("rmse", "sd")


def compare(summary: pd.DataFrame, print_: PublishedTable, estimator: str) -> pd.DataFrame:
    """Compare an estimator's figures with the printed ones: see `compare_all`."""
    return compare_all(summary, print_, [estimator])[estimator]


def compare_all(
    summary: pd.DataFrame, print_: PublishedTable, estimators: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Compare figures of several estimators with the same printed ones.

    z = (ours - published) / sqrt(our error^2 + their error^2 + rounding variance), where their
    error is our error * sqrt(our replications / theirs), the same design having the same spread,
    and the rounding variance is that of a uniform error of one unit in the last printed digit,
    (10^-decimals)^2 / 12. Where the figure is a share of replications, both errors are of the
    pooled share. p is the probability of so large a z: see `gfe_mc.report.difference.Difference`.

    With m figures compared, those of all the estimators together, a p of 5% or more "agrees"; of
    5% / m (Bonferroni) or more it is "within chance"; else it "differs". Of fewer than 10 samples
    it is "too few" to say so.

    A figure that is the same in all replications has no errors, and no z: it is "as printed", "not
    as printed", or "rounded twice", where the print is what becomes of it by rounding to a digit
    more first, and then again. The same goes for a share of none or all that is printed so.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`.
    print_ : PublishedTable
        The printed table.
    estimators : iterable of str
        Names of the estimators whose figures are compared.

    Returns
    -------
    dict of str to DataFrame
        By estimator: one row a printed figure, in the order of the print: `cell` (missing where
        none matches), our factors for the table's keys, `inference`, `parameter`, further keys of
        the table,
        `statistic` (as printed), `computed_as` (as we name it), `ours`, `error`, `attempted`,
        `failed`, `used`, `published`, `decimals`, `z`, `p`, `score` (z as a normal quantile),
        `sampling` and `spread` (standard deviations by the samples, and of all), NaN where nothing
        is compared, `influence` and `common_samples` (of the summary, if it has them), and
        `verdict`: of `Verdict`, "not computed" where ours, or its error, is missing, "not run"
        where the summary has no such cell.

    Raises
    ------
    InputError
        There is no such table or estimator, a key is no column of the table or no factor of ours,
        or a printed figure belongs to more than one cell.
    """
    frames = {name: _rows(summary, print_, name) for name in estimators}
    family = Family.of([frame["p"] for frame in frames.values()])
    for frame in frames.values():
        frame["verdict"] = [
            said or judge(p, family).value
            for said, p in zip(frame["verdict"], frame["p"], strict=True)
        ]
    return frames


def _rows(summary: pd.DataFrame, print_: PublishedTable, estimator: str) -> pd.DataFrame:
    """One row a printed figure; its verdict is left empty where there is a p to judge."""
    printed = published(print_.table)
    _check(summary, printed, print_, estimator)
    if print_.estimator:
        printed = printed[printed[print_.estimator] == print_.name_of(estimator)]
        require(
            len(printed) > 0,
            f"{print_.table} must have figures of the estimator",
            print_.name_of(estimator),
            "Say its printed name in `estimators`",
        )
    ours = summary[summary["estimator"] == estimator]
    cells = _cells(ours, print_)
    figures: dict[Key, Record] = {
        tuple(row[name] for name in _FIGURE): row for row in ours.to_dict("records")
    }
    rows = [_row(record, print_, cells, figures) for record in printed.to_dict("records")]
    return pd.DataFrame(rows).astype({"cell": "Int64"})


def _check(
    summary: pd.DataFrame, printed: pd.DataFrame, print_: PublishedTable, estimator: str
) -> None:
    """Raise `InputError` where a print does not belong to a table and a summary."""
    estimators = sorted(set(summary["estimator"]))
    require(estimator in estimators, "No such estimator", estimator, f"There are {estimators}")
    columns = [str(column) for column in printed]
    named = [*print_.keys, *print_.columns, *print_.ignored]
    named += [print_.estimator] if print_.estimator else []
    wrong = [column for column in named if column not in columns]
    require(not wrong, f"No such keys in {print_.table}", wrong, f"Its columns are {columns}")
    wrong = [ours for ours in print_.columns.values() if ours not in _FIGURE[1:]]
    require(not wrong, "No such columns to name figures by", wrong, f"There are {_FIGURE[1:]}")
    wrong = [factor for factor in print_.keys.values() if factor not in factors(summary)]
    require(not wrong, "No such factors in the summary", wrong, f"It has {factors(summary)}")


def _cells(ours: pd.DataFrame, print_: PublishedTable) -> dict[Key, int]:
    """Cell of each value of the keys."""
    cells: dict[Key, int] = {}
    for row in ours.drop_duplicates("cell").to_dict("records"):
        key = tuple(str(row[factor]) for factor in print_.keys.values())
        require(
            key not in cells,
            f"A figure of {print_.table} would belong to more than one cell",
            f"{dict(zip(print_.keys.values(), key, strict=True))}",
            "Name the other factors in `keys`, or give the summary of fewer cells",
        )
        cells[key] = int(row["cell"])
    return cells


def _row(
    record: Record, print_: PublishedTable, cells: Mapping[Key, int], figures: Mapping[Key, Record]
) -> dict[str, Any]:
    """One printed figure and ours."""
    named = {ours: str(record[theirs]) for theirs, ours in print_.columns.items()}
    parameter = named.get("parameter", str(record.get("parameter", "none")))
    inference = named.get("inference", "none")
    computed_as = print_.statistics.get(record["statistic"], record["statistic"])
    cell = cells.get(tuple(str(record[column]) for column in print_.keys))
    figure = figures.get((cell, inference, parameter, computed_as), _NO_FIGURE)
    theirs = {"published": record["value"], "decimals": record["decimals"]}
    ours = {"ours": figure["value"], "error": figure["error"]}
    found = difference(
        **ours,
        **theirs,
        used=figure["used"],
        replications=print_.replications,
        whole=_whole(figure),
        root=computed_as.removesuffix("_x100").endswith(_ROOTS),
    )
    said = Verdict.NOT_RUN if cell is None else _unjudged(found, figure, record)
    numbers = {name: math.nan if said else getattr(found, name) for name in _NUMBERS}
    sampled = {
        "influence": figure.get("influence"),
        "common_samples": figure.get("common_samples", ""),
    }
    known = {*print_.keys, *print_.columns, *print_.ignored, print_.estimator, *_PRINTED}
    return (
        {"cell": cell}
        | {factor: record[column] for column, factor in print_.keys.items()}
        | {"inference": inference, "parameter": parameter}
        | {str(name): record[name] for name in record if name not in known}
        | {"statistic": record["statistic"], "computed_as": computed_as}
        | ours
        | {name: figure[name] for name in ("attempted", "failed", "used")}
        | theirs
        | numbers
        | sampled
        | {"verdict": said.value if said else ""}
    )


def _unjudged(found: Difference, figure: Record, record: Record) -> Verdict | None:
    """Verdict on a figure that chance has no part in, or that nothing can be said of."""
    if math.isnan(found.ours):
        return Verdict.NOT_COMPUTED
    if math.isnan(figure["error"]):
        # One sample has no error.
        return Verdict.TOO_FEW if found.used < FEWEST else Verdict.NOT_COMPUTED
    if found.share:
        if found.used < FEWEST:
            return Verdict.TOO_FEW
        extreme = found.ours in (0.0, _whole(figure)) and found.ours == found.published
        return Verdict.AS_PRINTED if extreme else None
    if figure["error"] > ROUNDING * abs(found.ours):
        return Verdict.TOO_FEW if found.used < FEWEST else None
    print_ = found.published, int(record["decimals"])
    if rounds_to(found.ours, *print_):
        return Verdict.AS_PRINTED
    return Verdict.ROUNDED_TWICE if rounds_twice_to(found.ours, *print_) else Verdict.NOT_AS_PRINTED


def _whole(figure: Record) -> float | None:
    """What all replications together are, where a figure is a share of them."""
    if not math.isfinite(figure.get("low", math.nan)):
        return None
    return 100.0 if str(figure["statistic"]).endswith("_percent") else 1.0
