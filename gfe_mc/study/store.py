"""The folder of a study: blocks, the dataset that they become, and what is known of both.

`provenance.json` says what the study is and how it was run; `blocks/` takes finished blocks, each
written once and whole; `replications.nc` holds the dataset. Blocks that are in the dataset are
removed. `kept/` holds what is finished and no part of the study as it is declared now: results of
an option that was changed, say. They are taken up again where they are asked for again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from gfe_mc.errors import InputError, require
from gfe_mc.study import dataset as of_dataset
from gfe_mc.study import legacy
from gfe_mc.study.block import Block
from gfe_mc.study.files import Entry, as_json, read_entries, write_entries, write_whole
from gfe_mc.study.method import Keyed, Part
from gfe_mc.study.pool import Pool, Rows
from gfe_mc.study.remaining import Again, Remaining, missing, require_known
from gfe_mc.study.stored import read_entries as entries_of
from gfe_mc.version import COMPUTATION

if TYPE_CHECKING:
    from gfe_mc.study.plan import Plan

PROVENANCE = "provenance.json"
DATASET = "replications.nc"
BLOCKS = "blocks"
KEPT = "kept"
PARTIAL = ".partial"


@dataclass(frozen=True)
class Store:
    """A folder that holds a study; made by `open_store`.

    Attributes
    ----------
    folder : Path
        The folder.
    plan : Plan
        The study as it is declared now.
    run : int, default 0
        Number of the run, in the names of its blocks.
    written : list of str, optional
        Names of the blocks that were written in this run.
    """

    folder: Path
    plan: Plan
    run: int = 0
    written: list[str] = field(default_factory=list)

    def write(self, block: Block) -> None:
        """Keep a finished block: all of it, or nothing."""
        keyed = self.plan.methods[block.method]
        numbers = block.replications
        entries = [
            Entry(
                keyed.parts[part],
                part,
                self.plan.names[keyed.key],
                numbers,
                values,
                of_dataset.own_variables(keyed, part),
                self._where(keyed),
            )
            for part, values in block.values.items()
        ]
        # In the order of their names, later ones count: a replication that is run again does.
        name = (
            f"{self.run:04d}-{len(self.written):06d}-"
            f"{keyed.key[:16]}-{numbers[0]:08d}-{numbers[-1]:08d}.npz"
        )
        write_entries(self.folder / BLOCKS / name, entries, block.wall)
        self.written.append(name)

    def read_provenance(self) -> dict[str, Any]:
        """Read what the folder says of its study: `study`, `panel`, `runs`."""
        return read_provenance(self.folder)

    def write_provenance(self, provenance: Mapping[str, Any]) -> None:
        """Replace what the folder says of its study."""
        write_whole(self.folder / PROVENANCE, lambda file: file.write(as_json(provenance)))

    def pool(self) -> Pool:
        """Read everything that is finished, of the study as it is declared now or not.

        Raises
        ------
        InputError
            A file of the store cannot be read.
        """
        pool = Pool()
        for path in sorted((self.folder / KEPT).glob("*.npz")):
            pool.add(read_entries(path))
        if (self.folder / DATASET).exists():
            stored = of_dataset.load_dataset(self.folder / DATASET)
            pool.add(entries_of(stored, self.plan))
        for path in sorted((self.folder / BLOCKS).glob("*.npz")):
            pool.add(read_entries(path))
        return pool

    def rows(self) -> dict[str, dict[Part, tuple[Rows, np.ndarray]]]:
        """Return the rows of every part of every method, and which are finished, by its key."""
        pool = self.pool()
        return {
            key: of_dataset.rows_of(self.plan, pool, keyed, self.plan.planned[key])
            for key, keyed in self.plan.methods.items()
        }

    def remaining(self, again: Again | None = None) -> Remaining:
        """Return what is planned and not finished, by key of the method.

        Raises
        ------
        InputError
            A name of what is to be run again that is none of the study's.
        """
        again = Again() if again is None else again
        require_known(self.plan, again.names)
        found = self.rows()
        return {
            key: missing(keyed, found[key], self.plan.planned[key], again, self.plan.names[key])
            for key, keyed in self.plan.methods.items()
        }

    def consolidate(self) -> xr.Dataset:
        """Write `replications.nc` from all that is finished, and drop the blocks that it holds.

        What is no part of the study as it is declared now goes to `kept`.
        """
        blocks = sorted((self.folder / BLOCKS).glob("*.npz"))
        target = self.folder / DATASET
        stored = None if blocks else self.presented()
        if stored is not None:
            return stored
        pool = self.pool()
        made = of_dataset.make_dataset(self.plan, pool, self.read_provenance())
        asked = [key for keyed in self.plan.methods.values() for key in keyed.parts.values()]
        kept = [entry for entry in pool.others(asked) if len(entry.replications)]
        before = sorted((self.folder / KEPT).glob("*.npz"))
        self._keep(kept)
        partial = self.folder / f"{DATASET}.{os.getpid()}{PARTIAL}"
        try:
            of_dataset.write_dataset(made, partial)
            os.replace(partial, target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        now = {_kept_name(entry) for entry in kept}
        for path in [*blocks, *[path for path in before if path.name not in now]]:
            path.unlink()
        return made

    def dataset(self) -> xr.Dataset:
        """Return everything that is finished as one dataset, in the order of the grid."""
        return of_dataset.make_dataset(self.plan, self.pool(), self.read_provenance())

    def has_blocks(self) -> bool:
        """Return whether there are blocks that no dataset holds yet."""
        return any((self.folder / BLOCKS).glob("*.npz"))

    def is_presented(self) -> bool:
        """Return whether the folder's dataset is that of the study as it is declared now."""
        return self.presented() is not None

    def presented(self) -> xr.Dataset | None:
        """Return the folder's dataset if it is that of the study as it is declared now."""
        target = self.folder / DATASET
        stored = of_dataset.load_dataset(target) if target.exists() else None
        return stored if stored is not None and self._presents(stored) else None

    def _presents(self, stored: xr.Dataset) -> bool:
        study = json.loads(stored.attrs["provenance"])["study"]
        if _names(legacy.modern(study)) != _names(self.plan.describe()):
            return False
        asked = {
            (self.plan.names[keyed.key], part, key)
            for keyed in self.plan.methods.values()
            for part, key in keyed.parts.items()
        }
        entries = entries_of(stored, self.plan)
        return asked == {(entry.estimator, entry.part, entry.key) for entry in entries}

    def _keep(self, entries: list[Entry]) -> None:
        by_file: dict[str, list[Entry]] = {}
        for entry in entries:
            by_file.setdefault(_kept_name(entry), []).append(entry)
        if by_file:
            (self.folder / KEPT).mkdir(exist_ok=True)
        for name, own in by_file.items():
            path = self.folder / KEPT / name
            write_entries(path, own)

    def _where(self, keyed: Keyed) -> dict[str, Any]:
        """Factors of a method's cell."""
        for cell in self.plan.cells:
            if any(one.key == keyed.key for one in cell.methods.values()):
                return {
                    name: value.item() if isinstance(value, np.generic) else value
                    for name, value in cell.factors.items()
                }
        return {}


