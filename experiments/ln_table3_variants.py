"""What could be behind Lin and Ng's Table 3 at T = 20 and 50, tried at T = 100 as well.

All designs have one transition more than `ln_table3` has for the printed T; in `second_start` the
initial level has the variance 1 + rho^2 rather than the stationary one. `_first` is PSEUDO with
units in the order of their slopes without the first transition. The designs were chosen on the
printed figures at T = 20 and 50: those at T = 100 are what they were not chosen on.
`_table3_variants.py` sets them beside the print.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP
from gfe_mc.dgp.slope_groups import DynamicSlopes, assigned_groups
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.ck_means import CKMeans
from gfe_mc.estimators.slopes.given_groups import KnownGroups
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.papers.dynamic_variants import OrderedByFewer, SecondStart
from gfe_mc.papers.slope_designs import MOST, ROUNDING, UNITS
from gfe_mc.selection.chosen_slopes import ChosenByBIC
from gfe_mc.study.experiment import Experiment

RHO = ((0.3, 0.0), (0.8, 0.03))
DESIGNS = ("stationary", "second_start")


def dgp(panel: Panel | None, design: str, printed_T: int, N: int) -> DGP:  # noqa: ARG001
    """Return a design, with T + 1 transitions."""
    stationary = DynamicSlopes(printed_T + 1, RHO, assigned_groups(N, len(RHO), ROUNDING))
    return stationary if design == "stationary" else SecondStart(stationary)


def estimators(design: str, printed_T: int, N: int) -> dict[str, Estimator]:  # noqa: ARG001
    """Return what is printed, and PSEUDO in another order."""
    groups = assigned_groups(N, len(RHO), ROUNDING)
    made: dict[str, Estimator] = {
        "known_groups": KnownGroups(groups),
        "pseudo_known_g": Pseudo(len(RHO)),
        "pseudo_pooled": ChosenByBIC(Pseudo(MOST), variance="pooled"),
        "ck_means_pooled": ChosenByBIC(CKMeans(MOST), variance="pooled"),
    }
    made["pseudo_known_g_first"] = OrderedByFewer(len(RHO), left_out="first")
    ordered = OrderedByFewer(MOST, left_out="first")
    made["pseudo_pooled_first"] = ChosenByBIC(ordered, variance="pooled")
    return made


FIRST = dict.fromkeys(("pseudo_pooled", "pseudo_pooled_first", "ck_means_pooled"), 200)
"""What chooses its number of groups runs on the first samples only: it takes most of the time."""

experiment = Experiment(
    name="ln_table3_variants",
    title="Dynamic panels that could be behind printed figures",
    source="Lin and Ng (2011), Table 3",
    factors={"design": DESIGNS, "printed_T": (20, 50, 100), "N": UNITS},
    dgp=dgp,
    estimators=estimators,
    parameters=("rho", "phi"),
    replications=500,
    first=FIRST,
    cost="3 minutes on one core",
    record=(Misclassification(), UnitSlopes(), NumberOfGroups()),
)
