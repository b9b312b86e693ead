"""The application of Bonhomme and Manresa: specifications, and groups as the tables number them.

Estimates number groups by first appearance; what is printed here has the numbers of Table B6, by
the relabelling that most countries agree with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.two_layers import TwoLayerGFE
from gfe_mc.fit import ProfileFit
from gfe_mc.labels import relabelling
from gfe_mc.published.loader import published
from gfe_mc.report.rounding import rounds_to, rounds_twice_to
from gfe_mc.report.verdicts import Verdict
from gfe_mc.seeds import generator

FOLDER = "bm_application"
"""Folder of the results that scripts write."""

GROUP_NAMES = ("high-democracy", "low-democracy", "early transition", "late transition")
"""Names of the four groups of section 6.3."""

TYPES = ("stable", "early", "late")
"""Names of the three types net of country effects, and of two layers."""

LEVELS = ("high", "medium-high", "medium", "medium-low", "low")
"""Levels of the secondary groups; transition countries have the first and the last."""

SPECIFICATIONS: Mapping[str, GFE | TwoLayerGFE] = {
    **{f"G{groups}": GFE(groups) for groups in range(2, 7)},
    "two_layer_type": TwoLayerGFE(3, (5, 2, 2)),
    "fe_g3": GFE(3, unit_effects=True),
}
"""Specifications of Table B6."""


@dataclass(frozen=True, eq=False)
class Numbered:
    """A fit whose groups have the numbers of a print.

    Attributes
    ----------
    fit : ProfileFit
        As it was estimated.
    groups : (N,) array
        Group of each country, from 0, in the order of the print.
    alpha : (G, T) array
        Profiles in that order.
    """

    fit: ProfileFit
    groups: np.ndarray
    alpha: np.ndarray


def printed_groups(specification: str, countries: Sequence[object]) -> np.ndarray:
    """Return the printed group of each country, from 0; -1 where it cannot be read.

    Parameters
    ----------
    specification : str
        Column of Table B6: G2, ..., G6, two_layer_type, two_layer_level, fe_g3.
    countries : sequence
        Names of the countries.

    Raises
    ------
    InputError
        There is no such column.
    """
    table = published("bm_table_b6")
    own = table[table["specification"] == specification]
    require(
        len(own) > 0,
        "There must be such a column",
        specification,
        f"Table B6 has {', '.join(dict.fromkeys(table['specification']))}",
    )
    number = dict(zip(own["country"], own["value"], strict=True))
    return np.array([int(number.get(name, 0)) - 1 for name in countries], np.int64)


def numbered(fit: ProfileFit, printed: np.ndarray) -> Numbered:
    """Give the groups of a fit the numbers of the print that most units agree with.

    Parameters
    ----------
    fit : ProfileFit
        Its groups; at least as many as are printed.
    printed : (N,) array
        Printed group of each unit, from 0; -1 where there is none.
    """
    known = printed >= 0
    n_groups = len(fit.alpha)
    order = relabelling(fit.groups[known], printed[known])
    # What is left over where fewer are met keeps its order.
    order = np.array([*order, *(g for g in range(n_groups) if g not in order)], np.int64)
    number = np.empty(n_groups, np.int64)
    number[order] = np.arange(n_groups)
    return Numbered(fit, number[fit.groups], fit.alpha[order])


def estimate(panel: Panel, specification: str) -> Numbered:
    """Fit a specification of Table B6, its groups numbered as there.

    Parameters
    ----------
    panel : Panel
        A panel whose units are countries.
    specification : str
        Key of `SPECIFICATIONS`.
    """
    fit = SPECIFICATIONS[specification].fit(panel, generator(0, "0" * 64, 0, FOLDER))
    return numbered(fit, printed_groups(specification, panel.units))


def differing(found: np.ndarray, printed: np.ndarray) -> np.ndarray:
    """Return the positions of units whose group is not the printed one, where there is one."""
    return np.flatnonzero((printed >= 0) & (found != printed))


def said(ours: float, printed: float, decimals: int) -> str:
    """Return the verdict on a number that chance has no part in."""
    if rounds_to(ours, printed, decimals):
        return Verdict.AS_PRINTED.value
    twice = rounds_twice_to(ours, printed, decimals)
    return (Verdict.ROUNDED_TWICE if twice else Verdict.NOT_AS_PRINTED).value
