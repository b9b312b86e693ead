"""How often searches for groups find the best grouping known, against CPU seconds.

    python -m experiments.benchmarks.search [--panel income_democracy_balanced.csv]
                                            [--output search.md] [--full] [--before REVISION]

From the root of the source tree. On the real panel, on samples of the calibrated designs, and on
simulated panels of many sizes, whose groups are told apart easily or hardly. The default search
stands beside itself as it was (its rule of before by `--old`, or all of an earlier revision by
`--before`), Algorithms 1 and 2 of Bonhomme and Manresa (2012), an iterated local search, and, where
there are no regressors, scikit-learn's k-means. Best known: the best of all of them and of further
fits of the default search. A short run takes a minute or two, `--full` about twenty.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer

from experiments.benchmarks.engines import Engine, checked_out, gfe, write_panel
from gfe_mc import Panel
from gfe_mc.papers.income_democracy import COLUMNS, calibrated_dgp
from gfe_mc.report.render import Table, render

SAME = 1e-9
NOW, BEFORE = "now", "before"
DEFAULT = "default"


@dataclass(frozen=True)
class Case:
    """One panel and a number of groups."""

    kind: str
    panel: str
    groups: int
    regressors: int


@dataclass
class Score:
    """What a search did on cases of a kind: by case, objectives and seconds; how many ran over."""

    objectives: dict[Case, list[float]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    over: int = 0


def simulated(
    units: int, periods: int, regressors: int, groups: int, noise: float, seed: int
) -> Panel:
    """A panel with groups in it, the regressors correlated with their effects."""
    rng = np.random.default_rng(seed)
    effects = rng.standard_normal((groups, periods))
    own = effects[np.arange(units) % groups]
    x = rng.standard_normal((units, periods, regressors)) + 0.5 * own[:, :, None]
    errors = noise * rng.standard_normal((units, periods))
    return Panel.from_arrays(0.5 * x.sum(axis=2) + own + errors, x)


def rivals(groups: int, old: dict[str, Any], *, full: bool) -> dict[str, dict[str, Any]]:
    """Return the searches by name, as engines are told of them."""
    lengths = (10, 100, 1000) if full else (10, 100)
    neighborhoods = ((5, 10, 5), (10, 10, 10)) if full else ((5, 10, 5),)
    found = {
        DEFAULT: gfe(groups),
        "rule of before": gfe(groups, "Genetic", **old),
        "iterated, 100": {"kind": "iterated", "groups": groups, "patience": 100},
    }
    if full:
        found["iterated, 400"] = {"kind": "iterated", "groups": groups, "patience": 400}
    for starts in lengths:
        found[f"Algorithm 1 ({starts})"] = gfe(groups, "MultiStart", starts=starts)
    for one in neighborhoods:
        options = dict(zip(("starts", "neighborhoods", "iterations"), one, strict=True))
        found[f"Algorithm 2 {one}"] = gfe(groups, "VNS", **options)
    return found


def k_means(groups: int) -> dict[str, dict[str, Any]]:
    """Return scikit-learn's k-means by name, where it is installed."""
    if find_spec("sklearn") is None:
        return {}
    return {
        f"k-means ({starts})": {"kind": "k-means", "groups": groups, "starts": starts}
        for starts in (10, 100)
    }


def cases(place: Path, panel: Panel | None, samples: int, *, full: bool) -> Iterator[Case]:
    """Write the panels, and yield what is to be searched."""

    def made(kind: str, one: Panel, groups: int, number: int) -> Case:
        name = f"{kind}-{groups}-{number}.npz".replace(" ", "-")
        return Case(kind, write_panel(place / name, one), groups, one.shape[2])

    if panel is not None:
        for groups in (3, 5, 10, 15):
            yield made("real panel", panel, groups, 0)
    for errors in ("normal", "resampled"):
        for groups in (3, 5, 10):
            dgp = calibrated_dgp(panel, groups, errors)
            for number in range(samples):
                sample = dgp.draw(np.random.default_rng(number))
                yield made(f"{errors} errors, G = {groups}", sample.panel, groups, number)
    sizes = (100, 1000, 10_000, 100_000) if full else (100, 1000)
    for units in sizes:
        for groups in (3, 10, 50) if full else (3, 10):
            for regressors in (0, 1) if units < sizes[-1] else (1,):
                for noise, told in ((0.3, "well"), (1.5, "badly")):
                    one = simulated(units, 10, regressors, groups, noise, units + groups)
                    kind = f"N = {units:,}, G = {groups}, K = {regressors}, {told} separated"
                    yield made(kind, one, groups, 0)


