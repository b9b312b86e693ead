"""A study that takes a second or two, for runs that are disturbed in the middle."""

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
        time.sleep(0.02)
        return small.PooledOLS().fit(panel, rng)


experiment = replace(
    small.experiment(replications=30),
    name="slow",
    estimators={"slow": Slow(), "ols": small.PooledOLS()},
    report=None,
)
