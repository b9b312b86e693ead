"""Lin and Ng (2011), Table 4: growth regressions with slopes by groups of countries.

Nothing is simulated: replications differ in the randomness of searches alone. `pseudo` splits as
the printed one did: at least five countries a group, and in model B thresholds in the slopes of
the lag and the trend only; `pseudo_text` follows the text, with groups of ten and thresholds in
any slope. `ck_means` has ten starts, `ck_means_long` a thousand; `ck_means_printed` is started
until sizes and rho of the groups are the printed ones, in two replications, which shows what the
other figures are of. Groups are set beside the printed ones in the order of their rho.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.errors import InputError
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.ck_means import CKMeans, UnitMoves
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
from gfe_mc.papers.growth import COLUMNS, SLOPES, growth_panel
from gfe_mc.papers.printed_groups import CKMeansUntilMet
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report
from gfe_mc.selection.chosen_slopes import ChosenByBIC, ChosenByTest
from gfe_mc.study.experiment import Experiment

FIVE, ANY = MinimumSize(5, 0.0), MinimumSize(1, 0.0)


def dgp(panel: Panel | None, model: str) -> ObservedPanel:
    """Return the panel with the regressors of a model."""
    if panel is None:
        raise InputError("Table 4 is about growth of countries", "no panel", "Give --panel")
    return ObservedPanel(growth_panel(panel, model))


def estimators(model: str) -> dict[str, Estimator]:
    """Return estimators with four groups, and two that choose the number."""
    return {
        "pooled": Pooled(),
        "pseudo": Pseudo(4, FIVE, thresholds=("rho", "phi")),
        "pseudo_text": Pseudo(4),
        "ck_means": CKMeans(4, starts=10, minimum=ANY),
        "ck_means_long": CKMeans(4, starts=1000, minimum=ANY),
        "unit_moves": UnitMoves(4, starts=100, minimum=ANY),
        "ck_means_bic": ChosenByBIC(CKMeans(5, starts=100, minimum=ANY)),
        "ck_means_test": ChosenByTest(CKMeans(10, starts=100, minimum=ANY)),
        "ck_means_printed": CKMeansUntilMet.of_print(model),
    }


def inference(model: str) -> dict[str, dict[str, Inference]]:
    """Return the printed standard errors, and clustered ones."""
    methods: dict[str, Inference] = {
        "homoskedastic": SlopeErrors(lost=0 if model == "A" else 2),
        "clustered": SlopeErrors(errors="clustered"),
    }
    return dict.fromkeys(estimators(model), methods)


experiment = Experiment(
    name="ln_table4",
    title="Growth regressions with slopes by groups",
    source="Lin and Ng (2011), Table 4",
    factors={"model": ("A", "B")},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    parameters=SLOPES,
    replications=20,
    first={"ck_means_printed": 2},
    columns=COLUMNS,
    cost="2 minutes on 2 cores",
    record=(
        Misclassification(),
        UnitSlopes(),
        NumberOfGroups(),
        GroupSlopes(),
        GroupErrors(),
    ),
    report=Report(
        compared=(
            "pooled",
            "pseudo",
            "pseudo_text",
            "ck_means_printed",
            "ck_means_long",
            "unit_moves",
        ),
        published=PublishedTable(
            "ln_table4",
            keys={"model": "model"},
            replications=1,
            columns={"rank": "parameter"},
            ignored=("group", "significant_5pct"),
            estimator="method",
            estimators={
                "pseudo_text": "pseudo",
                "ck_means_printed": "ck_means",
                "ck_means_long": "ck_means",
                "unit_moves": "ck_means",
            },
        ),
        misses=(("ck_means", "unit_moves"), ("ck_means_long", "unit_moves")),
    ),
)
