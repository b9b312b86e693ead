"""Damaged files of a store: python -m tests.reliability.bits 1000."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.study import catalogue
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import BLOCKS, DATASET, KEPT
from gfe_mc.study.plan import Plan
from gfe_mc.study.store import open_store, stored_rows
from tests.reliability.counts import Counts
from tests.reliability.runs import STUDY, same
from tests.study.stores import complete, fill

Rows = dict[str, dict[str, dict[str, np.ndarray]]]


def attack(n: int, seed: int, folder: Path) -> Counts:
    """Damage a file of a store, one bit as a rule, and read the store."""
    rng = np.random.default_rng(seed)
    counts = Counts()
    plan = _filled(folder / "store")
    files = [folder / "store" / DATASET]
    for place in (BLOCKS, KEPT):
        files += sorted((folder / "store" / place).glob("*.npz"))
    known, rows = load_dataset(files[0]), _rows(folder / "store", plan)
    for _ in range(n):
        # Half of the damage is done to the dataset, and half to the rest.
        path = files[0] if rng.random() < 0.5 else files[int(rng.integers(1, len(files)))]
        whole = path.read_bytes()
        how, damaged = _damaged(whole, rng)
        path.write_bytes(damaged)
        kind = "dataset" if path == files[0] else path.parent.name
        try:
            came = _read(folder / "store", plan, known, rows)
        except InputError as error:
            if path.name in str(error):
                counts.well(f"{kind}, {how}: refused by name")
            else:
                counts.badly(f"{kind}, {how}: another file named", error)
        except BaseException as error:
            counts.badly(f"{kind}, {how}: raised {type(error).__name__}", error)
        else:
            if came:
                counts.well(f"{kind}, {how}: no number touched")
            else:
                counts.badly(f"{kind}, {how}: silently other numbers", path)
        path.write_bytes(whole)
    return counts


def _filled(folder: Path) -> Plan:
    """A store with a dataset, blocks beside it, and results that are kept."""
    experiment = catalogue.find(str(STUDY))
    complete(experiment.plan(replications=4, seed=1), folder)
    complete(experiment.plan(replications=6), folder)
    plan = experiment.plan(replications=12)
    fill(open_store(folder, plan), size=3)
    assert all(any((folder / place).glob("*.npz")) for place in (BLOCKS, KEPT))
    return plan


def _damaged(whole: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    content = bytearray(whole)
    place = int(rng.integers(len(content)))
    chance = rng.random()
    if chance < 0.9:
        content[place] ^= 1 << int(rng.integers(8))
        return "one bit", bytes(content)
    if chance < 0.94:
        return "cut off", bytes(content[:place])
    if chance < 0.97:
        content[place : place + 512] = bytes(len(content[place : place + 512]))
        return "zeros", bytes(content)
    return "foreign", rng.bytes(len(content))


def _rows(folder: Path, plan: Plan) -> Rows:
    return {
        key: {str(part): found[0] for part, found in parts.items()}
        for key, parts in stored_rows(folder, plan).items()
    }


def _read(folder: Path, plan: Plan, known: xr.Dataset, rows: Rows) -> bool:
    """Read a store in every way; return whether it holds what it held."""
    if not same(load_dataset(folder / DATASET), known):
        return False
    found = _rows(folder, plan)
    return all(
        np.array_equal(found[key][part][name], values, equal_nan=values.dtype.kind == "f")
        for key, parts in rows.items()
        for part, variables in parts.items()
        for name, values in variables.items()
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(attack(int(sys.argv[1]), 0, Path(place)))
