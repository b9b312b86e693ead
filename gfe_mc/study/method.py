"""One estimator with its inference and metrics in one cell, and what each of its parts is known by.

What is recorded of a replication falls into parts: the fit, each inference method, each metric.
A part is stored under a key that is made of what its numbers depend on and of nothing else, so
that a study that gains or changes one of them computes that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np

from gfe_mc.canonical import canonical, fingerprint
from gfe_mc.code import identity
from gfe_mc.dgp.sample import DGP, Sample
from gfe_mc.errors import InputError
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import Fit
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.outcome import Metric
from gfe_mc.metrics.variable import INFERENCE, Variable
from gfe_mc.parameters import Parameters
from gfe_mc.seeds import DATA, generator
from gfe_mc.study.apart import copied, trusted
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

DESIGN, PARAMETERS = Part("design"), Part("parameters")
"""What draws samples, and what computes the parameters; nothing is stored of them."""

_T = TypeVar("_T")

Declared = Mapping[str, Mapping[str, Variable]]
"""By name of the metric, what it records by name."""


class Place(NamedTuple):
    """Where in a study a method stands: what a person asks for it by."""

    study: str
    """Name of the experiment."""
    cell: int
    """Number of the cell."""
    estimator: str
    """Name of the estimator."""


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
    inference_keys : mapping of str to str
        Of each inference method, its share in the addresses of random streams, as above.
    variables : mapping of str to mapping of str to Variable
        What each metric records. Like what follows it is asked for once, here: a property of a
        user's own may answer otherwise the next time, or not at all.
    reading : frozenset of str
        Names of the metrics that read the covariances of all inference methods.
    apart : frozenset of Part
        The parts whose code is not the package's own, and that get copies of what others read:
        the estimator, inference methods, metrics, and parameters. The design is named as well.
    place : Place, optional
        Where it stands in a study.
    """

    method: Method
    key: str
    dgp_key: str
    estimator_key: str
    parts: Mapping[Part, str]
    inference_keys: Mapping[str, str] = field(default_factory=dict)
    variables: Declared = field(default_factory=dict)
    reading: frozenset[str] = frozenset()
    apart: frozenset[Part] = frozenset()
    place: Place | None = None

    @classmethod
    def of(
        cls, method: Method, variables: Declared | None = None, place: Place | None = None
    ) -> Keyed:
        """Compute the keys of a method.

        Parameters
        ----------
        method : Method
            The method.
        variables : mapping of str to mapping of str to Variable, optional
            What each metric records; the metrics are asked if left out.
        place : Place, optional
            Where it stands in a study.
        """
        if variables is None:
            variables = {name: dict(metric.variables) for name, metric in method.record.items()}
        reading = frozenset(
            name
            for name, metric in method.record.items()
            if not of_inference(variables[name]) and getattr(metric, "needs_covariances", False)
        )
        parts = part_keys(method, variables, reading)
        return cls(
            method,
            fingerprint(sorted(parts.values())),
            fingerprint(method.dgp),
            fingerprint(method.estimator),
            parts,
            {name: fingerprint(one) for name, one in method.inference.items()},
            variables,
            reading,
            _apart(method),
            place,
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
        return self.method.estimator.fit(self.shown(FIT, sample.panel), rng)

    def reads(self, part: Part, inference: str) -> bool:
        """Whether a part is of a metric that reads the covariances of an inference method."""
        if part.inference:
            return part.inference == inference
        return part.kind == "metric" and part.name in self.reading

    def shown(self, part: Part, value: _T) -> _T:
        """Return what a part is shown: a copy if its code is not the package's own."""
        return copied(value) if part in self.apart else value


def _apart(method: Method) -> frozenset[Part]:
    """The parts whose code is not the package's own."""
    parameters = trusted(method.parameters)
    found = {FIT: trusted(method.estimator), PARAMETERS: parameters}
    found[DESIGN] = trusted(method.dgp)
    for name, inference in method.inference.items():
        found[Part("inference", name)] = trusted(inference)
    for name, metric in method.record.items():
        # Metrics compute parameters.
        found[Part("metric", name)] = parameters and trusted(metric)
    return frozenset(part for part, known in found.items() if not known)


def part_keys(
    method: Method, variables: Declared, reading: frozenset[str] = frozenset()
) -> dict[Part, str]:
    """Compute the key of each part of a method."""
    fit = fingerprint(method.identity)
    keys = {FIT: fit}
    for name, inference in method.inference.items():
        keys[Part("inference", name)] = fingerprint({"fit": fit, "inference": identity(inference)})
    inferred = {part.name: key for part, key in keys.items() if part.kind == "inference"}
    for name, metric in method.record.items():
        of_metric = {"fit": fit, "metric": identity(metric)}
        if of_inference(variables[name]):
            for other, key in inferred.items():
                keys[Part("metric", name, other)] = fingerprint(of_metric | {"inference": key})
        elif name in reading:
            keys[Part("metric", name)] = fingerprint(of_metric | {"inference": inferred})
        else:
            keys[Part("metric", name)] = fingerprint(of_metric)
    return keys


def of_inference(variables: Mapping[str, Variable]) -> bool:
    """Return whether a metric of these variables has an entry for each inference method."""
    return any(variable.dims[:1] == (INFERENCE,) for variable in variables.values())


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
