"""What an inference method returns, and the closed set of ways in which it can end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from gfe_mc.parameters import Derived


class InferenceStatus(IntEnum):
    """How inference ended. Stored as the number; `message` says it.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import InferenceStatus, KnownGroups, Panel, SlopeErrors
    >>> panel = Panel.from_arrays([[0.0, 1.0], [0.0, 3.0]], [[[0.0], [1.0]], [[0.0], [1.0]]])
    >>> fit = KnownGroups((0, 1)).fit(panel, np.random.default_rng(0))  # one unit, two periods
    >>> status = SlopeErrors().covariance(panel, fit, np.random.default_rng(0)).status
    >>> status.name, status.message
    ('NO_FREEDOM', 'there are no degrees of freedom left for the residuals')
    >>> status == InferenceStatus.NO_FREEDOM
    True
    """

    SUCCESS = 0
    FIT_FAILED = 1
    TOO_FEW_UNITS = 2
    NO_FREEDOM = 3
    SINGULAR = 4
    NOT_POSITIVE_DEFINITE = 5
    TOO_FEW_DRAWS = 6
    NOT_FINITE = 7
    INFERENCE_FAILED = 8
    NO_BANDWIDTH = 9
    NOT_RUN = 10

    @property
    def message(self) -> str:
        """What the status means."""
        return _MESSAGES[self]


_MESSAGES = {
    InferenceStatus.SUCCESS: "standard errors were computed",
    InferenceStatus.FIT_FAILED: "there is no fit with groups and slopes to compute them for",
    InferenceStatus.TOO_FEW_UNITS: "there are no more units than slopes",
    InferenceStatus.NO_FREEDOM: "there are no degrees of freedom left for the residuals",
    InferenceStatus.SINGULAR: "the regressors do not vary within groups and periods",
    InferenceStatus.NOT_POSITIVE_DEFINITE: "the estimated Hessian is not positive definite",
    InferenceStatus.TOO_FEW_DRAWS: "fewer than two bootstrap draws could be estimated",
    InferenceStatus.NOT_FINITE: "a variance is not finite",
    InferenceStatus.INFERENCE_FAILED: "the inference method raised an exception",
    InferenceStatus.NO_BANDWIDTH: "profiles are the same, or units do not vary between them",
    InferenceStatus.NOT_RUN: "not part of what was asked for, or not yet run",
}


@dataclass(frozen=True, eq=False)
class Covariance:
    """Estimated covariance matrix of a fit with K slopes, G groups and T periods.

    Attributes
    ----------
    theta : (K, K) array
        Covariance of the slopes; NaN unless the status is SUCCESS.
    joint : (K + G T, K + G T) or (K + G K, K + G K) array, optional
        Covariance of (theta, alpha_1, ..., alpha_G), or of (theta, beta_1, ..., beta_G) where
        groups have slopes and no profiles. Rows and columns of what has no variance estimate (a
        profile of a group of one unit, say) are NaN, and `notes` say so.
    status : InferenceStatus, default InferenceStatus.SUCCESS
        How inference ended.
    draws : (B, K) array, optional
        Bootstrap estimates of the slopes; NaN in a draw that could not be estimated.
    by_draws : bool, default False
        Whether the error of a derived parameter is its standard deviation over the draws rather
        than that of the delta method.
    notes : tuple of str, default ()
        What a reader should know of it: one sentence each.
    group_slopes : (G, K) array, optional
        Standard errors of the slopes of each group, where they differ.
    membership : (G, 1 + L) array, optional
        Standard errors of a mixture's coefficients of membership; NaN for the first component.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Covariance
    >>> covariance = Covariance.of_joint(np.diag([0.04, 0.09, 0.25]), n_slopes=1)
    >>> covariance.standard_errors, covariance.status.message
    (array([0.2]), 'standard errors were computed')
    >>> covariance.profile_errors(n_groups=1, n_periods=2)
    array([[0.3, 0.5]])
    """

    theta: np.ndarray
    joint: np.ndarray | None = None
    status: InferenceStatus = InferenceStatus.SUCCESS
    draws: np.ndarray | None = None
    by_draws: bool = False
    notes: tuple[str, ...] = ()
    group_slopes: np.ndarray | None = None
    membership: np.ndarray | None = None

    @classmethod
    def failed(cls, n_slopes: int, status: InferenceStatus) -> Covariance:
        """Return the record of inference that ended without a covariance."""
        return cls(np.full((n_slopes, n_slopes), np.nan), status=status, notes=(status.message,))

    @classmethod
    def of_joint(
        cls, joint: np.ndarray, n_slopes: int, notes: tuple[str, ...] = (), **further: Any
    ) -> Covariance:
        """Return the record of a joint covariance, whose first rows and columns are the slopes'.

        Parameters
        ----------
        joint : (K + any number, K + any number) array
            Covariance of the slopes, and of profiles or slopes of groups.
        n_slopes : int
            K.
        notes : tuple of str, default ()
            What a reader should know of it.
        further : object
            Other attributes.
        """
        return cls(joint[:n_slopes, :n_slopes].copy(), joint, notes=notes, **further)

    @property
    def standard_errors(self) -> np.ndarray:
        """Standard errors of the slopes, (K,)."""
        return np.asarray(np.sqrt(np.diag(self.theta)))

    def profile_errors(self, n_groups: int, n_periods: int) -> np.ndarray:
        """Return the standard errors of the profiles, (G, T); NaN without a joint covariance."""
        if self.joint is None:
            return np.full((n_groups, n_periods), np.nan)
        return np.sqrt(np.diag(self.joint)[len(self.theta) :]).reshape(n_groups, n_periods)

    def error_of(self, parameter: Derived, theta: np.ndarray) -> float:
        """Compute the standard error of a derived parameter at slopes (K,).

        By the delta method, sqrt(g' V g), g the gradient of the parameter and V the covariance of
        the slopes; NaN where the gradient is not finite. With `by_draws`, the standard deviation
        of the parameter over the bootstrap draws in which it is finite.

        Parameters
        ----------
        parameter : Derived
            The parameter.
        theta : (K,) array
            The slopes.
        """
        if self.by_draws and self.draws is not None:
            values = np.array([parameter.value(draw) for draw in self.draws])
            values = values[np.isfinite(values)]
            return float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        gradient = np.asarray(parameter.gradient(theta), np.float64)
        if not np.isfinite(gradient).all():
            return float("nan")
        return float(np.sqrt(_quadratic(self.theta, gradient)))


def _quadratic(matrix: np.ndarray, vector: np.ndarray) -> float:
    """Compute v'A v in order: the order of a matrix product depends on the processor."""
    v = vector.tolist()
    value = 0.0
    for row, own in zip(np.asarray(matrix, np.float64).tolist(), v, strict=True):
        inner = 0.0
        for element, other in zip(row, v, strict=True):
            inner += element * other
        value += own * inner
    return value
