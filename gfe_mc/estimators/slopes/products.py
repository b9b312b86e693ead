"""What every estimator of slopes by groups shares: cross-products in, a fit out.

The model is y_it = mu_i + x_it'beta_i + v_it with a fixed effect for each unit, which deviations
from unit means take out, of the periods in which the unit is observed. Each slope is the same
within a group, common to all units, or a unit's own. After one pass over the panel only the
cross-products of each unit are used, so that gaps change nothing but these and their numbers of
observations. They are computed once a panel, for all estimators that ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, is_number, keep_whole, require
from gfe_mc.estimators.profiles.design import clear
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.profiles.stack import LEAST_SQUARES, MOST_SQUARES
from gfe_mc.estimators.slopes.memory import Memory
from gfe_mc.fit import Model, SlopeFit, Status
from gfe_mc.kernels.slopes.products import (
    COLLINEAR,
    Slopes,
    empty_slopes,
    regroup_slopes,
    series_products,
    total_floor,
    unit_products,
    unit_ssr_all,
)
from gfe_mc.kernels.slopes.units import solve_units, take_out

EXPLAINED = 1e-12
"""What is left of a regressor's variation, as a share, where others explain it but for rounding."""
ROUNDED, COMPUTED = 1e-14, 1e-13
"""Values that differ by less than this share of them are the same, rounded; or computed, so that a
regressor in which they are is constant."""


class UnitProducts(NamedTuple):
    """A panel as the kernels of slopes read it; shared, and not to be written to."""

    products: np.ndarray
    """(N, D, D) of the regressors with group-specific slopes, those with common ones, and y."""
    own: int
    """Number of group-specific slopes."""
    columns: np.ndarray
    """(D - 1,) the panel's number of each regressor."""
    individual: np.ndarray
    """The panel's numbers of the regressors whose slopes are a unit's own."""
    on_others: np.ndarray
    """(N, number of them, D) slopes of the series of `products` on those regressors."""
    n_periods: int
    """T."""
    observations: np.ndarray
    """(N,) T_i, periods in which each unit is observed: T without gaps."""

    @property
    def size(self) -> int:
        """Number of observations: N T without gaps."""
        return int(self.observations.sum())

    @property
    def mean_periods(self) -> float:
        """Observations of a unit, on average: T without gaps, exactly."""
        return self.size / len(self.observations)


@dataclass(frozen=True)
class MinimumSize:
    """Minimum size of a group, in units: the larger of a number and a share.

    Parameters
    ----------
    units : int, default 10
        The number of units.
    share : float, default 0.1
        The share, from 0 to 0.5, of the units that are split.

    References
    ----------
    Lin and Ng (2011), section 3: max(10, 0.1 N).

    Examples
    --------
    >>> from gfe_mc import CKMeans, MinimumSize
    >>> MinimumSize().of(60), MinimumSize().of(300)  # the larger of ten units and a tenth of them
    (10, 30)
    >>> estimator = CKMeans(groups=3, minimum=MinimumSize(units=2, share=0.0))
    >>> estimator.minimum.of(60)
    2
    """

    units: int = 10
    share: float = 0.1

    def __post_init__(self) -> None:
        keep_whole(self, units=1)
        require(
            is_number(self.share) and 0 <= self.share <= 0.5,
            "`share` must be a share",
            repr(self.share),
            "Give 0 to 0.5",
        )

    def of(self, n_units: int) -> int:
        """Return the fewest units of a group where so many are split."""
        # Rounding must not turn 0.07 * 100 into more than 7.
        return max(self.units, int(np.ceil(self.share * n_units - 1e-9)))


