"""Outcomes of single replications, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gfe_mc import Covariance, Fit, Outcome, Panel, Sample, Truth
from gfe_mc.parameters import Parameters

groupings = st.integers(1, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 4), min_size=n, max_size=n).map(np.array)] * 2)
)
"""Two groupings of the same units into up to five groups."""


def brute_force(groups: np.ndarray, truth: np.ndarray) -> float:
    """The smallest share outside their group over all relabellings of five groups."""
    relabelled = (np.array(labels)[groups] for labels in permutations(range(5)))
    return min(float(np.mean(labels != truth)) for labels in relabelled)


def outcome(
    fit: Fit | None = None,
    truth: Truth | None = None,
    *,
    panel: Panel | None = None,
    covariances: Mapping[str, Covariance] | None = None,
    parameters: Parameters | None = None,
    seed: int = 0,
) -> Outcome:
    """Return one: four units over three periods and a slope of one, where nothing else is said."""
    rng = np.random.default_rng(7)
    if panel is None:
        x = rng.standard_normal((4, 3, 1))
        panel = Panel.from_arrays(x[:, :, 0], x)

    def stream(purpose: str) -> np.random.Generator:
        return np.random.default_rng([seed, *purpose.encode()])

    return Outcome(
        Sample(panel, Truth(np.ones(1)) if truth is None else truth),
        Fit(theta=np.ones(1)) if fit is None else fit,
        {} if covariances is None else covariances,
        Parameters.of(("theta1",), {}) if parameters is None else parameters,
        stream,
    )


def grouped(groups: Any, truth: Any) -> Outcome:
    """An outcome with these estimated and true groups; None where there are none."""
    estimated = None if groups is None else np.array(groups)
    true = None if truth is None else np.array(truth)
    return outcome(Fit(theta=np.ones(1), groups=estimated), Truth(np.ones(1), groups=true))
