"""The parameters that a study reports: slopes, functions of them, and anything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gfe_mc.errors import require, require_whole


class Derived(Protocol):
    """Parameter that is a function of the slopes: any object with these methods.

    It is to be a frozen dataclass, so that it has an identity.
    """

    def value(self, theta: np.ndarray, /) -> float:
        """Compute the parameter from the slopes (K,)."""
        ...

    def gradient(self, theta: np.ndarray, /) -> np.ndarray:
        """Compute its gradient in the slopes, (K,): what standard errors need."""
        ...


@dataclass(frozen=True)
class LongRun:
    """Long-run coefficient of a regressor, theta_k / (1 - theta_lag).

    Parameters
    ----------
    regressor, lag : int
        Positions, from 0, of the regressor's slope and of the lagged outcome's.

    References
    ----------
    Bonhomme and Manresa (2012), section 5.3, theta_2 / (1 - theta_1).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import LongRun
    >>> effect = LongRun(regressor=1, lag=0)
    >>> theta = np.array([0.5, 0.2])
    >>> effect.value(theta), effect.gradient(theta)
    (0.4, array([0.8, 2. ]))
    """

    regressor: int
    lag: int

    def __post_init__(self) -> None:
        require_whole("regressor", self.regressor, 0)
        require_whole("lag", self.lag, 0)

    def value(self, theta: np.ndarray) -> float:
        """Compute the coefficient at slopes (K,); not finite at a unit root."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(theta[self.regressor] / (1.0 - theta[self.lag]))

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Compute the gradient, (K,): theta_k / (1 - theta_lag)^2 and 1 / (1 - theta_lag)."""
        gradient = np.zeros(len(theta))
        with np.errstate(divide="ignore", invalid="ignore"):
            rest = 1.0 - theta[self.lag]
            gradient[self.regressor] = 1.0 / rest
            # Not rest**2: a power of one number is the C library's, by processor.
            gradient[self.lag] += theta[self.regressor] / (rest * rest)
        return gradient


Pair = tuple[Callable[[Any], float | None], Callable[[Any], float | None]]
"""What a parameter is in a truth, and what it is in a fit; None where it has none."""

Spec = int | Derived | Pair
"""The number of a slope, a function of the slopes, or a pair."""


class _Errors(Protocol):
    """What the standard errors of parameters are computed from: a `Covariance`."""

    @property
    def standard_errors(self) -> np.ndarray: ...

    def error_of(self, parameter: Derived, theta: np.ndarray, /) -> float: ...


@dataclass(frozen=True)
class Parameters:
    """Parameters of a study by name, in the order in which they are reported.

    Attributes
    ----------
    specs : mapping of str to int, Derived or pair
        What each is: the number of a slope from 0, a function of the slopes (`Derived`), or a
        pair of functions, of the truth and of the fit.
    plain : bool
        Whether they are the slopes in order and then others: what studies have that name their
        slopes.
    """

    specs: Mapping[str, Spec]
    plain: bool

    @classmethod
    def of(
        cls, names: Sequence[str] | Mapping[str, Spec], derived: Mapping[str, Spec]
    ) -> Parameters:
        """Make the parameters from names of slopes in order, or specifications by name, and others.

        Raises
        ------
        InputError
            No parameters, one that is none of the three kinds, or a name twice.
        """
        require(
            not isinstance(names, str),
            "`parameters` must be a tuple of names, or a mapping",
            repr(names),
            f"Give ({names!r},)",
        )
        plain = not isinstance(names, Mapping)
        first = names if isinstance(names, Mapping) else {name: k for k, name in enumerate(names)}
        twice = sorted(set(first) & set(derived))
        require(
            len(first) == len(names) and not twice and bool(first or derived),
            "Parameters must have different names",
            ", ".join([*names, *derived]) or "none",
            "Name each slope and each derived parameter once",
        )
        specs = {**first, **derived}
        for name, spec in specs.items():
            _require_spec(name, spec)
        return cls(specs, plain)

    @property
    def names(self) -> list[str]:
        """Their names."""
        return list(self.specs)

    @property
    def slopes(self) -> dict[str, int]:
        """Numbers of the slopes among them, by name."""
        return {name: spec for name, spec in self.specs.items() if isinstance(spec, int)}

    @property
    def others(self) -> dict[str, Derived | Pair]:
        """Those that are no slopes, by name."""
        return {name: spec for name, spec in self.specs.items() if not isinstance(spec, int)}

    def of_truth(self, truth: Any) -> np.ndarray:
        """Compute the parameters from a truth, (P,); NaN where it has none."""
        return self._values(real_slopes(truth.theta), truth, 0)

    def of_fit(self, fit: Any) -> np.ndarray:
        """Compute the parameters from a fit, (P,); NaN where it has none."""
        return self._values(real_slopes(fit.theta), fit, 1)

    def of_slopes(self, theta: np.ndarray) -> np.ndarray:
        """Compute the parameters that are functions of slopes (K,), (P,); NaN for the others."""
        return self._values(theta, None, 0)

    def errors(self, covariance: _Errors, theta: np.ndarray) -> np.ndarray:
        """Compute standard errors of the parameters at slopes (K,), (P,); NaN where none."""
        with np.errstate(invalid="ignore"):
            own = covariance.standard_errors
            return np.array(
                [
                    _at(own, spec)
                    if isinstance(spec, int)
                    else float("nan")
                    if isinstance(spec, tuple) or not len(theta)
                    else covariance.error_of(spec, theta)
                    for spec in self.specs.values()
                ],
                np.float64,
            )

    def _values(self, theta: np.ndarray, source: Any, which: int) -> np.ndarray:
        values = []
        for spec in self.specs.values():
            value: float | None
            if isinstance(spec, int):
                value = _at(theta, spec)
            elif isinstance(spec, tuple):
                value = None if source is None else spec[which](source)
            else:
                # An estimator without slopes has no functions of them.
                value = spec.value(theta) if len(theta) else None
            values.append(float("nan") if value is None else _real(value))
        return np.array(values, np.float64)


def real_slopes(theta: Any) -> np.ndarray:
    """Return slopes (K,) as floating point numbers.

    Raises
    ------
    ValueError
        They are no real numbers, or not in one dimension: NumPy would take the real part of
        complex ones, and a single number out of any array.
    """
    array = np.asarray(theta)
    if array.dtype.kind not in "biuf" or array.ndim != 1:
        raise ValueError(
            f"theta has type {array.dtype} and shape {array.shape}, and must be (K,) real numbers"
        )
    return array.astype(np.float64, copy=False)


def _real(value: Any) -> float:
    if np.iscomplexobj(value) or np.ndim(value):
        raise ValueError(f"a parameter must be a real number, and not a {type(value).__name__}")
    return float(value)


def _at(values: np.ndarray, number: int) -> float:
    """A slope by its number; NaN in a cell that has fewer."""
    return float(values[number]) if number < len(values) else float("nan")


def _require_spec(name: str, spec: object) -> None:
    whole = isinstance(spec, int | np.integer) and not isinstance(spec, bool) and spec >= 0
    pair = isinstance(spec, tuple) and len(spec) == 2 and all(callable(one) for one in spec)
    require(
        bool(whole) or pair or callable(getattr(spec, "value", None)),
        f"Parameter `{name}` must be a slope, a function of slopes, or a pair",
        repr(spec),
        "Give the number of a slope, an object with value(theta) and gradient(theta), or a pair "
        "of functions: what it is in the truth, and what it is in the fit",
    )
