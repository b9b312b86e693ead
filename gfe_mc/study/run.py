"""A study from its declaration to its dataset: plan, run what is missing, put it together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xarray as xr

from gfe_mc.clusters.connect import Backend, Threads, connect, dashboard, n_slots
from gfe_mc.data.fetch import fetched
from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.study.experiment import Experiment, Plan
from gfe_mc.study.provenance import circumstances, file_identity
from gfe_mc.study.replicate import run_block
from gfe_mc.study.runner import Tally, run
from gfe_mc.study.store import Store, open_store

_PANEL_PATH = "panel.path"
"""Where a folder remembers the path of its panel; meant for this machine only."""


@dataclass(frozen=True)
class PanelSource:
    """The panel that a study is calibrated to, and the file that it comes from.

    Attributes
    ----------
    panel
        None for the synthetic one that comes with the package, or if the study uses none.
    path
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


def default_folder(experiment: Experiment, source: PanelSource) -> Path:
    """Return where results go unless told otherwise; those of a synthetic panel go apart."""
    synthetic = experiment.columns is not None and source.panel is None
    return Path("results") / (experiment.name + ("-synthetic" if synthetic else ""))


def run_study(
    plan: Plan,
    folder: Path,
    *,
    backend: Backend | None = None,
    source: PanelSource | None = None,
    block_seconds: float = 1.5,
    begin: Callable[[str], object] = id,
    report: Callable[[Tally], object] = id,
) -> xr.Dataset:
    """Run what is missing of a study, and return its dataset.

    Parameters
    ----------
    plan
        From `Experiment.plan`.
    folder
        Where results are kept; a run that was interrupted goes on from there.
    backend
        Where the workers are; a thread for each core if None.
    source
        The panel, for the record.
    block_seconds
        How long a task should take.
    begin
        Is told the address of the dashboard once the workers are there.
    report
        Is told how far the run has come, at the start and after each block.

    Raises
    ------
    InputError
        From `open_store` and `connect`.
    ClusterLostError
        From `run`; the same call goes on.
    """
    store = open_store(folder, plan)
    if source is not None:
        _remember(store, source)
    remaining = store.remaining()
    if any(remaining.values()):
        _run_remaining(store, remaining, backend or Threads(), block_seconds, begin, report)
    return store.consolidate()


def _run_remaining(
    store: Store,
    remaining: dict[str, list[int]],
    backend: Backend,
    block_seconds: float,
    begin: Callable[[str], object],
    report: Callable[[Tally], object],
) -> None:
    """Run replications, and record when, where and how fast, however it ends."""
    record: dict[str, Any] = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "backend": type(backend).__name__.lower(),
        **circumstances(),
    }
    tally = Tally(sum(len(numbers) for numbers in remaining.values()))
    clock = time.perf_counter()
    running = None

    def follow(now: Tally) -> None:
        nonlocal tally
        tally = now
        report(now)

    try:
        _compile(store.plan)
        with connect(backend) as client:
            begin(dashboard(client))
            record["slots"] = n_slots(client)
            running = time.perf_counter()
            follow(tally)
            run(
                store.plan.arms,
                remaining,
                store.write,
                client,
                block_seconds=block_seconds,
                report=follow,
            )
            record["wall_seconds"] = round(time.perf_counter() - running, 2)
    finally:
        record["replications"] = tally.done
        record["failed"] = tally.failed
        record["seconds_inside_replications"] = round(tally.inside, 2)
        if running is not None and tally.first_block is not None:
            record["seconds_to_first_block"] = round(running - clock + tally.first_block, 2)
        provenance = store.read_provenance()
        provenance["runs"].append(record)
        store.write_provenance(provenance)


def _compile(plan: Plan) -> None:
    """Compile in this process what the workers need, before several of them do it at once."""
    for arm in plan.cells[0].arms.values():
        run_block(arm, [0])


def _remember(store: Store, source: PanelSource) -> None:
    provenance = store.read_provenance()
    provenance["panel"] = source.describe(store.plan.experiment)
    store.write_provenance(provenance)
    if source.path is not None:
        (store.folder / _PANEL_PATH).write_text(str(source.path.resolve()) + "\n")


def _remembered(folder: Path | None) -> Path | None:
    """Return the panel's file that the folder was made from, if it is still there."""
    note = None if folder is None else folder / _PANEL_PATH
    if note is None or not note.exists():
        return None
    path = Path(note.read_text().strip())
    return path if path.exists() else None
