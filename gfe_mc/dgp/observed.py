"""The panel itself: nothing is drawn, and the truth is not known."""

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample, Truth


@dataclass(frozen=True)
class ObservedPanel:
    """A panel as it was observed, the same in every replication.

    What differs between replications is the randomness of estimators and inference: how often a
    search finds its best objective, and by how much bootstrap standard errors vary.

    Parameters
    ----------
    panel
        The panel.
    """

    panel: Panel

    def draw(self, rng: np.random.Generator) -> Sample:  # noqa: ARG002
        """Return the panel; its true slopes are NaN."""
        return Sample(self.panel, Truth(np.full(self.panel.shape[2], np.nan)))
