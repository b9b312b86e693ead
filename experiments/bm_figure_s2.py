"""Bonhomme and Manresa (2012), Figure S2: estimates with 1 to 10 groups where the truth has 3."""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.papers.income_democracy import (
    calibrated_dgp,
    democracy_experiment,
)
from gfe_mc.report.declaration import Report


def dgp(panel: Panel | None, G: int) -> CalibratedDGP:  # noqa: ARG001
    """Calibrate to 3 groups, so that every cell has the same samples."""
    return calibrated_dgp(panel, 3, "normal")


def estimators(G: int) -> dict[str, GFE]:
    """Return GFE by the default search."""
    return {"genetic": GFE(groups=G)}


experiment = democracy_experiment(
    name="bm_figure_s2",
    title="Estimates where the number of groups is not the true one, 3",
    source="Figure S2",
    factors={"G": tuple(range(1, 11))},
    dgp=dgp,
    estimators=estimators,
    cost="2 minutes on 2 cores",
    report=Report(
        penalties=("bic", "steep_bic"),
        figures=("numbers_of_groups",),
    ),
)
