"""What is known of groups before the data are seen."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, is_number, require
from gfe_mc.estimators.profiles.possible import require_possible, require_probabilities
from gfe_mc.kernels.slopes.pull import Pull


@dataclass(frozen=True, eq=False)
class Prior:
    """Prior information on groups: probabilities, and pairs of units that are together or apart.

    Adds -C sum_i ln pi_{i g_i} to the sum of squared residuals. Probabilities name the groups:
    group g of the fit is the one whose probabilities are in column g. A probability of zero rules
    a group out; links are the dogmatic limit that does so for pairs of units.

    Parameters
    ----------
    probabilities : (N, G) array, optional
        pi_ig, which add up to one in each row, units in the panel's order; None for the same of
        all groups. Rows are checked where the panel is known: a unit is named by the fit.
    weight : float, optional
        C; None for 2 sigma^2, sigma^2 the mean of the squared residuals of least squares with one
        group.
    together, apart : sequence of pairs, default ()
        Names of two units that must be in one group, or must not be.

    References
    ----------
    Bonhomme and Manresa (2012), supplement S2.2, equations (S15) and (S16), and its footnote 5.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, Panel, Prior
    >>> y = [[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9]]
    >>> panel = Panel.from_arrays(y, units=["a", "b", "c", "d"])
    >>> apart = Prior(apart=(("a", "b"),))
    >>> GFE(groups=3, prior=apart).fit(panel, np.random.default_rng(0)).groups
    array([0, 1, 2, 2])
    >>> named = Prior(np.array([[0.1, 0.9], [0.1, 0.9], [0.9, 0.1], [0.5, 0.5]]))
    >>> fit = GFE(groups=2, prior=named).fit(panel, np.random.default_rng(0))
    >>> fit.groups  # columns name the groups
    array([1, 1, 0, 0])
    """

    probabilities: np.ndarray | None = None
    weight: float | None = None
    together: tuple[tuple[Hashable, Hashable], ...] = ()
    apart: tuple[tuple[Hashable, Hashable], ...] = ()

    def __post_init__(self) -> None:
        if self.probabilities is not None:
            object.__setattr__(self, "probabilities", _checked(self.probabilities))
        require(
            self.weight is None or (is_number(self.weight) and self.weight > 0),
            "The weight of a prior must be a positive number",
            repr(self.weight),
            "Give C, or leave it out for 2 sigma^2",
        )
        for name in ("together", "apart"):
            object.__setattr__(self, name, _pairs(name, getattr(self, name)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prior) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def _parts(self) -> tuple[object, ...]:
        own = None if self.probabilities is None else self.probabilities.tobytes()
        return own, self.weight, self.together, self.apart

    @property
    def names_groups(self) -> bool:
        """Whether groups have names, so that they cannot be numbered anew."""
        return self.probabilities is not None

    def of_units(self, panel: Panel, units: np.ndarray) -> Prior:
        """Return what is known of some units, which are numbered anew as by `Panel.resampled`.

        Parameters
        ----------
        panel : Panel
            The panel of all units.
        units : (M,) array of int
            Positions of the units, each once.
        """
        new = {panel.units[i]: j for j, i in enumerate(units.tolist())}
        together, apart = (
            tuple((new[i], new[j]) for i, j in pairs if i in new and j in new)
            for pairs in (self.together, self.apart)
        )
        own = None if self.probabilities is None else self.probabilities[units]
        return Prior(own, self.weight, together, apart)


class Known(NamedTuple):
    """A prior as searches take it."""

    sets: np.ndarray
    """(N,) the set of each unit: those that are to be together."""
    pull: Pull
    """Of the sets."""
    of_units: Pull
    """The same of units, costs alone."""
    apart: np.ndarray
    """(n, 2) units that are to be apart, by position."""


def as_prior(given: Any) -> Prior | None:
    """Return a prior, made of probabilities where these are given; None if there is none."""
    return given if given is None or isinstance(given, Prior) else Prior(given)


def known(
    prior: Prior,
    panel: Panel,
    n_groups: int,
    weights: np.ndarray | None,
    variance: float,
    most: float,
) -> Known:
    """Return a prior on the groups of a panel as searches take it.

    Parameters
    ----------
    prior : Prior
        The prior.
    panel : Panel
        The panel.
    n_groups : int
        Number of groups G.
    weights : (N,) array, optional
        How often units count.
    variance : float
        sigma^2, for the weight that is not given.
    most : float
        What no improvement of the sum of squared residuals exceeds.

    Raises
    ------
    InputError
        Probabilities are not those of the panel's units and groups, or do not add up to 1; a link
        names a unit that the panel does not have; links contradict one another or the
        probabilities; or groups cannot hold units that are to be apart. Units are named.
    """
    n_units, penalty = panel.shape[0], 2.0 * most
    together, apart = (
        _positions(panel, name, getattr(prior, name)) for name in ("together", "apart")
    )
    ones = np.ones(len(together))
    links = coo_array((ones, (together[:, 0], together[:, 1])), shape=(n_units, n_units))
    n_sets, sets = connected_components(links, directed=False)
    # Numbered by first appearance, so that without links sets are units.
    _, first = np.unique(sets, return_index=True)
    sets = np.argsort(np.argsort(first))[sets].astype(np.int64)
    kept = sets[apart]
    clash = np.flatnonzero(kept[:, 0] == kept[:, 1])
    if len(clash):
        i, j = apart[int(clash[0])]
        raise InputError(
            "Links must not contradict one another",
            f"{panel.units[i]} and {panel.units[j]}, which are to be apart and together",
            "Leave one of them out",
        )
    require(
        n_groups <= n_sets,
        "There must be no more groups than sets of units that are together",
        f"{n_groups} groups for {n_sets} sets",
        f"Give `groups` from 1 to {n_sets}",
    )
    costs = np.zeros((n_units, 0))
    if prior.probabilities is not None:
        require(
            prior.probabilities.shape == (n_units, n_groups),
            "There must be a probability for each unit and group",
            f"an array {prior.probabilities.shape} for {n_units} units and {n_groups} groups",
            f"Give one ({n_units}, {n_groups})",
        )
        require_probabilities(panel, prior.probabilities)
        scale = 2.0 * variance if prior.weight is None else prior.weight
        own = np.ones(n_units) if weights is None else np.asarray(weights, np.float64)
        with np.errstate(divide="ignore"):
            costs = -scale * np.log(prior.probabilities) * own[:, None]
        # More than all that is allowed can cost, however much the prior weighs.
        allowed = np.where(prior.probabilities > 0, np.maximum(costs, 0.0), 0.0)
        penalty += 2.0 * float(allowed.max(axis=1).sum())
        costs = np.where(prior.probabilities > 0, np.maximum(costs, 0.0), penalty)
    of_sets = np.zeros((n_sets, costs.shape[1]))
    np.add.at(of_sets, sets, costs)
    require_possible(panel, prior.probabilities, sets, apart, n_groups)
    firsts, partners = _lists(np.unique(np.sort(kept, axis=1), axis=0), n_sets)
    nothing = np.zeros(0, np.int64)
    cost = of_sets if costs.size else np.zeros((0, 0))
    unit_costs = costs if costs.size else np.zeros((0, 0))
    return Known(
        sets,
        Pull(np.ascontiguousarray(cost), firsts, partners, penalty),
        Pull(np.ascontiguousarray(unit_costs), nothing, nothing, 0.0),
        apart,
    )


def _checked(probabilities: Any) -> np.ndarray:
    """Return probabilities as an array of one's own, refusing what is none of units by groups."""
    given = np.asarray(probabilities)
    numbers = given.dtype.kind in "biuf" and given.ndim == 2 and given.size > 0
    require(
        numbers,
        "A prior must be probabilities, units by groups",
        f"{type(probabilities).__name__} of shape {given.shape}",
        "Give an array (N, G), or Prior(...)",
    )
    held = np.array(given, np.float64)
    held.flags.writeable = False
    return held


