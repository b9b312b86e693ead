"""Commands in processes of their own, which are disturbed and looked at."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from gfe_mc.study import catalogue
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import DATASET
from gfe_mc.study.run import run_study
from tests.study.stores import TIMES

STUDY = Path(__file__).with_name("slow_study.py")
PATIENCE = 120.0
"""Seconds after which a command counts as hanging."""

_FORKED = multiprocessing.get_context("forkserver")
# What takes long to import is imported once.
_FORKED.set_forkserver_preload(["tests.reliability.imported"])


@dataclass
class Command:
    """A command that runs, or ran.

    Attributes
    ----------
    process : Process
        Its process.
    said : Path
        What it wrote.
    """

    process: multiprocessing.process.BaseProcess
    said: Path

    @classmethod
    def start(cls, folder: Path, *arguments: str) -> Command:
        """Start `gfe-mc` with arguments; what it says goes to a file in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        said = folder / f"said-{time.monotonic_ns()}"
        process = _FORKED.Process(target=_command, args=(str(said), arguments))
        process.start()
        return cls(process, said)

    @property
    def pid(self) -> int:
        """Number of its process."""
        assert self.process.pid is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.is_alive()

    def send(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        # It may end between the question and the signal.
        with suppress(ProcessLookupError):
            if self.alive:
                os.kill(self.pid, number)

    def end(self) -> int | None:
        """Wait for its end, and return its exit code; None if it hung and was killed."""
        self.process.join(PATIENCE)
        if self.alive:
            self.process.kill()
            self.process.join()
            return None
        return self.process.exitcode

    def text(self) -> str:
        """What it wrote."""
        return self.said.read_text(errors="replace") if self.said.exists() else ""


def _command(said: str, arguments: Sequence[str]) -> None:
    handle = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    # Where this runs in the background, interrupts are ignored, and would be here as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["gfe-mc", *arguments]
    # As it is installed: an interrupt after the command has ended is not one of the process around.
    from gfe_mc.__main__ import main

    main()


def run_arguments(folder: Path, *options: str) -> list[str]:
    """Arguments that run the study into a folder, in short blocks."""
    return ["run", str(STUDY), "--output", str(folder), "--block-seconds", "0.1", *options]


def reference(folder: Path, seed: int = 0) -> xr.Dataset:
    """Return the dataset of the study as it is when nothing disturbs it."""
    if (folder / DATASET).exists():
        return load_dataset(folder / DATASET)
    plan = catalogue.find(str(STUDY)).plan(seed=seed)
    return run_study(plan, folder)


def same(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether two datasets hold the same numbers, but for times."""
    if set(one.data_vars) != set(other.data_vars):
        return False
    names = [name for name in one.data_vars if name not in TIMES]
    return all(
        one[name].shape == other[name].shape
        and one[name].to_numpy().tolist() == other[name].to_numpy().tolist()
        if one[name].dtype == object
        else one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes()
        for name in names
    )


def traceback_in(text: str) -> bool:
    """Whether something that a command wrote looks like a traceback."""
    return "Traceback (most recent call last)" in text
