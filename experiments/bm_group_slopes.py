"""Slopes by group beside profiles: bias, coverage and misclassification.

Samples are calibrated to the fit of the panel of income and democracy with four groups whose slopes
of income, or of income and of the lagged outcome, differ. `own` is the estimator of that model,
`own_long` it by a search five times as long, on the first hundred samples. `common` ignores that
slopes differ. `fcr` is the model of `own` by fuzzy clustering regression with m near 1, whose
minimum is as good as that of `own`. theta is the mean of slopes over units; RMSE is of the slopes
of units. Searches of `own` are a fourth as patient as by default.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.fuzzy import FuzzySandwich
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.group_errors import GroupErrors
from gfe_mc.metrics.group_slopes import GroupSlopes
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.papers.family import (
    SHORT,
    both_errors,
    calibrated_to,
    family_experiment,
    large_t,
    with_longer,
)

GROUPS = 4


def member(slopes: str, search: Search) -> GFE:
    """Return the estimator with these slopes by group."""
    return GFE(GROUPS, search, group_slopes=True if slopes == "all" else ("lag_income",))


def dgp(panel: Panel | None, slopes: str) -> CalibratedDGP:
    """Calibrate to these slopes by group."""
    return CalibratedDGP(calibrated_to(panel, member(slopes, Genetic())))


def estimators(slopes: str) -> dict[str, Estimator]:
    """Return the estimators by which slopes differ."""
    named = ("lag_democracy", "lag_income") if slopes == "all" else ("lag_income",)
    plain: dict[str, Estimator] = {
        "common": GFE(GROUPS),
        "own": member(slopes, SHORT),
        "fcr": FCR(GROUPS, group_specific=named),
    }
    return with_longer(plain, "own")


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    fuzzy: dict[str, Inference] = {"sandwich": FuzzySandwich()}
    return {"common": both_errors(), "own": large_t(), "fcr": fuzzy}


experiment = family_experiment(
    name="bm_group_slopes",
    title="Grouped fixed effects with slopes by group",
    source="section 2, slopes by group",
    own="own",
    factors={"slopes": ("income", "all")},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="10 minutes on 2 cores",
    record=(Misclassification(), UnitSlopes(), GroupSlopes(), GroupErrors()),
)
