"""A study that takes minutes, for runs whose workers are ended again and again."""

import time
from dataclasses import dataclass, replace

import numpy as np

from gfe_mc import Fit, Panel
from tests import small


@dataclass(frozen=True)
class Slow:
    """Least squares, a moment later."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Wait, and estimate."""
        time.sleep(0.1)
        return small.PooledOLS().fit(panel, rng)


experiment = replace(
    small.experiment(replications=600), name="long", estimators={"slow": Slow()}, report=None
)
