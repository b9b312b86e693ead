"""Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figure 3, with the printed 1,000 starts.

As `fcr_figure3`, up to 10,080 observations, once a cell: `fcr` anneals from 1,000 starts rather
than 50, and `fcr_default` has the default search.
"""

from dataclasses import replace

from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.search import Annealing
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.report.declaration import Report
from gfe_mc.study.catalogue import find


def estimators(G: int, copies: int) -> dict[str, Estimator]:  # noqa: ARG001
    """Return FCR from 1,000 starts and by its default, and GFE by the printed search."""
    return {
        "fcr": FCR(G, search=Annealing(1000, hits=0)),
        "fcr_default": FCR(G),
        "gfe": GFE(G),
        "gfe_vns": GFE(G, VNS(10, 10, 10)),
    }


experiment = replace(
    find("fcr_figure3"),
    name="fcr_figure3_starts",
    factors={"G": (3, 10), "copies": (1, 4, 16)},
    estimators=estimators,
    replications=1,
    cost="1 minute on 2 cores",
    report=Report(misses=(("fcr", "gfe"), ("gfe", "fcr")), figures=("time_by_size",)),
)
