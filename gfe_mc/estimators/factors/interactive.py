"""The interactive fixed effects estimator."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, keep_whole, require, require_generator
from gfe_mc.estimators.factors.search import FactorSearch, Found, ProfileNewton
from gfe_mc.estimators.factors.starts import COLLINEAR, Series, require_identified
from gfe_mc.estimators.profiles.stack import LEAST_SQUARES, MOST_SQUARES
from gfe_mc.fit import FactorFit, Model, Status
from gfe_mc.kernels.factors.profile import cross_products, empty_profile, evaluate
from gfe_mc.kernels.factors.project import off_effects
from gfe_mc.kernels.linear import exceeds, gram, multiply


@dataclass(frozen=True)
class InteractiveFixedEffects:
    """Interactive fixed effects estimator: y_it = x_it'theta + lambda_i'f_t + v_it.

    Minimises the sum of squared residuals over slopes, factors f_t and loadings lambda_i, r each.
    For given slopes that is the sum of the T - r smallest eigenvalues of the cross-products over
    periods of y_i - x_i theta. The objective has several local minima in the slopes as a rule: the
    fit's `n_best` of `n_tries` says how many starts met the best one.

    Parameters
    ----------
    factors : int
        Number of factors r; with none it is pooled least squares.
    search : FactorSearch, default ProfileNewton()
        How the minimum is looked for: `ProfileNewton` or `BaiIteration`.

    Notes
    -----
    Panels may have gaps: what is missing is filled in from the model, in turn with the estimates,
    and the objective is that of the observed cells. With few periods the estimates have a bias of
    the order of 1 / T, which is large where outcomes are lagged.

    References
    ----------
    Bai (2009), Panel data models with interactive fixed effects, Econometrica 77, 1229-1279.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import InteractiveFixedEffects, Panel
    >>> panel = Panel.from_arrays([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    >>> fit = InteractiveFixedEffects(factors=1).fit(panel, np.random.default_rng(0))
    >>> np.round(fit.loadings @ fit.factors.T, 6)
    array([[1., 2.],
           [2., 4.],
           [3., 6.]])
    """

    factors: int
    search: FactorSearch = field(default_factory=ProfileNewton)

    def __post_init__(self) -> None:
        keep_whole(self, factors=0)
        require(
            callable(getattr(self.search, "minimize", None)) and not isinstance(self.search, type),
            "`search` must be a search for interactive effects",
            repr(self.search),
            "Give ProfileNewton() or BaiIteration()",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> FactorFit:
        """Estimate slopes, factors and loadings by searching for the best slopes.

        Parameters
        ----------
        panel : Panel
            A panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness of the search.

        Returns
        -------
        FactorFit
            With `theta` (K,), `factors` (T, r) and `loadings` (N, r).

        Raises
        ------
        InputError
            As many factors as units or periods, more parameters than observations, a unit or period
            with no more observations than factors, values too large or small to be squared, or
            regressors that are collinear, or that the factors could explain altogether.
        """
        require_generator(rng)
        series = checked_series(panel, self.factors)
        found = self.search.minimize(series, self.factors, rng)
        return fit_of_slopes(panel, found, self.factors, self)


def checked_series(panel: Panel, n_factors: int) -> Series:
    """Read a panel as the kernels do; refuses what has no room for so many factors.

    Raises
    ------
    InputError
        As `InteractiveFixedEffects.fit`.
    """
    _require_room(panel, n_factors)
    series = read_series(panel)
    _require_unexplained(series, n_factors)
    return series


def read_series(panel: Panel) -> Series:
    """Read a panel as the kernels do; refuses squares that cannot be held, and collinearity."""
    n_units, n_periods, n_slopes = panel.shape
    z = np.empty((n_units, n_slopes + 1, n_periods))
    z[:, :-1] = panel.x.transpose(0, 2, 1)
    z[:, -1] = panel.y
    products = np.zeros((n_slopes + 1, n_slopes + 1, n_periods, n_periods))
    cross_products(z, 0, products)
    series = Series(panel, z, products)
    _require_squares(series)
    require_identified(series)
    return series


def fit_of_slopes(panel: Panel, found: Found, r: int, estimator: object) -> FactorFit:
    """Compute r factors and loadings at the slopes that were found, and say what was."""
    n_periods, n_slopes = panel.shape[1], panel.shape[2]
    products = np.zeros((n_slopes + 1, n_slopes + 1, n_periods, n_periods))
    cross_products(found.z, 0, products)
    at = empty_profile(n_periods, n_slopes)
    evaluate(products, r, found.theta, at)
    factors = np.sqrt(n_periods) * at.vectors[:, :r]
    for j in range(r):
        if factors[:, j].sum() < 0.0:
            factors[:, j] *= -1.0
    residuals = found.z[:, -1].copy()
    for k, slope in enumerate(found.theta):
        residuals -= slope * found.z[:, k]
    loadings = multiply(residuals, np.ascontiguousarray(factors)) / n_periods
    status = Status.SUCCESS if found.converged else Status.ITERATION_LIMIT
    theta = found.theta
    if not (np.isfinite(theta).all() and np.isfinite(found.objective)):
        status = Status.NOT_FINITE
    elif not _identified(panel, factors, loadings):
        theta = np.full(n_slopes, np.nan)
        status = Status.COLLINEAR
    return FactorFit(
        theta=theta,
        factors=np.ascontiguousarray(factors),
        loadings=loadings,
        objective=float(found.objective),
        status=status,
        n_best=found.n_best,
        n_tries=found.n_tries,
        model=Model(factors=r),
        estimator=estimator,
    )


def _identified(panel: Panel, factors: np.ndarray, loadings: np.ndarray) -> bool:
    """Whether regressors vary beyond what small changes of factors and loadings could take."""
    n_rows, n_slopes = panel.y.size, panel.shape[2]
    off = off_effects(panel.x, panel.observed, factors, loadings).reshape(n_rows, n_slopes)
    scale = np.sqrt(np.diag(gram(panel.x.reshape(n_rows, n_slopes))))
    return bool(exceeds(gram(off) / np.outer(scale, scale), COLLINEAR))


def _require_room(panel: Panel, n_factors: int) -> None:
    """Refuse as many factors as there are units or periods, or more parameters than cells."""
    n_units, n_periods, n_slopes = panel.shape
    most = min(n_units, n_periods)
    require(
        n_factors < most,
        "There must be fewer factors than units and than periods",
        f"{n_factors} factors for {n_units} units and {n_periods} periods",
        f"Give `factors` from 0 to {most - 1}",
    )
    for axis, names, what in ((1, panel.units, "unit"), (0, panel.periods, "period")):
        counts = panel.observed.sum(axis=axis)
        few = int(np.argmin(counts))
        require(
            bool(counts[few] > n_factors),
            f"Every {what} must have more observations than there are factors",
            f"{counts[few]} of {what} {names[few]} for {n_factors} factors",
            f"Leave the {what} out, or give at most {max(int(counts[few]) - 1, 0)} factors",
        )
    cells = int(np.count_nonzero(panel.observed))
    parameters = n_factors * (n_units + n_periods - n_factors) + n_slopes
    require(
        cells > parameters,
        "There must be more observations than parameters",
        f"{cells} observations for {parameters} slopes, factors and loadings",
        "Give fewer factors",
    )


def _require_squares(series: Series) -> None:
    """Refuse values whose squares overflow or vanish, or nearly do: sums of them lose digits."""
    panel = series.panel
    for d, name in enumerate((*panel.regressors, panel.outcome)):
        square = float(np.trace(series.products[d, d]))
        vanished = square < LEAST_SQUARES and bool((series.z[:, d] != 0.0).any())
        if vanished or not square < MOST_SQUARES:
            raise InputError(
                f"The squares of `{name}` must be numbers that the computer can hold",
                f"a sum of squares of {square:.3g}",
                "Measure it in another unit",
            )


def _require_unexplained(series: Series, n_factors: int) -> None:
    """Refuse regressors that are themselves no more than so many factors with loadings."""
    n_periods = series.z.shape[2]
    at = empty_profile(n_periods, 0)
    for k, name in enumerate(series.panel.regressors):
        own = np.ascontiguousarray(series.products[k : k + 1, k : k + 1])
        left = evaluate(own, n_factors, np.zeros(0), at)
        require(
            left > COLLINEAR * float(np.trace(own[0, 0])),
            "Every regressor must vary beyond what the factors can explain",
            f"{name}, which {n_factors} of them explain altogether, as one does what is constant "
            "in each unit or common to a period",
            "Leave it out, or give fewer factors",
        )
