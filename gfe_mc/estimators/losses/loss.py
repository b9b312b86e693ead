"""Losses of an outcome at an index: logit, probit, Poisson, and what one of the user's own is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.kernels.losses.terms import logit_terms, poisson_terms, probit_terms

Terms: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
DIFFERENCE = 1e-5
"""Step by which derivatives are compared with differences."""
OFF = 1e-3
"""Share of their size by which these may differ."""


class Loss(Protocol):
    """Loss m(y, a) of an outcome y at an index a = x'theta + alpha: not negative, convex in a.

    Any frozen dataclass with this method. It may also have `name`, a word that tables call it by;
    `extremes`, the outcomes of which the loss falls to zero as the index falls, and as it rises,
    without end; and `check(panel)`, which refuses outcomes that it is not for.
    """

    def terms(self, y: np.ndarray, index: np.ndarray, /) -> Terms:
        """Return m, dm/da and d2m/da2, each of the shape of the two arguments."""
        ...


@dataclass(frozen=True)
class Logit:
    """Half the deviance of binary outcomes with P(y = 1) = 1 / (1 + exp(-index)).

    That is minus their log-likelihood. Outcomes are 0 or 1.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Logit
    >>> value, first, second = Logit().terms(np.array([0.0, 1.0]), np.array([0.0, 0.0]))
    >>> value.round(4), first, second
    (array([0.6931, 0.6931]), array([ 0.5, -0.5]), array([0.25, 0.25]))
    """

    name: ClassVar[str] = "logit"
    extremes: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)

    def terms(self, y: np.ndarray, index: np.ndarray) -> Terms:
        """Return the loss and its derivatives in the index, of arrays of one shape."""
        return _filled(logit_terms, y, index)

    def check(self, panel: Panel) -> None:
        """Refuse outcomes that are not 0 or 1, or all the same."""
        _require_binary(panel, "A logit")


@dataclass(frozen=True)
class Probit:
    """Half the deviance of binary outcomes with P(y = 1) = Phi(index), as `Logit`.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Probit
    >>> value, first, second = Probit().terms(np.array([0.0, 1.0]), np.array([0.0, 0.0]))
    >>> value.round(4), first.round(4), second.round(4)
    (array([0.6931, 0.6931]), array([ 0.7979, -0.7979]), array([0.6366, 0.6366]))
    """

    name: ClassVar[str] = "probit"
    extremes: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)

    def terms(self, y: np.ndarray, index: np.ndarray) -> Terms:
        """Return the loss and its derivatives in the index, of arrays of one shape."""
        return _filled(probit_terms, y, index)

    def check(self, panel: Panel) -> None:
        """Refuse outcomes that are not 0 or 1, or all the same."""
        _require_binary(panel, "A probit")


@dataclass(frozen=True)
class Poisson:
    """Half the deviance of counts with mean exp(index).

    That is minus the log-likelihood, less what it is at a mean that equals the outcome.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Poisson
    >>> value, first, second = Poisson().terms(np.array([2.0, 2.0]), np.log([2.0, 3.0]))
    >>> value.round(4)  # nothing where the mean equals the count
    array([0.    , 0.1891])
    >>> first.round(4), second.round(4)
    (array([0., 1.]), array([2., 3.]))
    """

    name: ClassVar[str] = "Poisson"
    extremes: ClassVar[tuple[float | None, float | None]] = (0.0, None)

    def terms(self, y: np.ndarray, index: np.ndarray) -> Terms:
        """Return the loss and its derivatives in the index, of arrays of one shape."""
        return _filled(poisson_terms, y, index)

    def check(self, panel: Panel) -> None:
        """Refuse outcomes that are no counts, or all zero."""
        counts = (panel.y >= 0) & (panel.y == np.floor(panel.y))
        _refuse_cells(panel, counts, "Outcomes of a Poisson model must be counts", "0, 1, 2, ...")
        require(
            bool(panel.y.any()),
            "Outcomes of a Poisson model must not all be zero",
            f"`{panel.outcome}` of zero in every unit and period",
            "There is no mean to estimate: give outcomes that vary",
        )


LOSSES: dict[str, Loss] = {"logit": Logit(), "probit": Probit(), "poisson": Poisson()}
"""Losses by name."""


def name_of(loss: Loss) -> str:
    """Return the word that a loss is called by: its `name`, or that of its class."""
    return str(getattr(loss, "name", type(loss).__name__))


def extremes_of(loss: Loss) -> tuple[float | None, float | None]:
    """Return the outcomes whose loss falls to zero as the index falls, and rises, without end."""
    low, high = getattr(loss, "extremes", (None, None))
    return low, high


def require_loss(loss: Any) -> None:
    """Raise `InputError` unless this has terms: one of the package's losses, or one's own."""
    require(
        callable(getattr(loss, "terms", None)) and not isinstance(loss, type),
        "`loss` must be a loss of an outcome at an index",
        repr(loss),
        "Give Logit(), Probit(), Poisson(), or a frozen dataclass of your own with "
        "terms(y, index) that returns the loss and two derivatives",
    )


def checked_terms(loss: Loss, y: np.ndarray, index: np.ndarray) -> Terms:
    """Return the terms of a loss, as arrays of floating numbers.

    Raises
    ------
    InputError
        What came are not three arrays of the shape of the outcomes.
    """
    with np.errstate(all="ignore"):  # Descent turns back where a step went too far.
        made = loss.terms(y, index)
    arrays = [np.asarray(one, np.float64) for one in made]
    require(
        len(arrays) == 3 and all(one.shape == y.shape for one in arrays),
        f"`terms` of {name_of(loss)} must return three arrays of the shape of the outcomes",
        f"shapes {[np.shape(one) for one in made]} for {y.shape}",
        "Return the loss and its first and second derivative in the index",
    )
    value, first, second = arrays
    return value, first, second


def require_outcomes(loss: Loss, panel: Panel) -> None:
    """Refuse outcomes that a loss is not for, and a loss whose derivatives are none.

    Raises
    ------
    InputError
        The loss refuses the outcomes, is not finite at an index of zero, is not convex there, or
        its derivatives are not those of its values.
    """
    check = getattr(loss, "check", None)
    if check is not None:
        check(panel)
    y = np.ascontiguousarray(panel.y[panel.observed])
    name, zero = name_of(loss), np.zeros(len(y))
    value, first, second = checked_terms(loss, y, zero)
    if not (np.isfinite(value).all() and np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError(
            f"The loss {name} must be finite at an index of zero, with its derivatives",
            "values that are not, of outcomes of this panel",
            "Give another loss or other outcomes",
        )
    bent = np.flatnonzero(second < 0)
    if len(bent):
        raise InputError(
            f"The loss {name} must be convex in the index",
            f"a second derivative of {second[bent[0]]:.3g} of outcome {y[bent[0]]:.6g} at zero",
            "Give a loss whose second derivative is nowhere negative",
        )
    up = checked_terms(loss, y, zero + DIFFERENCE)
    down = checked_terms(loss, y, zero - DIFFERENCE)
    for which, found in (("first", first), ("second", second)):
        order = 0 if which == "first" else 1
        slope = (up[order] - down[order]) / (2.0 * DIFFERENCE)
        wrong = np.flatnonzero(np.abs(slope - found) > OFF * (1.0 + np.abs(found)))
        if len(wrong):
            j = wrong[0]
            raise InputError(
                f"The {which} derivative of the loss {name} must be that of its values",
                f"{found[j]:.6g} where differences give {slope[j]:.6g}, of outcome {y[j]:.6g} at "
                "an index of zero",
                "Correct `terms`",
            )


def _filled(kernel: Any, y: np.ndarray, index: np.ndarray) -> Terms:
    """Let a kernel fill three arrays of the shape of the arguments."""
    row, at = np.ascontiguousarray(y).ravel(), np.ascontiguousarray(index).ravel()
    value, first, second = (np.empty(len(row)) for _ in range(3))
    kernel(row, at, value, first, second)
    return value.reshape(y.shape), first.reshape(y.shape), second.reshape(y.shape)


def _require_binary(panel: Panel, who: str) -> None:
    binary = (panel.y == 0) | (panel.y == 1)
    _refuse_cells(panel, binary, f"Outcomes of {who[0].lower()}{who[1:]} must be 0 or 1", "0 and 1")
    values = panel.y[panel.observed]
    require(
        bool(values.any()) and not bool(values.all()),
        f"{who} needs outcomes of both kinds",
        f"`{panel.outcome}` of {values[0]:.0f} in every unit and period",
        "There is nothing to estimate: give outcomes that vary",
    )


def _refuse_cells(panel: Panel, sound: np.ndarray, wrong: str, what: str) -> None:
    """Refuse a panel with cells that are not sound, the first one named."""
    bad = np.argwhere(~sound & panel.observed)
    if len(bad):
        i, t = bad[0]
        raise InputError(
            wrong,
            f"`{panel.outcome}` of {panel.y[i, t]:.6g} for unit {panel.units[i]} in period "
            f"{panel.periods[t]}, one of {len(bad)} that are not",
            f"Give {what}, or another loss",
        )
