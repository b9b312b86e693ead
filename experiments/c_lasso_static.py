"""C-Lasso on the static panels of its authors' simulations, beside the output of their program.

The design is the first one of Su, Shi and Phillips: three groups of 30, 30 and 40 % of the units,
slopes (.4, 1.6), (1, 1) and (1.6, .4), regressors that go with the unit effects, normal errors. In
deviations from unit means only what is independent of the effects is left of the regressors, so
that the design without effects in them is the same. T, N, the number of samples and what is
computed are those of the program of Gao and Shi, whose output is public: each estimated group has
the name of the true one whose slopes are nearest; `correct` is the share of units in the group of
their name, and the RMSE of `slopes1` is of the first slope over groups, weighted by their sizes,
a name that no group has counting as a slope of zero.
"""

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Truth
from gfe_mc.dgp.slope_groups import StaticSlopes
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.c_lasso import CLasso
from gfe_mc.estimators.slopes.ck_means import CKMeans
from gfe_mc.estimators.slopes.products import MinimumSize
from gfe_mc.fit import Fit
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.study.experiment import Experiment

BETA = ((0.4, 1.6), (1.0, 1.0), (1.6, 0.4))
SHARES = (0.3, 0.3, 0.4)


def true_groups(n_units: int) -> np.ndarray:
    """Return the group of each unit."""
    sizes = [round(share * n_units) for share in SHARES]
    return np.repeat(np.arange(len(SHARES)), sizes)


def names_of(fit: Fit) -> np.ndarray:
    """Return the true group whose slopes are nearest to those of each estimated one, (G,)."""
    gaps = np.asarray(fit.beta)[:, None, :] - np.array(BETA)
    nearest: np.ndarray = np.argmin((gaps**2).sum(axis=2), axis=1)
    return nearest


def correct(fit: Fit) -> float:
    """Compute the share of units in the group of their name."""
    groups = np.asarray(fit.groups)
    return float((names_of(fit)[groups] == true_groups(len(groups))).mean())


def of_first_slopes(fit: Fit) -> float:
    """Compute the root of the weighted mean of squared errors of the groups' first slopes."""
    found = np.zeros(len(BETA))
    found[names_of(fit)] = np.asarray(fit.beta)[:, 0]
    errors = found - np.array(BETA)[:, 0]
    return float(np.sqrt((errors**2 * SHARES).sum()))


def none_wrong(truth: Truth) -> float:  # noqa: ARG001
    """Return the share of units that are in their group in the truth."""
    return 1.0


def no_error(truth: Truth) -> float:  # noqa: ARG001
    """Return the error of the true slopes."""
    return 0.0


def dgp(panel: Panel | None, T: int, N: int) -> StaticSlopes:  # noqa: ARG001
    """Return the design of a cell."""
    return StaticSlopes(T, BETA, tuple(true_groups(N).tolist()), x_mean=0.0, x_variance=1.0)


ESTIMATORS: dict[str, Estimator] = {
    "c_lasso": CLasso(3, limit=500),
    "ck_means": CKMeans(3, minimum=MinimumSize(1, 0.05)),
}

experiment = Experiment(
    name="c_lasso_static",
    title="C-Lasso on static panels, beside the output of its authors' program",
    source="Su, Shi and Phillips (2016), first design, as in the program of Gao and Shi (2020)",
    factors={"T": (10, 20, 40), "N": (100, 200)},
    dgp=dgp,
    estimators=ESTIMATORS,
    parameters={"slopes1": (no_error, of_first_slopes), "correct": (none_wrong, correct)},
    replications=400,
    cost="2 minutes on one core",
    record=(Misclassification(), UnitSlopes()),
)
