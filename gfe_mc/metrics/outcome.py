"""One replication as it is scored, and what the framework asks of a metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

import numpy as np

from gfe_mc.dgp.sample import Sample
from gfe_mc.errors import InputError
from gfe_mc.fit import Fit
from gfe_mc.inference.covariance import Covariance
from gfe_mc.metrics.variable import Variable
from gfe_mc.parameters import Parameters


class MetricStatus(IntEnum):
    """How a metric of a replication ended. Stored as the number; `message` says it."""

    SUCCESS = 0
    METRIC_FAILED = 1
    NO_FIT = 2
    NOT_RUN = 3

    @property
    def message(self) -> str:
        """What the status means."""
        return _MESSAGES[self]


_MESSAGES = {
    MetricStatus.SUCCESS: "it was recorded",
    MetricStatus.METRIC_FAILED: "the metric raised an exception",
    MetricStatus.NO_FIT: "there is no fit to score",
    MetricStatus.NOT_RUN: "not part of what was asked for, or not yet run",
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """One replication of one method: what a metric may look at.

    Attributes
    ----------
    sample : Sample
        The panel, and the truth that it was drawn from.
    fit : Fit
        What the estimator returned.
    covariances : mapping of str to Covariance
        By name of the inference method; those that raised are missing. Only for metrics that say
        that they read them: by a variable with the dimension "inference", which is then its
        first, or by `needs_covariances = True`.
    parameters : Parameters
        The parameters of the study.
    stream : callable
        Returns the generator of a purpose.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, Misclassification, Outcome
    >>> from gfe_mc.parameters import Parameters
    >>> sample = GroupedEffects(12, 6, 2, separation=8.0).draw(np.random.default_rng(0))
    >>> fit = GFE(groups=2).fit(sample.panel, np.random.default_rng(1))
    >>> streams = {"mine": np.random.default_rng(2)}
    >>> outcome = Outcome(sample, fit, {}, Parameters.of(("theta1",), {}), streams.__getitem__)
    >>> Misclassification().record(outcome)  # what a study does
    {'misclassification': 0.0}
    >>> outcome.rng("mine") is streams["mine"]
    True
    """

    sample: Sample
    fit: Fit
    covariances: Mapping[str, Covariance]
    parameters: Parameters
    stream: Callable[[str], np.random.Generator]

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the generator of this replication, this estimator and a purpose."""
        return self.stream(purpose)


class Metric(Protocol):
    """Metric of a replication: any object with these two members.

    It is to be a frozen dataclass, so that it has an identity.

    A metric may also have `figures(one) -> Iterator[tuple[str, str, Figure]]`, a static method
    that summarises the replications of one cell and estimator: parameter ("none" if it belongs to
    none), statistic and figure. Without it, a scalar is summarised by its mean and standard
    deviation. `titles` are the headings of its statistics.
    """

    @property
    def variables(self) -> Mapping[str, Variable]:
        """What it records, by name."""
        ...

    def record(self, outcome: Outcome, /) -> Mapping[str, Any]:
        """Compute what is recorded of a replication; what it leaves out is blank."""
        ...


Figures = Iterator[tuple[str, str, Any]]
"""Parameter, statistic and `gfe_mc.metrics.moments.Figure`."""


class Undeclared(Mapping[str, Covariance]):
    """Covariances of a metric that did not say that it reads any."""

    def _refuse(self) -> InputError:
        return InputError(
            "A metric that reads covariances must say so",
            "one that does not",
            "Give its class `needs_covariances = True`",
        )

    def __getitem__(self, name: str) -> Covariance:
        raise self._refuse()

    def __iter__(self) -> Iterator[str]:
        raise self._refuse()

    def __len__(self) -> int:
        raise self._refuse()
