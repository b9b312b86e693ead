"""What figures of a study say in words: cells, parameters, and how many replications."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gfe_mc.metrics import counts
from gfe_mc.visible import visible


def name_of(name: object) -> str:
    """Return a name as it is drawn: it is no formula, whatever dollars are in it."""
    return visible(str(name)).replace("$", r"\$")


def cell_titles(study: xr.Dataset) -> list[str]:
    """Return the factors of each cell in which cells differ, such as "G = 3"."""
    return [_listed(label, _varying(study)) for label in counts.labels(study)]


def symbol(parameter: str) -> str:
    """Return the symbol of a slope ("theta1"), or the name of another parameter."""
    number = parameter.removeprefix("theta")
    if number.isdecimal() and number.isascii():
        return rf"$\theta_{{{number}}}$"
    return name_of(parameter.replace("_", " "))


def common(study: xr.Dataset) -> str:
    """Return the factors that all cells have in common, such as "N = 90, T = 7"."""
    label = counts.labels(study)[0]
    return _listed(label, [name for name in label if name not in {"cell", *_varying(study)}])


def described(study: xr.Dataset, estimator: int) -> str:
    """Describe an estimator, by position: name, replications, and what all cells have in common."""
    same = common(study)
    name = name_of(study["estimator"].to_numpy()[estimator])
    text = f"estimator {name}, {replications(study, [estimator])}"
    return f"{text}; {same}" if same else text


def replications(study: xr.Dataset, estimators: list[int]) -> str:
    """Say how many replications estimators have in a cell, and how many of them are used."""
    asked = counts.attempted(study)[:, estimators].sum(axis=2)
    used = counts.used(study)[:, estimators].sum(axis=2)
    if not asked.any():
        return "no replications"
    text = f"{_range(asked[asked > 0])} replications a cell"
    return text if np.array_equal(asked, used) else f"{text}, {_range(used[asked > 0])} used"


def _varying(study: xr.Dataset) -> list[str]:
    labels = counts.labels(study)
    return [
        name
        for name in labels[0]
        if name != "cell" and any(label[name] != labels[0][name] for label in labels)
    ]


def _listed(label: dict[str, object], names: list[str]) -> str:
    return ", ".join(f"{name_of(name)} = {name_of(label[name])}" for name in names)


def _range(numbers: np.ndarray) -> str:
    low, high = int(numbers.min()), int(numbers.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
