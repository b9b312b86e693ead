"""Bonhomme and Manresa (2012), equation (15): misclassification falls with T as it says.

Two groups whose levels are one standard deviation of the errors apart. `known` classifies at the
true slope and levels, which is what (15) is about; `levels` estimates them, and `profiles` lets
them vary over time, as model (1) does.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.papers.simple_groups import HALF_GAP, GroupLevels, KnownLevels, Levels
from gfe_mc.study.experiment import Experiment

LEVELS = (0.0, 1.0)


def dgp(panel: Panel | None, units: int, periods: int) -> Levels:  # noqa: ARG001
    """Return the design of a cell."""
    return Levels(LEVELS, units, periods)


experiment = Experiment(
    name="bm_equation15",
    title="Misclassification as the number of periods grows",
    source="Bonhomme and Manresa (2012), equation (15)",
    factors={"units": (90, 500), "periods": (5, 10, 20, 40)},
    dgp=dgp,
    estimators={"known": KnownLevels(LEVELS), "levels": GroupLevels(2), "profiles": GFE(2)},
    parameters=("theta",),
    derived={"half_gap": HALF_GAP},
    replications=200,
    cost="2 minutes on 2 cores",
)
