"""What a user hears of workers, and which of them warm a machine up."""

from collections.abc import Callable
from typing import cast

import pytest
from distributed import Client

from gfe_mc.clusters.watch import Watch


class FewWorkers:
    """A client whose workers are as told."""

    def __init__(self) -> None:
        self.workers: dict[str, int] = {}
        self.asked = 0

    def nthreads(self) -> dict[str, int]:
        self.asked += 1
        return self.workers

    def scheduler_info(self) -> dict[str, str]:
        return {"address": "tcp://here:1"}


def watching(client: FewWorkers, say: Callable[[str], object]) -> Watch:
    return Watch(cast(Client, client), say)


@pytest.fixture
def client() -> FewWorkers:
    return FewWorkers()


def test_each_change_is_said_once(client: FewWorkers) -> None:
    said: list[str] = []
    watch = watching(client, said.append)
    for workers in ({}, {}, {"tcp://a:1": 2}, {"tcp://a:1": 2, "tcp://b:1": 1}, {}, {}):
        client.workers = workers
        watch.look(now=True)
        assert watch.slots == sum(workers.values())
    assert said == [
        "There are no workers yet at tcp://here:1; waiting until one comes "
        "(dask worker tcp://here:1).",
        "Workers are there: 1, with 2 threads in all.",
        "No workers are left at tcp://here:1; waiting until one comes.",
    ]


def test_looks_once_a_pulse(client: FewWorkers) -> None:
    watch = watching(client, id)
    for _ in range(5):
        watch.look()
    assert client.asked == 1


def test_one_worker_of_each_machine(client: FewWorkers) -> None:
    client.workers = dict.fromkeys(["tcp://a:1", "tcp://b:7", "tcp://a:2", "inproc://c/1/2"], 1)
    watch = watching(client, id)
    watch.wait()
    assert set(watch.one_per_machine()) == {"tcp://a:1", "tcp://b:7", "inproc://c/1/2"}
