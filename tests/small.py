"""A study small enough for tests: two cells, two estimators, instant."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gfe_mc import GFE, CalibratedDGP, Calibration, Experiment, Fit, MultiStart, Panel, Report


@dataclass(frozen=True)
class PooledOLS:
    """Least squares with period effects."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Estimate."""
        x = (panel.x - panel.x.mean(axis=0)).reshape(-1, panel.shape[2])
        y = (panel.y - panel.y.mean(axis=0)).ravel()
        theta = np.linalg.lstsq(x, y, rcond=None)[0]
        return Fit(theta=theta, objective=float(((y - x @ theta) ** 2).sum()))


@dataclass(frozen=True)
class FailsOnSome:
    """An estimator that cannot take a sample whose first outcome is positive."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate, or raise."""
        if panel.y[0, 0] > 0:
            raise RuntimeError("the first outcome is positive")
        return PooledOLS().fit(panel, rng)


def calibration(groups: int) -> Calibration:
    """Twelve units over four periods, one exogenous regressor."""
    rng = np.random.default_rng([2012, groups])
    labels = np.arange(12) % groups
    return Calibration(
        theta=np.array([0.5]),
        alpha=3.0 * rng.standard_normal((groups, 4)).round(6),
        groups=labels,
        error_variance=0.25,
        residuals=rng.standard_normal((12, 4)).round(6),
        x=rng.standard_normal((12, 4, 1)).round(6),
        initial=np.zeros(12),
        lag=None,
        regressors=("x",),
    )


def dgp(panel: Panel | None, G: int) -> CalibratedDGP:  # noqa: ARG001
    """Draw around the small calibration."""
    return CalibratedDGP(calibration(G))


def estimators(G: int) -> dict[str, GFE | PooledOLS]:
    """GFE and a rival."""
    return {"gfe": GFE(groups=G, search=MultiStart(starts=20)), "ols": PooledOLS()}


def experiment(groups: tuple[int, ...] = (2, 3), replications: int = 12) -> Experiment:
    """Declare the study."""
    return Experiment(
        name="small",
        title="A small study",
        source="no paper",
        factors={"G": groups},
        dgp=dgp,
        estimators=estimators,
        parameters=("theta1",),
        replications=replications,
        report=Report(misses=(("gfe", "ols"),)),
    )


def write_declaration(path: Path) -> Path:
    """Write the study as a file of a user's own."""
    path.write_text("from tests.small import experiment as declare\n\nexperiment = declare()\n")
    return path