def unit_cross_products(
    panel: Panel, who: str, common: tuple[str, ...] = (), individual: tuple[str, ...] = ()
) -> UnitProducts:
    """Compute the cross-products of each unit, in one pass over the panel.

    Parameters
    ----------
    panel : Panel
        The panel, which may have gaps.
    who : str
        The estimator, for messages.
    common, individual : tuple of str, default ()
        Names of the regressors with common slopes, and with slopes of each unit's own; all
        others have group-specific slopes.

    Raises
    ------
    InputError
        The panel has no regressors, or one that does not vary over time; a name is no regressor
        of it; or a unit is observed in too few periods for its effect and slopes of its own.
    """
    n_slopes = panel.shape[2]
    names = list(panel.regressors)
    require(n_slopes > 0, f"{who} needs regressors", "none", "Name at least one")
    unknown = [name for name in (*common, *individual) if name not in names]
    require(
        not unknown and len({*common, *individual}) == len(common) + len(individual),
        "`common` and `individual` must be different regressors of the panel",
        f"common {list(common)}, individual {list(individual)}",
        f"Give some of {', '.join(names)}, each once",
    )
    other = [k for k, name in enumerate(names) if name not in (*common, *individual)]
    columns = np.array([*other, *(names.index(name) for name in common)], np.int64)
    alone = np.array([names.index(name) for name in individual], np.int64)
    _require_periods(panel, len(alone))
    return _ARRANGED.of(
        panel, (common, individual), lambda: _arranged(panel, columns, len(other), alone)
    )


_PRODUCTS: Memory[np.ndarray] = Memory()
"""(N, K + 1, K + 1) cross-products of all series of a panel, the outcome last."""
_ARRANGED: Memory[UnitProducts] = Memory()
_ESTIMATES: Memory[np.ndarray] = Memory()
"""(N, D - 1) slopes of each unit alone, on the regressors of its `UnitProducts`."""


def _require_periods(panel: Panel, n_slopes: int) -> None:
    """Refuse units that their effects and slopes of their own would explain altogether."""
    if panel.balanced:
        require(
            panel.shape[1] > n_slopes + 1,
            "There must be more periods than slopes of a unit's own, and one",
            f"{panel.shape[1]} periods for {n_slopes} slopes",
            "Give more periods or fewer such slopes",
        )
        return
    least = n_slopes + 2
    require_observations(
        panel, least, f"Every unit must be observed in {least} periods", "Leave them out"
    )


def require_observations(panel: Panel, least: int, wrong: str, remedy: str) -> None:
    """Refuse a panel with gaps in which a unit is observed in fewer periods; it is named."""
    number = panel.observed.sum(axis=1)
    few = np.flatnonzero(number < least)
    if len(few):
        i = int(few[0])
        raise InputError(
            wrong,
            f"{len(few)} units that are in fewer, the first {panel.units[i]} in {number[i]}",
            remedy,
        )


def _products(panel: Panel) -> np.ndarray:
    """Compute the cross-products of all series, and refuse those that cannot be used."""
    n_series = panel.shape[2] + 1
    products = np.empty((panel.shape[0], n_series, n_series))
    if panel.balanced:
        unit_products(panel.y, panel.x, products)
    else:
        series = np.concatenate([panel.x, panel.y[:, :, None]], axis=2).transpose(0, 2, 1).copy()
        with np.errstate(over="ignore", invalid="ignore"):  # The next lines refuse it.
            clear(series, panel.observed, unit_effects=True)
            series_products(series, products)
    _require_variation(panel, products)
    _require_digits(panel, products)
    return products


def _arranged(panel: Panel, columns: np.ndarray, own: int, alone: np.ndarray) -> UnitProducts:
    """Put regressors in order, and take out those with slopes of a unit's own."""
    _, n_periods, n_slopes = panel.shape
    products = _PRODUCTS.of(panel, None, lambda: _products(panel))
    order = np.array([*columns, n_slopes])
    kept = np.ascontiguousarray(products[:, order[:, None], order])
    on_others = np.zeros((len(kept), len(alone), len(order)))
    if len(alone):
        between = products[:, alone[:, None], order]
        on_others = _solve_units(panel, products[:, alone[:, None], alone], between, alone)
        before = _variation(kept)
        take_out(between, on_others, kept)
        # What rounding leaves of a regressor that the others explain is no variation.
        gone = _variation(kept) <= COLLINEAR * before
        gone[:, -1] = False
        _require_apart(panel, columns, gone & (_variation(kept) > EXPLAINED * before))
        kept[gone] = 0.0
        kept.transpose(0, 2, 1)[gone] = 0.0
    observations = panel.observed.sum(axis=1).astype(np.int64)
    return UnitProducts(kept, own, columns, alone, on_others, n_periods, observations)


