"""Bonhomme and Manresa (2012), Table B1: income and democracy, least squares and country effects.

Nothing is simulated, and nothing is drawn: one replication is as good as any number; there are ten,
so that a verdict is given. The unbalanced sample is taken out of the five-year panel, and the
balanced one out of that.
"""

from collections.abc import Mapping

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import MultiStart
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.country_effects import CountryEffects, CountryErrors, LeastSquares
from gfe_mc.papers.five_year import BaseSample, of_sample
from gfe_mc.papers.income_democracy import democracy_experiment
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report

MODELS: Mapping[str, Estimator] = {"ols": GFE(1, MultiStart(1)), "fe": CountryEffects()}
ERRORS: Mapping[str, Inference] = {"ols": LargeT(small_sample="cluster"), "fe": CountryErrors()}


def dgp(panel: Panel | None, sample: str, model: str) -> ObservedPanel:  # noqa: ARG001
    """Return the unbalanced panel, or the part of it that is balanced."""
    return ObservedPanel(of_sample(panel, balanced=sample == "balanced"))


def estimators(sample: str, model: str) -> Mapping[str, Estimator]:  # noqa: ARG001
    """Return least squares with period effects, or with country effects as well."""
    return {"ours": MODELS[model]}


def inference(sample: str, model: str) -> Mapping[str, Mapping[str, Inference]]:  # noqa: ARG001
    """Return clustered errors with the usual factor."""
    return {"ours": {"large_t": ERRORS[model]}}


experiment = democracy_experiment(
    name="bm_table_b1",
    title="Income and democracy, least squares and country effects",
    source="Table B1",
    factors={"sample": ("unbalanced", "balanced"), "model": tuple(MODELS)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    replications=10,
    record=(LeastSquares(),),
    columns=BaseSample(),
    dataset=None,
    cost="seconds",
    report=Report(
        published=PublishedTable(
            "bm_table_b1",
            keys={"panel": "sample", "estimator": "model"},
            replications=1,
            statistics={"estimate": "mean", "se": "median_se"},
            columns={"variance": "inference"},
            ignored=("column", "note"),
        ),
    ),
)
