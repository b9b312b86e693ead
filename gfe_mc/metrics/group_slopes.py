"""Slopes of groups, with their sizes and tests of equal slopes within them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import Variable

SIZE = "n_units"
"""Units of a group, whose number is the parameter."""
TEST = "tg_test"
"""Test of equal slopes within a group."""


def ascending(beta: np.ndarray) -> np.ndarray:
    """Order groups, (G,), by the first of their slopes (G, K) that differs between them."""
    differs = np.isfinite(beta).all(axis=0) & (beta != beta[0]).any(axis=0)
    return np.argsort(beta[:, int(np.argmax(differs))], kind="stable")


def ordered(outcome: Outcome) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the slopes of groups (G, K) and their order (G,); None where there are none."""
    fit = outcome.fit
    if fit.beta is None or fit.groups is None or not np.isfinite(fit.theta).all():
        return None
    return fit.beta, ascending(fit.beta)


@dataclass(frozen=True)
class GroupSlopes:
    """Slopes of each group, its units, and the test of slope homogeneity within it.

    Groups are in ascending order of the first of their slopes that differs between them.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import GroupSlopes, KnownGroups, StaticSlopes
    >>> design = StaticSlopes(30, beta=((3.0,), (1.0,)), groups=(0,) * 10 + (1,) * 20)
    >>> sample = design.draw(np.random.default_rng(0))
    >>> fit = KnownGroups(design.groups).fit(sample.panel, np.random.default_rng(0))
    >>> recorded = GroupSlopes().record(SimpleNamespace(sample=sample, fit=fit))
    >>> recorded["group_slopes"].round(1), recorded["group_sizes"]  # by their slopes
    (array([[1.],
           [3.]]), array([20, 10]))
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        "group_slopes": Variable("slopes of the group", ("group", "slope")),
        "group_sizes": Variable("units in the group", ("group",), "i4", 0),
        "group_dispersion": Variable("test of equal slopes within the group", ("group",)),
    }
    titles: ClassVar[Mapping[str, str]] = {SIZE: "units", TEST: "test of equal slopes"}

    def record(self, outcome: Outcome) -> dict[str, Any]:
        """Take slopes, sizes and tests from a fit whose groups differ in slopes."""
        found = ordered(outcome)
        if found is None:
            return {}
        beta, order = found
        groups = np.asarray(outcome.fit.groups)
        return {
            "group_slopes": np.asarray(beta, np.float64)[order],
            "group_sizes": np.bincount(groups, minlength=len(beta))[order],
            "group_dispersion": _dispersion(outcome, beta)[order],
        }

    @staticmethod
    def figures(one: xr.Dataset) -> Figures:
        """Compute means over replications of each group, numbered from 1.

        `n_units`, its slopes under their names, each followed by its t value by the first
        inference method, and `tg_test`.
        """
        slopes = [str(name) for name in one["parameter"].to_numpy()]
        sizes, betas = counts.array(one, "group_sizes"), counts.array(one, "group_slopes")
        tests, errors = counts.array(one, "group_dispersion"), _errors(one)
        for g in range(sizes.shape[1]):
            there = sizes[:, g] > 0
            if not there.any():
                continue
            group = str(g + 1)
            yield group, SIZE, moments.mean(np.where(there, sizes[:, g], np.nan))
            for k in range(betas.shape[2]):
                values = np.where(there, betas[:, g, k], np.nan)
                if not np.isfinite(values).any():
                    continue
                yield group, slopes[k], moments.mean(values)
                if errors is not None:
                    with np.errstate(divide="ignore", invalid="ignore"):
                        t_values = values / errors[:, g, k]
                    yield group, f"{slopes[k]}_t", moments.mean(t_values)
            yield group, TEST, moments.mean(np.where(there, tests[:, g], np.nan))


def _dispersion(outcome: Outcome, beta: np.ndarray) -> np.ndarray:
    """Test equal slopes within the groups, (G,); NaN where units cannot be estimated alone."""
    # Reports are made without a compiler.
    from gfe_mc.selection.dispersion import dispersion

    panel = outcome.sample.panel
    alone = np.flatnonzero(np.isnan(beta).all(axis=0))
    individual = tuple(str(panel.regressors[k]) for k in alone)
    try:
        return dispersion(panel, outcome.fit.groups, individual=individual)
    except InputError:
        return np.full(len(beta), np.nan)


def _errors(one: xr.Dataset) -> np.ndarray | None:
    """Standard errors by the first inference method that the estimator has, (n, G, K)."""
    if "group_errors" not in one:
        return None
    errors = counts.array(one, "group_errors")
    run = [m for m in range(errors.shape[1]) if np.isfinite(errors[:, m]).any()]
    return np.asarray(errors[:, run[0]]) if run else None
