"""A design of one's own: two groups that drift apart, errors with heavy tails.

Group 0 stays where it is, group 1 rises by `drift` a period. The regressor is higher in group 1,
so that whoever ignores the groups finds too much of it.
"""

from dataclasses import dataclass

import numpy as np

from gfe_mc import GFE, Experiment, Panel, PooledOLS, Sample, Truth, TwoWay, summarize_study


@dataclass(frozen=True)
class DriftingGroups:
    """y_it = theta x_it + alpha_{g_i t} + v_it, v_it by Student's t with `freedom` degrees."""

    n_units: int
    n_periods: int
    drift: float
    theta: float = 0.5
    freedom: float = 4.0

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel, and say what it was drawn from; all randomness is of `rng`."""
        groups = np.arange(self.n_units) % 2
        alpha = np.stack([np.zeros(self.n_periods), self.drift * np.arange(self.n_periods)])
        x = rng.standard_normal((self.n_units, self.n_periods)) + groups[:, None]
        errors = rng.standard_t(self.freedom, (self.n_units, self.n_periods))
        y = self.theta * x + alpha[groups] + errors
        truth = Truth(theta=np.array([self.theta]), alpha=alpha, groups=groups)
        return Sample(Panel.from_arrays(y, x[:, :, None]), truth)


def design(panel: Panel | None, drift: float) -> DriftingGroups:
    """Return the design of a cell."""
    return DriftingGroups(60, 10, drift)


experiment = Experiment(
    name="own_design",
    title="Groups that drift apart, errors with heavy tails",
    source="an example",
    factors={"drift": (0.0, 0.5)},
    dgp=design,
    estimators={"pooled": PooledOLS(), "two_way": TwoWay(), "gfe": GFE(2)},
    parameters=("theta1",),
    replications=100,
)

if __name__ == "__main__":
    study = experiment.run(replications=50)
    figures = summarize_study(study)
    shown = figures[figures["statistic"].isin(["bias", "rmse"])]
    columns = ["drift", "estimator", "statistic", "value", "error", "used"]
    print(shown[columns].round(3).to_string(index=False))
