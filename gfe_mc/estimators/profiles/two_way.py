"""Least squares with unit and period effects."""

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require_generator
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import MultiStart
from gfe_mc.fit import ProfileFit


@dataclass(frozen=True)
class TwoWay:
    """Two-way fixed effects (within) estimator: y_it = x_it'theta + a_i + d_t + v_it.

    Its fit is that of the panel in deviations from unit means, with one group: `alpha` (1, T) are
    the period effects in deviations. The fit's model has unit effects, so that inference takes
    the panel itself.

    References
    ----------
    Bonhomme and Manresa (2012), Table B1 and the last row of Table B2.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, TwoWay
    >>> x = np.array([[0.0, 1.0, 4.0], [1.0, 2.0, 3.0], [2.0, 0.0, 1.0]])
    >>> y = 2.0 * x + np.array([[0.0], [1.0], [5.0]]) + np.array([0.0, 3.0, 6.0])
    >>> fit = TwoWay().fit(Panel.from_arrays(y, x[:, :, None]), np.random.default_rng(0))
    >>> fit.theta.round(6), fit.alpha.round(6)  # period effects, in deviations
    (array([2.]), array([[-3.,  0.,  3.]]))
    """

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate by least squares; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        ProfileFit
            With one group, and `alpha` (1, T).

        Raises
        ------
        InputError
            As `GFE.fit`: a regressor does not vary within units and periods, or a unit is observed
            once.
        """
        require_generator(rng)
        one_group = GFE(groups=1, search=MultiStart(starts=1), unit_effects=True)
        return replace(one_group.fit(panel, rng), estimator=self)
