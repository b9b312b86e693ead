"""Unit effects beside time effects of groups: bias, coverage and misclassification.

Samples are calibrated to the fit of the panel of income and democracy with unit effects and three
groups. `unit_effects` is the estimator of that model, `unit_effects_long` it by a search five times
as long. `common` ignores unit effects, `two_way` groups: it has unit effects and common time
effects. The lagged outcome makes both estimators with unit effects biased, groups known or not.
`jackknife` corrects that by half-panels with the groups of the full panel, `jackknife_regroup` by
half-panels whose groups are searched for anew.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.jackknife import HalfPanelJackknife
from gfe_mc.estimators.profiles.two_way import TwoWay
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.family import both_errors, calibrated_to, family_experiment, large_t, with_longer


def dgp(panel: Panel | None, G: int) -> CalibratedDGP:
    """Calibrate to G groups with unit effects."""
    return CalibratedDGP(calibrated_to(panel, GFE(G, unit_effects=True)))


def estimators(G: int) -> dict[str, Estimator]:
    """Return the estimators with and without unit effects."""
    own = GFE(G, unit_effects=True)
    plain: dict[str, Estimator] = {
        "common": GFE(G),
        "two_way": TwoWay(),
        "unit_effects": own,
        "jackknife": HalfPanelJackknife(own),
        "jackknife_regroup": HalfPanelJackknife(own, regroup=True),
    }
    return with_longer(plain, "unit_effects")


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    return {
        "common": both_errors(),
        "two_way": large_t(),
        "unit_effects": both_errors(),
        "jackknife": large_t(),
        "jackknife_regroup": large_t(),
    }


experiment = family_experiment(
    name="bm_unit_effects",
    title="Grouped fixed effects with unit effects",
    source="equations (5) and (6)",
    own="unit_effects",
    factors={"G": (3,)},
    first={},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="1 minute on 2 cores",
)
