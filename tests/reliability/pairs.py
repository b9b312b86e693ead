"""Two commands at once in one folder of results: python -m tests.reliability.pairs 100."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import BLOCKS, DATASET
from tests.reliability.counts import Counts
from tests.reliability.runs import Command, reference, run_arguments, same, traceback_in

SEEDS = (0, 1)
REFUSED = "by one run at a time"


def attack(n: int, seed: int, folder: Path) -> Counts:
    """Start pairs of commands from empty, partly filled and complete folders; see what is left."""
    rng = np.random.default_rng(seed)
    counts = Counts()
    known = {one: reference(folder / f"reference-{one}", one) for one in SEEDS}
    for number in range(n):
        results = folder / f"pair-{number}"
        state = str(rng.choice(["empty", "partly", "blocks", "complete"]))
        _prepare(results, state, folder, rng)
        seeds = [int(one) for one in rng.choice(SEEDS, 2)]
        commands = []
        for one in seeds:
            commands.append(Command.start(folder, *run_arguments(results, "--seed", str(one))))
            time.sleep(float(rng.choice([0.0, rng.uniform(0, 1.5)])))
        codes = [command.end() for command in commands]
        said = [command.text() for command in commands]
        how = _wrong(codes, said)
        if how is None:
            # What is there goes on, whatever was left.
            for one in sorted(set(seeds), key=lambda one: one == 0):
                last = Command.start(folder, *run_arguments(results, "--seed", str(one)))
                if last.end() != 0:
                    how, said = "not resumed", [last.text()]
                elif not same(load_dataset(results / DATASET), known[one]):
                    how = "other numbers"
        if how is None:
            refused = sum(REFUSED in text for text in said)
            counts.well(f"{state}: {'one refused' if refused else 'one after the other'}")
        else:
            counts.badly(f"{state}: {how}", (codes, said))
        shutil.rmtree(results)
    return counts


def _prepare(results: Path, state: str, folder: Path, rng: np.random.Generator) -> None:
    """Leave a folder as a run left it."""
    if state == "empty":
        return
    if state == "complete":
        shutil.copytree(folder / "reference-0", results)
        return
    made = folder / "only-blocks"
    if not made.exists():
        while not _only_blocks(made):
            shutil.rmtree(made, ignore_errors=True)
            command = Command.start(folder, *run_arguments(made))
            while command.alive and len(list((made / BLOCKS).glob("*.npz"))) < 24:
                time.sleep(0.002)
            command.process.kill()
            command.end()
    shutil.copytree(made, results)
    if state == "partly":
        blocks = sorted((results / BLOCKS).glob("*.npz"))
        for path in rng.choice(np.array(blocks), len(blocks) // 2, replace=False):
            path.unlink()


def _only_blocks(folder: Path) -> bool:
    return not (folder / DATASET).exists() and any((folder / BLOCKS).glob("*.npz"))


def _wrong(codes: list[int | None], said: list[str]) -> str | None:
    """What was wrong with a pair; None if nothing was."""
    if None in codes:
        return "hung"
    if any(traceback_in(text) for text in said):
        return "traceback"
    if 0 not in codes:
        return "neither ended well"
    for code, text in zip(codes, said, strict=True):
        if code != 0 and not (code == 2 and REFUSED in text):
            return "ended without a reason"
    return None


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(attack(int(sys.argv[1]), 0, Path(place)))
