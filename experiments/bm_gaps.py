"""Panels with gaps: bias, coverage and misclassification.

Samples are calibrated to the fit with four groups of the unbalanced panel of income and democracy,
118 countries, with the gaps that it has. `complete` are samples of the same design without the
countries that have gaps: what is left where gaps are not allowed. `gfe_long` is the same estimator
by a search five times as long, on the first hundred samples; the other one is a fourth as patient
as by default.
"""

from dataclasses import replace

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.family import (
    SHORT,
    both_errors,
    calibrated_to,
    family_experiment,
    large_t,
    with_longer,
)
from gfe_mc.papers.five_year import FromSeventy

GROUPS = 4


def dgp(panel: Panel | None, units: str) -> CalibratedDGP:
    """Calibrate to all units, and keep those without gaps if asked to."""
    fixed = calibrated_to(panel, GFE(GROUPS))
    if units == "complete" and fixed.observed is not None:
        whole = fixed.observed.all(axis=1)
        own = {
            name: getattr(fixed, name)[whole] for name in ("groups", "residuals", "x", "initial")
        }
        fixed = replace(fixed, observed=None, **own)
    return CalibratedDGP(fixed)


def estimators(**_: object) -> dict[str, Estimator]:
    """Return GFE, which takes panels with gaps."""
    return with_longer({"gfe": GFE(GROUPS, SHORT)}, "gfe")


def inference(units: str) -> dict[str, dict[str, Inference]]:
    """Return its standard errors."""
    return {"gfe": both_errors() if units == "complete" else large_t()}


experiment = family_experiment(
    name="bm_gaps",
    title="Grouped fixed effects on panels with gaps",
    source="section 6.4 and equation (S18)",
    own="gfe",
    factors={"units": ("all", "complete")},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="2 minutes on 2 cores",
    columns=FromSeventy(),
    dataset=None,
)
