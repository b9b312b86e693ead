"""Interrupts while the dataset is written: python -m tests.reliability.interruptions 100."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gfe_mc.study import catalogue
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import BLOCKS, DATASET
from gfe_mc.study.store import open_store
from tests.reliability.counts import Counts
from tests.reliability.runs import STUDY, Command, reference, run_arguments, same, traceback_in
from tests.study.stores import fill

SIGNALS = [signal.SIGINT, signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


def attack(n: int, seed: int, folder: Path) -> Counts:
    """Interrupt the final write of a study whose blocks are all there, and run it again."""
    rng = np.random.default_rng(seed)
    counts = Counts()
    known = reference(folder / "reference")
    filled = folder / "filled"
    fill(open_store(filled, catalogue.find(str(STUDY)).plan()), size=2)
    n_blocks = len(list((filled / BLOCKS).glob("*.npz")))
    for number in range(n):
        results = folder / f"write-{number}"
        shutil.copytree(filled, results)
        how = signal.Signals(int(rng.choice(SIGNALS)))
        code, text, inside = _interrupted(folder, results, how, rng)
        wrong = _wrong(code, text, how)
        whole = (results / DATASET).exists()
        if wrong is None and not whole and len(list((results / BLOCKS).glob("*.npz"))) < n_blocks:
            wrong = "blocks lost"
        if wrong is None and whole and not same(load_dataset(results / DATASET), known):
            wrong = "dataset damaged"
        if wrong is None:
            last = Command.start(folder, *run_arguments(results))
            if last.end() != 0 or not same(load_dataset(results / DATASET), known):
                wrong, text = "not resumed", last.text()
        where = "in the write" if inside else "beside it"
        if wrong is None:
            left = "dataset whole" if whole else "blocks kept"
            counts.well(f"{how.name} {where}: {left}")
        else:
            counts.badly(f"{how.name} {where}: {wrong}", (code, text))
        shutil.rmtree(results)
    return counts


def _interrupted(
    folder: Path, results: Path, how: signal.Signals, rng: np.random.Generator
) -> tuple[int | None, str, bool]:
    """Run, and interrupt the write, once or several times; say whether it was under way."""
    command = Command.start(folder, *run_arguments(results))
    while command.alive and not list(results.glob(f"{DATASET}.*.partial")):
        if (results / DATASET).exists():
            break
    time.sleep(float(rng.uniform(0, 0.1)))
    inside = bool(list(results.glob(f"{DATASET}.*.partial")))
    for _ in range(int(rng.integers(1, 4))):
        command.send(how)
        time.sleep(float(rng.uniform(0, 0.02)))
    return command.end(), command.text(), inside


def _wrong(code: int | None, text: str, how: signal.Signals) -> str | None:
    if code is None:
        return "hung"
    if traceback_in(text):
        return "traceback"
    if code not in (0, 130, -how):
        return f"exit code {code}"
    return None


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(attack(int(sys.argv[1]), 0, Path(place)))
