"""Bonhomme and Manresa (2012), supplement S3: interactive fixed effects with three factors.

On samples with three groups, by start and by rule of stopping: the objective has several local
minima. `global` is Newton's method from 35 starts, `newton_...` from one. `iteration_..._1e-4` is
Bai's iteration, which ends when no slope changes by more than that; `projected_...` is its faster
form, run to convergence. Starts: slopes of zero, least squares on the regressors alone (`ols`),
with period effects (`pooled`) or unit effects (`within`), and the estimates of GFE (`gfe`).

The error variance is that of Table 3, from the fit with three groups; beside it that from the fit
with one group, which the printed choices with three groups of Table S3, in the same section, are
compatible with.
"""

from dataclasses import replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.factors.interactive import InteractiveFixedEffects
from gfe_mc.estimators.factors.search import BaiIteration, FactorSearch, ProfileNewton
from gfe_mc.estimators.factors.starts import Start
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.inference.factors import FactorErrors
from gfe_mc.metrics.statistic import Statistic
from gfe_mc.papers.income_democracy import democracy_experiment, income_democracy
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report

FACTORS = 3


def dgp(panel: Panel | None, G: int, variance_of: int) -> CalibratedDGP:
    """Calibrate to G groups, the error variance to another number of groups."""
    other = income_democracy(panel, variance_of).error_variance
    return CalibratedDGP(replace(income_democracy(panel, G), error_variance=other))


def _newton(start: Start) -> FactorSearch:
    return ProfileNewton((start,), random=0)


def _iteration(start: Start, tolerance: float = 1e-4) -> FactorSearch:
    return BaiIteration((start,), tolerance=tolerance)


def estimators(G: int, variance_of: int) -> dict[str, InteractiveFixedEffects]:  # noqa: ARG001
    """Return the estimator by each search."""
    searches: dict[str, FactorSearch] = {
        "global": ProfileNewton(),
        "global_long": ProfileNewton(random=300),
        "newton_zero": _newton("zero"),
        "newton_pooled": _newton("pooled"),
        "newton_within": _newton("within"),
        "newton_gfe": _newton(GFE(G)),
        "iteration_zero_1e-4": _iteration("zero"),
        "iteration_ols_1e-4": _iteration("ols"),
        "iteration_pooled_1e-4": _iteration("pooled"),
        "iteration_within_1e-4": _iteration("within"),
        "iteration_pooled_1e-5": _iteration("pooled", 1e-5),
        "projected_pooled": BaiIteration(("pooled",), update="projected"),
    }
    return {name: InteractiveFixedEffects(FACTORS, search) for name, search in searches.items()}


def negative(estimates: np.ndarray, truths: np.ndarray) -> float:  # noqa: ARG001
    """Share of estimates below zero, in percent: the optima differ by the sign of theta2."""
    return float(100.0 * (estimates < 0.0).mean())


experiment = democracy_experiment(
    name="bm_interactive",
    title="Interactive fixed effects with three factors on samples with three groups",
    source="supplement S3",
    factors={"G": (3,), "variance_of": (3, 1)},
    dgp=dgp,
    estimators=estimators,
    first={"global_long": 100},
    inference={"global": {"clustered": FactorErrors(small_sample="freedom")}},
    statistics={"negative_percent": Statistic(negative, title="below 0, %")},
    record=(),
    report=Report(
        published=PublishedTable("bm_interactive", keys={"G": "G", "variance_of": "variance_of"}),
        misses=(
            ("global", "global_long"),
            ("newton_zero", "global"),
            ("newton_pooled", "global"),
            ("newton_within", "global"),
            ("newton_gfe", "global"),
            ("projected_pooled", "global"),
        ),
    ),
    cost="10 minutes on 2 cores",
)
