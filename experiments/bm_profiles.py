"""Bonhomme and Manresa (2012), supplement S3, footnotes 8 and 9: the group profiles.

Figure S1 under normal errors, and under the resampled ones of Table S1; and the variance of the
profiles over samples beside equation (22), and beside the joint fixed-T covariance.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.large_t import LargeT
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.profile_errors import ProfileErrors
from gfe_mc.metrics.profiles import Profiles
from gfe_mc.papers.income_democracy import calibrated_dgp, democracy_experiment
from gfe_mc.report.declaration import Report

DIVISORS = {"normal": "NT-GT-N-K", "resampled": "NT"}
"""Those of Tables 3 and S1."""


def dgp(panel: Panel | None, G: int, errors: str) -> CalibratedDGP:
    """Return the design of Table 3 or of Table S1."""
    return calibrated_dgp(panel, G, errors, DIVISORS[errors])


experiment = democracy_experiment(
    name="bm_profiles",
    title="Bias and variance of the group-specific time effects",
    source="supplement S3, Figure S1, footnotes 8 and 9",
    factors={"G": (3, 5), "errors": tuple(DIVISORS)},
    dgp=dgp,
    inference={
        "genetic": {"equation_22": LargeT(profiles="given_theta"), "fixed_t": FixedT()},
    },
    record=(Misclassification(), Profiles(), ProfileErrors()),
    report=Report(figures=("profile_bias",)),
    cost="2 minutes on 2 cores",
)
