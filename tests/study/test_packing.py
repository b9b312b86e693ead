"""What cannot be sent to workers is refused when the study is planned."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import pytest

from gfe_mc import Fit, Panel, Variable
from gfe_mc.study.method import Keyed, Method
from gfe_mc.study.packing import pack
from gfe_mc.study.replicate import Work
from tests.helpers import PooledOLS, TwoLevels, refused, study
from tests.inferring import OfFit


@dataclass(frozen=True)
class Locked:
    """Something with a lock, that is an estimator, an inference method, a metric or a design."""

    tag: str = ""
    lock: Any = field(default_factory=threading.Lock, compare=False)
    variables = {"locked": Variable()}  # noqa: RUF012

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        return PooledOLS().fit(panel, rng)

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Any:
        return OfFit().covariance(panel, fit, rng)

    def record(self, outcome: object) -> dict[str, float]:  # noqa: ARG002
        return {}

    def draw(self, rng: np.random.Generator) -> Any:
        return TwoLevels().draw(rng)


@dataclass(frozen=True)
class Unwilling(PooledOLS):
    """An estimator that ends the process rather than be pickled."""

    def __reduce__(self) -> NoReturn:
        raise SystemExit(5)


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({"estimators": {"ols": PooledOLS(), "locked": Locked()}}, "Estimator `locked` of cell 0"),
        ({"estimators": {"unwilling": Unwilling()}}, "Estimator `unwilling` of cell 0"),
        ({"inference": {"ols": {"fixed": Locked()}}}, "Inference method `fixed` of cell 0"),
        ({"record": (Locked(),)}, "Metric `Locked`"),
        ({"dgp": lambda panel, gap, n_units: Locked()}, "The design of cell 0"),  # noqa: ARG005
    ],
)
def test_what_cannot_be_pickled_is_named(changes: dict[str, Any], who: str) -> None:
    with refused(f"{who} must be one that can be sent to workers"):
        study(**changes).plan()


def test_work_that_cannot_be_pickled_is_refused() -> None:
    method = Method(3, TwoLevels(), Locked(), study().reported())
    with refused("Estimator must be one that can be sent to workers"):
        pack([Work.whole(Keyed.of(method))])
