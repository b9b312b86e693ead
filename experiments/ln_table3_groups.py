"""Whether figures of Lin and Ng's Table 3 depend on how units are assigned to groups, N = 500.

The assignment is drawn once and held fixed over replications, in print as here. Assignment 0 is
that of the other studies; those after it are drawn anew, and `in_order` has the first group first.
"""

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP
from gfe_mc.dgp.slope_groups import DynamicSlopes, assigned_groups
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.ck_means import CKMeans
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.papers.slope_designs import MOST, ROUNDING
from gfe_mc.selection.chosen_slopes import ChosenByBIC
from gfe_mc.study.experiment import Experiment

RHO = ((0.3, 0.0), (0.8, 0.03))
UNITS, PERIODS = 500, 51
"""Those of the printed T = 50, with one transition more."""
ASSIGNMENTS = ("0", "1", "2", "3", "4", "in_order")


def assigned(assignment: str) -> tuple[int, ...]:
    """Return the group of each unit; groups have the same sizes in every assignment."""
    groups = np.array(assigned_groups(UNITS, len(RHO), ROUNDING))
    if assignment == "in_order":
        groups.sort()
    elif assignment != "0":
        groups = np.random.default_rng(int(assignment)).permutation(groups)
    return tuple(groups.tolist())


def dgp(panel: Panel | None, assignment: str) -> DGP:  # noqa: ARG001
    """Return the design with an assignment."""
    return DynamicSlopes(PERIODS, RHO, assigned(assignment))


def estimators(assignment: str) -> dict[str, Estimator]:  # noqa: ARG001
    """Return CK-means, which goes through units in their order; PSEUDO does not."""
    return {"ck_means_pooled": ChosenByBIC(CKMeans(MOST), variance="pooled")}


experiment = Experiment(
    name="ln_table3_groups",
    title="Dynamic panels under several fixed assignments to groups",
    source="Lin and Ng (2011), Table 3",
    factors={"assignment": ASSIGNMENTS},
    dgp=dgp,
    estimators=estimators,
    parameters=("rho", "phi"),
    replications=1000,
    cost="2 minutes on one core",
    record=(Misclassification(), UnitSlopes(), NumberOfGroups()),
)
