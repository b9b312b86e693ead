"""Inference methods for tests, and a small study with inference and profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gfe_mc import (
    GFE,
    CalibratedDGP,
    Experiment,
    Fit,
    Misclassification,
    MultiStart,
    Panel,
    Profiles,
)
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from tests import small


@dataclass(frozen=True)
class Fixed:
    """The covariance that it is made of, whatever the fit."""

    covariance_of_slopes: tuple[tuple[float, ...], ...] = ((0.01,),)
    status: int = 0
    notes: tuple[str, ...] = ()

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        """Return it."""
        return Covariance(
            np.array(self.covariance_of_slopes),
            status=self.status,  # type: ignore[arg-type]
            notes=self.notes,
        )


@dataclass(frozen=True)
class Draws:
    """A standard error that is a draw of its own, between 1 and 2."""

    tag: str = ""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        """Draw it."""
        return Covariance((1.0 + rng.random()) ** 2 * np.eye(len(fit.theta)))


@dataclass(frozen=True)
class OfFit:
    """A standard error that is the root mean squared residual of the fit."""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        """Compute it."""
        return Covariance((fit.residuals(panel) ** 2).mean() * np.eye(len(fit.theta)))


@dataclass(frozen=True)
class RaisesSometimes:
    """Raises in samples whose first outcome is positive."""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:
        """Raise, or draw."""
        if panel.y[0, 0] > 0:
            raise ArithmeticError("théta is out of reach")
        return Draws().covariance(panel, fit, rng)


def estimators(G: int) -> dict[str, Any]:
    """GFE and two rivals, of which one fails sometimes."""
    return {
        "gfe": GFE(G, MultiStart(starts=5)),
        "ols": small.PooledOLS(),
        "fails": small.FailsOnSome(),
    }


def inference(G: int) -> dict[str, Mapping[str, Any]]:  # noqa: ARG001
    """Sets of methods that overlap, and one estimator without any."""
    return {
        "gfe": {"draws": Draws(), "raises": RaisesSometimes()},
        "fails": {"fixed": Fixed(notes=("as it is",)), "draws": Draws()},
    }


def experiment(**changes: Any) -> Experiment:
    """Declare a study of two cells, three estimators and three methods, with changes."""
    declared: dict[str, Any] = {
        "name": "inferring",
        "title": "A small study with inference",
        "source": "no paper",
        "factors": {"G": (2, 3)},
        "dgp": lambda panel, G: CalibratedDGP(small.calibration(G)),  # noqa: ARG005
        "estimators": estimators,
        "parameters": ("theta1",),
        "replications": 12,
        "inference": inference,
        "record": (Misclassification(), Profiles()),
    }
    return Experiment(**(declared | changes))


NOT_RUN = int(InferenceStatus.NOT_RUN)
