"""What of a study is planned and not in its dataset yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from gfe_mc.metrics import counts
from gfe_mc.report.content import described
from gfe_mc.report.html.options import in_words
from gfe_mc.report.render import Table
from gfe_mc.study.folder import BLOCKS, PROVENANCE, read_provenance


@dataclass(frozen=True)
class Unfinished:
    """How far a study has come.

    Attributes
    ----------
    done, planned : int
        Replications of all methods.
    blocks : int
        Files of finished replications that are not in the dataset yet.
    table : Table
        Methods that lack replications.
    """

    done: int
    planned: int
    blocks: int
    table: Table


def unfinished(study: xr.Dataset, folder: Path) -> Unfinished | None:
    """Return what is missing of a study as it is declared in its folder; None if nothing is.

    Parameters
    ----------
    study : xarray.Dataset
        Its dataset, which may be of fewer replications, cells or estimators.
    folder : Path
        The folder: its provenance says what is planned now.
    """
    said = described(study)
    planned = read_provenance(folder)["study"] if (folder / PROVENANCE).is_file() else said
    there = _attempted(study, said)
    names = list(dict.fromkeys(name for one in planned["methods"] for name in one["factors"]))
    rows, done = [], 0
    for one in planned["methods"]:
        asked, has = int(one["replications"]), there.get(_key(one), 0)
        done += min(has, asked)
        if has < asked:
            values = [in_words(one["factors"].get(name, "")) for name in names]
            rows.append((*values, str(one["name"]), f"{has:,}", f"{asked:,}"))
    if not rows:
        return None
    table = Table("What is missing", (*names, "estimator", "done", "planned"), tuple(rows))
    whole = sum(int(one["replications"]) for one in planned["methods"])
    return Unfinished(done, whole, len(list((folder / BLOCKS).glob("*.npz"))), table)


def _attempted(study: xr.Dataset, said: Mapping[str, Any]) -> dict[str, int]:
    """Replications in the dataset, by method."""
    number = counts.attempted(study).sum(axis=2)
    places = {str(name): j for j, name in enumerate(study["estimator"].to_numpy())}
    cells = {int(label["cell"]): i for i, label in enumerate(counts.labels(study))}  # type: ignore[call-overload]
    return {
        _key(one): int(number[cells[one["cell"]], places[one["name"]]])
        for one in said["methods"]
        if one["cell"] in cells and one["name"] in places
    }


def _key(one: Mapping[str, Any]) -> str:
    """What a method is known by here: its cell, by factors, and its name."""
    return json.dumps([one["factors"], one["name"]], sort_keys=True)
