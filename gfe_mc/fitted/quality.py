"""How well a fit does: R2, within R2, the standard deviation of errors, degrees of freedom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gfe_mc.fit import Fit, LossFit, MixtureFit
from gfe_mc.selection.mixture import mixture_bic, mixture_icl

if TYPE_CHECKING:
    from gfe_mc.data.panel import Panel
    from gfe_mc.fitted.estimates import Estimates

ROUNDS = 10_000
"""Most rounds of taking means out, for panels with gaps."""
SETTLED = 1e-12
"""Change of a round, in units of the outcome's spread, at which they end."""


def quality(summary: Estimates) -> pd.DataFrame:
    """Make one row that says how a fit did: `Estimates.glance`."""
    panel, fit = summary.panel, summary.fit
    n_units, n_periods, n_slopes = panel.shape
    observations = int(np.count_nonzero(panel.observed))
    freedom = observations - n_parameters(panel, fit)
    r2, within, sigma = np.nan, np.nan, np.nan
    if not isinstance(fit, LossFit):
        squares = float((summary.residuals**2).sum())
        r2 = _share(squares, _spread(panel.y[panel.observed]))
        effects = left_by_effects(panel, fit)
        within = np.nan if effects is None else _share(squares, float((effects**2).sum()))
        sigma = float(np.sqrt(squares / freedom)) if freedom > 0 else np.nan
    if isinstance(fit, MixtureFit):
        sigma = float(np.sqrt(fit.probabilities.mean(axis=0) @ fit.sigma2))
    row: dict[str, object] = {
        "outcome": panel.outcome,
        "N": n_units,
        "T": n_periods,
        "G": fit.n_groups,
        "K": n_slopes,
        "observations": observations,
        "degrees of freedom": freedom,
        "objective": fit.objective,
        "R2": r2,
        "R2 within": within,
        "sigma": sigma,
        "status": fit.status.name,
    }
    if isinstance(fit, MixtureFit) and fit.status.usable:
        row |= {
            "log-likelihood": fit.log_likelihood,
            "BIC": mixture_bic(fit),
            "ICL": mixture_icl(fit),
        }
    return pd.DataFrame([row])


def n_parameters(panel: Panel, fit: Fit) -> int:
    """Count slopes, profiles, levels, factors and unit effects, as small-sample factors do."""
    n_units, n_periods, n_slopes = panel.shape
    model, groups = fit.model, fit.n_groups or 0
    own, alone = len(model.group_slopes), len(model.unit_slopes)
    count = n_slopes - own - alone + own * groups + alone * n_units
    if model.profiles:
        count += groups * _functions(panel, fit)
    count += sum(model.levels) - len(model.levels)
    count += model.factors * (n_units + n_periods - model.factors)
    return count + (n_units if model.unit_effects else 0)


def _functions(panel: Panel, fit: Fit) -> int:
    """How many functions of time a profile is made of, less what unit effects absorb."""
    basis, n_periods = fit.model.time_basis, panel.shape[1]
    matrix = np.eye(n_periods) if basis is None else basis.matrix(panel.periods)
    if fit.model.unit_effects:
        matrix = matrix - matrix.mean(axis=0)
    return int(np.linalg.matrix_rank(matrix))


def left_by_effects(panel: Panel, fit: Fit) -> np.ndarray | None:
    """Return what the fit's effects alone leave of the outcomes, (n,): no slopes.

    Means over what shares an effect are taken out, kind of effect after kind of effect, until
    nothing changes. None where effects are no such means: soft groups, functions of time, factors,
    prior information, or other criteria.
    """
    model = fit.model
    other = model.soft or model.factors or model.time_basis is not None
    if other or model.prior or model.criterion or not (model.profiles or model.unit_effects):
        return None
    i, t = np.nonzero(panel.observed)
    kinds = []
    if model.profiles and fit.groups is not None:
        kinds.append(fit.groups[i] * panel.shape[1] + t)
        if model.levels and fit.secondary is not None:
            kinds.append(fit.groups[i] * (int(fit.secondary.max()) + 1) + fit.secondary[i])
    if model.unit_effects:
        kinds.append(i)
    left: np.ndarray = panel.y[panel.observed]
    spread = float(np.ptp(left)) or 1.0
    for _ in range(ROUNDS):
        before = left
        for kind in kinds:
            counts = np.bincount(kind)
            means = np.bincount(kind, left) / np.maximum(counts, 1)
            left = left - means[kind]
        if len(kinds) == 1 or np.abs(left - before).max() <= SETTLED * spread:
            break
    return left


def _spread(values: np.ndarray) -> float:
    return float(((values - values.mean()) ** 2).sum())


def _share(left: float, whole: float) -> float:
    return 1.0 - left / whole if whole > 0 else np.nan
