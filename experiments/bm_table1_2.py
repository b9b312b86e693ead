"""Bonhomme and Manresa (2012), Tables 1 and 2: what the searches reach on the panel, and when.

Nothing is simulated. The first 30, 60 and all 90 countries in the order of their codes; with 2, 3
and 10 groups. Algorithm 1 from 1,000 and from 1,000,000 random starts (in print with 10 groups
only), Algorithm 2 (10;10;10), and the default search. `alg2_long` stands for a run of 36 hours
whose parameters cannot be read in print: a hundred times as many starts. Replications differ in the
randomness of the search alone. Seconds are CPU seconds of one thread; no verdict is made of them.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS, MultiStart
from gfe_mc.papers.income_democracy import democracy_experiment, observed_panel
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report


def dgp(panel: Panel | None, G: int, countries: int) -> ObservedPanel:  # noqa: ARG001
    """Return the first countries of the panel."""
    return observed_panel(panel, countries)


def estimators(G: int, countries: int) -> dict[str, GFE]:  # noqa: ARG001
    """Return GFE by each search; the longest of Algorithm 1 where it is in print."""
    longest = {"alg1_1000000": GFE(G, MultiStart(1_000_000))} if G == 10 else {}
    return longest | {
        "alg1_1000": GFE(G, MultiStart(1000)),
        "alg2_10_10_10": GFE(G, VNS(10, 10, 10)),
        "alg2_long": GFE(G, VNS(1000, 10, 10)),
        "default": GFE(G),
    }


experiment = democracy_experiment(
    name="bm_table1_2",
    title="Numerical performance of the searches",
    source="Tables 1 and 2",
    factors={"G": (2, 3, 10), "countries": (30, 60, 90)},
    dgp=dgp,
    estimators=estimators,
    replications=40,
    first={"alg1_1000000": 1, "alg2_long": 1},
    cost="3 minutes on 2 cores",
    record=(),
    report=Report(
        compared=("alg1_1000", "alg1_1000000", "alg2_10_10_10", "alg2_long"),
        published=PublishedTable(
            "bm_table1_2",
            keys={"G": "G", "N": "countries"},
            replications=1,
            ignored=("table", "exact_method"),
            estimator="algorithm",
        ),
        misses=(
            ("alg1_1000", "alg2_long"),
            ("alg1_1000000", "alg2_long"),
            ("alg2_10_10_10", "alg2_long"),
            ("default", "alg2_long"),
            ("alg2_long", "default"),
        ),
    ),
)
