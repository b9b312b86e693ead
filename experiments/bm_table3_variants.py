"""What moves Tables 3 and S1 of Bonhomme and Manresa (2012): the errors, and how long one searches.

Every reading of "errors with the estimated variance" that the text and its footnotes allow,
estimated by searches from a short one to the default. Relabellings are drawn 500 times, not
500,000: beside the optimal assignment this shows what a few of them do to misclassification.
"""

from gfe_mc import GFE, VNS, CalibratedDGP, Genetic, MultiStart, Panel
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.relabellings import RandomRelabellings
from gfe_mc.papers.income_democracy import (
    democracy_experiment,
    income_democracy,
)
from gfe_mc.report.declaration import Report

DESIGNS = {
    "normal NT": ("normal", "NT", False),
    "normal NT-GT-K": ("normal", "NT-GT-K", False),
    "normal NT-GT-N-K": ("normal", "NT-GT-N-K", False),
    "normal NT-GT-N-K rescaled": ("normal", "NT-GT-N-K", True),
    "resampled NT": ("resampled", "NT", False),
    "resampled NT rescaled": ("resampled", "NT", True),
    "resampled NT-GT-K": ("resampled", "NT-GT-K", False),
    "resampled NT-GT-K rescaled": ("resampled", "NT-GT-K", True),
    "resampled NT-GT-N-K": ("resampled", "NT-GT-N-K", False),
    "resampled NT-GT-N-K rescaled": ("resampled", "NT-GT-N-K", True),
    "wild NT": ("wild", "NT", False),
    "wild NT-GT-N-K rescaled": ("wild", "NT-GT-N-K", True),
}
"""Kind of errors, divisor of their variance, and whether each draw is scaled to it exactly."""


def dgp(panel: Panel | None, G: int, design: str) -> CalibratedDGP:
    """Calibrate to G groups, with the errors of a design."""
    errors, divisor, rescale = DESIGNS[design]
    return CalibratedDGP(income_democracy(panel, G, divisor=divisor), errors, rescale)


def estimators(G: int, design: str) -> dict[str, GFE]:  # noqa: ARG001
    """Return searches in order of their length."""
    return {
        "alg1_10": GFE(groups=G, search=MultiStart(starts=10)),
        "alg1_1000": GFE(groups=G, search=MultiStart(starts=1000)),
        "vns_1": GFE(groups=G, search=VNS(starts=1, neighborhoods=10, iterations=5)),
        "vns_5": GFE(groups=G, search=VNS(starts=5, neighborhoods=10, iterations=5)),
        "genetic": GFE(groups=G, search=Genetic()),
    }


experiment = democracy_experiment(
    name="bm_table3_variants",
    title="Errors and searches behind Tables 3 and S1",
    source="section 5.3, footnote 30 and supplement S3",
    factors={"G": (3, 5, 10), "design": tuple(DESIGNS)},
    dgp=dgp,
    estimators=estimators,
    replications=500,
    cost="16 minutes on 2 cores",
    record=(
        Misclassification(),
        RandomRelabellings(500),
    ),
    report=Report(
        misses=(("alg1_1000", "genetic"), ("vns_1", "genetic"), ("vns_5", "genetic")),
    ),
)
