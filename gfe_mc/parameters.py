"""Functions of the slopes that a study reports beside them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gfe_mc.errors import require_whole


class Derived(Protocol):
    """Anything with this method; a frozen dataclass, so that it has an identity."""

    def value(self, theta: np.ndarray, /) -> float:
        """Compute the parameter from the slopes (K,)."""
        ...

    def gradient(self, theta: np.ndarray, /) -> np.ndarray:
        """Compute its gradient in the slopes, (K,): what standard errors need."""
        ...


@dataclass(frozen=True)
class LongRun:
    """The long-run coefficient of a regressor, theta_k / (1 - theta_lag).

    Parameters
    ----------
    regressor, lag
        Positions of the regressor's slope and of the lagged outcome's.

    References
    ----------
    Bonhomme and Manresa (2012), section 5.3, theta_2 / (1 - theta_1).
    """

    regressor: int
    lag: int

    def __post_init__(self) -> None:
        require_whole("regressor", self.regressor, 0)
        require_whole("lag", self.lag, 0)

    def value(self, theta: np.ndarray) -> float:
        """Compute it; not finite at a unit root."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(theta[self.regressor] / (1.0 - theta[self.lag]))

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Compute the gradient, (K,): theta_k / (1 - theta_lag)^2 and 1 / (1 - theta_lag)."""
        gradient = np.zeros(len(theta))
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = 1.0 - theta[self.lag]
            gradient[self.regressor] = 1.0 / rest
            gradient[self.lag] += theta[self.regressor] / rest**2
        return gradient
