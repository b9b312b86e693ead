"""Bonhomme and Manresa (2012), Table B2: income and democracy, GFE with 1 to 15 groups.

Nothing is simulated. Replications differ in the randomness of searches and bootstraps alone: how
often the search finds its best objective, and by how much a standard error of 100 draws varies.
`paper` has the searches of the paper, Algorithm 2 (10;10;10) and in the bootstrap (5;10;5). The
row FE is least squares with country and period effects.
"""

from collections.abc import Mapping

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.errors import InputError
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS
from gfe_mc.estimators.profiles.two_way import TwoWay
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.bootstrap import Bootstrap
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.income_democracy import (
    democracy_experiment,
)
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report

FE = "FE"


def dgp(panel: Panel | None, G: str) -> ObservedPanel:  # noqa: ARG001
    """Return the panel itself."""
    if panel is None:
        raise InputError(
            "Table B2 is about the panel of income and democracy", "no panel", "Give --panel"
        )
    return ObservedPanel(panel)


def estimators(G: str) -> Mapping[str, Estimator]:
    """Return GFE by the default search and by the paper's; fixed effects in the last row."""
    if G == FE:
        return {"ours": TwoWay()}
    groups = int(G)
    return {"ours": GFE(groups), "paper": GFE(groups, VNS(10, 10, 10))}


def inference(G: str) -> dict[str, dict[str, Inference]]:
    """Return the three standard errors, with the degrees of freedom that the print has."""
    if G == FE:
        return {"ours": {"large_t": LargeT(small_sample="cluster", unit_effects=True)}}
    analytical: dict[str, Inference] = {
        "large_t": LargeT(small_sample="NT-GT-K"),
        "fixed_t": FixedT(),
    }
    return {
        "ours": {**analytical, "bootstrap": Bootstrap(draws=100)},
        "paper": {"bootstrap": Bootstrap(draws=100, search=VNS(5, 10, 5), warm=False)},
    }


experiment = democracy_experiment(
    name="bm_table_b2",
    title="Income and democracy, grouped fixed effects",
    source="Table B2",
    factors={"G": (*[str(groups) for groups in range(1, 16)], FE)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    replications=20,
    cost="7 minutes on 2 cores",
    report=Report(
        penalties=("bic", "steep_bic"),
        published=PublishedTable(
            "bm_table_b2",
            keys={"G": "G"},
            replications=1,
            statistics={"estimate": "mean", "se": "median_se"},
            columns={"variance": "inference"},
            ignored=("bic_choice", "note"),
        ),
        misses=(("paper", "ours"), ("ours", "paper")),
    ),
)
