"""Kills in the middle of few long studies: python -m tests.reliability.soak 100.

Nothing waits until a study has recovered: the next kill may meet workers that are just starting.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import xarray as xr

from gfe_mc.clusters.connect import Threads
from gfe_mc.fit import Status
from gfe_mc.study import catalogue
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import DATASET
from gfe_mc.study.run import run_study
from tests.clusters.started import ROOT
from tests.reliability.counts import Counts
from tests.reliability.runs import same, traceback_in
from tests.reliability.victims import KINDS, Victims

STUDY = Path(__file__).with_name("long_study.py")
PAUSE = {"processes": 5.0, "a scheduler of one's own": 5.0, "jobs of a queue": 8.0}
"""Seconds from one kill to the next, on average: as long as workers take to start, or so."""
RUNS = 0.1
"""Share of kills that hit the run itself, which is then started again."""
PATIENCE = 900.0
"""Seconds without a new block after which a study counts as hanging."""


def attack(
    n: int,
    seed: int,
    folder: Path,
    kinds: tuple[str, ...] = tuple(KINDS),
    replications: int = 600,
) -> Counts:
    """Kill workers, jobs and runs at random, n times in all, an equal share of each kind."""
    rng = np.random.default_rng(seed)
    counts = Counts()
    plan = catalogue.find(str(STUDY)).plan(replications=replications)
    known = run_study(plan, folder / "known", backend=Threads(64))
    assert (known["status"] == Status.SUCCESS).all()
    for number, kind in enumerate(kinds):
        left = n * (number + 1) // len(kinds) - n * number // len(kinds)
        with KINDS[kind](folder / f"place-{number}") as victims:
            while left > 0:
                results = folder / f"{number}-{left}"
                left -= max(_one_study(results, kind, victims, known, left, rng, counts), 1)
    return counts


def _one_study(
    results: Path,
    kind: str,
    victims: Victims,
    known: xr.Dataset,
    most: int,
    rng: np.random.Generator,
    counts: Counts,
) -> int:
    """Run a study to its end, killing at random; return how often."""
    killed: Counter[str] = Counter()
    started = time.monotonic()
    said = results.with_suffix(".said")
    more = ["--replications", str(known.sizes["replication"]), *victims.options]
    process = _start(results, more, said)
    starts, codes = 1, []
    blocks, progressed = 0, time.monotonic()
    due = time.monotonic() + rng.exponential(PAUSE[kind])
    while True:
        code = process.poll()
        if code is not None:
            if (results / DATASET).exists() and code == 0:
                break
            codes.append(code)
            if starts > most + 5:
                break
            process = _start(results, more, said)
            starts += 1
        time.sleep(0.1)
        now = len(list((results / "blocks").glob("*.npz")))
        if now != blocks:
            blocks, progressed = now, time.monotonic()
        if time.monotonic() - progressed > PATIENCE:
            process.kill()
            break
        # From the first block on, so that a study ends at some time.
        if blocks and killed.total() < most and time.monotonic() > due:
            due = time.monotonic() + rng.exponential(PAUSE[kind])
            if rng.random() < RUNS:
                process.send_signal(signal.SIGKILL)
                killed["run"] += 1
            elif what := victims.end(process.pid, rng):
                killed[what] += 1
    process.wait()
    text = said.read_text(errors="replace")
    wrong = _wrong(results, known, text)
    for what, times in killed.items():
        for _ in range(times):
            if wrong is None:
                counts.well(f"{kind}, {what} killed: same bytes at the end")
            else:
                counts.badly(f"{kind}, {what} killed: {wrong}", text[-3000:])
    taken = time.monotonic() - started
    print(
        f"{kind}: {killed.total()} kills in {taken:.0f} s, {starts} starts that ended with codes "
        f"{codes} before the last; {dict(killed)}; {wrong or 'same bytes'}",
        flush=True,
    )
    return killed.total()


def _start(results: Path, options: list[str], said: Path) -> subprocess.Popen[bytes]:
    words = ["run", str(STUDY), "--output", str(results), "--block-seconds", "0.5"]
    with said.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "gfe_mc", *words, *options],
            cwd=results.parent,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def _wrong(results: Path, known: xr.Dataset, text: str) -> str | None:
    if traceback_in(text):
        return "traceback"
    if not (results / DATASET).exists():
        return "no end"
    made = load_dataset(results / DATASET)
    lost = int((made["status"] == Status.WORKER_LOST).sum())
    if lost:
        return f"{lost} replications recorded as lost"
    return None if same(made, known) else "other numbers"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(attack(int(sys.argv[1]), 0, Path(place)))
