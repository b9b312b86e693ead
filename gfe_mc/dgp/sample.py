"""What a data generating process draws, and what the framework asks of one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gfe_mc.data.panel import Panel


@dataclass(frozen=True, eq=False)
class Truth:
    """True parameters that a simulated panel was drawn from.

    Attributes
    ----------
    theta : (K,) array
        Common slopes; where slopes differ between groups, their mean over units.
    alpha : (G, T) array, optional
        Group profiles.
    groups : (N,) array, optional
        Group of each unit, 0, ..., G - 1.
    beta : (G, K) array, optional
        Slopes of each group, where they differ.
    """

    theta: np.ndarray
    alpha: np.ndarray | None = None
    groups: np.ndarray | None = None
    beta: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Sample:
    """Simulated panel, and the true parameters that it was drawn from.

    Attributes
    ----------
    panel : Panel
        The panel.
    truth : Truth
        Its true parameters.
    """

    panel: Panel
    truth: Truth


class DGP(Protocol):
    """Data generating process: any object with this method.

    It is to be a frozen dataclass of parameters, so that it has an identity.
    """

    def draw(self, rng: np.random.Generator, /) -> Sample:
        """Draw a panel; all randomness comes from `rng`."""
        ...
