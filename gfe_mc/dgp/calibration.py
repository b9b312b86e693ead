"""A fitted model turned into the parameters of a data generating process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from gfe_mc.canonical import LATER
from gfe_mc.data.panel import Panel
from gfe_mc.dgp.parts import apportioned
from gfe_mc.errors import InputError, require, require_one_of, require_whole
from gfe_mc.fit import Fit, MixtureFit, Model, Status
from gfe_mc.kernels.linear import multiply

DIVISORS: dict[str, Callable[[int, int, int, int], int]] = {
    "NT": lambda n, t, g, k: n * t,  # noqa: ARG005
    "NT-GT-K": lambda n, t, g, k: n * t - g * t - k,
    "NT-GT-N-K": lambda n, t, g, k: n * t - g * t - n - k,
}
"""What the sum of squared residuals may be divided by, as functions of N, T, G and K."""
_FURTHER = ("beta", "mu", "observed")


@dataclass(frozen=True, eq=False)
class Calibration:
    """Parameters of y_it = x_it'theta + alpha_{g_i t} + v_it, as estimated from a panel.

    With the further parts that a fit has: unit effects, slopes by group, profiles on a time basis
    (which are profiles like any others), levels within groups (which units have as their effects),
    and the panel's gaps. Of a fit with factors every unit is a group, whose profile is its own.

    Attributes
    ----------
    theta : (K,) array
        Slopes.
    alpha : (G, T) array
        Group profiles.
    groups : (N,) array
        Group of each unit.
    error_variance : float
        Variance of v_it.
    residuals : (N, T) array
        Residuals of the fit, as they are.
    x : (N, T, K) array
        Regressors. The values of a lagged outcome are not used.
    initial : (N,) array
        Outcome of each unit in the period before the first.
    lag : int or None
        Which regressor is the outcome of the period before; None in a static model.
    regressors : tuple of str
        Names of the regressors.
    source : str, default ""
        Where the estimates come from.
    synthetic : bool, default False
        Whether the regressors were drawn from estimated moments rather than observed.
    beta : (G, K) array, optional
        Slopes of each group, where they differ.
    mu : (N,) array, optional
        Unit effects, or levels within groups.
    observed : (N, T) bool array, optional
        Which cells are observed, where not all are.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, calibrate
    >>> panel = GroupedEffects(20, 6, 2, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> calibration = calibrate(panel, GFE(groups=2).fit(panel, np.random.default_rng(0)))
    >>> calibration.n_groups, calibration.x.shape
    (2, (20, 6, 1))
    >>> larger = calibration.with_units(100, np.random.default_rng(1)).with_periods(12)
    >>> larger.x.shape, np.bincount(larger.groups)  # every group keeps its share
    ((100, 12, 1), array([50, 50]))
    """

    theta: np.ndarray
    alpha: np.ndarray
    groups: np.ndarray
    error_variance: float
    residuals: np.ndarray
    x: np.ndarray
    initial: np.ndarray
    lag: int | None
    regressors: tuple[str, ...] = field(compare=False)
    source: str = field(default="", compare=False)
    synthetic: bool = field(default=False, compare=False)
    beta: np.ndarray | None = field(default=None, metadata=LATER)
    mu: np.ndarray | None = field(default=None, metadata=LATER)
    observed: np.ndarray | None = field(default=None, metadata=LATER)

    def __post_init__(self) -> None:
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            if isinstance(value, np.ndarray):
                value = value.copy()
                value.flags.writeable = False
                object.__setattr__(self, parameter.name, value)

    @property
    def n_groups(self) -> int:
        """G."""
        return int(self.alpha.shape[0])

    def with_units(self, n_units: int, rng: np.random.Generator) -> Calibration:
        """Return the same parameters for another number of units.

        Units are resampled within groups: every group keeps its share of the units (at least
        one), a group that grows consists of whole copies of its members and a random remainder,
        a group that shrinks of a random part of them.

        Parameters
        ----------
        n_units : int
            Number of units wanted, at least the number of groups.
        rng : numpy.random.Generator
            Source of the remainders.
        """
        require_whole("n_units", n_units, self.n_groups)
        sizes = np.bincount(self.groups, minlength=self.n_groups)
        wanted = _shares(sizes, n_units)
        chosen = []
        for g, size in enumerate(wanted):
            members = np.flatnonzero(self.groups == g)
            copies, remainder = divmod(int(size), len(members))
            chosen += [np.tile(members, copies), rng.choice(members, remainder, replace=False)]
        units = np.sort(np.concatenate(chosen))
        return replace(
            self,
            groups=self.groups[units],
            residuals=self.residuals[units],
            x=self.x[units],
            initial=self.initial[units],
            mu=None if self.mu is None else self.mu[units],
            observed=None if self.observed is None else self.observed[units],
        )

    def with_periods(self, n_periods: int) -> Calibration:
        """Return the same parameters for another number of periods.

        Of fewer periods they are the first ones. Further periods run back from the last one to the
        first, and forth again: profiles and regressors have no breaks then that they do not have in
        the data, and keep their means where each period is there equally often.

        Parameters
        ----------
        n_periods : int
            Number of periods wanted, from 1.

        Raises
        ------
        InputError
            More periods than there are of a panel with gaps: back in time, what was observed before
            a gap comes after it.
        """
        require_whole("n_periods", n_periods, 1)
        own = self.alpha.shape[1]
        require(
            self.observed is None or n_periods <= own,
            "A calibration with gaps has no more periods than its panel",
            f"{n_periods} periods of {own}",
            f"Give at most {own}, or calibrate to a balanced panel",
        )
        there = np.arange(n_periods) % (2 * own)
        there = np.where(there < own, there, 2 * own - 1 - there)
        return replace(
            self,
            alpha=self.alpha[:, there],
            residuals=self.residuals[:, there],
            x=self.x[:, there],
            observed=None if self.observed is None else self.observed[:, there],
        )

    def save(self, path: str | Path) -> None:
        """Write the calibration to a file (NumPy's .npz).

        Parameters
        ----------
        path : str or Path
            The file, overwritten if it is there.
        """
        with Path(path).open("wb") as file:
            values = {f.name: getattr(self, f.name) for f in fields(self)}
            values = {name: value for name, value in values.items() if value is not None}
            values["lag"] = -1 if self.lag is None else self.lag
            np.savez(file, **values)

    @classmethod
    def load(cls, path: str | Path) -> Calibration:
        """Read a calibration that `save` wrote.

        Parameters
        ----------
        path : str or Path
            The file.

        Raises
        ------
        InputError
            The file cannot be read, or holds no calibration.
        """
        try:
            with Path(path).open("rb") as file, np.load(file) as stored:
                further = [name for name in _FURTHER if name in stored]
                names = [f.name for f in fields(cls) if f.name not in _FURTHER]
                values = {name: stored[name] for name in (*names, *further)}
        except Exception as error:  # a file that is none fails in many ways
            raise InputError(
                "The file must hold a calibration", f"{path}: {error}", "Write one with `save`"
            ) from None
        return cls(
            theta=values["theta"],
            alpha=values["alpha"],
            groups=values["groups"],
            error_variance=float(values["error_variance"]),
            residuals=values["residuals"],
            x=values["x"],
            initial=values["initial"],
            lag=None if values["lag"] < 0 else int(values["lag"]),
            regressors=tuple(values["regressors"].tolist()),
            source=str(values["source"]),
            synthetic=bool(values["synthetic"]),
            **{name: values[name] for name in _FURTHER if name in values},
        )


def calibrate(
    panel: Panel,
    fit: Fit,
    *,
    lag: str | None = None,
    divisor: str = "NT-GT-N-K",
    source: str = "",
) -> Calibration:
    """Turn a fit into the parameters of a data generating process.

    Parameters
    ----------
    panel : Panel
        The panel.
    fit : Fit
        A fit of it with profiles of groups over time, as by `GFE`; with factors, as by
        `InteractiveFixedEffects`; or of a `Mixture` with one variance, whose components are groups
        then, each unit in the one that is likeliest.
    lag : str, optional
        Name of the regressor that is the outcome of the period before, if there is one.
    divisor : str, default "NT-GT-N-K"
        What the sum of squared residuals is divided by to give the error variance: "NT",
        "NT-GT-K" or "NT-GT-N-K" (Bonhomme and Manresa 2012, footnote 30). Where there are gaps NT
        is the number of observations; with a time basis GT is that of its coefficients, with slopes
        by group K that of all slopes, and with unit effects GT is less by G. Levels within groups
        are counted as well, one less than there are in each group. Of r factors, GT + N is
        r (N + T - r), the number of parameters of factors and loadings. The error variance of a
        mixture is its own estimate, without a divisor.
    source : str, default ""
        Where the panel comes from.

    Raises
    ------
    InputError
        An unknown divisor, no degrees of freedom, a fit that failed, an unknown lag, or one
        that is not the outcome of the period before.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, calibrate
    >>> panel = GroupedEffects(20, 6, 2, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=2).fit(panel, np.random.default_rng(0))
    >>> freedom = 20 * 6 - 2 * 6 - 20 - 1  # NT - GT - N - K
    >>> np.isclose(calibrate(panel, fit).error_variance, fit.objective / freedom).item()
    True
    >>> np.isclose(calibrate(panel, fit, divisor="NT").error_variance, fit.objective / 120).item()
    True
    """
    require_one_of("divisor", divisor, DIVISORS)
    if fit.status == Status.SUCCESS and (fit.model.factors or fit.model.mixture):
        return _of_another_kind(panel, fit, lag, divisor, source)
    if fit.status != Status.SUCCESS or fit.alpha is None or fit.groups is None:
        raise InputError(
            "A calibration needs a fit with groups that succeeded",
            fit.status.message if fit.status else "a fit without groups",
            "Fit the panel again, with another search or fewer groups",
        )
    model = fit.model
    require(
        model.profiles and not (model.unit_slopes or model.soft or model.loss),
        "A calibration is of groups with profiles over time",
        f"a fit of {fit.description}",
        "Fit the panel with GFE",
    )
    n_units = panel.shape[0]
    freedom = _freedom(panel, fit, divisor)
    _require_freedom(freedom, panel, divisor, f"G={fit.alpha.shape[0]}", "groups")
    column = None if lag is None else _lag_column(panel, lag)
    residuals = _own_residuals(panel, fit)
    other = model.prior or model.criterion
    squares = float((residuals**2).sum()) if other else fit.objective
    return Calibration(
        theta=fit.theta,
        alpha=fit.alpha,
        groups=fit.groups,
        error_variance=squares / freedom,
        residuals=residuals,
        x=panel.x,
        initial=np.zeros(n_units) if column is None else panel.x[:, 0, column],
        lag=column,
        regressors=panel.regressors,
        source=source,
        beta=fit.beta if model.group_slopes else None,
        mu=_levels(fit) if model.levels else fit.mu,
        observed=None if panel.balanced else panel.observed,
    )


def residuals_at(
    panel: Panel,
    theta: np.ndarray,
    alpha: np.ndarray,
    groups: np.ndarray,
    mu: np.ndarray | None = None,
) -> np.ndarray:
    """Residuals (N, T) of a panel, zero in gaps.

    Parameters
    ----------
    panel : Panel
        The panel.
    theta : (K,) array
        Slopes.
    alpha : (G, T) array
        Profiles.
    groups : (N,) array
        Group of each unit.
    mu : (N,) array, optional
        Unit effects.
    """
    residuals = panel.y - alpha[groups]
    for k, slope in enumerate(theta):  # the same bits on every machine
        residuals -= slope * panel.x[:, :, k]
    if mu is not None:
        residuals -= mu[:, None]
    return np.where(panel.observed, residuals, 0.0)


def _require_freedom(freedom: int, panel: Panel, divisor: str, fitted: str, fewer: str) -> None:
    """Refuse a divisor that is not positive."""
    n_units, n_periods, n_regressors = panel.shape
    require(
        freedom > 0,
        f"The divisor {divisor} must be positive",
        f"{freedom} with N={n_units}, T={n_periods}, {fitted}, K={n_regressors}",
        f"Use fewer {fewer} or another divisor",
    )


def _of_another_kind(
    panel: Panel, fit: Fit, lag: str | None, divisor: str, source: str
) -> Calibration:
    """Calibrate to a fit with factors, or to a mixture."""
    if fit.factors is not None and fit.loadings is not None:
        groups = np.arange(len(fit.loadings))
        alpha = multiply(fit.loadings, np.ascontiguousarray(fit.factors.T))
    else:
        assert isinstance(fit, MixtureFit)
        require(
            fit.variance == "common",
            "A calibration has one error variance",
            "a mixture with variances by group",
            'Fit the panel with variance="common"',
        )
        groups, alpha = fit.groups, fit.alpha
    require(
        panel.shape == (len(groups), alpha.shape[1], len(fit.theta)),
        "The fit must be one of this panel",
        f"one of {len(groups)} units, {alpha.shape[1]} periods and {len(fit.theta)} regressors",
        "Give the panel that was fitted",
    )
    residuals = residuals_at(panel, fit.theta, alpha, groups, fit.mu)
    column = None if lag is None else _lag_column(panel, lag)
    return Calibration(
        theta=fit.theta,
        alpha=alpha,
        groups=groups,
        error_variance=(
            float(fit.sigma2[0])
            if isinstance(fit, MixtureFit)
            else _factor_variance(panel, fit, residuals, divisor)
        ),
        residuals=residuals,
        x=panel.x,
        initial=np.zeros(len(groups)) if column is None else panel.x[:, 0, column],
        lag=column,
        regressors=panel.regressors,
        source=source,
        mu=fit.mu,
        observed=None if panel.balanced else panel.observed,
    )


def _factor_variance(panel: Panel, fit: Fit, residuals: np.ndarray, divisor: str) -> float:
    """Error variance of a fit with factors, which must be one of this panel."""
    _require_of_panel(abs(float((residuals**2).sum()) - fit.objective), fit)
    n_units, n_periods, n_slopes = panel.shape
    n_factors = fit.model.factors
    taken = {
        "NT": 0,
        "NT-GT-K": n_factors * (n_units + n_periods - n_factors) + n_slopes - n_units,
        "NT-GT-N-K": n_factors * (n_units + n_periods - n_factors) + n_slopes,
    }
    freedom = int(np.count_nonzero(panel.observed)) - taken[divisor]
    _require_freedom(freedom, panel, divisor, f"{n_factors} factors", "factors")
    return fit.objective / freedom


def _freedom(panel: Panel, fit: Fit, divisor: str) -> int:
    """What the sum of squared residuals is divided by."""
    model, (n_units, n_periods, n_slopes) = fit.model, panel.shape
    n_groups = fit.n_groups or 0
    if model == Model(profiles=True) and panel.balanced:
        return DIVISORS[divisor](n_units, n_periods, n_groups, n_slopes)
    size, taken = int(np.count_nonzero(panel.observed)), 0
    if divisor != "NT":
        assert fit.alpha is not None
        effects = int(np.isfinite(fit.alpha).sum())
        if fit.patterns is not None:
            effects = fit.patterns.size
        effects -= n_groups if model.unit_effects else 0
        effects += sum(model.levels) - len(model.levels)
        own = len(model.group_slopes)
        taken = effects + n_slopes - own + n_groups * own
    return size - taken - (n_units if divisor == "NT-GT-N-K" else 0)


def _levels(fit: Fit) -> np.ndarray:
    """Level (N,) of each unit within its group."""
    assert fit.eta is not None
    return np.asarray(fit.eta[fit.groups, fit.secondary])


def _own_residuals(panel: Panel, fit: Fit) -> np.ndarray:
    """Residuals (N, T) of a fit, which must be one of this panel."""
    try:
        residuals = fit.residuals(panel)
        gap = 0.0
        if not (fit.model.prior or fit.model.criterion):
            gap = abs(float((residuals**2).sum()) - fit.objective)
    except (IndexError, ValueError):
        gap = np.inf
    _require_of_panel(gap if len(fit.theta) == len(panel.regressors) else np.inf, fit)
    return residuals


def _require_of_panel(gap: float, fit: Fit) -> None:
    """Refuse a fit whose objective is not the sum of squared residuals, but for a gap."""
    require(
        gap <= 1e-6 * fit.objective + 1e-12,
        "The fit must be one of this panel",
        f"a sum of squared residuals that is {gap:.3g} from the fit's objective",
        "Give the panel that was fitted",
    )


def _lag_column(panel: Panel, lag: str) -> int:
    require(
        lag in panel.regressors,
        "The lagged outcome must be one of the regressors",
        lag,
        f"Give one of {', '.join(panel.regressors)}",
    )
    column = panel.regressors.index(lag)
    both = panel.observed[:, 1:] & panel.observed[:, :-1]
    gap = np.abs((panel.x[:, 1:, column] - panel.y[:, :-1])[both]).max(initial=0.0)
    require(
        gap <= 1e-5 * np.ptp(panel.y[panel.observed]),
        f"`{lag}` must be {panel.outcome} of the period before",
        f"a difference of {gap:.3g}",
        "Name the right regressor, or none for a static model",
    )
    return column


def _shares(sizes: np.ndarray, n_units: int) -> np.ndarray:
    """Apportion units to groups by largest remainders, at least one each."""
    shares = apportioned(n_units, sizes)
    while (shares == 0).any():
        shares[np.argmin(shares)] += 1
        shares[np.argmax(shares)] -= 1
    return shares
