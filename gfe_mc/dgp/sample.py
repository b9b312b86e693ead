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

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, StaticSlopes
    >>> rng = np.random.default_rng(0)
    >>> truth = GroupedEffects(6, 4, 2, separation=1.0, theta=(0.5,)).draw(rng).truth
    >>> truth.theta, truth.alpha.shape, truth.groups, truth.beta is None
    (array([0.5]), (2, 4), array([0, 0, 0, 1, 1, 1]), True)
    >>> truth = StaticSlopes(4, beta=((0.3,), (0.9,)), groups=(0, 0, 1)).draw(rng).truth
    >>> truth.theta.round(3), truth.alpha is None  # the mean slope; there are no profiles
    (array([0.5]), True)
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

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, Sample, Truth
    >>> class Levels:  # a design of one's own: anything with `draw`
    ...     def draw(self, rng):
    ...         groups = np.array([0, 0, 1, 1])
    ...         y = 5.0 * groups[:, None] + rng.normal(size=(4, 3))
    ...         return Sample(Panel.from_arrays(y), Truth(np.zeros(0), groups=groups))
    >>> sample = Levels().draw(np.random.default_rng(0))
    >>> sample.panel.shape, sample.truth.groups
    ((4, 3, 0), array([0, 0, 1, 1]))
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
