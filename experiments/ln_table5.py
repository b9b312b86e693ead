"""Lin and Ng (2011), Table 5: housing dynamics in the states of the US.

The data, quarterly building permits by state from 1969 to 2007, are not to be had publicly, so
that there are no results of this study. It takes a user's panel with the columns state, quarter,
permits (their log) and rate; quarters are sorted by their names. Nothing is simulated:
replications differ in the randomness of searches alone. Common slopes are set beside the print in
the row of the first group.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.errors import InputError
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.ck_means import CKMeans
from gfe_mc.estimators.slopes.given_groups import Pooled
from gfe_mc.estimators.slopes.products import MinimumSize
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.inference.protocol import Inference
from gfe_mc.inference.slopes import SlopeErrors
from gfe_mc.metrics.group_errors import GroupErrors
from gfe_mc.metrics.group_slopes import GroupSlopes
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.papers.housing import COLUMNS, SHORT_RUN, SLOPES, housing_panel
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment

COMMON: dict[str, tuple[str, ...]] = {"B": (), "C": ("beta1",), "D": ("beta2",)}
"""Slopes that are common to all states, by model; A has common slopes alone."""


def dgp(panel: Panel | None, model: str) -> ObservedPanel:  # noqa: ARG001
    """Return the panel with the regressors of the model."""
    if panel is None:
        raise InputError(
            "Table 5 is about building permits by state, which are not public",
            "no panel",
            "Give a panel of your own by --panel: columns state, quarter, permits, rate",
        )
    return ObservedPanel(housing_panel(panel))


def estimators(model: str) -> dict[str, Estimator]:
    """Return the estimators of a model."""
    if model == "A":
        return {"pooled": Pooled(individual=SHORT_RUN)}
    common, minimum = COMMON[model], MinimumSize(5, 0.0)
    return {
        "pseudo": Pseudo(2, minimum, common=common, individual=SHORT_RUN),
        "ck_means": CKMeans(2, 100, minimum, common=common, individual=SHORT_RUN),
    }


def inference(model: str) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    return {name: {"homoskedastic": SlopeErrors()} for name in estimators(model)}


experiment = Experiment(
    name="ln_table5",
    title="Housing dynamics with slopes by groups",
    source="Lin and Ng (2011), Table 5",
    factors={"model": ("A", "B", "C", "D")},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    parameters=SLOPES,
    replications=5,
    columns=COLUMNS,
    cost="1 minute on 2 cores, with a panel of your own",
    record=(
        Misclassification(),
        UnitSlopes(),
        NumberOfGroups(),
        GroupSlopes(),
        GroupErrors(),
    ),
    report=Report(
        published=PublishedTable(
            "ln_table5",
            keys={"model": "model"},
            replications=1,
            columns={"rank": "parameter"},
            ignored=("group",),
            estimator="method",
        ),
    ),
)
