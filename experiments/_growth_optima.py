"""Where the printed CK-means groups of Lin and Ng's Table 4 lie among the local optima.

    python experiments/_growth_optima.py PANEL [--starts 20000]

CK-means with four groups is started at random many times, one start a fit. Written beside the
results of the study.
"""

from collections import Counter
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.slopes.ck_means import CKMeans, UnitMoves
from gfe_mc.estimators.slopes.products import MinimumSize
from gfe_mc.metrics import moments
from gfe_mc.papers.growth import COLUMNS, growth_panel
from gfe_mc.published.loader import published
from gfe_mc.report.digits import with_error
from gfe_mc.report.render import Table, render
from gfe_mc.seeds import generator

STUDY = "ln_table4"
ANY = MinimumSize(1, 0.0)
Solution = tuple[tuple[int, float], ...]


def printed(model: str) -> Solution:
    """Units and rho of the printed groups, in ascending order of rho."""
    table = published(STUDY)
    own = table[(table["model"] == model) & (table["method"] == "ck_means")]
    by_rank = own.pivot_table(index="rank", columns="statistic", values="value")
    pairs = zip(by_rank["n_units"], by_rank["rho"], strict=True)
    return tuple((int(units), round(float(rho), 4)) for units, rho in pairs)


def optima(panel: Panel, starts: int) -> tuple[Counter[Solution], dict[Solution, float]]:
    """How often each local optimum is met, and its objective."""
    rng = generator(0, "0" * 64, 0, "starts")
    met: Counter[Solution] = Counter()
    objectives: dict[Solution, float] = {}
    estimator = CKMeans(4, starts=1, minimum=ANY)
    for _ in range(starts):
        fit = estimator.fit(panel, rng)
        if fit.beta is None or fit.groups is None:
            raise ValueError("a start without groups")
        order = np.argsort(fit.beta[:, 0])
        sizes = np.bincount(fit.groups)[order].tolist()
        slopes = fit.beta[order, 0].round(4).tolist()
        found = tuple(zip(sizes, slopes, strict=True))
        met[found] += 1
        objectives[found] = fit.objective
    return met, objectives


def main(
    panel: Annotated[str, typer.Argument(help="Penn World Table panel.")],
    starts: Annotated[int, typer.Option(help="Random starts.")] = 20_000,
) -> None:
    """Search, print, and write."""
    source = COLUMNS.read(panel)
    rows = []
    for model in ("A", "B"):
        own = growth_panel(source, model)
        met, objectives = optima(own, starts)
        target = printed(model)
        best = min(objectives.values())
        moves = UnitMoves(4, starts=starts // 10, minimum=ANY)
        better = moves.fit(own, generator(0, "0" * 64, 0, "moves")).objective
        row = [model, str(len(met)), f"{min(best, better):.5f}"]
        if target in met:
            value = objectives[target]
            count = sum(n for found, n in met.items() if objectives[found] < value * (1 - 1e-9))
            row.append(f"{value:.5f}")
            shares = (moments.share(met[target], starts), moments.share(count, starts))
            row += [with_error(100 * share.value, 100 * share.error) for share in shares]
        else:
            row += ["not met", "-", "-"]
        rows.append(tuple(row))
    made = Table(
        "The printed CK-means groups among the local optima",
        (
            "model",
            "local optima met",
            "least SSR",
            "SSR of the printed groups",
            "starts that meet them, %",
            "starts that end lower, %",
        ),
        tuple(rows),
        (
            f"CK-means, four groups, {starts} random starts; the least SSR is also over "
            f"{starts // 10} starts followed by single-unit moves.",
            "The printed groups: sizes and rho, to the last printed digit.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    Path("results", STUDY, "optima.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
