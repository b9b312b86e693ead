"""Panels with many units, from several samples of one design."""

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP, Sample, Truth
from gfe_mc.errors import require_whole


@dataclass(frozen=True)
class Stacked:
    """Stacked design: independent samples of a design, one below the other, as one panel.

    Parameters
    ----------
    design : DGP
        The design; slopes and profiles must be the same in each of its samples.
    copies : int
        Number of samples.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figure 3.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Stacked, StaticSlopes
    >>> design = StaticSlopes(8, beta=((0.3,), (0.9,)), groups=(0, 0, 1))
    >>> sample = Stacked(design, copies=2).draw(np.random.default_rng(0))
    >>> sample.panel.shape, sample.truth.groups
    ((6, 8, 1), array([0, 0, 1, 0, 0, 1]))
    """

    design: DGP
    copies: int

    def __post_init__(self) -> None:
        require_whole("copies", self.copies, 1)

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel of `copies` times as many units.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        """
        samples = [self.design.draw(rng) for _ in range(self.copies)]
        first = samples[0]
        panel = Panel.from_arrays(
            np.concatenate([sample.panel.y for sample in samples]),
            np.concatenate([sample.panel.x for sample in samples]),
            observed=np.concatenate([sample.panel.observed for sample in samples]),
            periods=first.panel.periods,
            regressors=first.panel.regressors,
            outcome=first.panel.outcome,
        )
        groups = None
        if first.truth.groups is not None:
            groups = np.tile(first.truth.groups, self.copies)
        return Sample(panel, Truth(first.truth.theta, first.truth.alpha, groups, first.truth.beta))
