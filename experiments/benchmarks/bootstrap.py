"""What the quicker bootstrap costs and finds, beside Algorithm 1 from 1,000 random starts.

    python experiments/benchmarks/bootstrap.py [--panel income_democracy_balanced.csv]
                                               [--output bootstrap.md]

Samples are drawn from the designs of Tables 4 and S2, units are drawn from each, and every search
works on the same draws: objectives are paired. "by repetition" is the same search on the panel
with units repeated rather than weighted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import Genetic, MultiStart, Search
from gfe_mc.fit import Fit
from gfe_mc.inference.bootstrap import Bootstrap, refit
from gfe_mc.papers.income_democracy import COLUMNS, calibrated_dgp
from gfe_mc.report.render import Table, render
from gfe_mc.seeds import Streams

SAME = 1e-9
"""Relative difference up to which objectives count as the same."""

Refit = Callable[[Panel, Fit, np.random.Generator], Fit | None]


@dataclass
class Record:
    """What one way of fitting the draws brought."""

    objectives: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    slopes: list[np.ndarray] = field(default_factory=list)


def by(search: Search, *, warm: bool) -> Refit:
    """Return the bootstrap's own way, with a search."""
    return lambda panel, fit, rng: refit(panel, fit, search, rng, warm=warm)


def by_repetition(search: Search) -> Refit:
    """Return the way without weights: the units that are drawn, as often as they are."""

    def fit_repeated(panel: Panel, fit: Fit, rng: np.random.Generator) -> Fit:
        units = rng.integers(panel.shape[0], size=panel.shape[0])
        assert fit.alpha is not None
        repeated = Panel.from_arrays(panel.y[units], panel.x[units])
        return GFE(len(fit.alpha), search).fit(repeated, rng, start=fit)

    return fit_repeated


def ways() -> dict[str, Refit]:
    """Return the ways that are compared; the first is the printed one."""
    quick = Bootstrap().search
    return {
        "Algorithm 1, 1,000 starts": by(MultiStart(starts=1000), warm=False),
        "default of the bootstrap": by(quick, warm=True),
        "by repetition": by_repetition(quick),
        "default of GFE": by(Genetic(), warm=True),
    }


def measure(
    panel: Panel | None, groups: int, errors: str, samples: int, draws: int
) -> list[Record]:
    """Fit the draws of some samples in every way."""
    divisor = "NT-GT-N-K" if errors == "normal" else "NT"
    dgp = calibrated_dgp(panel, groups, errors, divisor)
    refits = list(ways().values())
    records = [Record() for _ in refits]
    for number in range(samples):
        sample = dgp.draw(np.random.default_rng([groups, number])).panel
        fit = GFE(groups).fit(sample, np.random.default_rng(number))
        streams = Streams.of(np.random.default_rng([number]))
        for record, again in zip(records, refits, strict=True):
            slopes = []
            for draw in range(draws):
                started = time.thread_time()
                found = again(sample, fit, streams(draw))
                record.seconds.append(time.thread_time() - started)
                if found is None:
                    raise RuntimeError("a draw that could not be estimated")
                record.objectives.append(found.objective)
                slopes.append(found.theta)
            record.slopes.append(np.std(slopes, axis=0, ddof=1))
    return records


def rows(groups: int, errors: str, records: list[Record]) -> list[tuple[str, ...]]:
    """Write a row for each way."""
    best = np.min([record.objectives for record in records], axis=0)
    printed = np.array(records[0].objectives)
    made: list[tuple[str, ...]] = []
    for name, record in zip(ways(), records, strict=True):
        objectives = np.array(record.objectives)
        lower = np.mean(objectives < printed * (1 - SAME))
        higher = np.mean(objectives > printed * (1 + SAME))
        made.append(
            (
                errors,
                str(groups),
                name,
                f"{1e3 * np.median(record.seconds):.2f}",
                f"{100 * np.mean(objectives <= best * (1 + SAME)):.1f}",
                f"{100 * np.mean(objectives / printed - 1):.4f}",
                f"{100 * lower:.1f}",
                f"{100 * higher:.1f}",
                f"{np.median([slopes[0] for slopes in record.slopes]):.4f}",
                f"{np.median([slopes[1] for slopes in record.slopes]):.5f}",
            )
        )
    return made


def main(
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write the table to.")] = None,
    samples: Annotated[int, typer.Option(help="Samples of each design.")] = 20,
    draws: Annotated[int, typer.Option(help="Bootstrap draws of each sample.")] = 50,
) -> None:
    """Measure, print, and write."""
    read = COLUMNS.read(panel) if panel else None
    written: list[tuple[str, ...]] = []
    for errors in ("normal", "resampled"):
        for groups in (3, 5, 10):
            written += rows(groups, errors, measure(read, groups, errors, samples, draws))
    made = Table(
        "Bootstrap draws by several searches",
        (
            "errors",
            "G",
            "search",
            "ms a draw",
            "best known %",
            "objective, % over printed",
            "lower %",
            "higher %",
            "se theta1",
            "se theta2",
        ),
        tuple(written),
        (
            f"{samples} samples of each design, {draws} draws of each; CPU time of one thread, "
            "medians.",
            "Best known: share of the draws with the lowest objective of all four. Over printed, "
            "lower, higher: against Algorithm 1 from 1,000 starts on the same draw.",
            "Standard errors: median over samples.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
