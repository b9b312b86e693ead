"""One estimator with its inference and metrics in one cell, and what each of its parts is known by.

What is recorded of a replication falls into parts: the fit, each inference method, each metric.
A part is stored under a key that is made of what its numbers depend on and of nothing else, so
that a study that gains or changes one of them computes that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from gfe_mc.canonical import canonical, fingerprint
from gfe_mc.code import identity
from gfe_mc.dgp.sample import DGP, Sample
from gfe_mc.errors import InputError
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import Fit
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.outcome import Metric
from gfe_mc.metrics.variable import INFERENCE
from gfe_mc.parameters import Parameters
from gfe_mc.seeds import DATA, generator
from gfe_mc.version import COMPUTATION


class Part(NamedTuple):
    """What is recorded and stored together."""

    kind: str
    """"fit", "inference" or "metric"."""
    name: str = ""
    """Of the inference method or the metric."""
    inference: str = ""
    """Of a metric that has an entry for each inference method: which one."""


FIT = Part("fit")


@dataclass(frozen=True)
class Method:
    """All that a worker needs to run any replication of an estimator in a cell.

    Attributes
    ----------
    seed : int
        The study's root seed.
    dgp : DGP
        What is drawn.
    estimator : Estimator
        What is fitted.
    parameters : Parameters
        What is reported.
    inference : mapping of str to Inference, optional
        Inference methods by name.
    record : mapping of str to Metric, optional
        Metrics by name.
    """

    seed: int
    dgp: DGP
    estimator: Estimator
    parameters: Parameters
    inference: Mapping[str, Inference] = field(default_factory=dict)
    record: Mapping[str, Metric] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, object]:
        """What the numbers of the fit depend on, each part by its identity."""
        identities: dict[str, object] = {
            "computation": COMPUTATION,
            "seed": self.seed,
            "dgp": identity(self.dgp),
            "estimator": identity(self.estimator),
            # Names of slopes are labels.
            "derived": identity(list(self.parameters.others.items())),
        }
        if not self.parameters.plain:
            identities["slopes"] = identity(list(self.parameters.slopes.items()))
        return identities


@dataclass(frozen=True)
class Keyed:
    """A method with its keys, which are computed once and travel with it.

    Attributes
    ----------
    method : Method
        The method.
    key : str
        Of the method as a whole.
    dgp_key, estimator_key : str
        Addresses of random streams: of options alone, so that the same options draw the same.
    parts : mapping of Part to str
        Key of each part, by which it is stored.
    """

    method: Method
    key: str
    dgp_key: str
    estimator_key: str
    parts: Mapping[Part, str]

    @classmethod
    def of(cls, method: Method) -> Keyed:
        """Compute the keys of a method."""
        parts = part_keys(method)
        return cls(
            method,
            fingerprint(sorted(parts.values())),
            fingerprint(method.dgp),
            fingerprint(method.estimator),
            parts,
        )

    @property
    def fit_key(self) -> str:
        """Key of the fit."""
        return self.parts[FIT]

    def stream(self, replication: int, purpose: str) -> np.random.Generator:
        """Return the generator of a replication for a purpose."""
        return generator(self.method.seed, self.dgp_key, replication, purpose)

    def sample(self, replication: int) -> Sample:
        """Draw the data of a replication; the same for every estimator of the cell."""
        return self.method.dgp.draw(self.stream(replication, DATA))

    def fit(self, sample: Sample, replication: int) -> Fit:
        """Estimate a sample, with the estimator's own stream of a replication."""
        rng = self.stream(replication, self.estimator_key)
        return self.method.estimator.fit(sample.panel, rng)


def part_keys(method: Method) -> dict[Part, str]:
    """Compute the key of each part of a method."""
    fit = fingerprint(method.identity)
    keys = {FIT: fit}
    for name, inference in method.inference.items():
        keys[Part("inference", name)] = fingerprint({"fit": fit, "inference": identity(inference)})
    of_inference = {part.name: key for part, key in keys.items() if part.kind == "inference"}
    for name, metric in method.record.items():
        of_metric = {"fit": fit, "metric": identity(metric)}
        if by_inference(metric):
            for inferred, key in of_inference.items():
                keys[Part("metric", name, inferred)] = fingerprint(of_metric | {"inference": key})
        elif getattr(metric, "needs_covariances", False):
            keys[Part("metric", name)] = fingerprint(of_metric | {"inference": of_inference})
        else:
            keys[Part("metric", name)] = fingerprint(of_metric)
    return keys


def by_inference(metric: Metric) -> bool:
    """Return whether a metric has an entry for each inference method."""
    return any(variable.dims[:1] == (INFERENCE,) for variable in metric.variables.values())


def reads_covariances(metric: Metric) -> bool:
    """Return whether a metric says that it reads covariances."""
    return by_inference(metric) or bool(getattr(metric, "needs_covariances", False))


def reads(method: Method, part: Part, inference: str) -> bool:
    """Whether a part is of a metric that reads the covariances of an inference method."""
    if part.kind != "metric":
        return False
    metric = method.record[part.name]
    every = not by_inference(metric) and reads_covariances(metric)
    return every or part.inference == inference


def same_sample(keyed: Keyed) -> tuple[int, str]:
    """Return what methods have in common that fit the same samples."""
    return keyed.method.seed, keyed.dgp_key


LONGEST = 20
"""Numbers that a list of options in words has at most."""


def described(value: Any) -> Any:
    """Return options in words, as JSON can hold them: the canonical form where there is one."""
    try:
        return _shortened(canonical(value))
    except InputError:
        return repr(value if callable(value) else type(value).__qualname__)


def _shortened(form: Any) -> Any:
    """Say of a long list how long it is, and what it is known by."""
    if isinstance(form, list):
        if len(form) > LONGEST:
            return {"list": len(form), "fingerprint": fingerprint(form)}
        return [_shortened(one) for one in form]
    if isinstance(form, dict):
        return {name: _shortened(one) for name, one in form.items()}
    return form
