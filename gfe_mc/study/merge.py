"""Results of one design from several folders, put together in another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from gfe_mc.errors import InputError, require
from gfe_mc.fit import Status
from gfe_mc.study.dataset import FINISHING, make_dataset, write_dataset
from gfe_mc.study.files import Entry, as_json, write_entries
from gfe_mc.study.folder import BLOCKS, DATASET, KEPT, PANEL_PATH, PROVENANCE, kept_name
from gfe_mc.study.join import Clash, join
from gfe_mc.study.layout import Layout
from gfe_mc.study.lock import hold
from gfe_mc.study.pool import Pool
from gfe_mc.study.sources import (
    Source,
    layout_of,
    require_of_design,
    require_same_design,
    template_of,
)
from gfe_mc.whole import of_results, write_result


def merge(
    folders: Sequence[Path],
    output: Path,
    *,
    say: Callable[[str], object] = id,
    present: Callable[[xr.Dataset], object] = id,
) -> xr.Dataset:
    """Put the results of one design together, and return their dataset.

    It is what one machine would have made of all their replications, but for times and for the
    record of runs, which has those of all. Folders that are merged are only read.

    Parameters
    ----------
    folders : sequence of Path
        Two or more folders of results.
    output : Path
        A folder without results.
    say : callable, optional
        Is told what is still missing.
    present : callable, optional
        Is given the dataset while the folder is held.

    Raises
    ------
    InputError
        Folders that cannot be read, or are of different designs; replications that several have
        and that are not the same; or an output that has results already.
    """
    folders = [folder.absolute() for folder in folders]
    output = output.absolute()
    _require_folders(folders, output)
    sources = [Source.read(one) for one in folders]
    for one in sources[1:]:
        require_same_design(sources[0], one)
    template = template_of(sources)
    provenance = _provenance(sources, template)
    layout = layout_of(template, provenance["study"])
    for one in sources:
        require_of_design(one, layout)
    pool = _joined(layout, sources)
    made = make_dataset(layout, pool, provenance)
    with hold(output) as held:
        _require_empty(output)
        _keep(sources, layout, output)
        write_result(output / PROVENANCE, as_json(provenance))
        _remember_panel(sources, output)
        held.confirm()
        write_dataset(made, output / DATASET, partial(say, FINISHING))
        present(made)
    _say_missing(layout, made, provenance["study"]["experiment"], say)
    return made


def _require_folders(folders: Sequence[Path], output: Path) -> None:
    real = [folder.resolve() for folder in folders]
    require(
        len(folders) >= 2 and len(set(real)) == len(real),
        "Results are merged from two or more different folders",
        ", ".join(map(str, folders)) or "none",
        "Name each folder once",
    )
    require(
        output.resolve() not in real,
        "The merged results must go to a folder of their own",
        output,
        "Choose another --output",
    )
    _require_empty(output)


def _require_empty(output: Path) -> None:
    require(
        not (output / DATASET).exists() and not any((output / BLOCKS).glob("*.npz")),
        "The output folder must have no results yet",
        output,
        "Choose another --output; what is in that one can be merged as well",
    )


def _provenance(sources: Sequence[Source], template: Source) -> dict[str, Any]:
    """What the merged folder says: of the study as of one, and of the runs of all."""
    planned = _planned(sources)
    study = {
        **template.study,
        "replications": max(one.study["replications"] for one in sources),
        "methods": [
            one | {"replications": planned[one["cell"], one["name"]]}
            for one in template.study["methods"]
        ],
    }
    study.pop("start", None)
    targets = [one.study.get("target") for one in sources]
    if any(target != targets[0] for target in targets):
        study.pop("target", None)
    runs: list[dict[str, Any]] = []
    for number, source in enumerate(sources):
        known = [_without_source(run) for run in runs]
        # A folder may have begun as a copy of another.
        new = [run for run in source.provenance["runs"] if _without_source(run) not in known]
        runs += [_without_source(run) | {"source": number} for run in new]
    return {"study": study, "panel": template.provenance.get("panel"), "runs": runs}


def _without_source(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name != "source"}


def _planned(sources: Sequence[Source]) -> dict[tuple[int, str], int]:
    """Replications of each method that some folder planned, by cell and estimator."""
    planned: dict[tuple[int, str], int] = {}
    for source in sources:
        for one in source.study["methods"]:
            place = one["cell"], one["name"]
            planned[place] = max(planned.get(place, 0), one["replications"])
    return planned


def _joined(layout: Layout, sources: Sequence[Source]) -> Pool:
    """Everything that is finished in any folder, which must be the same in all that have it."""
    pools = [one.finished.pool for one in sources]
    joined = Pool()
    clashes: list[Clash] = []
    for cell, method in layout.every():
        entries, found = join(layout, cell, method, pools)
        joined.add(entries)
        clashes += found
    if clashes:
        first = clashes[0]
        where = ", ".join(f"{name}={value}" for name, value in layout.factors[first.cell].items())
        differing = {(one.cell, one.estimator, one.replication) for one in clashes}
        raise InputError(
            "Replications that several folders have must be the same in all of them",
            f"{len(differing)} that are not, the first one in cell {first.cell} ({where}), "
            f"{first.estimator}, replication {first.replication}: {first.apart}, in "
            f"{sources[first.second].folder} beside {sources[first.first].folder}",
            "See which is right: gfe-mc replay, with --output of each; and leave the other out",
        )
    return joined


def _keep(sources: Sequence[Source], layout: Layout, output: Path) -> None:
    """Keep what folders kept beside their studies, and that is no part of this one."""
    asked = {key for _, one in layout.every() for key in one.parts.values()}
    by_file: dict[str, list[Entry]] = {}
    for entry in (one for source in sources for one in source.finished.kept):
        if entry.key not in asked:
            by_file.setdefault(kept_name(entry), []).append(entry)
    if by_file:
        with of_results(output / KEPT):
            (output / KEPT).mkdir(exist_ok=True)
    for name, entries in by_file.items():
        write_entries(output / KEPT / name, entries)


def _remember_panel(sources: Sequence[Source], output: Path) -> None:
    """Remember where the panel is, if a folder does."""
    for source in sources:
        if (source.folder / PANEL_PATH).exists():
            write_result(output / PANEL_PATH, (source.folder / PANEL_PATH).read_bytes())
            return


def _say_missing(layout: Layout, made: xr.Dataset, name: str, say: Callable[[str], object]) -> None:
    status = made["status"].transpose("cell", "estimator", "replication").to_numpy()
    missing = 0
    for cell, one in layout.every():
        own = status[cell, layout.estimators.index(one.estimator), : one.planned]
        missing += int(np.sum(np.isin(own, [Status.NOT_RUN, Status.WORKER_LOST])))
    if missing:
        say(f"{missing} replications are still to be run: gfe-mc run {name}, with this --output.")
