"""Files that cannot be written: nothing finished is lost, and the same call goes on later.

A limit of the operating system on the size of files stands for a disk that is full: what is
written fails in the middle. Where a small file system can be had, one is really filled.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xarray as xr

from gfe_mc.clusters.connect import Threads
from gfe_mc.errors import InputError
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import BLOCKS, DATASET
from gfe_mc.study.log import LOG, read_log
from gfe_mc.study.run import run_study
from gfe_mc.study.store import open_store
from gfe_mc.whole import PARTIAL
from tests.clusters.started import ROOT
from tests.helpers import refused
from tests.study.disturbed import Slow, once, study, undisturbed
from tests.study.stores import assert_same_bytes, fill

STUDY = study(Slow(0.0))
SAYS = ("Files of results must be writable", "File too large", "Make room", "is kept")


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return undisturbed(STUDY, tmp_path_factory.mktemp("known"))


def left(folder: Path) -> list[Path]:
    """What is not whole in a folder of results."""
    return list(folder.rglob(f"*{PARTIAL}"))


@pytest.mark.parametrize("size", [0, 1, 500, 3000])
def test_a_block(size: int, known: xr.Dataset, tmp_path: Path) -> None:
    store = open_store(tmp_path, STUDY.plan())
    fill(store, upto=10)
    blocks = {path: path.read_bytes() for path in (tmp_path / BLOCKS).iterdir()}
    with refused(*SAYS, f"{tmp_path / BLOCKS}"), no_file_beyond(size):
        fill(store)
    assert {path: path.read_bytes() for path in (tmp_path / BLOCKS).iterdir()} == blocks
    assert_same_bytes(run_study(STUDY.plan(), tmp_path), known)


@pytest.mark.parametrize("size", [0, 1, 100, 1000, 5000, 20_000])
def test_the_dataset(size: int, known: xr.Dataset, tmp_path: Path) -> None:
    store = open_store(tmp_path, STUDY.plan())
    fill(store)
    blocks = {path: path.read_bytes() for path in (tmp_path / BLOCKS).iterdir()}
    with refused("Files of results must be writable", DATASET, "is kept"), no_file_beyond(size):
        store.consolidate()
    assert {path: path.read_bytes() for path in (tmp_path / BLOCKS).iterdir()} == blocks
    assert not (tmp_path / DATASET).exists()
    assert not left(tmp_path)
    assert_same_bytes(run_study(STUDY.plan(), tmp_path), known)


def test_a_dataset_that_grows_leaves_the_one_before(known: xr.Dataset, tmp_path: Path) -> None:
    run_study(STUDY.plan(replications=10), tmp_path)
    before = (tmp_path / DATASET).read_bytes()
    store = open_store(tmp_path, STUDY.plan())
    fill(store)
    with refused("Files of results must be writable", DATASET), no_file_beyond(len(before)):
        store.consolidate()
    assert (tmp_path / DATASET).read_bytes() == before
    assert_same_bytes(run_study(STUDY.plan(), tmp_path), known)


@pytest.mark.parametrize("size", [0, 50, 300])
def test_the_start_of_a_run(size: int, known: xr.Dataset, tmp_path: Path) -> None:
    with refused("must be writable", "File too large"), no_file_beyond(size):
        run_study(STUDY.plan(), tmp_path, backend=Threads(1))
    assert not left(tmp_path)
    assert_same_bytes(run_study(STUDY.plan(), tmp_path), known)


def test_the_middle_of_a_run(known: xr.Dataset, tmp_path: Path) -> None:
    slow = study(Slow(0.01))
    with pytest.raises(InputError) as caught, no_file_beyond(-1):
        run_study(
            slow.plan(),
            tmp_path,
            backend=Threads(2),
            block_seconds=0.01,
            report=once(5, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, -1))),
        )
    assert all(part in str(caught.value) for part in SAYS)
    assert len(list((tmp_path / BLOCKS).glob("*.npz"))) >= 5
    assert not left(tmp_path)
    assert_same_bytes(run_study(slow.plan(), tmp_path), known)


@pytest.mark.parametrize("room", [0, 30])
def test_the_log_costs_no_result_and_goes_on(room: int, known: xr.Dataset, tmp_path: Path) -> None:
    """Its last line may be there in part."""
    size = 1_000_000
    (tmp_path / LOG).write_text(" " * (size - room - 1) + "\n")
    with no_file_beyond(size):
        run_study(STUDY.plan(replications=10), tmp_path, backend=Threads(1))
    assert (tmp_path / LOG).stat().st_size == size
    assert_same_bytes(run_study(STUDY.plan(), tmp_path, backend=Threads(1)), known)
    lines = read_log(tmp_path)
    assert lines[0]["kind"] == "begin"
    assert [one["left"] for one in lines[0]["methods"]] == [30]
    assert lines[-1]["kind"] == "end"


FILLED = """
mount -t tmpfs -o size=2m none disk || exit 77
run() {
    "$PYTHON" -m gfe_mc run own.py --output disk/made --threads 2 --block-seconds 0.02
}
dd if=/dev/zero of=disk/ballast bs=1024 count=$((2048 - ROOM)) 2>/dev/null
run 2>first
echo $? >code
rm disk/ballast
run 2>second || cat second
cp disk/made/replications.nc disk/made/log.jsonl .
"""
DECLARATION = "from tests.study.disturbed import Slow, study\n\nexperiment = study(Slow(0.02))\n"


LONG = pytest.mark.long


@pytest.mark.slow
@pytest.mark.parametrize(
    "room", [pytest.param(8, marks=LONG), 40, *(pytest.param(n, marks=LONG) for n in (150, 280))]
)
def test_a_file_system_that_is_full(room: int, known: xr.Dataset, tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare of util-linux, for a file system of the test's own")
    (tmp_path / "own.py").write_text(DECLARATION)
    (tmp_path / "disk").mkdir()
    done = subprocess.run(
        [unshare, "--map-root-user", "--mount", "sh", "-c", FILLED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable, "ROOM": str(room)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode in (1, 77) and not (tmp_path / "code").exists():
        pytest.skip(f"needs a small file system of its own: {done.stderr.strip()}")
    first = (tmp_path / "first").read_text()
    assert (tmp_path / "code").read_text() == "2\n", first
    assert "must be writable" in first
    assert "No space left on device" in first
    assert "Traceback" not in first
    assert done.returncode == 0, done.stdout
    assert_same_bytes(load_dataset(tmp_path / DATASET), known)
    assert read_log(tmp_path)[-1]["how"] == "finished"