def _kept_name(entry: Entry) -> str:
    return f"{entry.key[:16]}-{'-'.join(filter(None, entry.part[:1]))}.npz"


def kept(folder: Path) -> list[Path]:
    """Return the files of a folder that hold what is no part of its study any more."""
    return sorted((folder / KEPT).glob("*.npz"))


def read_kept(folder: Path) -> list[Entry]:
    """Read what is finished and no part of the study as it is declared now."""
    return [entry for path in kept(folder) for entry in read_entries(path)]


def clean(folder: Path) -> int:
    """Remove what is no part of a folder's study any more; return how many files it was in."""
    files = kept(folder)
    for path in files:
        path.unlink()
    return len(files)


def open_store(folder: Path, plan: Plan) -> Store:
    """Open the folder of a study, or make it.

    A study may gain, lose or change cells, estimators, inference methods and metrics: what is
    finished and still asked for is taken up, and the rest is kept.

    Raises
    ------
    InputError
        The folder cannot be written, or holds another study, or results of another version of the
        computation.
    """
    runs = 0
    try:
        (folder / BLOCKS).mkdir(parents=True, exist_ok=True)
        if (folder / PROVENANCE).exists():
            stored = read_provenance(folder)
            runs = len(stored["runs"])
            if (folder / DATASET).exists() or any((folder / BLOCKS).glob("*.npz")):
                _refuse_other(folder, stored["study"], plan)
        elif (folder / DATASET).exists():
            raise InputError(
                "A folder with results must say what they are",
                f"{folder} with {DATASET} but without {PROVENANCE}",
                "Restore that file, or choose another --output",
            )
        for partial in folder.rglob(f"*{PARTIAL}"):
            partial.unlink()
    except OSError as error:
        raise InputError(
            "The output folder must be writable", f"{folder}: {error}", "Choose another --output"
        ) from None
    store = Store(folder, plan, runs)
    if not (folder / PROVENANCE).exists():
        store.write_provenance({"study": plan.describe(), "panel": None, "runs": []})
    return store