def _variation(products: np.ndarray) -> np.ndarray:
    """Return the sums of squares (N, D) of each unit's series."""
    return np.diagonal(products, axis1=1, axis2=2).copy()


def _require_variation(panel: Panel, products: np.ndarray) -> None:
    """Refuse regressors that are constant over time in every unit, and what cannot be squared."""
    variation = _variation(products).sum(axis=0)
    for k, name in enumerate((*panel.regressors, panel.outcome)):
        require(
            not 0 < variation[k] < LEAST_SQUARES and variation[k] < MOST_SQUARES,
            f"The squares of `{name}` must be numbers that the computer can hold",
            f"values whose squares about unit means add up to {variation[k]:.3g}",
            "Measure it in another unit",
        )
    flat = variation[:-1] == 0.0
    require(
        not flat.any(),
        "Every regressor must vary over time",
        f"{', '.join(np.array(panel.regressors)[flat])}, constant in every unit",
        "Leave it out: the fixed effects of units absorb it",
    )


def _require_apart(panel: Panel, columns: np.ndarray, lost: np.ndarray) -> None:
    """Refuse what would count as explained by a unit's own slopes, and is not but for rounding.

    `lost` is (N, D), the last series being the outcome.
    """
    units, series = np.nonzero(lost)
    if len(units):
        raise InputError(
            "Regressors must differ from those with slopes of a unit's own by more than rounding",
            f"{len(set(units.tolist()))} units in which they do not, the first "
            f"{panel.units[int(units[0])]}, where {panel.regressors[columns[series[0]]]} does not",
            "Leave one of them out",
        )


def _require_digits(panel: Panel, products: np.ndarray) -> None:
    """Refuse what varies over time in a unit, but so little that it counts as constant.

    What rounding leaves of a constant is no variation; but what is more than rounding is data, and
    would be lost.
    """
    n_slopes = panel.shape[2]
    for k, name in enumerate((*panel.regressors, panel.outcome)):
        flat = np.flatnonzero(products[:, k, k] == 0.0)
        values = panel.y[flat] if k == n_slopes else panel.x[flat, :, k]
        if not panel.balanced:
            # What is not observed is as a period that is.
            seen = panel.observed[flat]
            values = np.where(seen, values, values[np.arange(len(flat)), seen.argmax(axis=1), None])
        spread, level = np.ptp(values, axis=1), np.abs(values).max(axis=1)
        lost = spread > (ROUNDED if k == n_slopes else COMPUTED) * level
        if lost.any():
            raise InputError(
                f"`{name}` must vary by more than rounding beside its level",
                f"{int(lost.sum())} units in which it does not, the first "
                f"{panel.units[int(flat[np.argmax(lost)])]}, with values of "
                f"{level[lost][0]:.3g} that differ by {spread[lost][0]:.3g}",
                "Subtract a level, such as each unit's: unit effects absorb it",
            )


