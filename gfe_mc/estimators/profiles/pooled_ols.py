"""Least squares without any effects but a constant."""

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require_generator
from gfe_mc.estimators.profiles.basis import Polynomial
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import MultiStart
from gfe_mc.fit import ProfileFit


@dataclass(frozen=True)
class PooledOLS:
    """Pooled least squares: y_it = a + x_it'theta + v_it, what leaves heterogeneity in the errors.

    Its fit is that of one group whose profile is constant: `alpha` (1, T) is a in every period.
    `GFE(groups=1)` has period effects instead, `Pooled` unit effects, and `TwoWay` both.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, PooledOLS
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
    >>> panel = Panel.from_arrays(1.0 + 2.0 * x, x[:, :, None])
    >>> fit = PooledOLS().fit(panel, np.random.default_rng(0))
    >>> fit.theta.round(6), fit.alpha.round(6)
    (array([2.]), array([[1., 1., 1.]]))
    """

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate by least squares; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Raises
        ------
        InputError
            As `GFE.fit`: a regressor is constant, or collinear with those before it.
        """
        require_generator(rng)
        one_level = GFE(groups=1, search=MultiStart(starts=1), time_basis=Polynomial(0))
        return replace(one_level.fit(panel, rng), estimator=self)
