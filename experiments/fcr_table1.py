"""Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Table 1: FCR and GFE on the same samples.

Both estimate the same samples and are timed by the same clock, CPU seconds of one thread; the
print has GFE from another paper's tables. `fcr` anneals from up to 1,000 starts, and `fcr_genetic`
has the default search; on the first samples `fcr_direct` minimises directly from 1,000 starts, and
`fcr_program` does what the authors' program does. `gfe` has the default search, `gfe_vns` that of
the print, Algorithm 2 (5;10;5). The printed bias is the mean absolute error.
"""

from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.search import Annealing, DirectMinimization, PaperProgram
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.fuzzy import FuzzySandwich
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.income_democracy import COLUMNS, DATASET, PARAMETERS, calibrated_dgp
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment


def estimators(G: int, errors: str) -> dict[str, Estimator]:  # noqa: ARG001
    """Return both estimators, each by several searches."""
    return {
        "fcr": FCR(G, search=Annealing()),
        "fcr_genetic": FCR(G),
        "gfe": GFE(G),
        "gfe_vns": GFE(G, VNS(5, 10, 5)),
        "fcr_direct": FCR(G, search=DirectMinimization(starts=1000)),
        "fcr_program": FCR(G, search=PaperProgram(starts=1000)),
    }


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the printed standard errors of each, and the large-T ones for comparison."""
    gfe: dict[str, Inference] = {"fixed_t": FixedT(), "large_t": LargeT()}
    sandwich: dict[str, Inference] = {"sandwich": FuzzySandwich()}
    both = sandwich | {"large_t": LargeT()}
    return {
        "fcr": both,
        "fcr_genetic": both,
        "gfe": gfe,
        "gfe_vns": gfe,
        "fcr_direct": sandwich,
        "fcr_program": sandwich,
    }


experiment = Experiment(
    name="fcr_table1",
    title="Fuzzy clustering regression and grouped fixed effects on the same samples",
    source="Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Table 1",
    factors={"G": (3, 5, 10), "errors": ("normal",)},
    dgp=calibrated_dgp,
    estimators=estimators,
    inference=inference,
    parameters=PARAMETERS,
    replications=1000,
    first={"fcr_direct": 20, "fcr_program": 5},
    columns=COLUMNS,
    dataset=DATASET,
    cost="20 minutes on 2 cores",
    report=Report(
        compared=("fcr", "fcr_program", "gfe", "gfe_vns"),
        published=PublishedTable(
            "fcr_table1",
            keys={"G": "G"},
            statistics={"bias": "mae"},
            columns={"inference": "inference"},
            estimator="estimator",
            estimators={"fcr_program": "fcr", "gfe_vns": "gfe"},
        ),
        misses=(
            ("fcr", "gfe"),
            ("gfe", "fcr"),
            ("fcr", "fcr_genetic"),
            ("gfe", "fcr_genetic"),
            ("fcr_genetic", "gfe"),
            ("gfe_vns", "gfe"),
            ("fcr_direct", "fcr"),
        ),
    ),
)
