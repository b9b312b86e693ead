"""Estimators of panels with group effects over time, on a design that scales.

A small grid of a design whose difficulty is measured, and everything that can be asked about it:
`gfe-mc run compare --grid N=50,100 --grid T=5,10,20 --grid separation=0.5,2 --estimators gfe,tpwd`
runs any part of any grid without a file. The separation of groups is the root mean square distance
of their profiles in standard deviations of the errors; serially correlated errors have
autocorrelation .5. Estimators are given the true number of groups.

Estimators that take long are there where N G is at most 300, and all searches are shorter than by
default. What an estimator cannot take is a status and a reason in the table of failures, not an end
of the study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.grouped_effects import GroupedEffects
from gfe_mc.estimators.factors.interactive import InteractiveFixedEffects
from gfe_mc.estimators.factors.nuclear import NuclearNorm
from gfe_mc.estimators.factors.post_nuclear import PostNuclearNorm
from gfe_mc.estimators.factors.two_way_groups import TwoWayGroups
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.genetic import FuzzyGenetic
from gfe_mc.estimators.mixtures.mixture import Mixture
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.oracle import OracleGFE, RandomGroups
from gfe_mc.estimators.profiles.pairwise import TPWD
from gfe_mc.estimators.profiles.pooled_ols import PooledOLS
from gfe_mc.estimators.profiles.post_spectral import PostSpectral
from gfe_mc.estimators.profiles.search import Genetic, MultiStart
from gfe_mc.estimators.profiles.two_step import TwoStepGFE
from gfe_mc.estimators.profiles.two_way import TwoWay
from gfe_mc.estimators.profiles.weighted import WeightedGFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.factors import FactorErrors
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.report.declaration import Report
from gfe_mc.report.tables.by_size import SizeTable
from gfe_mc.study.experiment import Experiment

PERSISTENCE = {"normal": 0.0, "serial": 0.5}
"""Autocorrelation of errors by their name."""
MOST = 300
"""N G up to which the estimators that take long are there."""
MOST_FACTORS = 5
GROUPED = ("oracle", "random", "gfe", "gfe_ten_starts", "tpwd", "two_step", "fcr", "post_spectral")
CLUSTERED = ("pooled", "two_way", *GROUPED)
"""Estimators with `LargeT`: their last step is least squares, for groups found if there are any."""
SHORT = Genetic(hits=5)
"""Ends once five runs of the search met the best objective, where the default asks for fifty."""

CRITERIA = (
    Criterion("rmse", "theta1"),
    Criterion("bias", "theta1"),
    Criterion("misclassification_percent"),
    Criterion("coverage", "theta1", "clustered"),
    Criterion("median_seconds"),
)
"""What estimators are ranked by in each cell."""
REPORT = Report(
    criteria=CRITERIA,
    rates=("N", "T"),
    infeasible=("oracle",),
    figures=("best_map", "by_size", "nested_loop", "price"),
    layout=SizeTable(CRITERIA[:3], rows=("N", "T"), errors="beside"),
)


def dgp(
    panel: Panel | None,  # noqa: ARG001
    N: int,
    T: int,
    G: int,
    separation: float,
    errors: str,
) -> GroupedEffects:
    """Return the design of a cell: one regressor, correlated with the group effects by a half."""
    return GroupedEffects(N, T, G, separation, error_persistence=PERSISTENCE[errors])


def rivals(N: int, T: int, G: int) -> dict[str, Estimator]:
    """Return the floor, grouped fixed effects, and its rivals, for panels of a size."""
    factors = min(G, T // 2, MOST_FACTORS)
    made: dict[str, Estimator] = {
        "pooled": PooledOLS(),
        "two_way": TwoWay(),
        "random": RandomGroups(G),
        "gfe": GFE(G, SHORT),
        "gfe_ten_starts": GFE(G, MultiStart(10)),
        "tpwd": TPWD(groups=G),
        "two_step": TwoStepGFE(G, search=SHORT),
        "two_way_groups": TwoWayGroups(G, min(G, T), search=SHORT),
        "nuclear": NuclearNorm(),
        "interactive": InteractiveFixedEffects(factors),
    }
    if N * G <= MOST:
        made |= {
            "post_nuclear": PostNuclearNorm(factors),
            "weighted": WeightedGFE(G, starts=5, search=SHORT),
            "fcr": FCR(G, 2.0, FuzzyGenetic(hits=10)),
            "mixture": Mixture(G, starts=10),
            "post_spectral": PostSpectral(G),
        }
    return made


def estimators(N: int, T: int, G: int, separation: float, errors: str) -> dict[str, Estimator]:
    """Return the ceiling, which knows the groups, and the others."""
    groups = tuple(dgp(None, N, T, G, separation, errors).groups.tolist())
    return {"oracle": OracleGFE(groups), **rivals(N, T, G)}


def errors_of(there: Mapping[str, Estimator]) -> dict[str, dict[str, Inference]]:
    """Return standard errors clustered by unit, of those for which there are any."""
    clustered: dict[str, Inference] = {"clustered": LargeT()}
    every = dict.fromkeys((*CLUSTERED, "fcr", "post_spectral"), clustered) | {
        "interactive": {"clustered": FactorErrors()}
    }
    return {name: methods for name, methods in every.items() if name in there}


def inference(**factors: Any) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of a cell."""
    return errors_of(estimators(**factors))


experiment = Experiment(
    name="compare",
    title="Estimators of group effects over time, on a design that scales",
    source="design of our own",
    factors={
        "G": (3,),
        "separation": (1.0,),
        "errors": ("normal",),
        "N": (50, 100),
        "T": (5, 10, 20),
    },
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    parameters=("theta1",),
    replications=100,
    cost="6 minutes on 2 cores",
    record=(Misclassification(),),
    report=REPORT,
)
