"""Estimators on samples like a panel that is observed, with more and fewer units and periods.

The panel of income and democracy is fitted with G groups. Samples have its slopes, profiles, groups
and regressors, of N units resampled within groups and of T periods: the first ones or, beyond the
panel's own, back and forth. For a panel of one's own, `columns` says how its file is read, and
`calibrate` is told which regressor is the outcome of the period before, if one is.
"""

import numpy as np

# The module beside this one.
from compare import REPORT, errors_of, rivals  # type: ignore[import-not-found]

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.income_democracy import democracy_experiment, income_democracy

CHOSEN = ("two_way", "gfe", "gfe_ten_starts", "tpwd", "two_step", "interactive")


def dgp(panel: Panel | None, N: int, T: int, G: int) -> CalibratedDGP:
    """Return the design of a cell: units are resampled once, and are the same in all samples."""
    made = income_democracy(panel, G).with_units(N, np.random.default_rng(0))
    return CalibratedDGP(made.with_periods(T))


def estimators(N: int, T: int, G: int) -> dict[str, Estimator]:
    """Return rivals that take panels of any size."""
    return {name: one for name, one in rivals(N, T, G).items() if name in CHOSEN}


def inference(**factors: int) -> dict[str, dict[str, Inference]]:
    """Return standard errors clustered by unit."""
    made: dict[str, dict[str, Inference]] = errors_of(estimators(**factors))
    return made


experiment = democracy_experiment(
    "compare_calibrated",
    "Estimators on samples like a panel, with more and fewer units and periods",
    "design of section 5.3, of other sizes",
    factors={"G": (3,), "N": (45, 90, 180), "T": (5, 7, 14, 28)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    replications=500,
    cost="10 minutes on 2 cores",
    report=REPORT,
)
