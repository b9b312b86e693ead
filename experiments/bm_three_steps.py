"""Three steps for many units: what the estimates lose by a search on a sample of them.

Samples are those of Table 3 with four groups, of 4,000 and of 16,000 units: the countries are
resampled within their groups, once. `three_200` and `three_1000` search so many units, classify
all, and estimate once more. `full` is the default search of that many units, which begins on a
sample as well and then improves five local optima of all; `full_long` improves fifty and more of
all units, without a sample, on the first hundred samples. `one_sample` are the estimates of a
thousand units alone, as a reader of a large panel would make them who takes a sample of it.
"""

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import Genetic
from gfe_mc.estimators.profiles.three_step import ThreeSteps
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import Fit
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.family import family_experiment, large_t
from gfe_mc.papers.income_democracy import income_democracy
from gfe_mc.report.declaration import Report

GROUPS = 4


@dataclass(frozen=True)
class OfASample:
    """The estimates of a random sample of the units.

    Attributes
    ----------
    estimator : GFE
        The estimator.
    units : int
        How many units.
    """

    estimator: GFE
    units: int

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Fit some of the units; the others are left out, and have no group."""
        drawn = np.sort(rng.choice(len(panel.y), self.units, replace=False))
        fit = self.estimator.fit(Panel.from_arrays(panel.y[drawn], panel.x[drawn]), rng)
        return Fit(fit.theta, objective=fit.objective, status=fit.status)


def dgp(panel: Panel | None, N: int) -> CalibratedDGP:
    """Calibrate to four groups, with so many units: the same ones in all samples."""
    fixed = income_democracy(panel, GROUPS)
    return CalibratedDGP(fixed.with_units(N, np.random.default_rng(0)))


def estimators(**_: object) -> dict[str, Estimator]:
    """Return three steps, and the search of all units."""
    full = GFE(GROUPS)
    return {
        "one_sample": OfASample(full, 1000),
        "three_200": GFE(GROUPS, ThreeSteps(200)),
        "three_1000": GFE(GROUPS, ThreeSteps(1000)),
        "full": full,
        "full_long": GFE(GROUPS, Genetic(sample=0)),
    }


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return standard errors of each."""
    return {name: large_t() for name in ("three_200", "three_1000", "full")}


experiment = family_experiment(
    name="bm_three_steps",
    title="Grouped fixed effects by three steps, with many units",
    source="footnote 18",
    own="full",
    factors={"N": (4000, 16000)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    report=Report(
        misses=(("three_200", "full"), ("three_1000", "full"), ("full", "full_long")),
    ),
    cost="5 minutes on 2 cores",
)
