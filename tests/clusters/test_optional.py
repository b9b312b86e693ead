"""Kinds of cluster whose packages a user may not have: what they are asked for."""

from __future__ import annotations

import inspect
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Self

import dask
import pytest
from distributed import Client, LocalCluster

from gfe_mc.clusters import kubernetes, settings
from gfe_mc.clusters.connect import Gateway, Kubernetes, connect
from gfe_mc.clusters.size import TARGET_DURATION
from tests.clusters.started import HOST, ROOT
from tests.helpers import refused


class Recorded:
    """Stands for a cluster elsewhere: it is one of this process, and notes what is asked of it."""

    asked: dict[str, Any]

    def __init__(self, **options: Any) -> None:
        type(self).asked = {"options": options}
        self.name = "one"
        self.cluster = LocalCluster(
            n_workers=1, processes=False, protocol="tcp", host=HOST, dashboard_address=f"{HOST}:0"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.asked["closed"] = True
        self.cluster.close()

    def get_client(self, **options: Any) -> Client:
        return Client(self.cluster, **options)

    def scale(self, n: int) -> None:
        self.asked["scale"] = n

    def adapt(self, **bounds: int) -> None:
        self.asked["adapt"] = bounds


@contextmanager
def instead_of(module: str, name: str) -> Iterator[None]:
    made = ModuleType(module)
    setattr(made, name, Recorded)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.partition(".")[0], ModuleType(module))
        patch.setitem(sys.modules, module, made)
        yield


def test_gateway() -> None:
    backend = Gateway(
        workers=3, address="http://gateway", auth="jupyterhub", options={"worker_memory": 2}
    )
    said: list[str] = []
    with instead_of("dask_gateway", "GatewayCluster"), connect(backend, said.append) as client:
        assert client.submit(sum, [1, 2]).result() == 3
    assert Recorded.asked == {
        "options": {
            "address": "http://gateway",
            "auth": "jupyterhub",
            "worker_memory": 2,
            "shutdown_on_close": True,
        },
        "scale": 3,
        "closed": True,
    }
    assert said == ["Cluster of the gateway: one."]


def test_gateway_that_adapts_counts_tasks() -> None:
    before = dask.config.get("distributed.adaptive.target-duration")
    with instead_of("dask_gateway", "GatewayCluster"), connect(Gateway(adapt={"maximum": 9})):
        assert Recorded.asked["adapt"] == {"minimum": 1, "maximum": 9}
        # The scheduler is of this process here.
        assert dask.config.get("distributed.adaptive.target-duration") == TARGET_DURATION
    dask.config.update_defaults({"distributed": {"adaptive": {"target-duration": before}}})


def test_gateway_that_cannot_be_reached() -> None:
    pytest.importorskip("dask_gateway", reason="needs the extra `gateway`")
    with (
        refused("The gateway must give a cluster", "Check its address"),
        connect(Gateway(workers=1, address="http://127.0.0.1:9")),
    ):
        pass


def test_kubernetes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes, "Client", lambda made, **more: made.get_client(**more))
    backend = Kubernetes(adapt={"maximum": 4}, image="mine", env={"HERE": 1}, namespace="me")
    with instead_of("dask_kubernetes.operator", "KubeCluster"), connect(backend) as client:
        assert client.submit(sum, [1, 2]).result() == 3
    options = Recorded.asked["options"]
    assert options.pop("env") == {
        **settings.environment(),
        "DASK_DISTRIBUTED__ADAPTIVE__TARGET_DURATION": TARGET_DURATION,
        "HERE": "1",
    }
    assert options == {
        "image": "mine",
        "namespace": "me",
        "n_workers": 1,
        "shutdown_on_close": True,
        "quiet": True,
    }
    assert Recorded.asked["adapt"] == {"minimum": 1, "maximum": 4}
    assert Recorded.asked["closed"]


def test_options_are_those_of_the_packages() -> None:
    operator = pytest.importorskip("dask_kubernetes.operator", reason="needs `kubernetes`")
    theirs = set(inspect.signature(operator.KubeCluster.__init__).parameters)
    assert set(kubernetes._OPTIONS) - {"workers", "adapt"} <= theirs
    gateway = pytest.importorskip("dask_gateway", reason="needs the extra `gateway`")
    theirs = set(inspect.signature(gateway.GatewayCluster.__init__).parameters)
    assert {"address", "proxy_address", "public_address", "auth", "kwargs"} <= theirs


@pytest.mark.parametrize(
    ("backend", "module", "extra"),
    [
        (Gateway(workers=1), "dask_gateway", "gateway"),
        (Kubernetes(workers=1, image="i"), "dask_kubernetes.operator", "kubernetes"),
    ],
)
def test_missing_packages(
    backend: Gateway | Kubernetes, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with (
        refused(f"dask-{extra} must be installed for a cluster of the kind `{extra}`"),
        connect(backend),
    ):
        pass


def test_packages_leave_interrupts_as_they_are() -> None:
    """With dask-jobqueue, one would end a command as if all were done."""
    code = (
        "import signal\n"
        "from gfe_mc.clusters.installed import require_installed\n"
        "require_installed('dask_jobqueue', 'jobqueue', 'slurm')\n"
        "signal.raise_signal(signal.SIGINT)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        # Where the tests run in the background, interrupts are ignored, and would be here as well.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in done.stderr
