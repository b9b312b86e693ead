"""Panels of binary outcomes or counts whose index has profiles of groups."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.canonical import LATER
from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample, Truth
from gfe_mc.errors import is_number, require, require_one_of
from gfe_mc.kernels.powers import exponential

OUTCOMES = ("logit", "probit", "poisson")


@dataclass(frozen=True)
class GroupedOutcomes:
    """Panel DGP with index a_it = x_it'theta + alpha_{g_i t}, outcomes independent given it.

    Regressors are x_itk = x_on_alpha alpha_{g_i t} + e_itk, e_itk standard normal: they go with the
    profiles, as far as `x_on_alpha` says. Or they are given, and the same in every sample.

    Parameters
    ----------
    outcome : str
        "logit": one with probability 1 / (1 + exp(-a_it)); "probit": with Phi(a_it); "poisson": a
        count with mean exp(a_it).
    theta : tuple of float, length K
        Slopes.
    alpha : (G, T) tuple of tuples of float
        Profiles in the index.
    groups : tuple of int, length N
        Group of each unit, from 0: the same in every sample.
    x_on_alpha : float, default 0.0
        How regressors go with profiles.
    x : (N, T, K) tuple of tuples of tuples of float, optional
        Regressors, such as those of a panel that is observed, in place of the drawn ones.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedOutcomes
    >>> groups = (0,) * 500 + (1,) * 500
    >>> design = GroupedOutcomes("probit", (1.0,), ((-1.2, -1.2), (1.2, 1.2)), groups)
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> panel.y.reshape(2, -1).mean(axis=1).round(1)  # share of ones in each group
    array([0.2, 0.8])
    """

    outcome: str
    theta: tuple[float, ...]
    alpha: tuple[tuple[float, ...], ...]
    groups: tuple[int, ...]
    x_on_alpha: float = 0.0
    x: tuple[tuple[tuple[float, ...], ...], ...] | None = field(default=None, metadata=LATER)

    def __post_init__(self) -> None:
        require_one_of("outcome", self.outcome, OUTCOMES)
        lengths = {len(row) for row in self.alpha}
        require(
            len(lengths) == 1 and 0 not in lengths and bool(np.isfinite(self.alpha).all()),
            "`alpha` must have a finite value for each group and period",
            repr(self.alpha),
            "Give a tuple of values for each group, such as ((0.0, 1.0), (1.0, 0.0))",
        )
        require(
            all(map(is_number, (*self.theta, self.x_on_alpha))),
            "`theta` and `x_on_alpha` must be finite numbers",
            f"{self.theta} and {self.x_on_alpha}",
            "Give such as (1.0,) and 0.5",
        )
        numbers = np.asarray(self.groups)
        require(
            numbers.ndim == 1
            and numbers.dtype.kind in "iu"
            and set(numbers.tolist()) == set(range(len(self.alpha))),
            "`groups` must give each unit one of the groups, and each group a unit",
            f"{len(self.alpha)} groups, {numbers.dtype} numbers of shape {numbers.shape}",
            f"Give whole numbers from 0 to {len(self.alpha) - 1}, such as `assigned_groups` makes",
        )
        if self.x is not None:
            _require_regressors(self.x, (len(numbers), len(self.alpha[0]), len(self.theta)))
            require(
                self.x_on_alpha == 0.0,
                "Regressors that are given do not go with profiles as asked for",
                f"x_on_alpha={self.x_on_alpha}",
                "Leave `x` or `x_on_alpha` out",
            )

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel and its true parameters.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        """
        groups, alpha = np.array(self.groups), np.array(self.alpha, np.float64)
        theta, profiles = np.array(self.theta, np.float64), alpha[groups]
        if self.x is None:
            x = rng.standard_normal((*profiles.shape, len(theta)))
            x += self.x_on_alpha * profiles[:, :, None]
        else:
            x = np.array(self.x, np.float64)
        index = profiles.copy()
        for k, slope in enumerate(theta):
            index += slope * x[:, :, k]
        if self.outcome == "poisson":
            y = rng.poisson(_exponentials(index)).astype(np.float64)
        elif self.outcome == "probit":
            y = (rng.standard_normal(index.shape) <= index).astype(np.float64)
        else:
            y = (rng.random(index.shape) * (1.0 + _exponentials(-index)) <= 1.0).astype(np.float64)
        return Sample(Panel.from_arrays(y, x), Truth(theta=theta, alpha=alpha, groups=groups))


def _require_regressors(x: object, shape: tuple[int, int, int]) -> None:
    """Refuse regressors that are no finite numbers of that shape."""
    try:
        given = np.array(x, np.float64)
        fits = given.shape == shape and bool(np.isfinite(given).all())
    except (TypeError, ValueError):
        fits = False
    require(
        fits,
        "`x` must have a finite value for each unit, period and slope",
        f"{type(x).__name__} where the shape is to be {shape}",
        "Give nested tuples, such as of panel.x.tolist()",
    )


def _exponentials(values: np.ndarray) -> np.ndarray:
    """Exponentials by the package's own: the same bits on every machine."""
    return np.array([exponential(one) for one in values.ravel().tolist()]).reshape(values.shape)
