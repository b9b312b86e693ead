"""Panels whose slopes differ between groups of units: static and dynamic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.canonical import fingerprint
from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample, Truth
from gfe_mc.errors import require, require_one_of, require_whole
from gfe_mc.seeds import generator


def assigned_groups(n_units: int, n_groups: int, rounding: str = "down") -> tuple[int, ...]:
    """Assign units to groups at random, the same way for the same arguments.

    Of two groups the first has two thirds of the units; more are of the same size.

    Parameters
    ----------
    n_units, n_groups : int
        N and G.
    rounding : str, default "down"
        Where N is no multiple: "down", as in the text, floor(2 N / 3) units or floor(N / G) each,
        the last group having what is left; or "up", as the printed figures have it, the groups
        ending at ceil(2 N / 3), or at ceil(N / G), ceil(2 N / G), ...

    Returns
    -------
    tuple of int
        Group of each unit, 0, ..., G - 1, of length N.

    References
    ----------
    Lin and Ng (2011), section 6.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import assigned_groups
    >>> np.bincount(assigned_groups(60, 2)).tolist()  # two thirds are in the first
    [40, 20]
    >>> np.bincount(assigned_groups(50, 4)).tolist()
    [12, 12, 12, 14]
    >>> np.bincount(assigned_groups(50, 4, rounding="up")).tolist()
    [13, 12, 13, 12]
    """
    require_whole("n_units", n_units, 1)
    require_whole("n_groups", n_groups, 1)
    require(
        n_groups <= n_units,
        "There must be no more groups than units",
        f"{n_groups} groups for {n_units} units",
        "Use fewer groups",
    )
    require_one_of("rounding", rounding, ("down", "up"))
    parts, ends = (3, range(2, 3)) if n_groups == 2 else (n_groups, range(1, n_groups))
    if rounding == "up":
        bounds = [-(-end * n_units // parts) for end in ends]
    elif n_groups == 2:
        bounds = [2 * n_units // 3]
    else:
        bounds = [end * (n_units // parts) for end in ends]
    bounds = [min(bound, n_units - n_groups + 1 + n) for n, bound in enumerate(bounds)]
    in_order = np.searchsorted(bounds, np.arange(n_units), side="right")
    rng = generator(0, fingerprint([n_units, n_groups]), 0, "groups")
    return tuple(rng.permutation(in_order).tolist())


@dataclass(frozen=True)
class StaticSlopes:
    """Static panel DGP with slopes by groups: y_it = mu_i + x_it'beta_{g_i} + e_it.

    Regressors, effects and errors are independent normal.

    Parameters
    ----------
    n_periods : int
        Number of periods T.
    beta : (G, K) tuple of tuples of float
        Slopes of each group.
    groups : tuple of int, length N
        Group of each unit, from 0: the same in every sample.
    x_mean : float, default 1.0
        Mean of each regressor.
    x_variance : float, default 3.0
        Variance of each regressor.
    effect_mean, effect_variance : float, default 1.0
        Mean and variance of mu_i.
    error_variance : float, default 1.0
        Variance of e_it.

    References
    ----------
    Lin and Ng (2011), section 6, where N(1, 3) is a variance of 3.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import StaticSlopes, assigned_groups
    >>> design = StaticSlopes(50, beta=((0.3,), (0.9,)), groups=assigned_groups(60, 2))
    >>> sample = design.draw(np.random.default_rng(0))
    >>> sample.panel.shape, np.bincount(sample.truth.groups)
    ((60, 50, 1), array([40, 20]))
    >>> sample.truth.theta.round(3)  # the mean over units
    array([0.5])
    """

    n_periods: int
    beta: tuple[tuple[float, ...], ...]
    groups: tuple[int, ...]
    x_mean: float = 1.0
    x_variance: float = 3.0
    effect_mean: float = 1.0
    effect_variance: float = 1.0
    error_variance: float = 1.0

    def __post_init__(self) -> None:
        _check(self.n_periods, self.beta, self.groups)
        for name in ("x_variance", "effect_variance", "error_variance"):
            _require_variance(name, getattr(self, name))
        require(self.x_variance > 0, "Regressors must vary", "variance 0", "Give a positive one")

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel and its true parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        """
        groups, beta = np.array(self.groups), np.array(self.beta, np.float64)
        slopes = beta[groups]
        n_units, n_slopes = slopes.shape
        x = rng.standard_normal((n_units, self.n_periods, n_slopes))
        x *= np.sqrt(self.x_variance)
        x += self.x_mean
        effects = self.effect_mean + np.sqrt(self.effect_variance) * rng.standard_normal(n_units)
        y = rng.standard_normal((n_units, self.n_periods))
        y *= np.sqrt(self.error_variance)
        y += effects[:, None]
        for k in range(n_slopes):
            y += slopes[:, k, None] * x[:, :, k]
        return Sample(Panel.from_arrays(y, x), _truth(beta, groups))


