"""What the framework asks of an estimator."""

from typing import Protocol

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.fit import Fit


class Estimator(Protocol):
    """Estimator of a panel: any object with this method.

    It is to be a frozen dataclass of options, so that it has an identity.
    """

    def fit(self, panel: Panel, rng: np.random.Generator, /) -> Fit:
        """Estimate the model on a panel; all randomness comes from `rng`."""
        ...
