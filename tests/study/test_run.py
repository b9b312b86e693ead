"""The same bytes whatever the schedule: workers, threads, blocks, kills and resumes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Experiment, Fit, Panel, Status
from gfe_mc.clusters.connect import Processes, Scheduler, Threads
from gfe_mc.data.fetch import CACHE_VARIABLE
from gfe_mc.study import catalogue
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import BLOCKS, DATASET
from gfe_mc.study.run import default_folder, read_panel, run_study
from gfe_mc.study.runner import ClusterLostError, Progress
from tests import small
from tests.reliability.runs import Command

ROOT = Path(__file__).resolve().parents[2]


def assert_same_bytes(one: xr.Dataset, other: xr.Dataset) -> None:
    assert set(one.data_vars) == set(other.data_vars)
    for name in one.data_vars:
        if name in ("seconds", "message"):
            continue
        assert one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes(), name
    assert one["message"].to_numpy().tolist() == other["message"].to_numpy().tolist()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("reference")
    return run_study(small.experiment().plan(), folder, backend=Threads(1))


@pytest.mark.parametrize(
    ("backend", "block_seconds"),
    [
        (Threads(2), 1.5),
        (Threads(2), 1e-9),
        pytest.param(Processes(1), 1.5, marks=pytest.mark.long),
        pytest.param(Processes(2), 0.001, marks=pytest.mark.slow),
    ],
)
def test_schedule_changes_nothing(
    reference: xr.Dataset, tmp_path: Path, backend: Threads | Processes, block_seconds: float
) -> None:
    dataset = run_study(
        small.experiment().plan(), tmp_path, backend=backend, block_seconds=block_seconds
    )
    assert_same_bytes(dataset, reference)


def test_progress_and_provenance(tmp_path: Path) -> None:
    seen: list[int] = []
    addresses: list[str] = []

    def follow(progress: Progress) -> None:
        assert progress.planned == 48
        seen.append(progress.done)

    run_study(
        small.experiment().plan(),
        tmp_path,
        backend=Threads(2),
        begin=addresses.append,
        report=follow,
    )
    assert seen[0] == 0
    assert seen[-1] == 48
    assert seen == sorted(seen)
    assert addresses[0].startswith("http://127.0.0.1:")
    (run,) = json.loads((tmp_path / "provenance.json").read_text())["runs"]
    assert run["backend"] == "threads"
    assert run["slots"] == 2
    assert run["replications"] == 48
    assert run["seconds_inside_replications"] > 0
    assert set(run["libraries"]) >= {"numpy", "numba", "dask"}


def test_complete_study_is_not_run_again(tmp_path: Path) -> None:
    plan = small.experiment().plan()
    first = run_study(plan, tmp_path, backend=Threads(1))
    stamp = (tmp_path / DATASET).stat().st_mtime_ns

    def begin(_: str) -> None:
        raise AssertionError("a cluster was started")

    again = run_study(plan, tmp_path, begin=begin)
    assert again.identical(first)
    assert (tmp_path / DATASET).stat().st_mtime_ns == stamp


SLOW_DECLARATION = """
import time
from dataclasses import dataclass

from tests import small


@dataclass(frozen=True)
class Slow:
    def fit(self, panel, rng):
        time.sleep(0.05)
        return small.PooledOLS().fit(panel, rng)


