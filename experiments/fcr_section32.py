"""Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), sections 3.1 and 3.2: how near FCR is.

Slopes by fuzzy clustering and by GFE for 1 to 15 groups, on the panel itself, their profiles, and
whether memberships are zero and one to six decimals. `fcr` and `gfe` have their default search,
`gfe_vns` Algorithm 2 (10;10;10), with which GFE was printed. Once each, `fcr_annealing` anneals
from up to 1,000 starts, `fcr_direct` minimises directly from 1,000, and `fcr_program_100` does what
the authors' program does from 100, as in their appendix B: 1,000 take a quarter of an hour.
Replications differ in the randomness of searches alone.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.search import Annealing, DirectMinimization, PaperProgram
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.metrics.profiles import Profiles
from gfe_mc.metrics.softness import Softness
from gfe_mc.papers.income_democracy import COLUMNS, DATASET, PARAMETERS, observed_panel
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment


def dgp(panel: Panel | None, G: int) -> ObservedPanel:  # noqa: ARG001
    """Return the panel itself."""
    return observed_panel(panel)


def estimators(G: int) -> dict[str, Estimator]:
    """Return both estimators by each search."""
    return {
        "fcr": FCR(G),
        "gfe": GFE(G),
        "gfe_vns": GFE(G, VNS(10, 10, 10)),
        "fcr_annealing": FCR(G, search=Annealing()),
        "fcr_direct": FCR(G, search=DirectMinimization(starts=1000)),
        "fcr_program_100": FCR(G, search=PaperProgram(starts=100)),
    }


experiment = Experiment(
    name="fcr_section32",
    title="How near fuzzy clustering regression is to grouped fixed effects",
    source="Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), sections 3.1 and 3.2",
    factors={"G": tuple(range(1, 16))},
    dgp=dgp,
    estimators=estimators,
    parameters=PARAMETERS,
    replications=3,
    first={"fcr_annealing": 1, "fcr_direct": 1, "fcr_program_100": 1},
    columns=COLUMNS,
    dataset=DATASET,
    record=(Profiles(), Softness()),
    report=Report(
        misses=(("fcr", "gfe"), ("gfe", "fcr"), ("fcr_annealing", "fcr"), ("fcr_direct", "fcr"))
    ),
    cost="8 minutes on 2 cores",
)
