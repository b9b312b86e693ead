"""A study from its declaration to its dataset: plan, run what is missing, put it together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import xarray as xr

from gfe_mc.clusters.connect import Backend, Client, Threads, backend_of, connect, dashboard
from gfe_mc.clusters.standing import Standing
from gfe_mc.data.fetch import fetched
from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.study.block import Block
from gfe_mc.study.bounds import Bounds, OutOfTimeError
from gfe_mc.study.dataset import FINISHING
from gfe_mc.study.experiment import Experiment
from gfe_mc.study.faults import summary
from gfe_mc.study.folder import PANEL_PATH
from gfe_mc.study.growth import grow
from gfe_mc.study.lock import hold
from gfe_mc.study.log import Log, heard
from gfe_mc.study.plan import Plan
from gfe_mc.study.provenance import circumstances, file_identity
from gfe_mc.study.remaining import Again, Remaining
from gfe_mc.study.runner import Progress, run
from gfe_mc.study.size import require_room
from gfe_mc.study.stages import Stages
from gfe_mc.study.store import Store, open_store
from gfe_mc.version import __version__
from gfe_mc.whole import write_result


@dataclass(frozen=True)
class PanelSource:
    """The panel that a study is calibrated to, and the file that it comes from.

    Attributes
    ----------
    panel : Panel, optional
        None for the synthetic one that comes with the package, or if the study uses none.
    path : Path, optional
        Its file.
    """

    panel: Panel | None = None
    path: Path | None = None

    def describe(self, experiment: Experiment) -> dict[str, Any] | None:
        """Return what is recorded of it beside results."""
        if experiment.columns is None:
            return None
        if self.panel is None:
            return {"label": "SYNTHETIC panel: regressors drawn from estimated moments"}
        if self.path is None:
            return {"label": "panel from memory"}
        return {"label": f"panel {self.path.name}", **file_identity(self.path)}


def read_panel(
    experiment: Experiment, path: str | Path | None, folder: Path | None = None
) -> PanelSource:
    """Read the panel of a study.

    It is the file that is given, else the one that the folder of results remembers, else the one
    that was fetched, else none: the synthetic one.

    Raises
    ------
    InputError
        The study uses no panel, or the errors of `Panel.from_file`.
    """
    columns = experiment.columns
    if columns is None:
        require(path is None, f"{experiment.name} uses no panel", str(path), "Leave the panel out")
        return PanelSource()
    chosen = Path(path) if path is not None else _remembered(folder)
    if chosen is None and experiment.dataset is not None:
        chosen = fetched(experiment.dataset)
    return PanelSource() if chosen is None else PanelSource(columns.read(chosen), chosen)


def default_folder(experiment: Experiment, source: PanelSource, *, part: bool = False) -> Path:
    """Return where results go unless told otherwise.

    Those of a synthetic panel go apart, and so do those of a part of a study.
    """
    synthetic = experiment.columns is not None and source.panel is None
    ending = ("-synthetic" if synthetic else "") + ("-part" if part else "")
    return Path("results") / (experiment.name + ending)


def run_study(
    plan: Plan,
    folder: Path,
    *,
    backend: Backend | Client | None = None,
    source: PanelSource | None = None,
    block_seconds: float | None = None,
    begin: Callable[[str], object] = id,
    report: Callable[[Progress], object] = id,
    say: Callable[[str], object] = id,
    again: Again | None = None,
    most_failures: int | None = None,
    most_seconds: float | None = None,
    replication_seconds: float | None = None,
    take_over: bool = False,
    present: Callable[[xr.Dataset], object] = id,
) -> xr.Dataset:
    """Run what is missing of a Monte Carlo study, and return its dataset.

    The folder is this run's alone for as long as it takes.

    A plan with a target grows until that is reached in every cell: see `Target`.

    Parameters
    ----------
    plan : Plan
        From `Experiment.plan`.
    folder : Path
        Where results are kept; a run that was interrupted goes on from there.
    backend : Backend or Client, optional
        Where the workers are, or a Dask client of them; a thread for each core if None.
    source : PanelSource, optional
        The panel, for the record.
    block_seconds : float, optional
        How long a task should take; by the rule of `gfe_mc.study.sizing` if None.
    begin : callable, optional
        Is told the address of the dashboard once the scheduler is there.
    report : callable, optional
        Is told how far the run has come: at the start, after each block, and every few seconds.
    say : callable, optional
        Is told in words what the user should know at once: that there are no workers.
    again : Again, optional
        What is run again although it is finished.
    most_failures : int, optional
        The run ends once something raised in more replications than this; never if None.
    most_seconds : float, optional
        The run ends in order before so many seconds have passed, not counting how long it takes to
        write its dataset: what is finished is presented, and the rest is left to another run.
    replication_seconds : float, optional
        Time limit for a replication of a method, and for drawing a sample; none if None.
    take_over : bool, default False
        As in `gfe_mc.study.lock.hold`.
    present : callable, optional
        Is given the dataset while the folder is still held: what it writes there is of this run.

    Raises
    ------
    InputError
        From `hold`, `open_store`, `connect` and `run`.
    ClusterLostError, TooManyFailuresError, OutOfTimeError
        From `run`; the same call goes on.
    TakenOverError
        Another run was told to take over the folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from gfe_mc import Experiment, GroupedEffects, PooledOLS, Threads, run_study
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
    ...     plan = experiment.plan(replications=2)
    ...     first = run_study(plan, Path(folder), backend=Threads(1))
    ...     plan = experiment.plan(replications=3)  # one more: the first two are kept
    ...     study = run_study(plan, Path(folder), backend=Threads(1))
    >>> study.sizes["replication"], study.estimate[:, :, :2].equals(first.estimate)
    (3, True)
    """
    bounds = Bounds(most_failures, most_seconds, replication_seconds)
    require_room(plan)
    # What a study runs may change the working directory.
    folder = folder.absolute()
    with hold(folder, take_over=take_over) as held:
        store = open_store(folder, plan, held)
        if plan.target is not None:
            workers = Threads() if backend is None else backend_of(backend)
            run_stage = partial(_run_remaining, block_seconds=block_seconds, say=say)
            with Standing(workers) as standing:
                stages = Stages(standing, run_stage, bounds, begin, report, say)
                start, note = partial(_begin, source=source), partial(say, FINISHING)
                grown = grow(store, again or Again(), start, stages.run, say, note)
            present(grown)
            if stages.out_of_time is not None:
                raise stages.out_of_time
            return grown
        remaining = store.remaining(again)
        finished = None if any(remaining.values()) else store.presented()
        out_of_time = None
        if finished is None or store.has_blocks():
            if finished is None:
                _begin(store, source)
            if any(remaining.values()):
                workers = Threads() if backend is None else backend_of(backend)
                try:
                    _run_remaining(
                        store,
                        remaining,
                        workers,
                        bounds,
                        block_seconds=block_seconds,
                        begin=begin,
                        report=report,
                        say=say,
                    )
                except OutOfTimeError as error:
                    out_of_time = error
            finished = store.consolidate(partial(say, FINISHING))
        present(finished)
        if out_of_time is not None:
            raise out_of_time
        return finished


def _run_remaining(
    store: Store,
    remaining: Remaining,
    backend: Backend,
    bounds: Bounds,
    *,
    block_seconds: float | None,
    begin: Callable[[str], object],
    report: Callable[[Progress], object],
    say: Callable[[str], object],
) -> None:
    """Run replications, and record when, where and how fast, however it ends."""
    log = Log(store.folder, store.plan)
    record: dict[str, Any] = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "backend": backend.kind,
        **({"start": store.plan.start} if store.plan.start else {}),
        **circumstances(),
    }
    progress = Progress(sum(len(numbers) for works in remaining.values() for _, numbers in works))
    clock = time.perf_counter()
    running = None
    how = "interrupted"

    def follow(now: Progress) -> None:
        nonlocal progress
        progress = now
        log.progress(now)
        report(now)

    def keep(block: Block) -> None:
        store.write(block)
        log.block(block)

    log.begin(remaining, backend=backend.kind, version=__version__)
    say = heard(log, say)
    try:
        with connect(backend, say) as client:
            begin(dashboard(client))
            running = time.perf_counter()
            follow(progress)
            run(
                remaining,
                keep,
                client,
                block_seconds=block_seconds,
                report=follow,
                say=say,
                bounds=bounds,
            )
            record["wall_seconds"] = round(time.perf_counter() - running, 2)
            how = "finished"
    except Exception as error:
        how = summary(error)
        raise
    finally:
        log.end(how, progress)
        record["slots"] = progress.slots
        record["replications"] = progress.done
        record["failed"] = progress.failed
        record["seconds_inside_replications"] = round(progress.inside, 2)
        if running is not None and progress.first_block is not None:
            record["seconds_to_first_block"] = round(running - clock + progress.first_block, 2)
        provenance = store.read_provenance()
        provenance["runs"].append(record)
        store.write_provenance(provenance)


def _begin(store: Store, source: PanelSource | None) -> None:
    """Say in the folder what its study is from now on, and which panel it is of."""
    provenance = store.read_provenance()
    provenance["study"] = store.plan.describe()
    if source is not None:
        provenance["panel"] = source.describe(store.plan.experiment)
        if source.path is not None:
            path = os.fsencode(source.path.resolve()) + b"\n"
            write_result(store.folder / PANEL_PATH, path)
    store.write_provenance(provenance)


def _remembered(folder: Path | None) -> Path | None:
    """Return the panel's file that the folder was made from, if it is still there."""
    note = None if folder is None else folder / PANEL_PATH
    if note is None or not note.exists():
        return None
    path = Path(os.fsdecode(note.read_bytes().removesuffix(b"\n")))
    return path if path.exists() else None