def scored(
    found: list[Case],
    engines: dict[str, Engine],
    old: dict[str, Any],
    seeds: int,
    further: int,
    most: float,
    *,
    full: bool,
) -> dict[str, dict[str, Score]]:
    """Run all searches in turns: by kind of case and search, how they did."""
    scores: dict[str, dict[str, Score]] = {}
    for case in found:
        of_kind = scores.setdefault(case.kind, {})
        words = rivals(case.groups, old, full=full)
        if case.regressors == 0:
            words |= k_means(case.groups)
        tasks = [(name, engines[NOW], one) for name, one in words.items()]
        if BEFORE in engines:
            tasks.append(("default before", engines[BEFORE], gfe(case.groups)))
        for seed in range(seeds):
            for name, engine, one in tasks:
                score = of_kind.setdefault(name, Score())
                if score.over:
                    continue
                _record(score, case, _ask(engine, case, one, seed, most), most)
        # The same search goes on with other seeds: what it is measured by, and no rival.
        score = of_kind.setdefault("", Score())
        for seed in range(seeds, seeds + further):
            if not of_kind[DEFAULT].over:
                answer = _ask(engines[NOW], case, gfe(case.groups), seed, most)
                _record(score, case, answer, most)
    return scores


def small_panel(case: Case) -> str:
    """Return the path of a small panel with as many regressors, written once."""
    path = Path(case.panel).parent / f"small-{case.regressors}.npz"
    if not path.exists():
        write_panel(path, simulated(60, 5, case.regressors, 3, 1.0, 0))
    return str(path)


def _ask(
    engine: Engine, case: Case, words: dict[str, Any], seed: int, most: float
) -> dict[str, Any] | None:
    engine.warm_up(_task(small_panel(case), _short(words), 0))
    return engine.ask(_task(case.panel, words, seed), most)


def _short(words: dict[str, Any]) -> dict[str, Any]:
    """The same search with three groups."""
    return {**words, "groups": 3}


def _task(panel: str, words: dict[str, Any], seed: int) -> dict[str, Any]:
    return {"panel": panel, "estimator": words, "seed": seed}


def _record(score: Score, case: Case, answer: dict[str, Any] | None, most: float) -> None:
    if answer is None:
        score.over += 1
        score.seconds.append(most)
        return
    score.objectives.setdefault(case, []).append(answer["objective"])
    score.seconds.append(answer["seconds"])


def table(scores: dict[str, dict[str, Score]], notes: tuple[str, ...]) -> Table:
    """Shares of fits that met the best known, and median seconds: a row for each kind of case."""
    names = list(dict.fromkeys(name for one in scores.values() for name in one if name))
    rows = []
    for kind, of_kind in scores.items():
        best: dict[Case, float] = {}
        for score in of_kind.values():
            for case, objectives in score.objectives.items():
                best[case] = min(best.get(case, np.inf), *objectives)
        rows.append((kind, *(_cell(of_kind.get(name), best) for name in names)))
    title = "Fits that met the best grouping known, and median CPU seconds of a fit"
    return Table(title, ("panel", *names), tuple(rows), notes)


def _cell(score: Score | None, best: dict[Case, float]) -> str:
    if score is None:
        return ""
    if score.over:
        return f"over {max(score.seconds):.0f} s"
    met = [
        value <= best[case] * (1.0 + SAME)
        for case, objectives in score.objectives.items()
        for value in objectives
    ]
    return f"{sum(met)}/{len(met)}, {median(score.seconds):.3f}"


def main(
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write the table to.")] = None,
    full: Annotated[bool, typer.Option(help="All sizes and lengths.")] = False,
    samples: Annotated[int | None, typer.Option(help="Of each calibrated design.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Fits of each panel by each search.")] = None,
    further: Annotated[int | None, typer.Option(help="Further fits by the default search.")] = None,
    most: Annotated[float | None, typer.Option(help="Seconds that a fit may take.")] = None,
    old: Annotated[str, typer.Option(help="Options of the rule of before.")] = '{"patience": 400}',
    before: Annotated[str | None, typer.Option(help="A revision to compare with.")] = None,
    only: Annotated[str, typer.Option(help="Kinds of panels with this in their name.")] = "",
) -> None:
    """Search, print, and write."""
    read = COLUMNS.read(panel) if panel else None
    samples = samples or (12 if full else 1)
    seeds = seeds or (2 if full else 1)
    further = further or (10 if full else 2)
    most = most or (8.0 if full else 3.0)
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engines = {NOW: Engine(stack.enter_context(checked_out(None)))}
        if before:
            engines[BEFORE] = Engine(stack.enter_context(checked_out(before)))
        for engine in engines.values():
            stack.callback(engine.close)
        found = [case for case in cases(place, read, samples, full=full) if only in case.kind]
        scores = scored(found, engines, json.loads(old), seeds, further, most, full=full)
    notes = (
        f"Met, of all fits; {seeds} of each panel by each search, which take turns. Best known: of "
        f"all searches and of {further} further fits by the default one.",
        f"A search is left out of a kind once a fit takes more than {most:.0f} s of wall clock.",
        "Seconds of the iterated search include a check of the panel for every kick.",
    )
    text = render(table(scores, notes), "markdown")
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
