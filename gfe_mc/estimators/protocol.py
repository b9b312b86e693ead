"""What the framework asks of an estimator."""

from typing import Protocol

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.fit import Fit


class Estimator(Protocol):
    """Anything with this method; a frozen dataclass of options, so that it has an identity."""

    def fit(self, panel: Panel, rng: np.random.Generator, /) -> Fit:
        """Estimate; all randomness comes from `rng`."""
        ...
