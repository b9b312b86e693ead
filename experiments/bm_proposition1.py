"""Bonhomme and Manresa (2012), Proposition 1: two groups where there is one.

For fixed T and many units the slope is consistent, and the levels of the two spurious groups end
at the true one -/+ sigma sqrt(2 / (pi T)). `levels` is that estimator; `profiles` lets levels vary
over time, as model (1) does, on the smaller panels: where there are no groups, its search is long.
`half_gap` is half the distance of the two groups.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.papers.simple_groups import HALF_GAP, GroupLevels, Levels
from gfe_mc.study.experiment import Experiment

MOST = 5000
"""Observations of a panel up to which profiles are estimated."""


def dgp(panel: Panel | None, units: int, periods: int) -> Levels:  # noqa: ARG001
    """Return the design of a cell."""
    return Levels((0.0,), units, periods)


def estimators(units: int, periods: int) -> dict[str, Estimator]:
    """Return both estimators, or that of levels alone."""
    levels: dict[str, Estimator] = {"levels": GroupLevels(2)}
    return levels | ({"profiles": GFE(2)} if units * periods <= MOST else {})


experiment = Experiment(
    name="bm_proposition1",
    title="Two groups where there is one",
    source="Bonhomme and Manresa (2012), Proposition 1",
    factors={"units": (90, 1000, 10_000), "periods": (5, 20)},
    dgp=dgp,
    estimators=estimators,
    parameters=("theta",),
    derived={"half_gap": HALF_GAP},
    record=(),
    replications=100,
    cost="1 minute on 2 cores",
)
