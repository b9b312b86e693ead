"""Static panels of Lin and Ng whose units have unequal error variances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample
from gfe_mc.dgp.slope_groups import StaticSlopes
from gfe_mc.errors import is_number, require


@dataclass(frozen=True)
class UnequalErrors:
    """The static design with errors of each unit scaled by s_i: s_i^2 is drawn with each sample.

    s_i^2 is uniform on (low, 2 - low), of mean one. Unit effects are scaled as well, which fixed
    effects take out.

    Parameters
    ----------
    design : StaticSlopes
        The design with equal variances.
    low : float, default 0.1
        The least variance, as a share of the mean: above 0, at most 1.

    References
    ----------
    Lin and Ng (2011), footnote 5, for what it is about; the distribution is not theirs.
    """

    design: StaticSlopes
    low: float = 0.1

    def __post_init__(self) -> None:
        require(
            is_number(self.low) and 0 < self.low <= 1,
            "The least variance must be a share of the mean",
            repr(self.low),
            "Give more than 0, at most 1",
        )

    @property
    def groups(self) -> tuple[int, ...]:
        """Group of each unit."""
        return self.design.groups

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a sample of the design, and scale what slopes do not explain."""
        sample = self.design.draw(rng)
        n_units = len(self.groups)
        scale = np.sqrt(self.low + (2 - 2 * self.low) * rng.random(n_units))
        slopes = np.array(self.design.beta, np.float64)[list(self.groups)]
        explained = np.zeros_like(sample.panel.y)
        for k in range(slopes.shape[1]):
            explained += slopes[:, k, None] * sample.panel.x[:, :, k]
        y = explained + scale[:, None] * (sample.panel.y - explained)
        return Sample(Panel.from_arrays(y, sample.panel.x), sample.truth)
