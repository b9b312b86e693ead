"""The panel of income and democracy, as Bonhomme and Manresa calibrate their designs to it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from gfe_mc.data.datasets import DATASETS, INCOME_DEMOCRACY
from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.dgp.calibration import Calibration, calibrate
from gfe_mc.dgp.embedded import synthetic_calibration
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.errors import InputError, require
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import VNS, Genetic
from gfe_mc.fit import Fit
from gfe_mc.parameters import LongRun
from gfe_mc.study.experiment import Experiment

PAPER = "Bonhomme and Manresa (2012)"

DATASET = "income_democracy"
"""The public data set that it is."""

COLUMNS = DATASETS[DATASET].columns
"""How its file is read."""

LAG = "lag_democracy"
"""The regressor that is the outcome of the period before."""

PARAMETERS = ("theta1", "theta2")
"""The slopes of lagged democracy and of lagged income."""

CUMULATIVE = LongRun(regressor=1, lag=0)
"""The cumulative income effect, theta2 / (1 - theta1)."""

_SEARCH = Genetic(patience=2000, hits=0)
_SEED = 0


def income_democracy(
    panel: Panel | None, groups: int, *, divisor: str = "NT-GT-N-K"
) -> Calibration:
    """Calibrate to the panel, or to the estimates that come with the package if there is none.

    Parameters
    ----------
    panel
        The panel, read with `COLUMNS`; None for the synthetic one.
    groups
        Number of groups G.
    divisor
        As in `calibrate`; the default is the one that reproduces the printed tables.
    """
    if panel is None:
        return synthetic_calibration(groups, divisor)
    fit = _fit(panel, groups)
    return calibrate(panel, fit, lag=LAG, divisor=divisor, source="income and democracy panel")


def calibrated_dgp(
    panel: Panel | None, G: int, errors: str, divisor: str = "NT-GT-N-K"
) -> CalibratedDGP:
    """The designs of section 5.3 and S3: calibrated to G groups, with errors of a kind."""
    return CalibratedDGP(income_democracy(panel, G, divisor=divisor), errors=errors)


def observed_panel(panel: Panel | None, countries: int | None = None) -> ObservedPanel:
    """Return the panel itself as a design, or its first countries in the order of their codes.

    Parameters
    ----------
    panel : Panel or None
        The panel, read with `COLUMNS`.
    countries : int, optional
        How many countries; all of them, in the panel's own order, if left out.

    Raises
    ------
    InputError
        There is no panel, or it has not got these countries.

    References
    ----------
    Bonhomme and Manresa (2012), section 3.2: the first 30 and 60 countries. The printed objectives
    are those of the order of country codes, not of names.
    """
    if panel is None:
        raise InputError(
            "The study is about the panel of income and democracy", "no panel", "Give --panel"
        )
    if countries is None:
        return ObservedPanel(panel)
    asked = INCOME_DEMOCRACY.units[:countries]
    missing = [name for name in asked if name not in panel.units]
    require(
        not missing and 0 < countries <= len(INCOME_DEMOCRACY.units),
        "The panel must have the first countries in the order of their codes",
        f"{countries} asked for, {len(missing)} missing {missing[:3]}",
        f"Give the panel of {len(INCOME_DEMOCRACY.units)} countries, and at most so many",
    )
    rows = [panel.units.index(name) for name in asked]
    return ObservedPanel(
        Panel.from_arrays(
            panel.y[rows],
            panel.x[rows],
            units=asked,
            periods=panel.periods,
            regressors=panel.regressors,
            outcome=panel.outcome,
        )
    )


def searches(G: int, **_: object) -> dict[str, GFE]:
    """GFE by the search of Tables 3 and S1, by the default one, and by one five times as long."""
    return {
        "vns": GFE(groups=G, search=VNS(starts=5, neighborhoods=10, iterations=5)),
        "genetic": GFE(groups=G, search=Genetic()),
        "genetic_long": GFE(
            groups=G, search=Genetic(patience=5 * Genetic().patience_for(G), hits=0)
        ),
    }


SEARCH_MISSES = (("vns", "genetic"), ("genetic", "vns"), ("genetic", "genetic_long"))
"""Which search may have missed a grouping that which other one found."""


def democracy_experiment(name: str, title: str, source: str, **declared: Any) -> Experiment:
    """Declare a study of income and democracy.

    The panel, the slopes and the cumulative income effect are those of the paper. Unless declared
    otherwise, samples come from `calibrated_dgp` with 3, 5 and 10 groups and independent normal
    errors, and each is fitted by GFE with the true number of groups.

    Parameters
    ----------
    name, title
        As in `Experiment`.
    source
        The table or figure of Bonhomme and Manresa (2012), such as "Table 3".
    declared
        The other fields of `Experiment`, those above included.
    """
    shared: dict[str, Any] = {
        "factors": {"G": (3, 5, 10), "errors": ("normal",)},
        "dgp": calibrated_dgp,
        "estimators": default_search,
        "parameters": PARAMETERS,
        "derived": {"cumulative": CUMULATIVE},
        "columns": COLUMNS,
        "dataset": DATASET,
    }
    return Experiment(name=name, title=title, source=f"{PAPER}, {source}", **(shared | declared))


def default_search(G: int, **_: object) -> dict[str, GFE]:
    """GFE by its default search."""
    return {"genetic": GFE(groups=G)}


@lru_cache(maxsize=64)
def _fit(panel: Panel, groups: int) -> Fit:
    return GFE(groups=groups, search=_SEARCH).fit(panel, np.random.default_rng(_SEED))
