"""A small design, a small estimator and a small study, and what refusals must look like."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gfe_mc import Fit, InputError, Panel
from gfe_mc.dgp.calibration import Calibration
from gfe_mc.dgp.sample import DGP, Sample, Truth
from gfe_mc.study.catalogue import folder
from gfe_mc.study.experiment import Experiment


@dataclass(frozen=True)
class TwoLevels:
    """Units at level 0 and at level `gap` in turn; one regressor, whose slope is one."""

    n_units: int = 8
    n_periods: int = 4
    gap: float = 5.0

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel; errors are normal with standard deviation 0.1."""
        groups = np.arange(self.n_units) % 2
        alpha = np.outer([0.0, self.gap], np.ones(self.n_periods))
        x = rng.standard_normal((self.n_units, self.n_periods, 1))
        errors = 0.1 * rng.standard_normal((self.n_units, self.n_periods))
        panel = Panel.from_arrays(x[:, :, 0] + alpha[groups] + errors, x)
        return Sample(panel, Truth(np.ones(1), alpha, groups))


@dataclass(frozen=True)
class PooledOLS:
    """Least squares without groups; its slopes are off by `shift`."""

    shift: float = 0.0

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Estimate."""
        x, y = panel.x.reshape(panel.y.size, -1), panel.y.ravel()
        theta = np.linalg.lstsq(x, y, rcond=None)[0]
        return Fit(theta=theta + self.shift, objective=float(((y - x @ theta) ** 2).sum()))


def two_levels(panel: Panel | None, gap: float, n_units: int) -> DGP:  # noqa: ARG001
    """The DGP of a cell of `study`."""
    return TwoLevels(n_units=n_units, gap=gap)


def ols(**_: object) -> dict[str, PooledOLS]:
    """The estimators of a cell of `study`."""
    return {"ols": PooledOLS(), "shifted": PooledOLS(shift=1.0)}


def study(**changes: Any) -> Experiment:
    """A study of four cells and two estimators, with some of its fields changed."""
    declared: dict[str, Any] = {
        "name": "small",
        "title": "Two levels",
        "source": "none",
        "factors": {"gap": (1.0, 5.0), "n_units": (6, 8)},
        "dgp": two_levels,
        "estimators": ols,
        "parameters": ("theta1",),
        "replications": 10,
    }
    return Experiment(**(declared | changes))


def tiny_calibration(*, lag: int | None = 0, error_variance: float = 0.0) -> Calibration:
    """Two units in a group each, over three periods; residuals with mean square one."""
    return Calibration(
        theta=np.array([0.5, 2.0]),
        alpha=np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 0.0]]),
        groups=np.array([0, 1]),
        error_variance=error_variance,
        residuals=np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]]),
        x=np.array(
            [[[10.0, 1.0], [20.0, 0.0], [30.0, 1.0]], [[40.0, 0.0], [50.0, 1.0], [60.0, 0.0]]]
        ),
        initial=np.array([4.0, 2.0]),
        lag=lag,
        regressors=("lag_y", "x"),
    )


@contextmanager
def refused(wrong: str, *more: str) -> Iterator[None]:
    """Expect an `InputError` whose message has `wrong` and `more`, and all of its three parts."""
    with pytest.raises(InputError, match=re.escape(wrong)) as caught:
        yield
    assert all([caught.value.wrong, caught.value.came, caught.value.remedy])
    for part in more:
        assert part in str(caught.value)


def script(name: str) -> ModuleType:
    """Load a script of `experiments/`, by its name without the underscore before it."""
    path = folder() / f"_{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
