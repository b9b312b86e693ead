"""A panel as mixtures read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.linalg import helmert

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.estimators.profiles.design import Design, design
from gfe_mc.kernels.linear import factorize, gram
from gfe_mc.kernels.mixtures.arrays import MixtureData

COLLINEAR = 1e-10
"""A characteristic whose share of its variation that others leave is below this is one of them."""


class Reading(NamedTuple):
    """What the kernels work on, and what leads back to the panel."""

    data: MixtureData
    """Cross-products of units, how much each tells, and its standardized characteristics."""
    made: Design
    """What the cross-products are of."""
    used: np.ndarray
    """Positions of the regressors whose slopes are not zero by assumption."""
    scale: np.ndarray
    """(L, L) coefficients of characteristics as they are, of those as standardized."""


def read(
    panel: Panel,
    *,
    unit_effects: bool,
    characteristics: Sequence[str] = (),
    membership_only: Sequence[str] = (),
) -> Reading:
    """Arrange a panel, which may have gaps.

    With unit effects a unit of T_i periods counts as T_i - 1 orthonormal contrasts: their sum of
    squares is that of deviations from the unit's mean. Profiles are then made of T - 1 contrasts
    of time, which add up to zero.

    Parameters
    ----------
    panel : Panel
        The panel.
    unit_effects : bool
        Whether units have fixed effects.
    characteristics, membership_only : sequence of str
        Regressors that are characteristics, and those of them that are nothing else.

    Raises
    ------
    InputError
        The errors of `gfe_mc.estimators.profiles.design.design`, one period with unit effects, or
        characteristics that the panel does not have, that are constant or collinear.
    """
    n_periods = panel.shape[1]
    names = list(panel.regressors)
    unknown = [name for name in characteristics if name not in names]
    require(
        not unknown,
        "`characteristics` must be regressors of the panel",
        ", ".join(unknown),
        f"Give some of {', '.join(names)}",
    )
    require(
        not unit_effects or n_periods > 1,
        "Unit effects need at least two periods",
        "one",
        "Leave them out",
    )
    used = np.array([k for k, name in enumerate(names) if name not in membership_only], np.int64)
    kept = replace(panel, x=panel.x[:, :, used], regressors=tuple(names[k] for k in used))
    psi = helmert(n_periods).T if unit_effects else np.eye(n_periods)
    made = design(kept, np.ascontiguousarray(psi), (), unit_effects=unit_effects)
    cells = panel.observed.sum(axis=1).astype(np.float64) - float(unit_effects)
    w, scale = _characteristics(panel, [names.index(name) for name in characteristics])
    return Reading(MixtureData(made.products, made.own, cells, w), made, used, scale)


def _characteristics(panel: Panel, columns: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Characteristics (N, L), standardized after a constant, and what undoes that (L, L)."""
    n_units, size = panel.shape[0], 1 + len(columns)
    first = panel.observed.argmax(axis=1)
    w, scale = np.ones((n_units, size)), np.eye(size)
    for j, k in enumerate(columns, start=1):
        values = panel.x[np.arange(n_units), first, k]
        mean, spread = float(values.mean()), float(values.std())
        name = str(panel.regressors[k])
        if not spread > 1e-12 * float(np.abs(values).max()):
            raise InputError(
                "A characteristic must vary between units in the first period of each",
                f"{name}, which does not",
                "Leave it out: there is a constant",
            )
        w[:, j] = (values - mean) / spread
        scale[0, j], scale[j, j] = -mean / spread, 1.0 / spread
    if not factorize(gram(w) / n_units, COLLINEAR, np.empty((size, size))):
        named = ", ".join(str(panel.regressors[k]) for k in columns)
        raise InputError(
            "Characteristics must not be functions of one another",
            f"{named}, which are collinear",
            "Leave one of them out",
        )
    return w, scale
