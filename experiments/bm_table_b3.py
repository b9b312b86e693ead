"""Bonhomme and Manresa (2012), Table B3: income and democracy, net of country effects.

Nothing is simulated: replications differ in the randomness of searches alone. The panel is taken in
deviations from country means. `deviations` takes that for any panel, as the print does: country
effects are not counted as parameters, but with one group, where errors are those of least squares
with country and period effects. `unit_effects` counts them.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.income_democracy import democracy_experiment, observed_panel
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report


def dgp(panel: Panel | None, G: int) -> ObservedPanel:  # noqa: ARG001
    """Return the panel in deviations from country means."""
    return ObservedPanel(observed_panel(panel).panel.within_units())


def estimators(G: int) -> dict[str, GFE]:
    """Return GFE of the deviations as they are, and with country effects in its model."""
    return {"deviations": GFE(G), "unit_effects": GFE(G, unit_effects=True)}


def inference(G: int) -> dict[str, dict[str, Inference]]:
    """Return the printed errors; the same that count country effects where the fit has them."""
    errors = LargeT(small_sample="cluster", unit_effects=True)
    if G > 1:
        errors = LargeT(small_sample="NT-GT-K")
    return {"deviations": {"large_t": errors}, "unit_effects": {"large_t": errors}}


experiment = democracy_experiment(
    name="bm_table_b3",
    title="Income and democracy, grouped effects net of country effects",
    source="Table B3",
    factors={"G": (1, 2, 3, 4, 5)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    replications=20,
    record=(),
    cost="1 minute on 2 cores",
    report=Report(
        published=PublishedTable(
            "bm_table_b3",
            keys={"G": "G"},
            replications=1,
            statistics={"estimate": "mean", "se": "median_se"},
            columns={"variance": "inference"},
            ignored=("note",),
        ),
    ),
)
