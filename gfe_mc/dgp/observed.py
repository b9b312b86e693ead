"""The panel itself: nothing is drawn, and the truth is not known."""

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample, Truth


@dataclass(frozen=True)
class ObservedPanel:
    """Observed panel: the same in every replication, its true parameters unknown.

    What differs between replications is the randomness of estimators and inference: how often a
    search finds its best objective, and by how much bootstrap standard errors vary.

    Parameters
    ----------
    panel : Panel
        The panel.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ObservedPanel, Panel
    >>> panel = Panel.from_arrays([[0.0, 1.0], [2.0, 3.0]], [[[1.0], [2.0]], [[0.0], [1.0]]])
    >>> sample = ObservedPanel(panel).draw(np.random.default_rng(0))
    >>> sample.panel is panel, sample.truth.theta
    (True, array([nan]))
    """

    panel: Panel

    def draw(self, rng: np.random.Generator) -> Sample:  # noqa: ARG002
        """Return the panel; its true slopes are NaN.

        Parameters
        ----------
        rng : numpy.random.Generator
            Required of every DGP; nothing is drawn from it.
        """
        return Sample(self.panel, Truth(np.full(self.panel.shape[2], np.nan)))
