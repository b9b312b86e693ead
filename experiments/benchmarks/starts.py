"""Single starts of Algorithm 1 and default searches, today's beside those of an earlier revision.

    python -m experiments.benchmarks.starts --before REVISION
                                            [--panel income_democracy_balanced.csv]
                                            [--output starts.md]

From the root of the source tree. Starts run until no unit moves; they are the same in both, but for
the random numbers that they begin from, so each time is over several. CPU seconds of one thread.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple

import typer

from experiments.benchmarks.engines import Engine, checked_out, gfe, write_panel
from experiments.benchmarks.search import simulated
from gfe_mc.data.panel import Panel
from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.report.render import Table, render

GROUPS, PERIODS, REGRESSORS = 10, 20, 2
WELL, BADLY = 0.3, 1.5
STARTS = {1_000: 50, 10_000: 20, 100_000: 5}
"""Starts of a fit, by number of units."""


class Case(NamedTuple):
    """What is timed."""

    name: str
    panel: str
    words: dict[str, Any]
    starts: int = 1
    repeats: int = 5


def cases(place: Path, panel: Panel | None) -> list[Case]:
    """Write the panels, and return what is timed."""
    found = []
    for units, starts in STARTS.items():
        for noise, told in ((WELL, "well"), (BADLY, "badly")):
            one = simulated(units, PERIODS, REGRESSORS, GROUPS, noise, units)
            path = write_panel(place / f"{units}-{told}.npz", one)
            words = gfe(GROUPS, "MultiStart", starts=starts)
            name = f"a start of Algorithm 1, N = {units:,}, {told} separated"
            found.append(Case(name, path, words, starts, 3))
            if units == 10_000 and told == "well":
                name = f"default search, N = {units:,}, well separated"
                found.append(Case(name, path, gfe(GROUPS)))
    if panel is not None:
        path = write_panel(place / "real.npz", panel)
        found.append(Case("default search, real panel", path, gfe(GROUPS), repeats=200))
    return found


def timed(case: Case, engines: dict[str, Engine]) -> tuple[str, ...]:
    """Time a case by both engines, which take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    objectives: dict[str, list[float]] = {name: [] for name in engines}
    for seed in range(case.repeats):
        for name, engine in engines.items():
            task = {"panel": case.panel, "estimator": case.words, "seed": seed}
            engine.warm_up(task)
            answer = engine.ask(task)
            assert answer is not None
            seconds[name].append(answer["seconds"] / case.starts)
            objectives[name].append(answer["objective"])
    now, before = (median(seconds[name]) for name in ("now", "before"))
    best = min(min(own) for own in objectives.values())
    met = [sum(one <= best * (1 + 1e-9) for one in objectives[name]) for name in ("now", "before")]
    times = [f"{1e3 * now:.2f}", f"{1e3 * before:.2f}", f"{before / now:.2f}"]
    return (case.name, *times, *[f"{number} of {case.repeats}" for number in met])


def main(
    before: Annotated[str, typer.Option(help="A revision to compare with.")],
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write the table to.")] = None,
) -> None:
    """Time, print, and write."""
    read: Panel | None = COLUMNS.read(panel) if panel else None
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        engines = {
            name: Engine(stack.enter_context(checked_out(revision)))
            for name, revision in (("now", None), ("before", before))
        }
        for engine in engines.values():
            stack.callback(engine.close)
        rows = tuple(timed(case, engines) for case in cases(Path(place), read))
    made = Table(
        f"Starts and default searches: T = {PERIODS}, K = {REGRESSORS}, G = {GROUPS}",
        ("what", "now, ms", f"{before}, ms", "ratio", "met the best, now", f"{before}"),
        rows,
        (
            "CPU milliseconds of one thread, medians; of a start, its share of a fit from many.",
            "Met the best: fits with the lowest objective of all in their row. The real panel has "
            "T = 7.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
