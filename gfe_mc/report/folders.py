"""Where the results of a study are, and what a user should know of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts
from gfe_mc.report.tables.target import missed_targets
from gfe_mc.study import catalogue
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.experiment import Experiment
from gfe_mc.study.folder import (
    BLOCKS,
    DATASET,
    KEPT,
    PROVENANCE,
    kept,
    read_provenance,
)

RESULTS = Path("results")


def read_study(folder: Path) -> xr.Dataset:
    """Read the dataset of a study from its folder.

    Raises
    ------
    InputError
        The folder holds no study, or no finished dataset.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from gfe_mc import Experiment, GroupedEffects, PooledOLS, Threads, read_study
    >>> experiment = Experiment(
    ...     name="pooled",
    ...     title="Pooled least squares where units are in groups",
    ...     source="none",
    ...     factors={"N": (20,)},
    ...     dgp=lambda panel, N: GroupedEffects(N, 5, 2, separation=3.0),
    ...     estimators={"pooled": PooledOLS()},
    ...     parameters=("theta1",),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = experiment.run(folder=folder, replications=2, backend=Threads(1))
    ...     stored = read_study(Path(folder))
    >>> stored.title, stored.estimate.equals(study.estimate)
    ('Pooled least squares where units are in groups', True)
    """
    study = read_provenance(folder)["study"]
    require(
        (folder / DATASET).exists(),
        "The study must be complete",
        f"{folder}, whose run was stopped, or whose {DATASET} was left out for its size",
        f"Run it again, it goes on from there: gfe-mc run {study['experiment']}",
    )
    return load_dataset(folder / DATASET)


def studies(place: Path | None = None) -> list[Path]:
    """Return the folders of studies in a folder; `results/` if None."""
    return sorted(path.parent for path in (place or RESULTS).glob(f"*/{PROVENANCE}"))


def is_unfinished(folder: Path) -> bool:
    """Return whether there are finished blocks that a study's dataset does not hold yet.

    Raises
    ------
    InputError
        The folder holds no study.
    """
    read_provenance(folder)
    return any((folder / BLOCKS).glob("*.npz"))


def declaration_of(name: str) -> Experiment | None:
    """Return the experiment of a name or a file; None where there is no such name.

    Raises
    ------
    InputError
        A file that cannot be read.
    """
    if name.endswith(".py") or name in catalogue.names():
        return catalogue.find(name)
    return None


def find_folder(
    name: str, experiment: Experiment | None = None, *, missing_ok: bool = False
) -> Path:
    """Return the folder of a study's results: those of a panel, else the synthetic ones.

    Parameters
    ----------
    name
        Of the study, or its file.
    experiment
        Its declaration, whose name is that of the folder; None where it is not at hand.
    missing_ok
        Whether there may be none.

    Raises
    ------
    InputError
        There are none, unless `missing_ok`.
    """
    stem = Path(name).stem if experiment is None else experiment.name
    candidates = [RESULTS / stem, RESULTS / f"{stem}-synthetic"]
    for folder in candidates:
        if folder.is_dir():
            return folder
    require(
        missing_ok,
        f"There must be results of {stem}",
        f"no {' and no '.join(map(str, candidates))}",
        f"Run it first: gfe-mc run {name}; or name their folder by --output",
    )
    return candidates[0]


def any_used(study: xr.Dataset) -> bool:
    """Whether any replication of a study can be used."""
    return bool(counts.used(study).any())


def warnings(folder: Path, study: xr.Dataset) -> list[str]:
    """Say what the user of a run should not miss.

    Methods without results, a target that was not reached, and what was kept.
    """
    used = np.asarray(counts.used(study).any(axis=2))
    asked = np.asarray(counts.attempted(study).any(axis=2))
    names = [str(name) for name in study["estimator"].to_numpy()]
    said = [
        f"No replication of {name} could be used in {int((asked & ~used)[:, j].sum())} of "
        f"{int(asked[:, j].sum())} cells: the table of what did not end well says why."
        for j, name in enumerate(names)
        if (asked & ~used)[:, j].any()
    ]
    target = json.loads(study.attrs["provenance"])["study"].get("target")
    if target is not None:
        said += missed_targets(target)
    files = kept(folder)
    if files:
        said.append(
            f"Results of options, estimators or cells that are no part of the study any more are "
            f"kept in its folder {KEPT}; `gfe-mc clean` removes them."
        )
    return said