@dataclass(frozen=True)
class DynamicSlopes:
    """Dynamic panel DGP with slopes by groups: y_it = mu_i + rho_g y_it-1 + phi_g t + e_it.

    It has a stationary start: y_i0 = mu_i / (1 - rho_g) + u_i0 with the variance of the stationary
    process about its mean, error_variance / (1 - rho_g^2); the trend sets in at t = 1. The panel
    has the T transitions to t = 1, ..., T, with regressors y_it-1 and t.

    Parameters
    ----------
    n_periods : int
        Number of periods T.
    beta : (G, 2) tuple of tuples of float
        rho_g and phi_g of each group.
    groups : tuple of int, length N
        Group of each unit, from 0: the same in every sample.
    effect_variance : float, default 0.0
        Variance of mu_i, whose mean is zero.
    error_variance : float, default 1.0
        Variance of e_it.

    Raises
    ------
    InputError
        Also where a rho is not between -1 and 1: there is no stationary start then.

    References
    ----------
    Lin and Ng (2011), equation (8) and Assumption 3.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import DynamicSlopes
    >>> design = DynamicSlopes(5, beta=((0.2, 0.0), (0.8, 1.0)), groups=(0, 0, 1))
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> panel.shape, panel.regressors
    ((3, 5, 2), ('lag', 'trend'))
    >>> panel.x[0, :, 1]  # the trend
    array([1., 2., 3., 4., 5.])
    >>> np.array_equal(panel.x[:, 1:, 0], panel.y[:, :-1])  # the lag
    True
    """

    n_periods: int
    beta: tuple[tuple[float, float], ...]
    groups: tuple[int, ...]
    effect_variance: float = 0.0
    error_variance: float = 1.0

    def __post_init__(self) -> None:
        _check(self.n_periods, self.beta, self.groups)
        for name in ("effect_variance", "error_variance"):
            _require_variance(name, getattr(self, name))
        pairs = all(len(row) == 2 for row in self.beta)
        require(
            pairs and all(abs(row[0]) < 1 for row in self.beta),
            "Every group must have a rho between -1 and 1, and a phi",
            str(self.beta),
            "There is no stationary start at a unit root: use smaller rho",
        )

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel and its true parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        """
        groups, beta = np.array(self.groups), np.array(self.beta, np.float64)
        rho, phi = beta[groups].T
        n_units = len(groups)
        effects = np.sqrt(self.effect_variance) * rng.standard_normal(n_units)
        start = np.sqrt(self.error_variance / (1 - rho**2)) * rng.standard_normal(n_units)
        errors = np.sqrt(self.error_variance) * rng.standard_normal((n_units, self.n_periods))
        # Periods first: each step then works on memory that lies together.
        levels = np.empty((self.n_periods + 1, n_units))
        levels[0] = effects / (1 - rho) + start
        for t in range(1, self.n_periods + 1):
            levels[t] = effects + rho * levels[t - 1] + phi * t + errors[:, t - 1]
        x = np.empty((n_units, self.n_periods, 2))
        x[:, :, 0] = levels[:-1].T
        x[:, :, 1] = np.arange(1, self.n_periods + 1)
        panel = Panel.from_arrays(levels[1:].T, x, regressors=["lag", "trend"])
        return Sample(panel, _truth(beta, groups))


def _truth(beta: np.ndarray, groups: np.ndarray) -> Truth:
    return Truth(theta=beta[groups].mean(axis=0), groups=groups, beta=beta)


def _check(n_periods: int, beta: tuple[tuple[float, ...], ...], groups: tuple[int, ...]) -> None:
    """Refuse slopes and groups that do not go together."""
    require_whole("n_periods", n_periods, 1)
    ragged = any(not isinstance(row, tuple | list | np.ndarray) for row in beta)
    lengths = {0} if ragged else {len(row) for row in beta}
    require(
        len(lengths) == 1 and 0 not in lengths and bool(np.isfinite(beta).all()),
        "`beta` must have the same number of finite slopes for each group",
        repr(beta),
        "Give a tuple of slopes for each group, such as ((0.3,), (0.9,))",
    )
    numbers = np.asarray(groups)
    require(
        numbers.ndim == 1
        and numbers.size > 0
        and numbers.dtype.kind in "iu"
        and set(numbers.tolist()) == set(range(len(beta))),
        "`groups` must give each unit one of the groups, and each group a unit",
        f"{len(beta)} groups, {numbers.dtype} numbers of shape {numbers.shape}",
        f"Give whole numbers from 0 to {len(beta) - 1}, such as `assigned_groups` makes",
    )


def _require_variance(name: str, value: float) -> None:
    require(
        bool(np.isfinite(value)) and value >= 0,
        f"`{name}` must be a variance",
        value,
        "Give a finite number from 0",
    )