def _solve_units(
    panel: Panel, matrices: np.ndarray, sides: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Solve each unit's normal equations, (N, k, k) and (N, k, m); refuses singular ones."""
    solutions, sound = np.empty(sides.shape), np.empty(len(sides), np.bool_)
    solve_units(
        np.ascontiguousarray(matrices), np.ascontiguousarray(sides), COLLINEAR, solutions, sound
    )
    if not sound.all():
        names = ", ".join(panel.regressors[k] for k in columns)
        raise InputError(
            "Every regressor with slopes of a unit's own must vary over time, given the others",
            f"{int((~sound).sum())} units where {names} do not, the first "
            f"{panel.units[int(np.argmin(sound))]}",
            "Leave those units or regressors out",
        )
    return solutions


def require_group_specific(panel: Panel, data: UnitProducts, who: str) -> None:
    """Refuse groups that no slope tells apart."""
    require(
        data.own > 0,
        f"{who} needs a regressor with group-specific slopes",
        f"{len(data.columns)} common slopes and {len(data.individual)} of each unit's own",
        f"Leave one of {', '.join(panel.regressors)} out of `common` and `individual`",
    )


def require_minimum(minimum: object) -> None:
    """Refuse what is no minimum size."""
    require(
        isinstance(minimum, MinimumSize),
        "`minimum` must be a minimum size",
        repr(minimum),
        "Give MinimumSize(units, share)",
    )


def own_estimates(panel: Panel, data: UnitProducts, who: str) -> np.ndarray:
    """Estimate by least squares in each unit: the slopes on the regressors of `data`, (N, D - 1).

    The group-specific ones are the first `own`. They are shared, and not to be written to.

    Raises
    ------
    InputError
        No more than K + 1 periods of a unit, or one in which a regressor does not vary, given
        others.
    """
    n_slopes = panel.shape[2]
    wrong = f"{who} estimates every unit alone, from more than K + 1 periods"
    instead = "choose what needs no such estimates: CKMeans, the BIC"
    require(
        data.n_periods > n_slopes + 1,
        wrong,
        f"{data.n_periods} periods for {n_slopes} regressors",
        f"Give more periods or fewer regressors, or {instead}",
    )
    require_observations(panel, n_slopes + 2, wrong, f"Leave them out, or {instead}")
    options = data.own, tuple(data.columns.tolist())

    def compute() -> np.ndarray:
        last = len(data.columns)
        inner, sides = data.products[:, :last, :last], data.products[:, :last, last:]
        return np.ascontiguousarray(_solve_units(panel, inner, sides, data.columns)[:, :, 0])

    return _ESTIMATES.of(panel, options, compute)


def room(data: UnitProducts, n_groups: int) -> Slopes:
    """Return room for a grouping of these units."""
    n_units, n_series, _ = data.products.shape
    now = empty_slopes(n_units, n_groups, n_series - 1, data.own)
    total_floor(data.products, data.own, now.floor)
    return now


def fit_groups(
    panel: Panel,
    data: UnitProducts,
    groups: np.ndarray,
    n_groups: int,
    estimator: object = None,
) -> SlopeFit:
    """Estimate the slopes of given groups (N,); groups are numbered by first appearance.

    Every group must have a unit. The fit is said to be one by `estimator`.
    """
    labels, _ = by_first_appearance(groups, n_groups)
    now = room(data, n_groups)
    objective = regroup_slopes(data.products, labels, data.own, now)
    n_units, _, n_slopes = panel.shape
    ssr = np.empty(n_units)
    unit_ssr_all(data.products, now.groups, now.beta, ssr)
    beta = np.full((n_groups, n_slopes), np.nan)
    beta[:, data.columns] = now.beta
    unit_slopes = beta[labels]
    for j, k in enumerate(data.individual):
        # Own slopes: of y on these regressors, less what the others explain of it.
        explained = np.zeros(n_units)
        for d in range(len(data.columns)):
            explained += data.on_others[:, j, d] * now.beta[labels, d]
        unit_slopes[:, k] = data.on_others[:, j, -1] - explained
    pivots = _variation(now.factors)[:, : data.own]
    common = np.diag(now.factor)[:-1]
    status = Status.SUCCESS
    if (pivots == 0.0).any() or (common == 0.0).any():
        status, unit_slopes[:], beta[:] = Status.COLLINEAR, np.nan, np.nan
    return SlopeFit(
        theta=unit_slopes.mean(axis=0),
        groups=labels,
        objective=objective,
        status=status,
        beta=beta,
        unit_slopes=unit_slopes,
        group_objectives=np.bincount(labels, ssr, n_groups),
        model=Model(
            unit_effects=True,
            group_slopes=_names(panel, data.columns[: data.own]),
            unit_slopes=_names(panel, data.individual),
        ),
        estimator=estimator,
    )


def _names(panel: Panel, columns: np.ndarray) -> tuple[str, ...]:
    return tuple(str(panel.regressors[k]) for k in columns)


def require_room(n_units: int, n_groups: int, minimum: MinimumSize) -> int:
    """Return the fewest units of a group; raises `InputError` if the groups cannot all have so."""
    fewest = minimum.of(n_units)
    require(
        n_groups == 1 or n_groups * fewest <= n_units,
        "Every group must have its fewest units",
        f"{n_groups} groups of at least {fewest} for {n_units} units",
        f"Give at most {max(n_units // fewest, 1)} groups, or another minimum",
    )
    return fewest if n_groups > 1 else 1
