"""Hostile command lines by the hundred: none may hang, end in a traceback, or fail without words.

python -m tests.reliability.command_lines 500
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from tests.reliability.counts import Counts
from tests.reliability.hostile_lines import Line, draw, write_files

SECONDS = 240.0
"""A command line that takes longer hangs."""
GOOD = ("succeeded", "refused")
COMMANDS = ("run", "report", "clean", "replay", "fit", "list", "data")
_CODES = (0, 1, 2, 130)
_IMPORTED = [
    f"gfe_mc.{name}"
    for name in ("one_panel", "clusters.connect", "report.study", "study.replay", "study.run")
]
"""What commands import when they run."""


def count(counts: Counts, line: Line, ended: str, said: str) -> None:
    """Count a command line: by its command, and how it ended."""
    kind = line.arguments[0] if line.arguments[0] in COMMANDS else "other"
    if ended in GOOD:
        counts.well(f"{kind}: {ended}")
    else:
        shown = " ".join(repr(one[:60]) for one in line.arguments)
        counts.badly(f"{kind}: {ended}", f"{line.limit} {line.most}: {shown}\n{_clipped(said)}")


def _clipped(said: str) -> str:
    return said if len(said) < 2000 else f"{said[:500]} ... {said[-1000:]}"


def attack(n: int, seed: int, folder: Path, processes: int = 2) -> Counts:
    """Run n command lines drawn at random, each in a process and a folder of its own."""
    template = folder / "template"
    template.mkdir(parents=True)
    write_files(template)
    made, _, said = run_line(Line(("run", "study.py", "--threads", "1")), template)
    assert made == "succeeded", said
    rng, counts = np.random.default_rng(seed), Counts()
    lines = [draw(rng) for _ in range(n)]

    def one(number: int) -> tuple[str, int | None, str]:
        # Nested, so that paths such as ../x stay within.
        own = folder / f"line-{number}" / "a" / "b"
        shutil.copytree(template, own, symlinks=True)
        ended = run_line(lines[number], own)
        shutil.rmtree(folder / f"line-{number}", ignore_errors=True)
        return ended

    with ThreadPoolExecutor(processes) as pool:
        for line, (ended, code, said) in zip(lines, pool.map(one, range(n)), strict=True):
            count(counts, line, ended, f"exit code {code}: {said}")
    return counts


def run_line(line: Line, folder: Path) -> tuple[str, int | None, str]:
    """Run a command line in a folder; return how it ended, its exit code, and what it said."""
    with tempfile.TemporaryDirectory(prefix="said-") as own:
        path = Path(own, "said")
        path.touch()
        # From a process that has one thread and has imported what commands import.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([*_IMPORTED, "tests.reliability.command"])
        process = context.Process(target=_run, args=(line, str(folder), str(path)))
        process.start()
        process.join(SECONDS)
        hung = process.is_alive()
        if hung and process.pid is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.join()
        said = path.read_text(errors="replace")
        written = Path(f"{path}.code")
        code = int(written.read_text() or -1) if written.exists() else process.exitcode
        process.close()
    return _ended(line, hung, code, said), code, said


def _ended(line: Line, hung: bool, code: int | None, said: str) -> str:
    if hung:
        return "hung"
    if "Traceback (most recent" in said or "Exception ignored" in said:
        return "traceback"
    if code not in _CODES:
        return "odd code"
    if code and not said.strip() and line.limit != "nobody reads":
        return "silent"
    return "refused" if code else "succeeded"


def _run(line: Line, folder: str, said: str) -> None:
    """In a process of its own: become the command."""
    from tests.reliability import command

    command.run(line, folder, said)


def main(arguments: list[str]) -> int:
    """Run so many command lines, from a seed, and say how they ended."""
    n, seed = int(arguments[0]), int(arguments[1]) if arguments[1:] else 0
    with tempfile.TemporaryDirectory(prefix="lines-") as folder:
        counts = attack(n, seed, Path(folder))
    print(counts)
    return counts.bad.total()


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1:])))
