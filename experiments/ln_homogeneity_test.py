"""Size and power of the test t_g of equal slopes: how often it rejects at 5 % in a whole panel.

PSEUDO splits the panel in two if the test rejects, so that two groups are a rejection. In designs
`0` to `.2` the slopes of two groups, two thirds and one third of the units, are so far apart;
`0, unequal errors` has error variances of units between .1 and 1.9. `rho .3` and `rho .8` are the
dynamic panels of Table 3 with one of its groups alone.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP
from gfe_mc.dgp.slope_groups import DynamicSlopes, StaticSlopes, assigned_groups
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.papers.slope_designs import ROUNDING
from gfe_mc.papers.unequal_errors import UnequalErrors
from gfe_mc.selection.chosen_slopes import ChosenByTest
from gfe_mc.study.experiment import Experiment

MEAN = 0.6
APART = {"0": 0.0, ".05": 0.05, ".1": 0.1, ".2": 0.2}
DYNAMIC = {"rho .3": ((0.3, 0.0),), "rho .8": ((0.8, 0.03),)}
UNEQUAL = "0, unequal errors"


def dgp(panel: Panel | None, design: str, T: int, N: int) -> DGP:  # noqa: ARG001
    """Return a design."""
    if design in DYNAMIC:
        return DynamicSlopes(T, DYNAMIC[design], assigned_groups(N, 1, ROUNDING))
    apart = APART.get(design, 0.0)
    beta = ((MEAN - apart / 2,), (MEAN + apart / 2,)) if apart else ((MEAN,),)
    static = StaticSlopes(T, beta, assigned_groups(N, len(beta), ROUNDING))
    return UnequalErrors(static) if design == UNEQUAL else static


def estimators(design: str, T: int, N: int) -> dict[str, Estimator]:  # noqa: ARG001
    """Return the test, whose result is the number of groups."""
    return {"test": ChosenByTest(Pseudo(2))}


experiment = Experiment(
    name="ln_homogeneity_test",
    title="Size and power of the test of equal slopes",
    source="Lin and Ng (2011), equation (6)",
    factors={
        "design": (*APART, UNEQUAL, *DYNAMIC),
        "T": (20, 100),
        "N": (50, 200, 500),
    },
    dgp=dgp,
    estimators=estimators,
    parameters=("beta1", "beta2"),
    replications=1000,
    cost="2 minutes on one core",
    record=(NumberOfGroups(),),
)
