"""How far soft memberships are from hard ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gfe_mc.metrics.outcome import Outcome
from gfe_mc.metrics.variable import Variable

DECIMALS = 6
"""To how many decimals memberships are said to be zero or one."""


@dataclass(frozen=True)
class Softness:
    """Soft units: those of which a membership is not zero or one to six decimals.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), section 3.1.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import Fit, Softness
    >>> fit = Fit(np.zeros(0), memberships=np.array([[1.0, 0.0], [0.0, 1.0], [0.75, 0.25]]))
    >>> Softness().record(SimpleNamespace(fit=fit))  # of a replication
    {'soft_units': 1, 'softest': 0.25}
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        "soft_units": Variable(
            "units with a membership that is not 0 or 1 to six decimals", (), "i4", -1
        ),
        "softest": Variable("largest distance of a membership from 0 and 1"),
    }

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Count the units, where memberships are soft."""
        memberships = outcome.fit.memberships
        if memberships is None:
            return {}
        shares = np.asarray(memberships, np.float64)
        distance = np.minimum(shares, 1.0 - shares).max(axis=1)
        return {
            "soft_units": int((np.round(distance, DECIMALS) > 0).sum()),
            "softest": float(distance.max()),
        }
