"""What the framework asks of an inference method."""

from typing import Protocol

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.fit import Fit
from gfe_mc.inference.covariance import Covariance


class Inference(Protocol):
    """Inference method: any object with this method.

    It is to be a frozen dataclass of options, so that it has an identity.
    """

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator, /) -> Covariance:
        """Estimate the covariance of a fit of a panel; all randomness comes from `rng`."""
        ...
