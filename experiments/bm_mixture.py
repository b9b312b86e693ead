"""Finite mixtures on samples that are calibrated to their own fit of the panel.

The panel of income and democracy is fitted by a mixture of three normals whose probabilities are a
logit in initial democracy and income. Samples have its slopes, profiles and error variance; groups
of countries are drawn once, from their probabilities given all that is observed of them.
`mixture_logit` is the estimator of that model, `mixture` ignores that probabilities go with
initial conditions, `gfe` has no probabilities, and `one_component` ignores groups.
`mixture_logit_long` climbs from five times as many starts, on the first hundred samples.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.dgp.calibration import Calibration, calibrate, residuals_at
from gfe_mc.estimators.mixtures.mixture import Mixture
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.mixture import MixtureErrors
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.softness import Softness
from gfe_mc.papers.family import (
    both_errors,
    family_experiment,
    large_t,
    required,
)
from gfe_mc.papers.income_democracy import LAG

GROUPS = 3
KNOWN = (LAG, "lag_income")
_STARTS = 50
_SEED = 0


@lru_cache(maxsize=2)
def calibrated(panel: Panel) -> Calibration:
    """Calibrate to the mixture; groups are drawn from its responsibilities."""
    rng = np.random.default_rng(_SEED)
    fit = Mixture(GROUPS, "logit", KNOWN, starts=5 * _STARTS).fit(panel, rng)
    made = calibrate(panel, fit, lag=LAG, source="income and democracy panel")
    assert fit.memberships is not None
    ends = fit.memberships.cumsum(axis=1)
    groups = (rng.uniform(size=len(ends))[:, None] > ends[:, :-1]).sum(axis=1)
    residuals = residuals_at(panel, made.theta, made.alpha, groups)
    return replace(made, groups=groups, residuals=residuals)


def dgp(panel: Panel | None, G: int) -> CalibratedDGP:  # noqa: ARG001
    """Calibrate to the mixture with three components."""
    return CalibratedDGP(calibrated(required(panel)))


def estimators(G: int) -> dict[str, Estimator]:
    """Return the mixtures, and grouped fixed effects."""
    return {
        "mixture_logit": Mixture(G, "logit", KNOWN, starts=_STARTS),
        "mixture": Mixture(G, starts=_STARTS),
        "gfe": GFE(G),
        "one_component": GFE(1),
        "mixture_logit_long": Mixture(G, "logit", KNOWN, starts=5 * _STARTS),
    }


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    mixture: dict[str, Inference] = {
        "sandwich": MixtureErrors(),
        "information": MixtureErrors("information"),
    }
    return {
        "mixture_logit": mixture,
        "mixture": mixture,
        "gfe": both_errors(),
        "one_component": large_t(),
    }


experiment = family_experiment(
    name="bm_mixture",
    title="Finite mixtures on samples calibrated to their own fit",
    source="supplement S2.1",
    own="mixture_logit",
    factors={"G": (GROUPS,)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="10 minutes on 2 cores",
    record=(Misclassification(), Softness()),
)