def _pairs(name: str, given: Iterable[Any]) -> tuple[tuple[Hashable, Hashable], ...]:
    """Return links as pairs of names."""
    whole = not isinstance(given, str) and isinstance(given, Iterable)
    pairs: list[Any] = list(given) if whole else []
    fine = whole and all(isinstance(p, Sequence) and not isinstance(p, str) for p in pairs)
    fine = fine and all(len(pair) == 2 and pair[0] != pair[1] for pair in pairs)
    require(
        fine,
        f"`{name}` must be pairs of different units",
        repr(given),
        'Give [("unit", "another"), ...]',
    )
    return tuple((pair[0], pair[1]) for pair in pairs)


def _positions(panel: Panel, name: str, pairs: Sequence[tuple[Hashable, Hashable]]) -> np.ndarray:
    """Positions (n, 2) of the units of pairs."""
    place = {unit: i for i, unit in enumerate(panel.units)}
    unknown = [str(unit) for pair in pairs for unit in pair if unit not in place]
    require(
        not unknown,
        f"`{name}` must name units of the panel",
        ", ".join(unknown[:5]),
        "Give names of units as the panel has them",
    )
    return np.array([[place[i], place[j]] for i, j in pairs], np.int64).reshape(-1, 2)


def _lists(pairs: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Lists of partners: where each begins, and all of them."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    first = np.searchsorted(both[:, 0], np.arange(n + 1)).astype(np.int64)
    return first, np.ascontiguousarray(both[:, 1])
