"""Studies whose runs are disturbed in the middle, and what they come to when they are not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from gfe_mc import Experiment, Fit, Panel
from gfe_mc.clusters.connect import Threads
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.study.run import run_study
from gfe_mc.study.runner import Progress
from tests import small


@dataclass(frozen=True)
class Slow:
    """Pooled least squares, a moment later."""

    seconds: float = 0.1

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Wait, and estimate."""
        time.sleep(self.seconds)
        return small.PooledOLS().fit(panel, rng)


def study(estimator: Estimator, replications: int = 40) -> Experiment:
    """The small study of one cell, with one estimator."""
    declared = small.experiment((3,), replications)
    return replace(declared, name="disturbed", estimators={"one": estimator}, report=None)


def undisturbed(experiment: Experiment, folder: Path) -> xr.Dataset:
    """What a study comes to on threads of this process, which wait side by side."""
    return run_study(experiment.plan(), folder, backend=Threads(16))


def once(done: int, act: Callable[[], object]) -> Callable[[Progress], None]:
    """Do something once so many replications are finished, as a run reports them."""
    acted: list[bool] = []

    def follow(progress: Progress) -> None:
        if progress.done >= done and not acted:
            acted.append(True)
            act()

    return follow


def marked(panel: Panel) -> bool:
    """Whether a sample is one of few."""
    return int(abs(panel.y[0, 0]) * 1e6) % 17 == 0


def guilty(experiment: Experiment) -> list[bool]:
    """Which samples of a study are marked."""
    (keyed,) = experiment.plan().methods.values()
    return [marked(keyed.sample(n).panel) for n in range(experiment.replications)]
