"""A metric and a parameter of one's own.

The metric is the share of units in the largest group of a fit; the parameter the distance of the
two group profiles in the last period: what it is in the truth, and what it is in the fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gfe_mc import (
    GFE,
    Experiment,
    Fit,
    GroupedEffects,
    Misclassification,
    Outcome,
    Panel,
    Truth,
    TwoStepGFE,
    Variable,
    summarize_study,
)


@dataclass(frozen=True)
class LargestGroup:
    """Share of units in the largest group of the fit."""

    variables: ClassVar[Mapping[str, Variable]] = {
        "largest_group": Variable("share of units in the largest group")
    }

    def record(self, outcome: Outcome) -> Mapping[str, float]:
        """Look at one replication: its sample, fit, covariances, and a stream by purpose."""
        if outcome.fit.groups is None:
            return {}
        return {"largest_group": np.bincount(outcome.fit.groups).max() / len(outcome.fit.groups)}


def distance(of: Truth | Fit) -> float:
    """Return how far apart the profiles are in the last period; no number of groups needed."""
    assert of.alpha is not None
    return float(np.ptp(of.alpha[:, -1]))


def design(panel: Panel | None, separation: float) -> GroupedEffects:
    """Return the design of a cell."""
    return GroupedEffects(40, 8, 2, separation)


experiment = Experiment(
    name="own_metric",
    title="The largest group, and the distance of profiles",
    source="an example",
    factors={"separation": (0.5, 2.0)},
    dgp=design,
    estimators={"gfe": GFE(2), "two_step": TwoStepGFE(2)},
    parameters=("theta1",),
    derived={"distance": (distance, distance)},
    record=(Misclassification(), LargestGroup()),
    statistics={"median_error": lambda estimates, truths: np.median(estimates - truths)},
    replications=100,
)

if __name__ == "__main__":
    study = experiment.run(replications=50)
    figures = summarize_study(study, statistics=experiment.statistics)
    of_metric = figures["statistic"].str.startswith("largest_group")
    of_parameter = (figures["parameter"] == "distance") & figures["statistic"].isin(
        ["bias", "median_error"]
    )
    columns = ["separation", "estimator", "parameter", "statistic", "value", "error"]
    print(figures[of_metric | of_parameter][columns].round(3).to_string(index=False))
