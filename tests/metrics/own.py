"""Metrics of a user's own, and a small study that records them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from gfe_mc import Experiment, Misclassification, Outcome, Statistic, Threads, Variable, run_study
from gfe_mc.metrics import moments
from gfe_mc.metrics.moments import Figure
from tests import small


@dataclass(frozen=True)
class LargestError:
    """The largest residual; a scalar without figures of its own."""

    power: float = 1.0
    variables: Mapping[str, Variable] = field(
        default_factory=lambda: {"largest": Variable("largest residual, %", units="points")}
    )

    def __hash__(self) -> int:
        return hash(self.power)

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Compute it."""
        residuals = outcome.fit.residuals(outcome.sample.panel)
        return {"largest": float(np.abs(residuals).max() ** self.power)}


@dataclass(frozen=True)
class TooHigh:
    """Whether the slope is too high; only where the first outcome is negative."""

    variables: ClassVar[Mapping[str, Variable]] = {
        "too_high": Variable("slope too high", dtype="bool")
    }

    def record(self, outcome: Outcome) -> dict[str, bool]:
        """Compute it."""
        if outcome.sample.panel.y[0, 0] > 0:
            return {}
        return {"too_high": bool(outcome.fit.theta[0] > outcome.sample.truth.theta[0])}


@dataclass(frozen=True)
class Range:
    """The range of outcomes, which are the same for all estimators; summarised by its median."""

    variables: ClassVar[Mapping[str, Variable]] = {"range": Variable("range of outcomes")}
    titles: ClassVar[Mapping[str, str]] = {"median_range": "median range"}

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Compute it."""
        return {"range": float(np.ptp(outcome.sample.panel.y))}

    @staticmethod
    def figures(one: xr.Dataset) -> Iterator[tuple[str, str, Figure]]:
        """The median, and the smallest, which has no title."""
        values = one["range"].to_numpy()
        yield "none", "median_range", moments.median(values)
        yield "none", "smallest_range", Figure(float(values.min()), float("nan"), len(values))


@dataclass(frozen=True)
class Worst:
    """Fails where the first outcome is negative."""

    variables: ClassVar[Mapping[str, Variable]] = {
        "label": Variable("which unit", dtype="O"),
        "by_period": Variable("by period", ("period",)),
    }

    def record(self, outcome: Outcome) -> dict[str, Any]:
        """Compute it, or raise."""
        if outcome.sample.panel.y[0, 0] <= 0:
            raise ValueError("the first outcome is negative")
        return {"label": "first", "by_period": outcome.sample.panel.y.mean(axis=0)}


def trimmed(estimates: np.ndarray, truths: np.ndarray) -> float:
    """Root mean squared error without the largest error."""
    squares = np.sort((estimates - truths) ** 2)[:-1]
    return float(np.sqrt(squares.mean()))


def experiment(**changes: Any) -> Experiment:
    """Declare the small study with them."""
    declared = replace(
        small.experiment(),
        report=None,
        record=(Misclassification(), LargestError(), TooHigh(), Range(), Worst()),
        statistics={"trimmed": Statistic(trimmed, "trimmed RMSE"), "again": trimmed},
    )
    return replace(declared, **changes)


def run(folder: Path, **changes: Any) -> xr.Dataset:
    """Run it."""
    return run_study(experiment(**changes).plan(), folder, backend=Threads(1))
