"""The folder of a study: which files are in it, and what they say.

`provenance.json` says what the study is and how it was run; `blocks/` takes finished blocks, each
written once and whole; `replications.nc` holds the dataset. Blocks that are in the dataset are
removed. `kept/` holds what is finished and no part of the study as it is declared now: results of
an option that was changed, say. They are taken up again where they are asked for again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from gfe_mc.errors import InputError, require
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.files import Entry, read_entries
from gfe_mc.study.pool import Pool
from gfe_mc.study.stored import read_entries as entries_of
from gfe_mc.study.validity import computations, fit_keys, require_provenance
from gfe_mc.version import COMPUTATION

if TYPE_CHECKING:
    from gfe_mc.study.plan import Plan

PROVENANCE = "provenance.json"
DATASET = "replications.nc"
BLOCKS = "blocks"
KEPT = "kept"
PANEL_PATH = "panel.path"
"""Where a folder remembers the path of its panel; meant for this machine only."""
_READS = 5
"""Times that a folder is read in which files come and go."""


def read_provenance(folder: Path) -> dict[str, Any]:
    """Read what a folder of results says that they are.

    Raises
    ------
    InputError
        The folder does not hold a study.
    """
    try:
        provenance: dict[str, Any] = json.loads((folder / PROVENANCE).read_text())
        require_provenance(provenance)
    except (OSError, ValueError) as error:
        raise InputError(
            "The folder must hold a study", f"{folder}: {error}", "Run it first, or name its folder"
        ) from None
    return provenance


@dataclass(frozen=True, eq=False)
class Finished:
    """What is finished in a folder.

    Attributes
    ----------
    dataset : xarray.Dataset or None
        Its dataset, if there is one.
    entries : list of Entry
        What is in the dataset, and after that what is in blocks.
    kept : list of Entry
        What is kept beside them.
    """

    dataset: xr.Dataset | None
    entries: list[Entry]
    kept: list[Entry]

    @property
    def pool(self) -> Pool:
        """All of it, in the order in which later ones count."""
        pool = Pool()
        pool.add(self.kept)
        pool.add(self.entries)
        return pool


def read_pool(folder: Path) -> Pool:
    """Read everything that is finished in a folder, of a plan or not.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    return read_finished(folder).pool


def read_finished(folder: Path) -> Finished:
    """Read what is finished in a folder, by where it is found.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    for _ in range(_READS):
        try:
            return _read(folder)
        except FileNotFoundError as error:
            # A run that goes on has put blocks into the dataset after they were listed.
            gone = error
    raise InputError(
        "The folder must hold still while it is read", f"{folder}: {gone}", "Try again"
    )


def _read(folder: Path) -> Finished:
    beside = read_kept(folder)
    blocks = sorted((folder / BLOCKS).glob("*.npz"))
    target = folder / DATASET
    stored = load_dataset(target) if target.exists() else None
    entries: list[Entry] = []
    if stored is not None:
        try:
            entries += entries_of(stored)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise InputError(
                "The dataset must hold what it says",
                f"{target}: {type(error).__name__}: {error}",
                "Restore it from a copy; or delete it, and its replications are run again",
            ) from None
    for path in blocks:
        entries += read_entries(path)
    return Finished(stored, entries, beside)


def kept_name(entry: Entry) -> str:
    """Return the name of the file that an entry is kept in."""
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


def next_run(folder: Path) -> int:
    """Return a number above those of all blocks; a run that was killed is in no record."""
    numbers = [path.name.partition("-")[0] for path in (folder / BLOCKS).glob("*.npz")]
    return max((int(number) + 1 for number in numbers if number.isdecimal()), default=0)


def require_own(folder: Path, study: Mapping[str, Any], plan: Plan) -> None:
    """Refuse the folder of another study, or of another version of the computation."""
    versions = sorted(computations(study))
    require(
        versions in ([], [COMPUTATION]),
        "The output folder must be of the same version of the computation",
        f"{folder}, whose results are of version {', '.join(map(str, versions))}, while this "
        f"is {COMPUTATION}: the numbers differ",
        "Install the version that made it, or choose another --output",
    )
    ours = {keyed.fit_key for keyed in plan.methods.values()}
    require(
        study["experiment"] == plan.experiment.name or bool(ours & fit_keys(study)),
        "The output folder must belong to the same study",
        f"{folder}, which holds {study['experiment']}, for {plan.experiment.name}",
        "Choose another --output",
    )


def same_study(study: Mapping[str, Any], plan: Plan) -> bool:
    """Return whether a description is that of a plan, in all that a report says of a study."""
    return _names(study) == _names(plan.describe())


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
    return kept | {"report": report, "methods": sorted(methods), "target": study.get("target")}


def _said(value: Any) -> Any:
    """Leave out what says nothing: options that were added later, say."""
    if not isinstance(value, Mapping):
        return value
    return {key: found for key, one in value.items() if (found := _said(one))}
