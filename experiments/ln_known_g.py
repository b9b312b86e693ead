"""Which method is better with the number of groups known: CK-means, PSEUDO, standardized PSEUDO.

The paper says that CK-means tends to be better with three groups. `errors` is equal, as in the
paper, or unequal between units, which standardized thresholds (its footnote 5) are for. The grid
is a part of Tables 1 and 2: T of 20 and 50, N = 100.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP
from gfe_mc.dgp.slope_groups import StaticSlopes, assigned_groups
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.ck_means import CKMeans
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.estimators.slopes.standardized import StandardizedPseudo
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.papers.slope_designs import ROUNDING, STATIC
from gfe_mc.papers.unequal_errors import UnequalErrors
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment


def dgp(panel: Panel | None, errors: str, config: str, T: int, N: int) -> DGP:  # noqa: ARG001
    """Return a design of Table 1 or 2, with equal errors or unequal ones."""
    beta = STATIC[config]
    design = StaticSlopes(T, beta, assigned_groups(N, len(beta), ROUNDING))
    return design if errors == "equal" else UnequalErrors(design)


def estimators(errors: str, config: str, T: int, N: int) -> dict[str, Estimator]:  # noqa: ARG001
    """Return the estimators, at the true number of groups."""
    n_groups = len(STATIC[config])
    return {
        "ck_means": CKMeans(n_groups),
        "pseudo": Pseudo(n_groups),
        "pseudo_standardized": StandardizedPseudo(n_groups),
    }


experiment = Experiment(
    name="ln_known_g",
    title="CK-means and PSEUDO with the number of groups known",
    source="Lin and Ng (2011), section 6 and footnote 5",
    factors={
        "errors": ("equal", "unequal"),
        "config": tuple(STATIC),
        "T": (20, 50),
        "N": (100,),
    },
    dgp=dgp,
    estimators=estimators,
    parameters=("beta1", "beta2"),
    replications=1000,
    cost="2 minutes on one core",
    record=(Misclassification(), UnitSlopes()),
    report=Report(misses=(("ck_means", "pseudo"), ("pseudo", "pseudo_standardized"))),
)
