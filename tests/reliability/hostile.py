"""Code that does what no code should: estimators, designs, inference methods and metrics.

Each is named by what it does, and is to leave a row that says so; no other row may change by it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np

from gfe_mc import Covariance, Fit, Outcome, Panel, Sample, Status, Truth, Variable
from gfe_mc.inference.covariance import InferenceStatus
from tests.helpers import PooledOLS, TwoLevels


class OwnExit(BaseException):
    """An exception of a user's own that is no `Exception`."""


class MuteError(Exception):
    """An exception that cannot say what was wrong."""

    def __str__(self) -> str:
        raise SystemExit("not even this")


class NumericError(Exception):
    """An exception whose text is none."""

    def __str__(self) -> str:
        return 7  # type: ignore[return-value]


class _Nameless(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise SystemExit("no name")


def nameless() -> NoReturn:
    """Raise an exception whose class has no name; here, as all that collects tests would look."""
    kind: Any = _Nameless("nobody", (Exception,), {})
    raise kind


class TracelessError(Exception):
    """An exception that does not say where it was raised."""

    @property
    def __traceback__(self) -> Any:
        raise ValueError("nowhere")

    @__traceback__.setter
    def __traceback__(self, value: Any) -> None:
        pass


class Text(str):
    """A text that is not what it seems."""

    def split(self, *_: Any) -> NoReturn:
        raise SystemExit("no words")

    def __getitem__(self, key: Any) -> str:
        raise SystemExit("no letters")


def deep(n: int = 0) -> int:
    """Recur without end."""
    return deep(n + 1) + 1


def raising(error: BaseException) -> NoReturn:
    """Raise."""
    raise error


RAISES: dict[str, Callable[[], Any]] = {
    "exit": lambda: raising(SystemExit(3)),
    "interrupt": lambda: raising(KeyboardInterrupt()),
    "cancelled": lambda: raising(asyncio.CancelledError()),
    "generator_exit": lambda: raising(GeneratorExit()),
    "stop_iteration": lambda: raising(StopIteration(4)),
    "own_exit": lambda: raising(OwnExit("mine")),
    "memory": lambda: np.ones(2**60),
    "recursion": deep,
    "mute": lambda: raising(MuteError()),
    "numeric": lambda: raising(NumericError()),
    "nameless": nameless,
    "traceless": lambda: raising(TracelessError("somewhere")),
    "text": lambda: raising(ValueError(Text("plain"))),
    "surrogate": lambda: raising(ValueError("half \ud800 a pair")),
    "nul": lambda: raising(ValueError("before \0 after")),
    "escape": lambda: raising(ValueError("\x1b[2J\x1b]0;title\x07 gone")),
    "long": lambda: raising(ValueError("x" * 1_000_000)),
    "long_name": lambda: raising(type("Long" * 10_000, (Exception,), {})("named")),
    "group": lambda: raising(BaseExceptionGroup("both", [SystemExit(1), ValueError("2")])),
}
"""What anything may raise, by name."""


class Fickle(Fit):
    """A fit that does not say how often its objective was met."""

    def __getattribute__(self, name: str) -> Any:
        if name == "n_best":
            raise SystemExit("no tries")
        return super().__getattribute__(name)


def fit(**changes: Any) -> Fit:
    """A fit, with changes."""
    declared: dict[str, Any] = {"theta": np.ones(1), "objective": 1.0}
    return Fit(**(declared | changes))


FITS: dict[str, Callable[[Panel], Any]] = {
    "nothing": lambda _: None,
    "number": lambda _: 1.0,
    "kind": lambda _: Fit,
    "theta_complex": lambda _: fit(theta=np.ones(1) + 1j),
    "theta_text": lambda _: fit(theta=np.array(["1.0"])),
    "theta_object": lambda _: fit(theta=np.array([None])),
    "theta_nothing": lambda _: fit(theta=None),
    "theta_scalar": lambda _: fit(theta=np.float64(1.0)),
    "theta_matrix": lambda _: fit(theta=np.ones((1, 1))),
    "theta_ragged": lambda _: fit(theta=[[1.0], [1.0, 2.0]]),
    "objective_complex": lambda _: fit(objective=1.0 + 2.0j),
    "objective_text": lambda _: fit(objective="1.0"),
    "objective_nothing": lambda _: fit(objective=None),
    "objective_array": lambda _: fit(objective=np.ones(2)),
    "n_best_large": lambda _: fit(n_best=2**40),
    "n_best_huge": lambda _: fit(n_best=2**100),
    "n_best_text": lambda _: fit(n_best="many"),
    "n_best_nan": lambda _: fit(n_best=float("nan")),
    "n_tries_nothing": lambda _: fit(n_tries=None),
    "n_tries_array": lambda _: fit(n_tries=np.ones(3, int)),
    "n_best_raises": lambda _: Fickle(np.ones(1)),
    "status_none": lambda _: fit(status=99),
    "status_text": lambda _: fit(status="SUCCESS"),
    "status_nothing": lambda _: fit(status=None),
    "status_array": lambda _: fit(status=np.zeros(3, int)),
    "status_not_run": lambda _: fit(status=Status.NOT_RUN),
    "status_no_design": lambda _: fit(status=Status.DGP_FAILED),
    "status_no_worker": lambda _: fit(status=Status.WORKER_LOST),
    "groups_float": lambda panel: fit(groups=np.zeros(panel.shape[0])),
    "groups_negative": lambda panel: fit(groups=np.full(panel.shape[0], -1)),
    "groups_matrix": lambda panel: fit(groups=np.zeros((panel.shape[0], 1), int)),
    "groups_text": lambda panel: fit(groups=np.array(["a"] * panel.shape[0])),
}
"""What an estimator may return that is no fit of the panel, by name."""


@dataclass(frozen=True)
class HostileEstimator:
    """An estimator that raises or returns what its name says."""

    name: str

    def fit(self, panel: Panel, rng: np.random.Generator) -> Any:  # noqa: ARG002
        """Do so."""
        return RAISES[self.name]() if self.name in RAISES else FITS[self.name](panel)


@dataclass(frozen=True)
class OpensPanel:
    """An estimator that opens the panel, and overwrites or replaces what is in it."""

    replaces: bool = False

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate, and leave a mess."""
        found = PooledOLS().fit(panel, rng)
        if self.replaces:
            for name in ("y", "x", "observed"):
                object.__setattr__(panel, name, np.zeros_like(getattr(panel, name)))
        for array in (panel.y, panel.x, panel.observed):
            array.setflags(write=True)
            array[...] = 0
        return found


def sample() -> Sample:
    """A sample that is as it should be."""
    return TwoLevels().draw(np.random.default_rng(0))


def truth(**changes: Any) -> Sample:
    """A sample with another truth."""
    one = sample()
    return replace(one, truth=replace(one.truth, **changes))


SAMPLES: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "panel": lambda: sample().panel,
    "no_panel": lambda: Sample(None, Truth(np.ones(1))),  # type: ignore[arg-type]
    "no_truth": lambda: Sample(sample().panel, None),  # type: ignore[arg-type]
    "truth_complex": lambda: truth(theta=np.ones(1) + 1j),
    "truth_matrix": lambda: truth(theta=np.ones((1, 1))),
    "truth_scalar": lambda: truth(theta=1.0),
    "truth_text": lambda: truth(theta=np.array(["one"])),
    "truth_object": lambda: truth(theta=np.array([None])),
}
"""What a design may return that is no sample, by name."""


@dataclass(frozen=True)
class HostileDesign:
    """A design that raises or returns what its name says, on the threads of workers."""

    name: str

    def draw(self, rng: np.random.Generator) -> Any:
        """Do so; where a study is planned, draw what is as it should be."""
        if threading.current_thread() is threading.main_thread():
            return TwoLevels().draw(rng)
        return RAISES[self.name]() if self.name in RAISES else SAMPLES[self.name]()


def covariance(**changes: Any) -> Covariance:
    """A covariance of one slope, with changes."""
    declared: dict[str, Any] = {"theta": np.eye(1)}
    return Covariance(**(declared | changes))


COVARIANCES: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "array": lambda: np.eye(1),
    "theta_complex": lambda: covariance(theta=np.eye(1) + 1j),
    "theta_text": lambda: covariance(theta=np.array([["1.0"]])),
    "theta_vector": lambda: covariance(theta=np.ones(1)),
    "theta_nothing": lambda: covariance(theta=None),
    "status_none": lambda: covariance(status=99),
    "status_large": lambda: covariance(status=300),
    "status_text": lambda: covariance(status="SUCCESS"),
    "status_not_run": lambda: covariance(status=InferenceStatus.NOT_RUN),
    "notes_numbers": lambda: covariance(notes=(1, 2)),
    "notes_nothing": lambda: covariance(notes=None),
}
"""What an inference method may return that is no covariance of the fit, by name."""


@dataclass(frozen=True)
class HostileInference:
    """An inference method that raises or returns what its name says."""

    name: str

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Any:  # noqa: ARG002
        """Do so."""
        return RAISES[self.name]() if self.name in RAISES else COVARIANCES[self.name]()


@dataclass(frozen=True)
class OpensFit:
    """An inference method that overwrites the fit, and the panel."""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        """Leave a mess."""
        for array in (panel.y, panel.x, fit.theta, fit.alpha, fit.groups):
            if array is not None:
                array.setflags(write=True)
                array[...] = 0
        object.__setattr__(fit, "objective", -1.0)
        return Covariance(np.eye(1))


class _Raising(Mapping[str, Any]):
    """A mapping that cannot be read."""

    def __getitem__(self, key: str) -> Any:
        raise SystemExit(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("hostile",))

    def __len__(self) -> int:
        return 1


NUMBER, COUNT, WORDS = Variable(), Variable(dtype="i4"), Variable(dtype="O")
SPREAD = Variable(dims=("parameter",))
RECORDED: dict[str, tuple[Variable, Callable[[str], Any]]] = {
    "nothing": (NUMBER, lambda _: None),
    "undeclared": (NUMBER, lambda _: {"other": 1.0}),
    "unreadable": (NUMBER, lambda _: _Raising()),
    "complex": (NUMBER, lambda name: {name: 1j}),
    "object": (NUMBER, lambda name: {name: object()}),
    "vector": (NUMBER, lambda name: {name: np.ones(2)}),
    "ragged": (SPREAD, lambda name: {name: [[1.0], [1.0, 2.0]]}),
    "parameters": (SPREAD, lambda name: {name: np.ones(5)}),
    "large": (COUNT, lambda name: {name: 2**40}),
    "half": (COUNT, lambda name: {name: 0.5}),
    "words_surrogate": (WORDS, lambda name: {name: "\ud800"}),
    "words_nul": (WORDS, lambda name: {name: "a\0"}),
    "words_long": (WORDS, lambda name: {name: "x" * 1001}),
    "words_bytes": (WORDS, lambda name: {name: b"bytes"}),
}
"""What a metric may record that it did not declare, by name, with what it declares."""


def hostile_metric(name: str) -> Any:
    """A metric that raises or records what its name says, of a type of its own."""
    variable, recorded = RECORDED.get(name, (NUMBER, None))

    def record(_: object, outcome: Outcome) -> Any:  # noqa: ARG001
        return RAISES[name]() if recorded is None else recorded(f"value_{name}")

    members = {"variables": {f"value_{name}": variable}, "record": record, "__module__": __name__}
    kind: Any = type(f"Hostile_{name}", (), members)
    return dataclass(frozen=True)(kind)()


@dataclass(frozen=True)
class OpensOutcome:
    """A metric that overwrites all that it is shown."""

    variables = {"opened": Variable()}  # noqa: RUF012
    needs_covariances = True

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Leave a mess."""
        panel, true, found = outcome.sample.panel, outcome.sample.truth, outcome.fit
        shown = [panel.y, panel.x, true.theta, true.alpha, true.groups, found.theta, found.groups]
        shown += [one.theta for one in outcome.covariances.values()]
        for array in shown:
            if array is not None:
                array.setflags(write=True)
                array[...] = 0
        outcome.parameters.specs.clear()  # type: ignore[attr-defined]
        object.__setattr__(found, "theta", np.full(1, 9.0))
        return {"opened": 1.0}
