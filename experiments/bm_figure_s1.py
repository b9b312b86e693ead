"""Bonhomme and Manresa (2012), Figure S1: bias of the group profiles, independent normal errors.

Estimated groups are matched to the true ones by the best relabelling of units.
"""

from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.papers.income_democracy import COLUMNS, CUMULATIVE, DATASET, PARAMETERS, calibrated_dgp
from gfe_mc.study.experiment import Experiment


def estimators(G: int, errors: str) -> dict[str, GFE]:  # noqa: ARG001
    """Return GFE by the default search."""
    return {"genetic": GFE(groups=G)}


experiment = Experiment(
    name="bm_figure_s1",
    title="Bias of the group-specific time effects",
    source="Bonhomme and Manresa (2012), Figure S1",
    factors={"G": (3, 5, 10), "errors": ("normal",)},
    dgp=calibrated_dgp,
    estimators=estimators,
    parameters=PARAMETERS,
    derived={"cumulative": CUMULATIVE},
    replications=1000,
    profiles=True,
    columns=COLUMNS,
    dataset=DATASET,
    figures=("profile_bias",),
    cost="2 minutes on 2 cores",
)
