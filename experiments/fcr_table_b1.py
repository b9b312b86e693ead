"""Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Table B1: FCR by the number of starts.

`annealing` starts as often as printed, on every sample; `program` does what the authors' program
does, on the first twenty samples, or five with 1,000 starts.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.search import Annealing, PaperProgram
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.papers.income_democracy import COLUMNS, DATASET, PARAMETERS, calibrated_dgp
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment

MOST = 100
"""Most starts of the program on twenty samples; with more it runs on five."""


def dgp(panel: Panel | None, G: int, starts: int) -> DGP:  # noqa: ARG001
    """Return the design, which the number of starts is no part of."""
    return calibrated_dgp(panel, G, "normal")


def estimators(G: int, starts: int) -> dict[str, Estimator]:
    """Return FCR with so many starts."""
    program = FCR(G, search=PaperProgram(starts))
    return {
        "annealing": FCR(G, search=Annealing(starts, hits=0)),
        "program" if starts <= MOST else "program_1000": program,
    }


experiment = Experiment(
    name="fcr_table_b1",
    title="Fuzzy clustering regression by the number of starts",
    source="Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Table B1",
    factors={"G": (3, 5, 10), "starts": (1, 10, 50, 100, 1000)},
    dgp=dgp,
    estimators=estimators,
    parameters=PARAMETERS,
    replications=1000,
    first={"program": 20, "program_1000": 5},
    columns=COLUMNS,
    dataset=DATASET,
    cost="25 minutes on 2 cores",
    report=Report(
        compared=("annealing", "program", "program_1000"),
        published=PublishedTable(
            "fcr_table_b1",
            keys={"G": "G", "starting_values": "starts"},
            statistics={"bias": "mae"},
        ),
    ),
)
