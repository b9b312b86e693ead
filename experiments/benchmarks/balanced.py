"""Whether grouped fixed effects of a balanced panel take longer than in another source tree.

    python experiments/benchmarks/balanced.py BASE [--panel income_democracy_balanced.csv]
                                              [--rounds 61] [--output balanced.md]

BASE is a source tree of an earlier version, such as by `git worktree add BASE COMMIT`. One process
of each tree is kept, both on one thread; in every round they fit the panel from the same seeds, one
after the other, in an order that alternates. CPU seconds are of the fits alone. That the objectives
are the same to the last bit is checked: it is the same work. What is reported is the median of the
rounds' ratios, with the interval that holds it with 95% (order statistics): machines change speed
from one second to the next, and a round is short.
"""

# ruff: noqa: E402

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np
import typer
from scipy.stats import binom

from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.report.render import Table, render

HERE = Path(__file__).parents[2]
ASKED = 1.02
"""A balanced panel may take two per cent longer."""
CASES = (
    ("default search, G = 3", "GFE(3)", 8),
    ("default search, G = 10", "GFE(10)", 4),
    ("Algorithm 2 (10;10;10), G = 10", "GFE(10, VNS(10, 10, 10))", 3),
    ("Algorithm 1 from 500 starts, G = 4", "GFE(4, MultiStart(500))", 8),
    ("deviations from unit means, G = 3", "GFE(3)", 8),
)
"""What is fitted: a name, the estimator in both trees, and how many seeds a round takes."""
WITHIN = CASES[-1][0]
"""Fitted to the panel in deviations: what unit effects are in both trees."""
WORKER = """
import json, sys, time
import numpy as np
from gfe_mc import GFE, VNS, MultiStart, Panel
path, columns = json.loads(sys.argv[1])
panel = Panel.from_file(path, **columns)
within = panel.within_units()
for line in sys.stdin:
    code, seeds, deviations = json.loads(line)
    estimator, seen = eval(code), within if deviations else panel
    begin = time.process_time()
    fits = [estimator.fit(seen, np.random.default_rng(seed)) for seed in seeds]
    spent = time.process_time() - begin
    print(json.dumps([spent, [fit.objective.hex() for fit in fits]]), flush=True)
"""
"""What runs in a tree: fits of what is asked for, a line each."""


class Tree:
    """A process that fits by the program of a source tree."""

    def __init__(self, tree: Path, panel: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
        columns = {
            "outcome": COLUMNS.outcome,
            "regressors": list(COLUMNS.regressors),
            "unit": COLUMNS.unit,
            "time": COLUMNS.time,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, json.dumps([str(panel.absolute()), columns])],
            env=environment,
            cwd=tree,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def fit(self, case: tuple[str, str, int], first: int) -> tuple[float, list[str]]:
        """Fit from seeds from `first`; return CPU seconds and objectives."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        name, code, seeds = case
        ask = [code, list(range(first, first + seeds)), name == WITHIN]
        self._process.stdin.write(json.dumps(ask) + "\n")
        self._process.stdin.flush()
        seconds, objectives = json.loads(self._process.stdout.readline())
        return seconds, objectives

    def end(self) -> None:
        """Let the process end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)


def interval(values: np.ndarray) -> tuple[float, float]:
    """Order statistics between which the median is with a probability of 95% or more."""
    ordered = np.sort(values)
    rank = max(int(binom.ppf(0.025, len(values), 0.5)) - 1, 0)
    return float(ordered[rank]), float(ordered[-1 - rank])


def measure(base: Path, panel: Path, rounds: int) -> list[tuple[str, ...]]:
    """Fit every case in both trees, in turns; a row a case."""
    trees = [Tree(HERE, panel), Tree(base, panel)]
    rows: list[tuple[str, ...]] = []
    for case in CASES:
        for tree in trees:  # Compile, or load what is compiled.
            tree.fit(case, 0)
        seconds = np.empty((rounds, 2))
        for number in range(rounds):
            found: list[list[str]] = [[], []]
            for k in (0, 1) if number % 2 else (1, 0):
                seconds[number, k], found[k] = trees[k].fit(case, number)
            if found[0] != found[1]:
                raise SystemExit(f"{case[0]}: the trees find different objectives")
        ratios = seconds[:, 0] / seconds[:, 1]
        low, high = interval(ratios)
        each = 1000 * np.median(seconds, axis=0) / case[2]
        ratio, between = f"{np.median(ratios):.3f}", f"{low:.3f} to {high:.3f}"
        rows.append((case[0], f"{each[1]:.2f}", f"{each[0]:.2f}", ratio, between))
        print(*rows[-1], file=sys.stderr)
    for tree in trees:
        tree.end()
    return rows


def main(
    base: Annotated[Path, typer.Argument(help="Source tree of the earlier version.")],
    panel: Annotated[Path, typer.Option(help="Panel of income and democracy.")],
    rounds: Annotated[int, typer.Option(help="Rounds of each case.")] = 61,
    output: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Measure, and write the table."""
    commit = subprocess.run(
        ["git", "-C", str(base), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    table = Table(
        "Fits of the balanced panel: CPU time against that of an earlier tree",
        ("fit", f"{commit}, ms", "this tree, ms", "ratio", "95% from, to"),
        tuple(measure(base.absolute(), panel, rounds)),
        (
            f"Income and democracy: N = 90, T = 7, K = 2. Times a fit are medians over {rounds} "
            "rounds; ratios are medians of the rounds' own, in which both trees fit from the same "
            "seeds, one after the other.",
            "Objectives are the same to the last bit in both trees, in every fit.",
            f"Ratios are to stay below {ASKED}.",
        ),
    )
    text = render(table, "markdown")
    print(text)
    if output is not None:
        output.write_text(text)


if __name__ == "__main__":
    typer.run(main)
