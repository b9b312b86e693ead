"""The searches for the coefficients that minimise the fuzzy clustering objective.

A search is a frozen dataclass of options. Each leaves its best coefficients in place and says what
the objective is there, how many starts met it, how many there were, and whether it settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.optimize import minimize

from gfe_mc.errors import LARGEST, is_number, keep_whole, require
from gfe_mc.estimators.fuzzy.gaps import GapsProblem
from gfe_mc.estimators.profiles.search import Found
from gfe_mc.kernels.best import SAME
from gfe_mc.kernels.fuzzy.anneal import anneal
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.fuzzy.descend import descend_fuzzy, place_units
from gfe_mc.kernels.fuzzy.gradient import fuzzy_gradient, unpack
from gfe_mc.kernels.fuzzy.products import evolve_products
from gfe_mc.kernels.slopes.pull import no_pull


class FuzzyProblem(NamedTuple):
    """What a search works on."""

    data: FuzzyData
    """The panel, as the kernels read it."""
    m: float
    """Regularization parameter."""
    slopes: np.ndarray
    """(2, K) means and standard deviations of starting slopes."""
    levels: np.ndarray
    """(T,) what was taken out of y, less the starting slopes times what was of the regressors."""
    now: Fuzzy
    """Where the best coefficients are to be left."""

    def minimum(self, alpha: np.ndarray, beta: np.ndarray) -> tuple[float, bool]:
        """Put coefficients in place and settle there by weighted least squares."""
        self.now.alpha[:], self.now.beta[:] = alpha, beta
        return descend_fuzzy(self.data, self.m, 1e-13, 1000, self.now)


class FuzzySearch(Protocol):
    """Search for the least fuzzy clustering objective: any object with this method."""

    def run(self, problem: FuzzyProblem, rng: np.random.Generator) -> Found:
        """Search, and leave the best coefficients in `problem.now`."""
        ...


@dataclass(frozen=True)
class Annealing:
    """Annealing: weighted least squares and memberships in turn, while m falls to that asked for.

    Every step lowers the objective at its m, or leaves it. Far from 1 the objective has few local
    minima; as m falls, groups part. Starts are effects of random units.

    Parameters
    ----------
    starts : int, default 1000
        Number of random starts.
    schedule : tuple of float, default (1.1, 1.01)
        Values of m on the way, falling; those that are not above the m asked for are left out.
    hits : int, default 20
        The search ends once this many starts met the best objective; 0 for never.
    limit : int, default 1000
        Most iterations at each m.

    References
    ----------
    The iteration is that of fuzzy C-means (Bezdek 1981), with regressors; that it never raises
    the objective follows as each half minimises over one block. Annealing m is added here.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import FCR, Annealing, Panel
    >>> panel = Panel.from_arrays([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9], [2.5, 3.5]])
    >>> search = Annealing(schedule=(2.0, 1.5, 1.1), hits=5)
    >>> fit = FCR(groups=2, m=1.05, search=search).fit(panel, np.random.default_rng(0))
    >>> fit.n_best, fit.memberships[:4].round(6)
    (5, array([[1., 0.],
           [1., 0.],
           [0., 1.],
           [0., 1.]]))
    """

    starts: int = 1000
    schedule: tuple[float, ...] = (1.1, 1.01)
    hits: int = 20
    limit: int = 1000

    def __post_init__(self) -> None:
        keep_whole(self, starts=1, hits=0, limit=1)
        require_schedule(self.schedule)

    def run(self, problem: FuzzyProblem, rng: np.random.Generator) -> Found:
        """Search; a try is a start."""
        data, m, slopes, _, now = problem
        steps = schedule_to(m, self.schedule)
        slope, spread = slopes
        objective, n_best, n_starts, settled = anneal(
            data,
            steps,
            self.starts,
            self.hits,
            1e-10,
            self.limit,
            rng,
            slope,
            spread,
            now,
        )
        return Found(objective, n_best, n_starts, settled)

    def run_gaps(self, problem: GapsProblem, rng: np.random.Generator) -> Found:
        """Search on cross-products, from coefficients near random units; a try is a start."""
        return evolve_gaps(problem, self.schedule, self.starts, 0, self.hits, self.limit, rng)


@dataclass(frozen=True)
class DirectMinimization:
    """Quasi-Newton minimisation of the objective from many starts, with exact derivatives.

    Parameters
    ----------
    starts : int, default 1000
        Number of starts: effects of random units.
    tolerance : float, default 1e-8
        A minimisation ends when an iteration lowers the objective by less than this share of the
        outcome's sum of squares.
    limit : int, default 1000
        Most evaluations from one start.

    Notes
    -----
    SciPy's L-BFGS-B calls BLAS, which rounds as the processor does: which minimum a start ends at
    may depend on it.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), section 2.2: direct minimisation; here by
    L-BFGS-B of SciPy, with the gradient of their appendix C.1.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import FCR, DirectMinimization, FuzzyGenetic, Panel
    >>> panel = Panel.from_arrays([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9], [2.5, 3.5]])
    >>> fits = [
    ...     FCR(groups=2, m=2.0, search=search).fit(panel, np.random.default_rng(0))
    ...     for search in (DirectMinimization(starts=10), FuzzyGenetic())
    ... ]
    >>> [round(fit.objective, 3) for fit in fits]  # of the same minimum
    [8.083, 8.083]
    """

    starts: int = 1000
    tolerance: float = 1e-8
    limit: int = 1000

    def __post_init__(self) -> None:
        keep_whole(self, starts=1, limit=1)
        _require_tolerance(self.tolerance)

    def run(self, problem: FuzzyProblem, rng: np.random.Generator) -> Found:
        """Search; a try is a start. The best one is settled by weighted least squares."""
        data, m, slopes, _, now = problem
        gradient, units = np.zeros(_size(problem)), np.arange(len(data.rows))
        scale, steps = _scale(data), _steps(problem)

        def objective(scaled: np.ndarray) -> Any:
            value = fuzzy_gradient(data, m, scaled * steps, now, gradient)
            return value / scale, gradient * steps / scale

        ends = []
        options: Any = {"ftol": self.tolerance, "gtol": 0.0, "maxfun": self.limit}
        for _ in range(self.starts):
            place_units(data, rng, slopes[0], slopes[1], units, now)
            start = pack(now, data.own) / steps
            with np.errstate(over="ignore", invalid="ignore"):  # The status says it.
                end = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
            end.x *= steps
            ends.append(end)
        return _best(problem, ends, settle=True)


@dataclass(frozen=True)
class PaperProgram:
    """Search of the authors' program: early stops from starts below the data.

    Effects start uniform on (-1, 0), ordered in the first period, and slopes at pooled least
    squares. Derivatives are finite differences, and evaluations are limited, so that with many
    groups a minimisation makes but a few steps. The best end is returned as it is, not a minimum.

    Parameters
    ----------
    starts : int, default 1000
        Number of starts.
    evaluations : int, default 1000
        Most evaluations of the objective from one start, those for derivatives included.
    tolerance : float, default 1e-6
        A minimisation ends when an iteration lowers the objective by less than this share of the
        outcome's sum of squares.

    Notes
    -----
    The program minimises subject to effects being ordered in the first period; any minimum can be
    relabelled so, and here only starts are ordered. SciPy's L-BFGS-B calls BLAS, which rounds as
    the processor does: where a minimisation ends depends on it beyond `tolerance`.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), section 3.1, and their program.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import FCR, Panel, PaperProgram
    >>> panel = Panel.from_arrays([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9], [2.5, 3.5]])
    >>> search = PaperProgram(starts=10, evaluations=1000)
    >>> fit = FCR(groups=2, m=2.0, search=search).fit(panel, np.random.default_rng(0))
    >>> fit.n_tries, fit.memberships.round(1)[-1]
    (10, array([0.5, 0.5]))
    """

    starts: int = 1000
    evaluations: int = 1000
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        keep_whole(self, starts=1, evaluations=1)
        _require_tolerance(self.tolerance)

    def run(self, problem: FuzzyProblem, rng: np.random.Generator) -> Found:
        """Search; a try is a start."""
        data, m, slopes, levels, now = problem
        unused, scale = np.zeros(_size(problem)), _scale(data)

        def objective(parameters: np.ndarray) -> Any:
            return fuzzy_gradient(data, m, parameters, now, unused) / scale

        ends = []
        for _ in range(self.starts):
            effects = rng.uniform(-1.0, 0.0, now.alpha.shape) - levels
            now.alpha[:] = effects[np.argsort(effects[:, 0])]
            now.beta[:] = slopes[0]
            options: Any = {
                "ftol": self.tolerance,
                "gtol": 0.0,
                "maxfun": self.evaluations,  # SciPy counts those of finite differences too.
            }
            start = pack(now, data.own)
            with np.errstate(over="ignore", invalid="ignore"):  # The status says it.
                ends.append(minimize(objective, start, method="L-BFGS-B", options=options))
        return _best(problem, ends, settle=False)


def require_schedule(schedule: object) -> None:
    """Raise `InputError` unless values of m fall, and stay above 1."""
    listed = isinstance(schedule, tuple) and all(
        isinstance(m, float | int) and is_number(m) for m in schedule
    )
    falling = listed and list(schedule) == sorted(schedule, reverse=True)  # type: ignore[call-overload]
    require(
        falling and all(1 < m <= LARGEST for m in schedule),  # type: ignore[attr-defined]
        "`schedule` must fall, and stay above 1",
        str(schedule),
        "Give such as (1.1, 1.01), or ()",
    )


def schedule_to(m: float, schedule: tuple[float, ...]) -> np.ndarray:
    """Values of m on the way to the one asked for, which is the last."""
    return np.array([*[step for step in schedule if step > m], m])


def evolve_gaps(
    problem: GapsProblem,
    schedule: tuple[float, ...],
    population: int,
    patience: int,
    hits: int,
    limit: int,
    rng: np.random.Generator,
) -> Found:
    """Search on cross-products: anneal from so many starts, then improve children, if patient."""
    products, own, _, m, hard, now = problem
    steps = schedule_to(m, schedule)
    options = own, steps, population, patience, hits, 1e-10, limit
    return Found(*evolve_products(products, *options, rng, no_pull(), hard, now))


def _size(problem: FuzzyProblem) -> int:
    """Number of parameters P."""
    now, own = problem.now, problem.data.own
    return int(now.alpha.size + own * len(now.alpha) + now.beta.shape[1] - own)


def _steps(problem: FuzzyProblem) -> np.ndarray:
    """Natural units of the parameters (P,): the outcome's size, and its ratio to a regressor's."""
    squares, own = sums_of_squares(problem.data), problem.data.own
    sizes = np.sqrt(np.maximum(squares, np.finfo(np.float64).tiny))
    n_groups, n_periods = problem.now.alpha.shape
    effects = sizes[-1] / np.sqrt(len(problem.data.rows) * n_periods)
    ratios = sizes[-1] / sizes[:-1]
    specific = np.tile(ratios[:own], n_groups)
    return np.concatenate([np.full(n_groups * n_periods, effects), specific, ratios[own:]])


def sums_of_squares(data: FuzzyData) -> np.ndarray:
    """Compute the sum of squares of each series (D,)."""
    n_series, n_periods, _ = data.series.shape
    pairs = np.cumsum(np.arange(1, n_series + 1)) - 1  # Where the diagonal of a triangle is.
    return np.asarray(data.rows[:, n_series * n_periods + pairs].sum(axis=0))


def variation(data: FuzzyData) -> float:
    """Compute the sum of squares of the outcome, the unit in which objectives are minimised."""
    return max(float(sums_of_squares(data)[-1]), np.finfo(np.float64).tiny)


def pack(now: Fuzzy, own: int) -> np.ndarray:
    """Return the coefficients as parameters (P,): alpha, group-specific slopes, common ones."""
    return np.concatenate([now.alpha.ravel(), now.beta[:, :own].ravel(), now.beta[0, own:]])


def _best(problem: FuzzyProblem, ends: list[Any], *, settle: bool) -> Found:
    """Leave the best end in place; optionally at the minimum next to it."""
    values = np.array([_value(problem, end) for end in ends]) * _scale(problem.data)
    best = int(np.argmin(values))
    unpack(np.ascontiguousarray(ends[best].x), problem.data.own, problem.now)
    settled = bool(ends[best].success)
    objective = float(values[best])
    if settle:
        alpha, beta = problem.now.alpha.copy(), problem.now.beta.copy()
        objective, settled = problem.minimum(alpha, beta)
    # Ends of minimisations agree to their tolerance only.
    n_best = int((values <= values[best] * (1 + max(SAME, 1e-6))).sum())
    return Found(objective, n_best, len(ends), settled)


def _scale(data: FuzzyData) -> float:
    """The unit in which objectives are minimised: an outcome without variation has none."""
    scale = variation(data)
    return scale if scale > np.finfo(np.float64).tiny else 1.0


def _value(problem: FuzzyProblem, end: Any) -> float:
    """The scaled objective where a minimisation ended."""
    where = np.ascontiguousarray(end.x)
    unused = np.zeros(len(where))
    there = fuzzy_gradient(problem.data, problem.m, where, problem.now, unused)
    there /= _scale(problem.data)
    # SciPy gives up a line search at one point, and returns the value at another.
    return float(end.fun if abs(there - end.fun) <= 1e-10 * there else there)


def _require_tolerance(tolerance: float) -> None:
    require(
        is_number(tolerance) and 0 <= tolerance < 1,
        "`tolerance` must be a share",
        repr(tolerance),
        "Give such as 1e-7",
    )
