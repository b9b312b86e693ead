"""Profiles that are polynomials of time: bias, coverage and misclassification.

Samples are calibrated to the fit of the panel of income and democracy with four groups whose
profiles are linear or quadratic. `patterns` is the estimator of that model, `patterns_long` it by a
search five times as long, on the first hundred samples. `free` ignores that profiles are smooth,
`levels` that they vary.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.profiles.basis import Polynomial
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.family import both_errors, calibrated_to, family_experiment, large_t, with_longer

GROUPS = 4


def member(degree: int) -> GFE:
    """Return the estimator of profiles of a degree."""
    return GFE(GROUPS, time_basis=Polynomial(degree))


def dgp(panel: Panel | None, degree: int) -> CalibratedDGP:
    """Calibrate to profiles of a degree."""
    return CalibratedDGP(calibrated_to(panel, member(degree)))


def estimators(degree: int) -> dict[str, Estimator]:
    """Return the estimators by what profiles are."""
    plain = {"free": GFE(GROUPS), "levels": member(0), "patterns": member(degree)}
    return with_longer(plain, "patterns")


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    return {"free": both_errors(), "levels": large_t(), "patterns": large_t()}


experiment = family_experiment(
    name="bm_patterns",
    title="Grouped fixed effects with profiles that are polynomials of time",
    source="section 2, linear restrictions on profiles",
    own="patterns",
    factors={"degree": (1, 2)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="3 minutes on 2 cores",
)
