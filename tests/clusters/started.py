"""Schedulers and workers for tests: processes that listen on loopback only, and stop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from distributed import Client, LocalCluster

import gfe_mc

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(gfe_mc.__file__).parent
HOST = "127.0.0.1"

_WITHOUT = """
import sys


class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "gfe_mc":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Nowhere())
"""


def without_package(folder: Path) -> Path:
    """Return a folder that hides the package from a Python that has it first on its path."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_WITHOUT)
    return folder


def copied_package(folder: Path) -> Path:
    """Return a folder with a copy of the package."""
    shutil.copytree(PACKAGE, folder / "gfe_mc", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@contextmanager
def scheduler() -> Iterator[str]:
    """Run a scheduler without workers in this process; gives its address."""
    with LocalCluster(
        n_workers=0,
        processes=False,
        protocol="tcp",
        host=HOST,
        dashboard_address=f"{HOST}:0",
    ) as cluster:
        yield str(cluster.scheduler_address)


@contextmanager
def scheduler_process(folder: Path, *path: Path) -> Iterator[str]:
    """Run a scheduler in a process with folders first on its path; gives its address."""
    process, address = start_scheduler(folder, *path)
    try:
        yield address
    finally:
        stop(process)


def start_scheduler(
    folder: Path, *path: Path, port: int = 0
) -> tuple[subprocess.Popen[bytes], str]:
    """Start a scheduler with folders first on its path, at any port or one; gives its address."""
    note = folder / "scheduler.json"
    note.unlink(missing_ok=True)
    options = ("--port", str(port), "--scheduler-file", str(note))
    process = _start("dask_scheduler", folder, path, *options)
    while not (note.exists() and note.read_text()):
        assert process.poll() is None
        time.sleep(0.1)
    return process, json.loads(note.read_text())["address"]


def start_worker(
    address: str, folder: Path, *path: Path, options: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start a worker with folders first on its path; by default with what this process has."""
    own = (address, "--no-nanny", "--nthreads", "1", "--local-directory", str(folder), *options)
    return _start("dask_worker", folder, path or (ROOT,), *own)


def wait_for_workers(address: str, number: int) -> None:
    """Wait until a scheduler has so many workers."""
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(number, timeout=60)


def port_of(address: str) -> int:
    """Return the port of an address as Dask has it."""
    return int(address.rpartition(":")[2])


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here."""
    process.kill()
    process.wait()


def _start(
    module: str, folder: Path, path: tuple[Path, ...], *options: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{module}"]
    where = [] if "--listen-address" in options else ["--host", HOST]
    return subprocess.Popen(
        [*command, *where, "--no-dashboard", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
