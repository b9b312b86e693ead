"""An estimator of one's own, on the same samples as grouped fixed effects and the oracle.

Units are split into two groups at the largest gap between their mean outcomes; slopes and group
effects over time are by least squares then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gfe_mc import GFE, Experiment, Fit, GroupedEffects, OracleGFE, Panel, summarize_study


@dataclass(frozen=True)
class LargestGap:
    """Two groups of units, told apart by the largest gap between their mean outcomes."""

    least: int = 2  # units of a group, at least: an option

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Split the units, and take deviations from the means of groups and periods."""
        panel.require_balanced("LargestGap")
        means = np.sort(panel.y.mean(axis=1))
        gaps = np.diff(means)[self.least - 1 : len(means) - self.least]
        cut = means[self.least - 1 + int(np.argmax(gaps))]
        groups = (panel.y.mean(axis=1) > cut).astype(np.int64)

        y, x = panel.y.copy(), panel.x.copy()
        for g in (0, 1):
            y[groups == g] -= panel.y[groups == g].mean(axis=0)
            x[groups == g] -= panel.x[groups == g].mean(axis=0)
        theta, *_ = np.linalg.lstsq(x.reshape(-1, x.shape[2]), y.ravel(), rcond=None)

        residuals = panel.y - panel.x @ theta
        alpha = np.stack([residuals[groups == g].mean(axis=0) for g in (0, 1)])
        objective = float(((residuals - alpha[groups]) ** 2).sum())
        return Fit(theta=theta, alpha=alpha, groups=groups, objective=objective, estimator=self)


def design(panel: Panel | None, separation: float) -> GroupedEffects:
    """Return the design of a cell: two groups, 40 units, 8 periods."""
    return GroupedEffects(40, 8, 2, separation)


def estimators(separation: float) -> Mapping[str, Any]:
    """Return the estimators of a cell by name; the oracle knows the true groups."""
    known = tuple(design(None, separation).groups.tolist())
    return {"oracle": OracleGFE(known), "gfe": GFE(2), "gap": LargestGap()}


experiment = Experiment(
    name="own_estimator",
    title="Groups by the largest gap of means",
    source="an example",
    factors={"separation": (0.5, 2.0)},
    dgp=design,
    estimators=estimators,
    parameters=("theta1",),
    replications=100,
)

if __name__ == "__main__":
    study = experiment.run(replications=50)
    figures = summarize_study(study)
    shown = figures[figures["statistic"].isin(["rmse", "misclassification_percent"])]
    columns = ["separation", "estimator", "statistic", "value", "error", "used"]
    print(shown[columns].round(3).to_string(index=False))
