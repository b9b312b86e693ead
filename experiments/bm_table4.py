"""Bonhomme and Manresa (2012), Table 4: standard errors and coverage, independent normal errors.

Every sample is estimated by the genetic search, with all three standard errors, and by the
paper's, Algorithm 2 (5;10;5), with the two analytical ones. The large-T errors that are set beside
the print have its degrees of freedom; those without stand beside them, as does the fixed-T
variance with another bandwidth. On the first hundred samples `paper` has the printed bootstrap,
Algorithm 1 from 1,000 random starts in each draw, and `delta` the quicker one with the delta
method for the cumulative effect.
"""

from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS, MultiStart
from gfe_mc.inference.bootstrap import Bootstrap
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.income_democracy import (
    democracy_experiment,
)
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report


def estimators(G: int, errors: str) -> dict[str, GFE]:  # noqa: ARG001
    """Return GFE by the default search and by that of the paper, each twice."""
    genetic, vns = (
        GFE(groups=G),
        GFE(groups=G, search=VNS(starts=5, neighborhoods=10, iterations=5)),
    )
    return {"genetic": genetic, "vns": vns, "paper": vns, "delta": genetic}


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    analytical: dict[str, Inference] = {
        "large_t": LargeT(small_sample="NT-GT-K"),
        "large_t_no_factor": LargeT(),
        "fixed_t": FixedT(),
        "fixed_t_silverman": FixedT(bandwidth="silverman"),
    }
    printed = Bootstrap(draws=100, search=MultiStart(starts=1000), warm=False)
    return {
        "genetic": {**analytical, "bootstrap": Bootstrap(draws=100)},
        "vns": analytical,
        "paper": {"bootstrap": printed},
        "delta": {"bootstrap": Bootstrap(draws=100, derived="delta")},
    }


experiment = democracy_experiment(
    name="bm_table4",
    title="Inference for the GFE estimator, independent normal errors",
    source="Table 4",
    estimators=estimators,
    inference=inference,
    first={"paper": 100, "delta": 100},
    cost="35 minutes on 2 cores",
    report=Report(
        compared=("genetic", "vns", "paper"),
        published=PublishedTable(
            "bm_table4",
            keys={"G": "G", "dgp": "errors"},
            replications=1000,
            statistics={"mc_sd": "sd"},
            columns={"variance": "inference"},
        ),
        misses=(("vns", "genetic"),),
        figures=("zip",),
    ),
)
