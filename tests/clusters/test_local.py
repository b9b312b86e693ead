"""Workers on this machine: nobody else on it may give them work, or change what they do."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from distributed import Client, Security

from gfe_mc.clusters import replacing
from gfe_mc.clusters.connect import Processes, Threads, connect, dashboard
from gfe_mc.clusters.local import n_cores
from tests.helpers import refused


@pytest.fixture(scope="module")
def processes() -> Iterator[Client]:
    with connect(Processes(1)) as client:
        yield client


@pytest.fixture(scope="module")
def threads() -> Iterator[Client]:
    with connect(Threads(1)) as client:
        yield client


def test_processes_talk_over_tls(processes: Client) -> None:
    information = processes.scheduler_info()
    for address in (information["address"], *information["workers"]):
        assert address.startswith("tls://127.0.0.1:")


@pytest.mark.parametrize("security", [None, Security.temporary()])
def test_a_client_without_the_certificate_is_refused(
    processes: Client, security: Security | None
) -> None:
    """One that talks plainly, and one with a certificate of its own making."""
    there = processes.scheduler_info()
    for address in (there["address"], *there["workers"]):
        asked = address if security is not None else address.replace("tls://", "tcp://")
        with pytest.raises(OSError):
            Client(asked, security=security, timeout=1, set_as_default=False)
    assert processes.submit(abs, -1).result() == 1


@pytest.mark.parametrize("kind", ["processes", "threads"])
def test_what_workers_put_aside_is_in_a_folder_of_their_own(
    kind: str, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(kind)
    for worker in client.scheduler_info()["workers"].values():
        folder = next(p for p in Path(worker["local_directory"]).parents if "gfe-mc-" in p.name)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["processes", "threads"])
def test_the_dashboard_shows_and_changes_nothing(kind: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(kind)
    home = f"http://{urlsplit(dashboard(client)).netloc}"
    for path in ("/health", "/json/counts.json", "/api/v1/retire_workers", "/proxy/1/h/x", "/"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = requests.request(method, home + path, json={"workers": "all"}, timeout=10)
            assert answer.status_code in (403, 404, 405), (path, method)
    for path in ("/api/v1/retire_workers", "/api/v1/get_workers", "/proxy/1/127.0.0.1/x"):
        assert requests.get(home + path, timeout=10).status_code == 404
    assert requests.get(f"{home}/health", timeout=10).status_code == 200
    assert len(client.nthreads()) == 1


def test_more_than_a_machine_can_start_is_refused() -> None:
    with refused(f"`threads` must be a number that one machine can start; got {10**9}"):
        Threads(10**9)
    with refused(f"Give at most 256; {n_cores()} would use every core"):
        Processes(10**6)


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), RuntimeError("no start")])
def test_workers_that_cannot_start_are_explained(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr("gfe_mc.clusters.local.LocalCluster", fails)
    with refused("Workers must be able to start on this machine"), connect(Threads(1)):
        pass


def test_a_worker_whose_nanny_has_given_up_is_started_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replacing, "PULSE", 0.2)
    with connect(Processes(1)) as client:
        cluster = client.cluster
        assert cluster is not None
        (before,) = client.nthreads()
        (nanny,) = cluster.workers.values()
        cluster.sync(nanny.close)
        deadline = time.monotonic() + 240
        while not set(client.nthreads()) - {before}:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert client.submit(sum, [1, 2]).result() == 3
    assert not cluster.workers
