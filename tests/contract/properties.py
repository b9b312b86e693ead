"""What the tables share: panels, rows that are known to fail, and comparisons to the last bit."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

import cloudpickle
import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.canonical import fingerprint
from gfe_mc.code import identity

Test = TypeVar("Test", bound=Callable[..., None])


class Row(Protocol):
    """A row of a table."""

    @property
    def name(self) -> str: ...

    @property
    def fails(self) -> Mapping[str, str]:
        """Properties that do not hold, and why: by name of the test."""
        ...


def rows(table: Sequence[Row]) -> Callable[[Test], Test]:
    """Run a test on every row; where the row says that it fails, it must."""

    def on_every_row(test: Test) -> Test:
        params = []
        for row in table:
            why = row.fails.get(test.__name__)
            marks = [] if why is None else [pytest.mark.xfail(reason=why, strict=True)]
            params.append(pytest.param(row, id=row.name, marks=marks))
        found: Test = pytest.mark.parametrize("row", params)(test)
        return found

    return on_every_row


@cache
def profiles() -> Panel:
    """Three groups of units with profiles far apart; one regressor, which goes with them."""
    rng = np.random.default_rng(2012)
    groups = np.array([0, 1, 1, 2, 0, 2, 1, 0, 2, 1, 1, 0, 2, 1])
    alpha = np.array([[0.0, 1.0, 0.0, 1.0, 2.0], [6.0, 5.0, 4.0, 3.0, 2.0], [-5.0] * 5])
    x = rng.standard_normal((len(groups), 5, 1)) + 0.3 * alpha[groups][:, :, None]
    y = 0.5 * x[:, :, 0] + alpha[groups] + 0.3 * rng.standard_normal((len(groups), 5))
    return Panel.from_arrays(y, x)


@cache
def slopes() -> Panel:
    """Two groups of units with slopes far apart, and fixed effects."""
    rng = np.random.default_rng(2011)
    beta = np.array([[1.0, 0.0], [-2.0, 3.0]])[SLOPE_GROUPS]
    x = rng.standard_normal((len(SLOPE_GROUPS), 8, 2)) + 1.0
    effects = rng.standard_normal((len(SLOPE_GROUPS), 1))
    errors = 0.2 * rng.standard_normal((len(SLOPE_GROUPS), 8))
    return Panel.from_arrays(effects + np.einsum("itk,ik->it", x, beta) + errors, x)


@cache
def long_profiles() -> Panel:
    """Two groups in turn with profiles far apart, over more periods; one regressor."""
    rng = np.random.default_rng(2022)
    alpha = np.array([np.linspace(0.0, 4.0, 9), np.linspace(3.0, -3.0, 9)])[np.arange(24) % 2]
    x = rng.standard_normal((24, 9, 1)) + 0.2 * alpha[:, :, None]
    return Panel.from_arrays(0.5 * x[:, :, 0] + alpha + 0.2 * rng.standard_normal((24, 9)), x)


SLOPE_GROUPS = np.array([0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1])


def taken(panel: Panel, units: np.ndarray) -> Panel:
    """Some units of a panel, in some order."""
    return Panel.from_arrays(panel.y[units], panel.x[units], regressors=panel.regressors)


def bits(value: Any) -> Any:
    """Everything that a result holds, so that two are equal if and only if all bits are."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: bits(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, float):
        return value.hex()
    return value


def assert_is_frozen_and_known(thing: Any) -> None:
    """It is frozen, can be hashed, and is known by its parameters, pickled or not."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        thing.anything = 1
    assert hash(thing) == hash(thing)
    for module in (pickle, cloudpickle):
        again = module.loads(module.dumps(thing))
        assert type(again) is type(thing)
        assert fingerprint(again) == fingerprint(thing)
        assert identity(again) == identity(thing) == fingerprint(thing)


def assert_pickles(result: Any) -> None:
    """A result that was pickled is the same to the last bit."""
    for module in (pickle, cloudpickle):
        assert bits(module.loads(module.dumps(result))) == bits(result)


def exported(method: str) -> set[type]:
    """Public classes that have a method."""
    import gfe_mc

    public = {getattr(gfe_mc, name) for name in gfe_mc.__all__}
    return {one for one in public if isinstance(one, type) and callable(getattr(one, method, None))}
