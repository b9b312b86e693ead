"""Groups in two layers, profiles and levels within them: bias, coverage and misclassification.

Samples are calibrated to the fit of the panel of income and democracy with three primary groups,
of five, two and two levels. `two_layers` is the estimator of that model, `two_layers_long` it by a
search five times as long, on the first hundred samples. `one_layer` ignores levels, and
`unit_effects` that units share them. `nine` has a profile for each group of both layers, and so
contains the model. Misclassified are units in another primary group, which nine groups cannot be
compared with. Searches in two layers are a fifth as patient as by default.
"""

from dataclasses import replace

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.two_layers import TwoLayerGFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.adjusted_rand import AdjustedRand
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.papers.family import (
    SHORT,
    both_errors,
    calibrated_to,
    family_experiment,
    large_t,
    with_longer,
)

MEMBER = TwoLayerGFE(3, (5, 2, 2))


def dgp(panel: Panel | None, secondary: str) -> CalibratedDGP:  # noqa: ARG001
    """Calibrate to groups in two layers."""
    return CalibratedDGP(calibrated_to(panel, MEMBER))


def estimators(**_: object) -> dict[str, Estimator]:
    """Return the estimators by how levels are taken."""
    plain = {
        "one_layer": GFE(3),
        "nine": GFE(9),
        "unit_effects": GFE(3, unit_effects=True),
        "two_layers": replace(MEMBER, search=SHORT),
    }
    return with_longer(plain, "two_layers")


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    both = both_errors()
    return {"one_layer": both, "nine": both, "unit_effects": both, "two_layers": large_t()}


experiment = family_experiment(
    name="bm_two_layers",
    title="Grouped fixed effects in two layers",
    source="equation (7) and section 6.4",
    own="two_layers",
    factors={"secondary": ("5, 2, 2",)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="2 minutes on 2 cores",
    record=(Misclassification(), AdjustedRand()),
)
