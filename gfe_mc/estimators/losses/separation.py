"""Which regressors tell the outcomes apart, where slopes run off to infinity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.losses.given_groups import GivenGroupsM
from gfe_mc.fit import LossFit, Status


def separating_regressors(panel: Panel, fit: LossFit) -> list[tuple[str, ...]]:
    """Return the regressors that tell outcomes apart within the groups and profiles of a fit.

    Regressors are left out one by one, and the model of the fit's groups estimated without them,
    as long as slopes run off all the same. What remains tells the outcomes apart by itself, and
    nothing of it can be spared. It is then left out as a whole, and the rest tried again.

    Parameters
    ----------
    panel : Panel
        The panel that was fitted.
    fit : LossFit
        The fit, whose status is SLOPES_SEPARATED.

    Returns
    -------
    list of tuple of str
        Regressors that do so together, no regressor twice; none if slopes have a finite optimum.
        Without any of these regressors, slopes have one.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GivenGroupsM, Logit, Panel
    >>> x = np.random.default_rng(0).normal(size=(20, 4, 2))
    >>> groups = np.arange(20) % 2
    >>> y = x[:, :, 1] > groups[:, None] - 0.5
    >>> panel = Panel.from_arrays(y, x, regressors=["age", "score"])
    >>> fit = GivenGroupsM(Logit(), tuple(groups)).fit(panel, np.random.default_rng(0))
    >>> fit.status.name, separating_regressors(panel, fit)
    ('SLOPES_SEPARATED', [('score',)])
    """
    found, left = [], list(range(panel.shape[2]))
    while _separated(panel, fit, left):
        needed = left
        for k in left:
            others = [j for j in needed if j != k]
            if _separated(panel, fit, others):
                needed = others
        found.append(tuple(str(panel.regressors[k]) for k in needed))
        left = [k for k in left if k not in needed]
    return found


def _separated(panel: Panel, fit: LossFit, kept: list[int]) -> bool:
    """Whether slopes of these regressors alone run off, groups as they are."""
    if not kept:
        return False
    fewer = replace(
        panel,
        x=np.ascontiguousarray(panel.x[:, :, kept]),
        regressors=tuple(panel.regressors[k] for k in kept),
    )
    groups = tuple(fit.groups.tolist())
    profiles = "time" if fit.model.time_basis is None else "constant"
    estimator = GivenGroupsM(fit.loss, groups, profiles)
    return estimator.fit(fewer, np.random.default_rng(0)).status == Status.SLOPES_SEPARATED
