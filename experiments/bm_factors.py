"""Interactive fixed effects: bias, coverage, and what it costs to take factors for groups.

Samples are calibrated to the fit of the panel of income and democracy with one factor, and with
three: loadings, factors, slopes and regressors are those of the fit, and errors are independent
normal. `factors` is the estimator of that model, from 35 starts; `factors_long` is it from 305, on
the first hundred samples. `two_way` has unit and period effects and ignores factors, `gfe` and
`gfe_ten` have groups in their place, three and ten of them.
"""

from functools import lru_cache

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.dgp.calibration import Calibration, calibrate
from gfe_mc.estimators.factors.interactive import InteractiveFixedEffects
from gfe_mc.estimators.factors.search import ProfileNewton
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.two_way import TwoWay
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.factors import FactorErrors
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.family import family_experiment, large_t, required
from gfe_mc.papers.income_democracy import LAG


@lru_cache(maxsize=4)
def calibrated(panel: Panel, factors: int) -> Calibration:
    """Calibrate to a fit with factors: every unit is a group, whose profile is its own."""
    long = ProfileNewton(random=300)
    fit = InteractiveFixedEffects(factors, long).fit(panel, np.random.default_rng(0))
    return calibrate(panel, fit, lag=LAG, source="income and democracy panel")


def dgp(panel: Panel | None, factors: int) -> CalibratedDGP:
    """Calibrate to so many factors."""
    return CalibratedDGP(calibrated(required(panel), factors))


def estimators(factors: int) -> dict[str, Estimator]:
    """Return the estimators with factors, with groups, and with additive effects."""
    return {
        "factors": InteractiveFixedEffects(factors),
        "two_way": TwoWay(),
        "gfe": GFE(3),
        "gfe_ten": GFE(10),
        "factors_long": InteractiveFixedEffects(factors, ProfileNewton(random=300)),
    }


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each, clustered by country."""
    return {
        "factors": {"large_t": FactorErrors(small_sample="freedom")},
        "two_way": large_t(),
        "gfe": large_t(),
        "gfe_ten": large_t(),
    }


experiment = family_experiment(
    name="bm_factors",
    title="Interactive fixed effects on samples with factors",
    source="supplement S3, interactive fixed effects",
    own="factors",
    factors={"factors": (1, 3)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="3 minutes on 2 cores",
    record=(),
)
