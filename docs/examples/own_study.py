"""A study of one's own: estimators over sizes, ranked, with standard errors and rates."""

from collections.abc import Mapping
from typing import Any

from gfe_mc import (
    GFE,
    Criterion,
    Experiment,
    GroupedEffects,
    LargeT,
    Misclassification,
    OracleGFE,
    Panel,
    Report,
    SizeTable,
    TwoStepGFE,
    TwoWay,
)


def design(panel: Panel | None, N: int, T: int) -> GroupedEffects:
    """Return the design of a cell: three groups, a standard deviation of the errors apart."""
    return GroupedEffects(N, T, 3, separation=1.0)


def estimators(N: int, T: int) -> Mapping[str, Any]:
    """Return the estimators of a cell by name."""
    known = tuple(design(None, N, T).groups.tolist())
    return {
        "oracle": OracleGFE(known),
        "two_way": TwoWay(),
        "two_step": TwoStepGFE(3),
        "gfe": GFE(3),
    }


RMSE, BIAS = Criterion("rmse", "theta1"), Criterion("bias", "theta1")

experiment = Experiment(
    name="own_study",
    title="Grouped fixed effects by N and T",
    source="an example",
    factors={"N": (30, 60), "T": (5, 10)},
    dgp=design,
    estimators=estimators,
    inference={"oracle": {"clustered": LargeT()}, "gfe": {"clustered": LargeT()}},
    parameters=("theta1",),
    record=(Misclassification(),),
    replications=200,
    report=Report(
        criteria=(RMSE, Criterion("misclassification_percent")),
        rates=("N", "T"),
        infeasible=("oracle",),
        figures=("best_map", "by_size"),
        layout=SizeTable((BIAS, RMSE), rows=("N", "T")),
    ),
)