def read_provenance(folder: Path) -> dict[str, Any]:
    """Read what a folder of results says that they are.

    Raises
    ------
    InputError
        The folder does not hold a study.
    """
    try:
        provenance: dict[str, Any] = json.loads((folder / PROVENANCE).read_text())
        if not isinstance(provenance, dict) or not isinstance(provenance.get("study"), dict):
            raise ValueError("it says nothing of a study")
    except (OSError, ValueError) as error:
        raise InputError(
            "The folder must hold a study", f"{folder}: {error}", "Run it first, or name its folder"
        ) from None
    return provenance


def stored_rows(folder: Path, plan: Plan) -> dict[str, dict[Part, tuple[Rows, np.ndarray]]]:
    """Read what a folder holds of a plan, by key of the method, without touching the folder.

    Raises
    ------
    InputError
        The folder holds no study, another one, or results of another version of the computation.
    """
    _refuse_other(folder, read_provenance(folder)["study"], plan)
    return Store(folder, plan).rows()


def _refuse_other(folder: Path, study: Mapping[str, Any], plan: Plan) -> None:
    """Refuse the folder of another study, or of another version of the computation."""
    computations = sorted(legacy.computations(study))
    require(
        computations in ([], [COMPUTATION]),
        "The output folder must be of the same version of the computation",
        f"{folder}, whose results are of version {', '.join(map(str, computations))}, while this "
        f"is {COMPUTATION}: the numbers differ",
        "Install the version that made it, or choose another --output",
    )
    ours = {keyed.fit_key for keyed in plan.methods.values()}
    require(
        study["experiment"] == plan.experiment.name or bool(ours & legacy.fit_keys(study)),
        "The output folder must belong to the same study",
        f"{folder}, which holds {study['experiment']}, for {plan.experiment.name}",
        "Choose another --output",
    )


def _names(study: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says of a study, which may change without any number changing."""
    kept = {
        key: study[key] for key in ("experiment", "title", "source", "parameters", "seed", "first")
    }
    methods = [
        (one["cell"], json.dumps(one["factors"], sort_keys=True), one["name"])
        for one in study["methods"]
    ]
    report = json.dumps(_said(study["report"]), sort_keys=True)
    return kept | {"report": report, "methods": sorted(methods)}


def _said(value: Any) -> Any:
    """Leave out what says nothing: options that were added later, say."""
    if not isinstance(value, Mapping):
        return value
    return {key: found for key, one in value.items() if (found := _said(one))}
