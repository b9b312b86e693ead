"""Bonhomme and Manresa (2012), Table S3: the number of groups that BIC chooses.

One thousand samples a design rather than a hundred, each fitted with 1 to 15 groups. Criteria are
computed from the objectives along the way: equation (27), and the steeper one of footnote 10.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.profiles.search import Genetic
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.path import Path
from gfe_mc.papers.income_democracy import (
    calibrated_dgp,
    democracy_experiment,
)
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report
from gfe_mc.selection.path import ChosenGFE


def dgp(panel: Panel | None, G0: int, errors: str) -> CalibratedDGP:
    """Calibrate to the true number of groups."""
    return calibrated_dgp(panel, G0, errors)


def estimators(**_: object) -> dict[str, ChosenGFE]:
    """Return GFE with the number of groups that BIC chooses."""
    return {"bic": ChosenGFE(maximum=15, search=Genetic(population=16, patience=150, hits=30))}


experiment = democracy_experiment(
    name="bm_table_s3",
    title="Choice of the number of groups",
    source="Table S3 and footnote 10 of the supplement",
    factors={"G0": (3, 10), "errors": ("normal",)},
    dgp=dgp,
    estimators=estimators,
    cost="8 minutes on 2 cores",
    record=(
        Misclassification(),
        Path(),
    ),
    report=Report(
        penalties=("bic", "steep_bic"),
        published=PublishedTable(
            "bm_table_s3",
            keys={"G0": "G0"},
            replications=100,
            statistics={"percent": "bic_percent"},
            columns={"G": "parameter"},
        ),
    ),
)
