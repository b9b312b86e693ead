"""The number of groups that criteria choose, replication by replication."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.moments import Figure
from gfe_mc.metrics.summary import COLUMNS, INFLUENCES, influence_of
from gfe_mc.selection.criterion import Choice, Penalty, choose


def along_paths(
    study: xr.Dataset,
    penalties: Mapping[str, Penalty],
    n_slopes: int,
    *,
    influences: bool = False,
) -> pd.DataFrame:
    """Compute how often criteria choose each number of groups, from objectives along each path.

    Parameters
    ----------
    study : xarray.Dataset
        With the variable `path`, the objective at each number of groups from 1.
    penalties : mapping of str to Penalty
        Penalties of the criteria, by name.
    n_slopes : int
        Number of slopes K.
    influences : bool, default False
        Whether figures come with what each replication adds to their errors, as of `summarize`.

    Returns
    -------
    DataFrame
        In the columns of a summary; `parameter` is the number of groups, and `statistic` the
        criterion's name with "_percent", a share of the replications.

    Raises
    ------
    InputError
        The study has no paths.
    """
    study = counts.loaded(study)
    require(
        "path" in study,
        "The study must have paths",
        "none",
        "Use ChosenGFE as an estimator, and record Path()",
    )
    used, attempted = counts.used(study), counts.attempted(study)
    paths = counts.array(study, "path")
    designs = counts.designs(study)
    rows = []
    for i, label in enumerate(counts.labels(study)):
        for j, estimator in enumerate(study["estimator"].to_numpy()):
            counting = used[i, j]
            own = paths[i, j, counting]
            # Shorter paths than the longest of the study are filled up.
            own = own[:, np.isfinite(own).any(axis=0)]
            if not own.size:
                continue
            counted = {"attempted": int(attempted[i, j].sum()), "failed": 0, "used": len(own)}
            counted["failed"] = counted["attempted"] - counted["used"]
            names = {"estimator": str(estimator), "inference": "none"}
            for name, penalty in penalties.items():
                choices = _choices(own, label, n_slopes, penalty)
                for groups in range(1, own.shape[1] + 1):
                    figure = _share_of(choices, groups)
                    what = {"parameter": str(groups), "statistic": f"{name}_percent"}
                    row = label | names | what | _numbers(figure) | counted
                    if influences:
                        influence = influence_of(figure, counting)
                        row |= {"influence": influence, "common_samples": designs[i]}
                    rows.append(row)
    return _frame(study, rows, influences=influences)


def across_cells(
    study: xr.Dataset,
    penalties: Mapping[str, Penalty],
    n_slopes: int,
    factor: str = "G",
    *,
    influences: bool = False,
) -> pd.DataFrame:
    """Compute criteria at each number of groups, and how often each is chosen, across cells.

    Parameters
    ----------
    study : xarray.Dataset
        Its cells have the same samples, and a factor that numbers groups 1, ..., G_max; cells
        whose value is no such number are left out.
    penalties : mapping of str to Penalty
        As in `along_paths`.
    n_slopes : int
        As in `along_paths`.
    factor : str, default "G"
        Name of the factor.
    influences : bool, default False
        As in `along_paths`.

    Returns
    -------
    DataFrame
        In the columns of a summary: `statistic` is the criterion's name (its mean) and the name
        with "_percent" (share of the replications in which the cell's number is chosen).

    Raises
    ------
    InputError
        The numbers of groups are not 1, ..., G_max.
    """
    study = counts.loaded(study)
    labels = counts.labels(study)
    require(
        all(factor in label for label in labels),
        "The study must have the factor that numbers groups",
        f"no factor {factor}",
        "Name the factor",
    )
    numbered = [(int(str(x[factor])), i) for i, x in enumerate(labels) if str(x[factor]).isdigit()]
    cells = dict(numbered)
    require(
        len(cells) == len(numbered),
        f"Cells must differ in the factor {factor} alone",
        f"{len(numbered)} cells with {len(cells)} numbers of groups",
        "Choose among the cells of one design at a time",
    )
    numbers = sorted(cells)
    require(
        numbers == list(range(1, len(numbers) + 1)),
        f"Cells must have every number of groups from 1 in the factor {factor}",
        str(numbers),
        "Add the cells that are missing",
    )
    positions = [cells[number] for number in numbers]
    used, attempted = counts.used(study)[positions], counts.attempted(study)[positions]
    objectives = counts.array(study, "objective")[positions]
    designs = counts.designs(study)
    rows = []
    for j, estimator in enumerate(study["estimator"].to_numpy()):
        everywhere = used[:, j].all(axis=0)
        paths = objectives[:, j, everywhere].T
        if not len(paths):
            continue
        asked = int(attempted[:, j].all(axis=0).sum())
        counted = {"attempted": asked, "failed": asked - len(paths), "used": len(paths)}
        names = {"estimator": str(estimator), "inference": "none", "parameter": "none"}
        for name, penalty in penalties.items():
            choices = _choices(paths, labels[positions[0]], n_slopes, penalty)
            for number, position in zip(numbers, positions, strict=True):
                label = labels[position] | names
                mean = moments.mean(np.array([c.values[number - 1] for c in choices]))
                share = _share_of(choices, number)
                for statistic, figure in ((name, mean), (f"{name}_percent", share)):
                    row = label | {"statistic": statistic} | _numbers(figure) | counted
                    if influences:
                        influence = influence_of(figure, np.asarray(everywhere))
                        row |= {"influence": influence, "common_samples": designs[position]}
                    rows.append(row)
    return _frame(study, rows, influences=influences)


def _frame(study: xr.Dataset, rows: list[dict[str, Any]], *, influences: bool) -> pd.DataFrame:
    """Put rows into the columns of a summary, if there are any or not."""
    labels = counts.labels(study)
    names = [name for name in labels[0] if name != "cell"] if labels else []
    further = INFLUENCES if influences else ()
    return pd.DataFrame(rows, columns=["cell", *names, *COLUMNS[1:], *further])


def _choices(
    paths: np.ndarray, label: Mapping[str, Any], n_slopes: int, penalty: Penalty
) -> list[Choice]:
    n_units, n_periods = int(label["N"]), int(label["T"])
    return [choose(path, n_units, n_periods, n_slopes, penalty) for path in paths]


def _share_of(choices: list[Choice], groups: int) -> Figure:
    return moments.proportion(np.array([choice.n_groups == groups for choice in choices])).times(
        100
    )


def _numbers(figure: Figure) -> dict[str, float]:
    return {name: getattr(figure, name) for name in ("value", "error", "low", "high")}
