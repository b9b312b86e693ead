"""Where workers are: loopback only, and clear refusals."""

from collections.abc import Iterator
from contextlib import contextmanager

import dask
import psutil
import pytest
from distributed import Client

from gfe_mc import InputError
from gfe_mc.clusters.connect import (
    Processes,
    Say,
    Scheduler,
    Threads,
    backend_of,
    choose,
    connect,
    dashboard,
)
from tests.helpers import refused


def listening() -> set[tuple[str, int]]:
    """Addresses at which this process and those that it started listen."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return {
        (one.laddr.ip, one.laddr.port)
        for process in processes
        for one in process.net_connections()
        if one.status == psutil.CONN_LISTEN
    }


@pytest.mark.parametrize(("backend", "slots"), [(Threads(3), 3), (Processes(1), 1)])
def test_listens_on_loopback_only(backend: Threads | Processes, slots: int) -> None:
    before = listening()
    with connect(backend) as client:
        assert sum(client.nthreads().values()) == slots
        assert dashboard(client).startswith("http://127.0.0.1:")
        new = listening() - before
        assert {host for host, _ in new} == {"127.0.0.1"}
        if isinstance(backend, Threads):  # nothing but the dashboards of scheduler and worker
            assert len(new) == 2
    assert not (listening() - before)


def test_choice() -> None:
    assert choose() == Threads(None)
    assert choose(threads=2) == Threads(2)
    assert choose(workers=2) == Processes(2)
    assert choose(scheduler="tcp://127.0.0.1:1") == Scheduler("tcp://127.0.0.1:1")
    assert choose(scheduler="tcp://h:1", patience=2.0) == Scheduler("tcp://h:1", patience=2.0)
    with refused("Patience is for a scheduler"):
        choose(threads=2, patience=2.0)
    with refused("`patience` must be a positive number"):
        choose(scheduler="tcp://h:1", patience=0.0)
    with pytest.raises(InputError, match="threads and workers"):
        choose(threads=1, workers=1)
    with pytest.raises(InputError, match="`threads` must be a whole number"):
        choose(threads=0)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "127.0.0.1"])
def test_unreachable_scheduler(address: str) -> None:
    refusal = pytest.raises(InputError, match="scheduler must be reachable")
    with refusal as caught, connect(Scheduler(address, patience=0.5)):
        pass
    assert address in caught.value.came


def test_a_cluster_is_not_made_the_scheduler_of_all_of_dask() -> None:
    """Neither while it is there, nor after one that could not be reached."""
    before = dask.config.get("scheduler", None)
    with connect(Threads(1)):
        assert dask.config.get("scheduler", None) == before
    nowhere = Scheduler("tcp://127.0.0.1:9", patience=1.0)
    with refused("The scheduler must be reachable"), connect(nowhere):
        pass
    assert dask.config.get("scheduler", None) == before


def test_a_client_is_a_backend_and_stays_open() -> None:
    with connect(Threads(1)) as client:
        assert backend_of(client).kind == "client"
        with connect(client) as same:
            assert same is client
        assert client.status == "running"
    with refused("The Dask client must be connected"), connect(client):
        pass


class Borrowed:
    """A kind of cluster of a user's own."""

    kind = "borrowed"

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:
        say("Borrowing.")
        with Threads(2).open(say) as client:
            yield client


def test_another_kind_of_cluster() -> None:
    said: list[str] = []
    with connect(Borrowed(), said.append) as client:
        assert sum(client.nthreads().values()) == 2
    assert said == ["Borrowing."]
    with refused("The backend must say where the workers are"):
        backend_of("tcp://127.0.0.1:1")  # type: ignore[arg-type]
