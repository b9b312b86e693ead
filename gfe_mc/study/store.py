"""What is stored of a plan: blocks as they come, and the dataset that they become."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.study import dataset as of_dataset
from gfe_mc.study.block import Block, own_variables
from gfe_mc.study.files import Entry, as_json, write_entries
from gfe_mc.study.folder import (
    BLOCKS,
    DATASET,
    KEPT,
    PROVENANCE,
    kept_name,
    next_run,
    read_pool,
    read_provenance,
    require_own,
    same_study,
)
from gfe_mc.study.layout import Layout
from gfe_mc.study.lock import Held
from gfe_mc.study.method import Keyed, Part
from gfe_mc.study.pool import Pool, Rows
from gfe_mc.study.remaining import Again, Remaining, missing, require_known
from gfe_mc.study.stored import read_entries as entries_of
from gfe_mc.whole import PARTIAL, write_result

if TYPE_CHECKING:
    from gfe_mc.study.plan import Plan


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
    held : Held, optional
        The folder as it is held by the run that writes it.
    """

    folder: Path
    plan: Plan
    run: int = 0
    written: list[str] = field(default_factory=list)
    held: Held | None = None

    def write(self, block: Block) -> None:
        """Keep a finished block: all of it, or nothing.

        Raises
        ------
        InputError
            It cannot be written.
        TakenOverError
            Another run has taken over the folder.
        """
        self._confirm()
        numbers = block.replications
        # In the order of their names, later ones count: a replication that is run again does.
        name = (
            f"{self.run:04d}-{len(self.written):06d}-"
            f"{block.method[:16]}-{numbers[0]:08d}-{numbers[-1]:08d}.npz"
        )
        write_entries(self.folder / BLOCKS / name, self.entries(block), block.wall)
        self.written.append(name)

    def entries(self, block: Block) -> list[Entry]:
        """Return what a block holds, part by part, as it is stored."""
        keyed = self.plan.methods[block.method]
        return [
            Entry(
                keyed.parts[part],
                part,
                self.plan.names[keyed.key],
                block.replications,
                values,
                own_variables(keyed, part),
                self._where(keyed),
            )
            for part, values in block.values.items()
        ]

    @property
    def layout(self) -> Layout:
        """How its dataset is laid out."""
        return Layout.of(self.plan)

    def read_provenance(self) -> dict[str, Any]:
        """Read what the folder says of its study: `study`, `panel`, `runs`."""
        return read_provenance(self.folder)

    def write_provenance(self, provenance: Mapping[str, Any]) -> None:
        """Replace what the folder says of its study."""
        path = self.folder / PROVENANCE
        write_result(path, as_json(provenance))

    def pool(self) -> Pool:
        """Read everything that is finished, of the study as it is declared now or not.

        Raises
        ------
        InputError
            A file of the store cannot be read.
        """
        return read_pool(self.folder)

    def rows(self) -> dict[str, dict[Part, tuple[Rows, np.ndarray]]]:
        """Return the rows of every part of every method, and which are finished, by its key."""
        pool, layout = self.pool(), self.layout
        return {
            key: of_dataset.rows_of(layout, pool, method)
            for key, (_, method) in zip(self.plan.methods, layout.every(), strict=True)
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
        plan, found = self.plan, self.rows()
        return {
            key: missing(keyed, found[key], plan.planned[key], again, plan.names[key], plan.start)
            for key, keyed in plan.methods.items()
        }

    def consolidate(self, note: Callable[[], object] = list) -> xr.Dataset:
        """Write `replications.nc` from all that is finished, and drop the blocks that it holds.

        What is no part of the study as it is declared now goes to `kept`. Blocks are dropped when
        the dataset was read back from the disk as it is.

        Parameters
        ----------
        note : callable, optional
            Is called at an interrupt, which waits until the dataset is written.

        Raises
        ------
        InputError
            Something cannot be read or written; nothing is lost.
        TakenOverError
            Another run has taken over the folder.
        """
        blocks = sorted((self.folder / BLOCKS).glob("*.npz"))
        target = self.folder / DATASET
        stored = None if blocks else self.presented()
        if stored is not None:
            return stored
        pool = self.pool()
        made = of_dataset.make_dataset(self.layout, pool, self.read_provenance())
        asked = [key for keyed in self.plan.methods.values() for key in keyed.parts.values()]
        kept = [entry for entry in pool.others(asked) if len(entry.replications)]
        before = sorted((self.folder / KEPT).glob("*.npz"))
        self._keep(kept)
        self._confirm()
        of_dataset.write_dataset(made, target, note)
        now = {kept_name(entry) for entry in kept}
        for path in [*blocks, *[path for path in before if path.name not in now]]:
            path.unlink()
        return made

    def dataset(self) -> xr.Dataset:
        """Return everything that is finished as one dataset, in the order of the grid."""
        return of_dataset.make_dataset(self.layout, self.pool(), self.read_provenance())

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

    def _confirm(self) -> None:
        if self.held is not None:
            self.held.confirm()

    def _presents(self, stored: xr.Dataset) -> bool:
        study = json.loads(stored.attrs["provenance"])["study"]
        if not same_study(study, self.plan):
            return False
        asked = {
            (self.plan.names[keyed.key], part, key)
            for keyed in self.plan.methods.values()
            for part, key in keyed.parts.items()
        }
        entries = entries_of(stored)
        return asked == {(entry.estimator, entry.part, entry.key) for entry in entries}

    def _keep(self, entries: list[Entry]) -> None:
        by_file: dict[str, list[Entry]] = {}
        for entry in entries:
            by_file.setdefault(kept_name(entry), []).append(entry)
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


def open_store(folder: Path, plan: Plan, held: Held | None = None) -> Store:
    """Open the folder of a study, or make it; the run that writes it holds it.

    A study may gain, lose or change cells, estimators, inference methods and metrics: what is
    finished and still asked for is taken up, and the rest is kept.

    Parameters
    ----------
    folder : Path
        The folder.
    plan : Plan
        The study as it is declared now.
    held : Held, optional
        The folder as it is held.

    Raises
    ------
    InputError
        The folder cannot be written, or holds another study, or results of another version of the
        computation.
    """
    runs = next_run(folder)
    try:
        (folder / BLOCKS).mkdir(parents=True, exist_ok=True)
        if (folder / PROVENANCE).exists():
            stored = read_provenance(folder)
            runs = max(runs, len(stored["runs"]))
            if (folder / DATASET).exists() or any((folder / BLOCKS).glob("*.npz")):
                require_own(folder, stored["study"], plan)
        elif (folder / DATASET).exists():
            raise InputError(
                "A folder with results must say what they are",
                f"{folder} with {DATASET} but without {PROVENANCE}",
                "Restore that file, or choose another --output",
            )
        # What runs that were killed left in the middle.
        for place in (folder, folder / BLOCKS, folder / KEPT):
            for partial in place.glob(f"*{PARTIAL}"):
                partial.unlink()
    except OSError as error:
        raise InputError(
            "The output folder must be writable", f"{folder}: {error}", "Choose another --output"
        ) from None
    store = Store(folder, plan, runs, held=held)
    if not (folder / PROVENANCE).exists():
        store.write_provenance({"study": plan.describe(), "panel": None, "runs": []})
    return store


def stored_rows(folder: Path, plan: Plan) -> dict[str, dict[Part, tuple[Rows, np.ndarray]]]:
    """Read what a folder holds of a plan, by key of the method, without touching the folder.

    Raises
    ------
    InputError
        The folder holds no study, another one, or results of another version of the computation.
    """
    require_own(folder, read_provenance(folder)["study"], plan)
    return Store(folder, plan).rows()
