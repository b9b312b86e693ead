"""Least squares with country and period effects where some countries are observed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require_generator
from gfe_mc.estimators.profiles.two_way import TwoWay
from gfe_mc.fit import Fit
from gfe_mc.inference.covariance import Covariance
from gfe_mc.inference.large_t import LargeT
from gfe_mc.metrics.outcome import Outcome
from gfe_mc.metrics.variable import Variable


def observed_twice(panel: Panel) -> Panel:
    """Take the countries that are observed more than once: effects fit the others without error."""
    return panel.resampled(np.flatnonzero(panel.observed.sum(axis=1) > 1))


@dataclass(frozen=True)
class CountryEffects:
    """Two-way fixed effects of a panel in which countries may be observed once.

    Those take no part in the slopes, and have residuals of zero. The fit has slopes and objective
    alone.

    References
    ----------
    Bonhomme and Manresa (2012), Table B1.
    """

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate by least squares; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Raises
        ------
        InputError
            As `TwoWay.fit`.
        """
        fit = TwoWay().fit(observed_twice(panel), rng)
        return Fit(fit.theta, objective=fit.objective, status=fit.status, estimator=self)


@dataclass(frozen=True)
class CountryErrors:
    """Clustered errors of `CountryEffects` with all N countries and n observations counted.

    Variances are multiplied by N / (N - 1) (n - 1) / (n - N - T + 1 - K).

    References
    ----------
    Bonhomme and Manresa (2012), Table B1.
    """

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        """Compute the covariance of the slopes; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel.
        fit : Fit
            The fit of it; it is made again of the countries that count.
        rng : numpy.random.Generator
            Required of every inference method; nothing is drawn from it.
        """
        require_generator(rng)
        twice = observed_twice(panel)
        found = LargeT().covariance(twice, TwoWay().fit(twice, rng), rng)
        n_units, n_periods, n_slopes = panel.shape
        size = int(np.count_nonzero(panel.observed))
        freedom = size - n_units - n_periods + 1 - n_slopes
        factor = n_units / (n_units - 1) * (size - 1) / freedom
        return replace(found, theta=factor * found.theta, joint=None)


@dataclass(frozen=True)
class LeastSquares:
    """What is printed below a regression: observations, countries, R squared."""

    variables: ClassVar[Mapping[str, Variable]] = {
        "observations": Variable("observations"),
        "countries": Variable("countries"),
        "r_squared": Variable("R squared"),
    }

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Count, and compute R squared about the mean of all observations."""
        panel = outcome.sample.panel
        y = panel.y[panel.observed]
        total = float(((y - y.mean()) ** 2).sum())
        return {
            "observations": float(y.size),
            "countries": float(np.count_nonzero(panel.observed.any(axis=1))),
            "r_squared": 1.0 - outcome.fit.objective / total,
        }
