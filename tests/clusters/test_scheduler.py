"""A scheduler that is there already: by the file that it writes, and with certificates."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from distributed import LocalCluster, Security

from gfe_mc.clusters.certificates import certificates
from gfe_mc.clusters.connect import Scheduler, choose, connect
from tests.clusters.started import HOST, scheduler
from tests.helpers import refused


def test_file_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    note = tmp_path / "scheduler.json"
    with (
        refused("must write its address", "scheduler.json: FileNotFoundError"),
        connect(Scheduler(None, patience=0.3, file=note)),
    ):
        pass
    note.write_text("{}")
    with (
        refused("must write its address", "KeyError: 'address'"),
        connect(Scheduler(None, patience=0.3, file=note)),
    ):
        pass
    with scheduler() as address:
        note.write_text(json.dumps({"address": address}))
        with connect(Scheduler(None, file=note)) as client:
            assert client.scheduler_info()["address"] == address


def secured(security: Security) -> LocalCluster:
    return LocalCluster(
        n_workers=1,
        processes=False,
        protocol="tls",
        host=HOST,
        security=security,
        dashboard_address=f"{HOST}:0",
    )


def test_certificates_of_a_clusters_file(tmp_path: Path) -> None:
    with certificates(str(tmp_path)) as security, secured(security) as cluster:
        (home,) = tmp_path.glob(".gfe-mc-*")
        assert home.stat().st_mode & 0o077 == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in home.iterdir())
        file = tmp_path / "cluster.toml"
        names = {"tls_ca_file": "authority", "tls_cert": "pair", "tls_key": "key"}
        paths = "\n".join(f'{key} = "{home.name}/{name}.pem"' for key, name in names.items())
        file.write_text(
            f'kind = "scheduler"\npatience = 5\naddress = "{cluster.scheduler_address}"\n{paths}\n'
        )
        with connect(choose(cluster=file)) as client:
            assert client.submit(sum, [1, 2]).result() == 3
        with (
            refused("scheduler must be reachable", "certificates in the cluster's file"),
            connect(Scheduler(str(cluster.scheduler_address), patience=2)),
        ):
            pass
    assert not list(tmp_path.glob(".gfe-mc-*"))


def test_folder_of_certificates_that_cannot_be_written() -> None:
    with refused("all machines share", "/nowhere", "shared_temp_directory"):  # noqa: SIM117
        with certificates("/nowhere"):
            pytest.fail("there is no such folder")


def test_certificates_of_a_run_that_was_killed_are_removed(tmp_path: Path) -> None:
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    names = [f".gfe-mc-{socket.gethostname()}-{number}-x" for number in (over.pid, os.getpid())]
    for name in [*names, ".gfe-mc-elsewhere-1-x"]:
        (tmp_path / name).mkdir()
    with certificates(str(tmp_path)):
        assert len(list(tmp_path.iterdir())) == 3
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {names[1], ".gfe-mc-elsewhere-1-x"}
