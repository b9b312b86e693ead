"""Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figure 3: time against observations.

Samples of the designs with 3 and 10 groups are stacked up to 100,800 observations. `fcr` anneals
from 50 starts and `gfe` has its default search; `gfe_vns` is the search that was timed in print,
Algorithm 2 (10;10;10), on the smaller panels. CPU seconds of one thread.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.stacked import Stacked
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.search import Annealing
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.papers.income_democracy import COLUMNS, DATASET, PARAMETERS, calibrated_dgp
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment

COPIES = (1, 4, 16, 64, 160)


def dgp(panel: Panel | None, G: int, copies: int) -> Stacked:
    """Return stacked samples."""
    return Stacked(calibrated_dgp(panel, G, "normal"), copies)


def estimators(G: int, copies: int) -> dict[str, Estimator]:
    """Return both estimators, and the printed search of GFE where it ends in minutes."""
    both: dict[str, Estimator] = {"fcr": FCR(G, search=Annealing(50, hits=0)), "gfe": GFE(G)}
    return both | ({"gfe_vns": GFE(G, VNS(10, 10, 10))} if copies <= 16 else {})


experiment = Experiment(
    name="fcr_figure3",
    title="Time of fuzzy clustering regression and of grouped fixed effects by panel size",
    source="Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figure 3",
    factors={"G": (3, 10), "copies": COPIES},
    dgp=dgp,
    estimators=estimators,
    parameters=PARAMETERS,
    replications=3,
    columns=COLUMNS,
    dataset=DATASET,
    cost="1 minute on 2 cores",
    report=Report(
        misses=(("fcr", "gfe"), ("gfe", "fcr")),
        figures=("time_by_size",),
    ),
)