declared = small.experiment(replications=40)
object.__setattr__(declared, "estimators", lambda G: {"slow": Slow()})
object.__setattr__(declared, "report", None)
experiment = declared
"""


def run_and_stop(
    declaration: Path, folder: Path, how: signal.Signals, *options: str
) -> tuple[int | None, str]:
    """Start a study, stop it in the middle, and return its exit code and what it said."""
    arguments = ("run", str(declaration), "--output", str(folder), *options)
    command = Command.start(folder.parent / "said", *arguments)
    deadline = time.monotonic() + 120
    while len(list((folder / BLOCKS).glob("*.npz"))) < 5:
        assert command.alive, command.text()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    command.send(how)
    return command.end(), command.text()


@pytest.mark.slow
def test_interrupted_and_resumed(tmp_path: Path) -> None:
    declaration = tmp_path / "slow.py"
    declaration.write_text(SLOW_DECLARATION)
    options = ("--threads", "2", "--block-seconds", "0.1")
    code, said = run_and_stop(declaration, tmp_path / "killed", signal.SIGINT, *options)
    assert not (tmp_path / "killed" / DATASET).exists()
    assert code == 130
    assert "same command goes on" in said
    assert "Traceback" not in said
    finished = len(list((tmp_path / "killed" / BLOCKS).glob("*.npz")))
    arguments = ("run", str(declaration), "--output", str(tmp_path / "killed"), *options)
    again = Command.start(tmp_path / "said", *arguments)
    assert again.end() == 0, again.text()
    plan = catalogue.find(str(declaration)).plan()
    run_study(plan, tmp_path / "undisturbed", backend=Threads(2), block_seconds=0.1)
    runs = json.loads((tmp_path / "killed" / "provenance.json").read_text())["runs"]
    assert finished > 0
    assert runs[-1]["replications"] < 80
    assert_same_bytes(
        load_dataset(tmp_path / "killed" / DATASET),
        load_dataset(tmp_path / "undisturbed" / DATASET),
    )


def lethal_experiment(flag: Path, once: bool) -> Experiment:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Lethal:
        flag: str
        once: bool

        def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
            marked = int(abs(panel.y[0, 0]) * 1e6) % 29 == 0
            if os.getpid() != int(Path(self.flag).read_text()) and marked:
                spent = Path(self.flag + ".spent")
                if not (self.once and spent.exists()):
                    spent.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
            return small.PooledOLS().fit(panel, rng)

    flag.write_text(str(os.getpid()))
    declared = small.experiment((3,), replications=40)
    object.__setattr__(declared, "estimators", lambda G: {"lethal": Lethal(str(flag), once)})  # noqa: ARG005
    object.__setattr__(declared, "report", None)
    return declared


@pytest.mark.slow
def test_worker_killed_in_mid_run_costs_no_result(tmp_path: Path) -> None:
    plan = lethal_experiment(tmp_path / "flag", once=True).plan()
    dataset = run_study(plan, tmp_path / "killed", backend=Processes(2), block_seconds=0.01)
    assert (tmp_path / "flag.spent").exists()
    undisturbed = run_study(plan, tmp_path / "whole", backend=Threads(1))
    assert_same_bytes(dataset, undisturbed)


@pytest.mark.long
def test_replication_that_always_kills_is_recorded(tmp_path: Path) -> None:
    plan = lethal_experiment(tmp_path / "flag", once=False).plan()
    dataset = run_study(plan, tmp_path / "killed", backend=Processes(2), block_seconds=0.01)
    undisturbed = run_study(plan, tmp_path / "whole", backend=Threads(1))
    lost = (dataset["status"] == Status.WORKER_LOST).to_numpy().ravel()
    guilty = [
        int(abs(keyed.sample(n).panel.y[0, 0]) * 1e6) % 29 == 0
        for keyed in plan.methods.values()
        for n in range(40)
    ]
    assert lost.tolist() == guilty
    assert any(guilty)
    np.testing.assert_array_equal(
        dataset["estimate"].to_numpy()[:, :, ~lost], undisturbed["estimate"].to_numpy()[:, :, ~lost]
    )
    assert (dataset["message"].to_numpy().ravel()[lost] == Status.WORKER_LOST.message).all()


@pytest.mark.slow
def test_scheduler_that_dies_is_told_from_a_result(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    module = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    host = ["--host", "127.0.0.1", "--no-dashboard"]
    note = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    scheduler = subprocess.Popen(
        [*module, *host, "--port", "0", "--scheduler-file", str(note)],
        cwd=tmp_path,
        **quiet,  # type: ignore[call-overload]
    )
    while not note.exists():
        assert scheduler.poll() is None
        time.sleep(0.1)
    address = json.loads(note.read_text())["address"]
    worker = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, *host],
        cwd=tmp_path,
        **quiet,  # type: ignore[call-overload]
    )
    declaration = tmp_path / "slow.py"
    declaration.write_text(SLOW_DECLARATION)
    plan = catalogue.find(str(declaration)).plan()

    def kill(progress: Progress) -> None:
        if progress.done > 10:
            scheduler.kill()

    try:
        with pytest.raises(ClusterLostError):
            run_study(
                plan, tmp_path / "lost", backend=Scheduler(address), block_seconds=0.1, report=kill
            )
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()
    kept = len(list((tmp_path / "lost" / BLOCKS).glob("*.npz")))
    assert kept > 0
    dataset = run_study(plan, tmp_path / "lost", backend=Threads(2))
    assert (dataset["status"] == Status.SUCCESS).all()


def test_panel_is_remembered(
    democracy_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    experiment = catalogue.find("bm_table3")
    source = read_panel(experiment, democracy_path)
    assert default_folder(experiment, source) == Path("results/bm_table3")
    assert source.describe(experiment)["file"] == democracy_path.name  # type: ignore[index]
    none = read_panel(experiment, None)
    assert none.panel is None
    assert "SYNTHETIC" in str(none.describe(experiment))
    assert default_folder(experiment, none) == Path("results/bm_table3-synthetic")
    (tmp_path / "panel.path").write_text(f"{democracy_path}\n")
    remembered = read_panel(experiment, None, tmp_path)
    assert remembered.path == democracy_path


def test_an_experiment_runs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    declared = small.experiment(replications=3)
    made = declared.run(backend=Threads(1))
    assert_same_bytes(made, load_dataset(tmp_path / "results" / "small" / DATASET))
    assert_same_bytes(made, run_study(declared.plan(), tmp_path / "apart", backend=Threads(1)))
    longer = declared.run(backend=Threads(1), replications=4, folder="results/small")
    assert longer.sizes["replication"] == 4
    assert longer["seconds"].isel(replication=slice(3)).equals(made["seconds"])
