"""Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figures 1 and 2: income and democracy.

Coefficients by fuzzy clustering regression and by GFE for 1 to 15 groups, each with the standard
errors of the figure: the sandwich and the bootstrap; and the profiles of both with four groups.
Both have their default search: annealing, as of `fcr_table1`, misses the minimum from eight groups.
Nothing is simulated: replications differ in the randomness of searches and bootstraps alone.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.errors import InputError
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.bootstrap import Bootstrap
from gfe_mc.inference.fuzzy import FuzzySandwich
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.profiles import Profiles
from gfe_mc.papers.income_democracy import COLUMNS, DATASET, PARAMETERS
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment


def dgp(panel: Panel | None, G: int) -> ObservedPanel:  # noqa: ARG001
    """Return the panel itself."""
    if panel is None:
        raise InputError(
            "The figures are about the panel of income and democracy", "no panel", "Give --panel"
        )
    return ObservedPanel(panel)


def estimators(G: int) -> dict[str, Estimator]:
    """Return both estimators."""
    return {"fcr": FCR(G), "gfe": GFE(G)}


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of the figure."""
    return {"fcr": {"sandwich": FuzzySandwich()}, "gfe": {"bootstrap": Bootstrap(draws=100)}}


experiment = Experiment(
    name="fcr_figures_1_2",
    title="Income and democracy by fuzzy clustering regression and by grouped fixed effects",
    source="Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figures 1 and 2",
    factors={"G": tuple(range(1, 16))},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    parameters=PARAMETERS,
    replications=5,
    columns=COLUMNS,
    dataset=DATASET,
    cost="1 minute on 2 cores",
    record=(
        Misclassification(),
        Profiles(),
    ),
    report=Report(
        misses=(("fcr", "gfe"), ("gfe", "fcr")),
        figures=("coefficients", "profiles_compared"),
    ),
)
