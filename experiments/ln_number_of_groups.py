"""How often the number of groups is found: the BIC with four weights c_NT, and the test t_g.

PSEUDO with at most four groups. `c_root` has the printed weight, the root of min(N, T), `c_one`
that of the usual BIC, and `c_units` one that grows with N; all with the error variance of all
observations. `equation_7` has the printed weight and the mean of the groups' error variances.
`test` goes on as long as t_g rejects at 5 %. In designs `one` and `one of two slopes` all units
have the same slopes.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP
from gfe_mc.dgp.slope_groups import StaticSlopes, assigned_groups
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.papers.slope_designs import MOST, ROUNDING, STATIC
from gfe_mc.papers.weights import WEIGHTS, WeightedBIC
from gfe_mc.selection.chosen_slopes import ChosenByBIC, ChosenByTest
from gfe_mc.study.experiment import Experiment

ONE: dict[str, tuple[tuple[float, ...], ...]] = {
    "one": ((0.5,),),
    "one of two slopes": ((0.3, 0.4),),
}
DESIGNS = ONE | {name: STATIC[name] for name in ("i", "ii", "i'")}


def dgp(panel: Panel | None, design: str, T: int, N: int) -> DGP:  # noqa: ARG001
    """Return a design."""
    beta = DESIGNS[design]
    return StaticSlopes(T, beta, assigned_groups(N, len(beta), ROUNDING))


def estimators(design: str, T: int, N: int) -> dict[str, Estimator]:  # noqa: ARG001
    """Return what chooses the number of groups."""
    made: dict[str, Estimator] = {
        "test": ChosenByTest(Pseudo(MOST)),
        "equation_7": ChosenByBIC(Pseudo(MOST)),
    }
    return made | {f"c_{weight}": WeightedBIC(MOST, weight) for weight in WEIGHTS}


experiment = Experiment(
    name="ln_number_of_groups",
    title="The number of groups by a BIC with several weights, and by tests",
    source="Lin and Ng (2011), section 5",
    factors={
        "design": tuple(DESIGNS),
        "T": (20, 100),
        "N": (50, 200),
    },
    dgp=dgp,
    estimators=estimators,
    parameters=("beta1", "beta2"),
    replications=500,
    cost="3 minutes on one core",
    record=(NumberOfGroups(), UnitSlopes()),
)
