"""Names of figures that are known before a study is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from gfe_mc import (
    AdjustedRand,
    GroupErrors,
    Misclassification,
    NumberOfGroups,
    Profiles,
    RandomRelabellings,
    UnitSlopes,
    Variable,
)
from gfe_mc.metrics.figure_names import FigureNames, figure_names


@dataclass(frozen=True)
class Own:
    """Records a number, a yes or no, a text and an array."""

    variables: ClassVar[Mapping[str, Variable]] = {
        "number": Variable(),
        "yes": Variable(dtype="bool"),
        "text": Variable(dtype="O"),
        "several": Variable(dims=("unit",)),
    }

    def record(self, outcome: Any) -> dict[str, Any]:  # noqa: ARG002
        """Record nothing."""
        return {}


class Summarised(Own):
    """Says itself how it is summarised."""

    @staticmethod
    def figures(one: Any) -> Any:  # noqa: ARG004
        """Say nothing."""
        return iter(())


def named(*metrics: Any, **options: Any) -> FigureNames:
    by_name = {type(one).__name__: one for one in metrics}
    return figure_names({name: one.variables for name, one in by_name.items()}, by_name, **options)


def test_of_parameters_and_inference() -> None:
    plain = {"true", "mean", "bias", "mae", "rmse", "sd", "best_share_percent", "objective"}
    assert set(named().known) == plain
    more = {"coverage", "bias_eliminated_coverage", "size", "power", "median_se", "mean_se"}
    assert set(named(inferred=True, further=["q90"]).known) >= plain | more | {"q90"}


def test_of_metrics() -> None:
    base = set(named().known)
    provided = (Misclassification(), RandomRelabellings(5), UnitSlopes(), NumberOfGroups())
    names = named(*provided, AdjustedRand(), Profiles(), GroupErrors())
    assert set(names.known) - base == {
        *("misclassification_percent", "misclassification_permutations_percent"),
        *("slope_rmse_x100", "chosen_percent", "adjusted_rand", "adjusted_rand_sd"),
    }
    assert not names.others
    assert names.has("misclassification")
    assert names.has("misclassification_percent")
    assert not names.has("misclass")
    assert set(named(Own()).known) - base == {"number", "number_sd", "yes"}
    assert named(Summarised()) == FigureNames(named().known, others=True)
    assert named(Summarised()).has("anything")
