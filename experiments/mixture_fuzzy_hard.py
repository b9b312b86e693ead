"""Finite mixtures, fuzzy clustering regression and GFE on the same samples.

Samples are those of Bonhomme and Manresa (2012), Table 3, with 3 groups, and the same with half
and with twice the standard deviation of errors: groups that can be told apart well, as in the data,
and badly. Groups go with initial democracy and income, as in the data: common probabilities of the
mixture leave that out, its logit in both has it in. Those whose names end in `_long` search five
times as long, on the first hundred samples.
"""

from dataclasses import replace

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.genetic import FuzzyGenetic
from gfe_mc.estimators.mixtures.mixture import Mixture
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.fuzzy import FuzzySandwich
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.mixture import MixtureErrors
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.softness import Softness
from gfe_mc.papers.family import longer
from gfe_mc.papers.income_democracy import (
    COLUMNS,
    CUMULATIVE,
    DATASET,
    PARAMETERS,
    income_democracy,
)
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment

GROUPS = 3
SEARCHED = ("gfe", "fcr_1_2", "fcr_2", "mixture", "mixture_logit")
LONG = "_long"
"""Ending of the names of estimators that search for longer."""


def dgp(panel: Panel | None, error_scale: float) -> CalibratedDGP:
    """Return the design with errors of a multiple of the calibrated standard deviation."""
    fixed = income_democracy(panel, GROUPS)
    return CalibratedDGP(replace(fixed, error_variance=fixed.error_variance * error_scale**2))


def estimators(**_: object) -> dict[str, Estimator]:
    """Return all of them by their default searches, and by those five times as long."""
    gfe = GFE(GROUPS)
    default, known = FuzzyGenetic(), ("lag_democracy", "lag_income")
    patient = FuzzyGenetic(patience=5 * default.patience, hits=5 * default.hits)
    starts = 5 * Mixture(GROUPS).starts
    return {
        "gfe": gfe,
        "fcr_1_2": FCR(GROUPS, 1.2),
        "fcr_2": FCR(GROUPS, 2.0),
        "mixture": Mixture(GROUPS),
        "mixture_logit": Mixture(GROUPS, "logit", known),
        "gfe_long": longer(gfe),
        "fcr_1_2_long": FCR(GROUPS, 1.2, patient),
        "fcr_2_long": FCR(GROUPS, 2.0, patient),
        "mixture_long": Mixture(GROUPS, starts=starts),
        "mixture_logit_long": Mixture(GROUPS, "logit", known, starts=starts),
    }


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    fuzzy: dict[str, Inference] = {"sandwich": FuzzySandwich()}
    mixture: dict[str, Inference] = {
        "sandwich": MixtureErrors(),
        "information": MixtureErrors("information"),
    }
    return {
        "gfe": {"large_t": LargeT(small_sample="NT-GT-K"), "fixed_t": FixedT()},
        "fcr_1_2": fuzzy,
        "fcr_2": fuzzy,
        "mixture": mixture,
        "mixture_logit": mixture,
    }


experiment = Experiment(
    name="mixture_fuzzy_hard",
    title="Finite mixtures, fuzzy clustering regression and GFE on the same samples",
    source="design of Bonhomme and Manresa (2012), Table 3, with errors scaled",
    factors={"error_scale": (0.5, 1.0, 2.0)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    parameters=PARAMETERS,
    derived={"cumulative": CUMULATIVE},
    replications=1000,
    first=dict.fromkeys((name + LONG for name in SEARCHED), 100),
    columns=COLUMNS,
    dataset=DATASET,
    cost="40 minutes on 2 cores",
    record=(Misclassification(), Softness()),
    report=Report(misses=tuple((name, name + LONG) for name in SEARCHED)),
)
