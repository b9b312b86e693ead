"""The network is cut in mid-run: to a worker, to the scheduler, for good or for a while."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import xarray as xr

from gfe_mc.clusters.connect import Scheduler
from gfe_mc.study.folder import BLOCKS
from gfe_mc.study.run import run_study
from gfe_mc.study.runner import ClusterLostError
from tests.clusters.proxy import Proxy, proxy
from tests.clusters.started import (
    HOST,
    port_of,
    scheduler_process,
    start_worker,
    stop,
    wait_for_workers,
)
from tests.study.disturbed import Slow, once, study, undisturbed
from tests.study.stores import assert_same_bytes

STUDY = study(Slow())
HOW = pytest.mark.parametrize("how", ["closed", "silent"])

Add = Callable[..., None]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return undisturbed(STUDY, tmp_path_factory.mktemp("known"))


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a scheduler that gives a silent worker up after seconds, not minutes."""
    for module in ("clusters.watch", "study.runner"):
        monkeypatch.setattr(f"gfe_mc.{module}.PULSE", 0.2)
    monkeypatch.setattr("gfe_mc.study.runner._FETCH", 2.0)
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "4s")
    with scheduler_process(tmp_path) as found:
        yield found


@pytest.fixture
def add(tmp_path: Path, address: str) -> Iterator[Add]:
    """Start workers, behind two proxies where there are some, and end those that are left."""
    started: list[subprocess.Popen[bytes]] = []

    def one(there: Proxy | None = None, back: Proxy | None = None) -> None:
        folder = tmp_path / f"worker{len(started)}"
        folder.mkdir()
        where, options = address, list[str]()
        if there is not None and back is not None:
            back.target = _free_port()
            where = there.address
            options = ["--listen-address", f"tcp://{HOST}:{back.target}"]
            options += ["--contact-address", back.address]
        started.append(start_worker(where, folder, options=options))

    yield one
    for process in started:
        stop(process)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def _cut(how: str, *proxies: Proxy) -> None:
    for one in proxies:
        one.cut() if how == "closed" else one.hold()


@pytest.mark.long
@HOW
def test_of_a_worker_whose_work_another_takes(
    how: str, address: str, add: Add, known: xr.Dataset, tmp_path: Path
) -> None:
    with proxy(port_of(address)) as there, proxy() as back:
        add(there, back)
        add()
        wait_for_workers(address, 2)
        made = run_study(
            STUDY.plan(),
            tmp_path / "results",
            backend=Scheduler(address),
            block_seconds=0.1,
            report=once(5, partial(_cut, how, there, back)),
        )
    assert_same_bytes(made, known)


@pytest.mark.long
@HOW
def test_of_the_only_worker_until_another_comes(
    how: str, address: str, add: Add, known: xr.Dataset, tmp_path: Path
) -> None:
    said: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        if "left" in words:
            add()

    with proxy(port_of(address)) as there, proxy() as back:
        add(there, back)
        wait_for_workers(address, 1)
        made = run_study(
            STUDY.plan(),
            tmp_path / "results",
            backend=Scheduler(address),
            block_seconds=0.1,
            report=once(5, partial(_cut, how, there, back)),
            say=say,
        )
    assert_same_bytes(made, known)
    assert said[-2].startswith(f"No workers are left at {address}; waiting")
    assert said[-1].startswith("Workers are there: 1")


@pytest.mark.slow
def test_to_the_scheduler_for_good(
    address: str, add: Add, known: xr.Dataset, tmp_path: Path
) -> None:
    add()
    folder = tmp_path / "results"
    with proxy(port_of(address)) as there, pytest.raises(ClusterLostError, match="scheduler is"):
        run_study(
            STUDY.plan(),
            folder,
            backend=Scheduler(there.address),
            block_seconds=0.1,
            report=once(5, there.cut),
        )
    assert len(list((folder / BLOCKS).glob("*"))) >= 5
    made = run_study(STUDY.plan(), folder, backend=Scheduler(address))
    assert_same_bytes(made, known)


@pytest.mark.long
def test_to_the_scheduler_for_a_while(
    address: str, add: Add, known: xr.Dataset, tmp_path: Path
) -> None:
    add()
    with proxy(port_of(address)) as there:

        def pause() -> None:
            there.hold()
            there.mend_after(6.0)

        made = run_study(
            STUDY.plan(),
            tmp_path / "results",
            backend=Scheduler(there.address),
            block_seconds=0.1,
            report=once(5, pause),
        )
    assert_same_bytes(made, known)
