"""How much memory a fit needs, in units of its data, step by step.

    python -m experiments.benchmarks.memory [--units 100000] [--periods 20] [--regressors 5]
                                            [--iterations 3] [--output memory.md]
                                            [--before REVISION]

From the root of the source tree; on Linux. Each revision runs in a process of its own, which makes
the arrays, the panel and a fit of it, and looks at its memory: what it holds after a step, and the
most that it held in it. What it held before there were data is taken off.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from experiments.benchmarks.engines import checked_out, environment
from gfe_mc import GFE, MultiStart, Panel
from gfe_mc.report.render import Table, render

CODE = "from experiments.benchmarks.memory import measure; measure({})"
BLOCK = 4096


def arrays(units: int, periods: int, regressors: int, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes (N, T) and regressors (N, T, K) with groups in them, made block by block."""
    rng = np.random.default_rng(0)
    effects = rng.standard_normal((groups, periods))
    y, x = np.empty((units, periods)), np.empty((units, periods, regressors))
    for start in range(0, units, BLOCK):
        part = slice(start, min(start + BLOCK, units))
        own = effects[np.arange(part.start, part.stop) % groups]
        x[part] = rng.standard_normal(x[part].shape) + 0.5 * own[:, :, None]
        y[part] = own + 0.5 * x[part].sum(axis=2) + rng.standard_normal(own.shape)
    return y, x


class Memory:
    """The memory of this process, beside what it held at first."""

    def __init__(self) -> None:
        self._first = self._read("VmRSS")
        self.begin()

    def begin(self) -> None:
        """Forget the most that it held."""
        Path("/proc/self/clear_refs").write_text("5")

    def now(self) -> tuple[int, int]:
        """Bytes that it holds, and the most that it held since `begin`."""
        return self._read("VmRSS") - self._first, self._read("VmHWM") - self._first

    @staticmethod
    def _read(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        found = next(line for line in lines if line.startswith(f"{name}:"))
        return 1024 * int(found.split()[1])


def measure(options: dict[str, Any]) -> None:
    """Take the steps, and print what each held, in units of the data."""
    groups = options["groups"]
    estimator = GFE(groups, MultiStart(starts=1, limit=options["iterations"]))
    # Everything is compiled and loaded before it counts.
    small = arrays(50 * groups, options["periods"], options["regressors"], groups)
    estimator.fit(Panel.from_arrays(*small), np.random.default_rng(0))
    memory = Memory()
    steps = []
    y, x = arrays(options["units"], options["periods"], options["regressors"], groups)
    data = y.nbytes + x.nbytes
    steps.append(("arrays", *memory.now()))
    memory.begin()
    panel = Panel.from_arrays(y, x)
    steps.append(("panel", *memory.now()))
    memory.begin()
    fit = estimator.fit(panel, np.random.default_rng(0))
    steps.append(("fit", *memory.now()))
    scaled = [(name, held / data, most / data) for name, held, most in steps]
    print(json.dumps({"steps": scaled, "data": data, "status": fit.status.name}))


def measured(tree: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Measure the package of a tree."""
    here = Path(__file__).resolve().parents[2]
    # This file is that of the present tree, and the package that of the other.
    path = f"{tree}:{here}"
    done = subprocess.run(
        [sys.executable, "-P", "-c", CODE.format(options)],
        env={**environment(tree), "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(
    units: Annotated[int, typer.Option(help="N.")] = 100_000,
    periods: Annotated[int, typer.Option(help="T.")] = 20,
    regressors: Annotated[int, typer.Option(help="K.")] = 5,
    groups: Annotated[int, typer.Option(help="G.")] = 10,
    iterations: Annotated[int, typer.Option(help="Most iterations of Algorithm 1.")] = 3,
    output: Annotated[Path | None, typer.Option(help="File to write the table to.")] = None,
    before: Annotated[str | None, typer.Option(help="A revision to compare with.")] = None,
) -> None:
    """Measure, print, and write."""
    options = {
        "units": units,
        "periods": periods,
        "regressors": regressors,
        "groups": groups,
        "iterations": iterations,
    }
    rows, ends = [], []
    data = 0
    with ExitStack() as stack:
        revisions = {"this one": None} | ({before: before} if before else {})
        for name, revision in revisions.items():
            found = measured(stack.enter_context(checked_out(revision)), options)
            data = found["data"]
            ends.append(f"{name} {found['status']}")
            rows += [
                (name, step, f"{held:.2f}", f"{most:.2f}", f"{most - 1.0:.2f}")
                for step, held, most in found["steps"]
            ]
    made = Table(
        f"Memory of a fit, in units of its data: N = {units:,}, T = {periods}, K = {regressors}, "
        f"G = {groups}, {data / 1e6:,.0f} MB",
        ("revision", "step", "held after it", "most in it", "beside the arrays"),
        tuple(rows),
        (
            f"At most {iterations} iterations of Algorithm 1 from one start: {', '.join(ends)}. "
            "The arrays stay where they are.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
