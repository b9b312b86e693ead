"""Where workers are: loopback only, and clear refusals."""

import socket

import dask
import pytest

from gfe_mc import InputError
from gfe_mc.clusters.connect import (
    Processes,
    Scheduler,
    Threads,
    choose,
    connect,
    dashboard,
    n_slots,
)
from tests.helpers import refused


def listening() -> set[tuple[str, int]]:
    """Addresses at which this machine listens for TCP over IPv4."""
    found = set()
    with open("/proc/net/tcp") as table:
        for line in table.readlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if state == "0A":
                host, port = address.split(":")
                found.add((socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)))
    return found


@pytest.mark.parametrize(("backend", "slots"), [(Threads(3), 3), (Processes(1), 1)])
def test_listens_on_loopback_only(backend: Threads | Processes, slots: int) -> None:
    before = listening()
    with connect(backend) as client:
        assert n_slots(client) == slots
        assert dashboard(client).startswith("http://127.0.0.1:")
        new = listening() - before
        assert {host for host, _ in new} == {"127.0.0.1"}
    assert not (listening() - before)


def test_choice() -> None:
    assert choose() == Threads(None)
    assert choose(threads=2) == Threads(2)
    assert choose(workers=2) == Processes(2)
    assert choose(scheduler="tcp://127.0.0.1:1") == Scheduler("tcp://127.0.0.1:1")
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
