"""One replication: what is drawn, estimated, scored and recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    GFE,
    CalibratedDGP,
    ChosenGFE,
    Fit,
    Misclassification,
    MultiStart,
    Panel,
    Profiles,
    RandomRelabellings,
    StandardErrors,
    Status,
)
from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.sample import DGP, Sample, Truth
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.misclassification import misclassification
from gfe_mc.metrics.outcome import Metric, MetricStatus
from gfe_mc.metrics.path import Path
from gfe_mc.parameters import Derived, LongRun, Parameters
from gfe_mc.seeds import DATA, generator
from gfe_mc.study.block import CORE, Block, Row
from gfe_mc.study.method import FIT, Keyed, Method, Part
from gfe_mc.study.packing import pack
from gfe_mc.study.replicate import (
    Work,
    lost_block,
    replicate,
    run_block,
    run_blocks,
    run_packed,
)
from tests.helpers import PooledOLS, TwoLevels, tiny_calibration
from tests.inferring import Draws, Fixed, OfFit, RaisesSometimes

PLACE = re.compile(r"(?<=:)\d+")
LONG_RUN: dict[str, Derived] = {"long_run": LongRun(0, 0)}
TIMES = ("seconds", "inference_seconds")


def keyed(
    estimator: Estimator,
    dgp: DGP | None = None,
    *,
    derived: dict[str, Derived] | None = None,
    record: tuple[Metric, ...] = (),
    inference: Mapping[str, Inference] | None = None,
    n_slopes: int = 1,
) -> Keyed:
    """A method with seed 3 that scores misclassification, and what else is asked for."""
    inference = inference or {}
    metrics: list[Metric] = [Misclassification(), *record]
    if inference:
        metrics.append(StandardErrors())
    names = tuple(f"theta{k + 1}" for k in range(n_slopes))
    return Keyed.of(
        Method(
            3,
            dgp or TwoLevels(),
            estimator,
            Parameters.of(names, derived or {}),
            inference,
            {type(metric).__name__: metric for metric in metrics},
        )
    )


def run(one: Keyed, replication: int = 0) -> Row:
    """All parts of a replication."""
    return replicate(Work.whole(one), replication)


def share(row: Row) -> float:
    """Share of units in another group; NaN where it was not scored."""
    return float(row.metric("Misclassification").get("misclassification", np.nan))


def relabelled(row: Row) -> float:
    """Share of units in another group, under random relabellings."""
    return float(row.metric("RandomRelabellings")["misclassification_permutations"])


def fit_of(block: Block) -> dict[str, np.ndarray]:
    """What is recorded of the fits of a block."""
    return block.values[FIT]


def assert_same(one: Block, other: Block) -> None:
    """All but the times are the same, bit by bit."""
    np.testing.assert_array_equal(one.replications, other.replications)
    assert one.values.keys() == other.values.keys()
    for part, values in one.values.items():
        assert values.keys() == other.values[part].keys()
        for name in values.keys() - set(TIMES):
            found = other.values[part][name]
            np.testing.assert_array_equal(values[name], found, err_msg=f"{part} {name}")


def row_of(block: Block, n: int) -> Block:
    """One row of a block, as a block."""
    values = {
        part: {name: array[n : n + 1] for name, array in own.items()}
        for part, own in block.values.items()
    }
    return Block(block.method, block.replications[n : n + 1], values, 0.0)


@dataclass(frozen=True)
class Returns:
    """Returns what it is made of, whatever the panel."""

    theta: tuple[float, ...] = (1.0,)
    groups: tuple[int, ...] | None = None
    status: int = 0

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        groups = None if self.groups is None else np.array(self.groups)
        return Fit(
            theta=np.array(self.theta),
            groups=groups,
            objective=1.5,
            status=self.status,  # type: ignore[arg-type]
            n_best=2,
            n_tries=5,
        )


@dataclass(frozen=True)
class Reads:
    """Estimates the sum of the data, or a draw of its own."""

    name: str
    draws: bool = False

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        value = rng.random() if self.draws else panel.y.sum() + panel.x.sum()
        return Fit(theta=np.array([value]))


@dataclass(frozen=True)
class Raises:
    """Fails."""

    message: str = "no such luck"

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        raise ArithmeticError(self.message)

    def draw(self, rng: np.random.Generator) -> Sample:  # noqa: ARG002
        raise ArithmeticError(self.message)


@dataclass(frozen=True)
class FailsSometimes:
    """Fails where its first draw is below one half."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        if rng.random() < 0.5:
            raise ValueError("below")
        return Fit(theta=np.ones(1))


# Success.


def test_a_row_holds_truth_estimate_and_fit() -> None:
    row = run(keyed(Returns((0.75,)), derived=LONG_RUN), 0)
    assert row.status == Status.SUCCESS
    assert row.fit["message"] == ""
    np.testing.assert_array_equal(row.fit["estimate"], [0.75, 3.0])
    np.testing.assert_array_equal(row.fit["truth"], [1.0, np.inf])
    assert (row.fit["objective"], row.fit["n_best"], row.fit["n_tries"]) == (1.5, 2, 5)
    assert row.fit["seconds"] >= 0.0
    assert np.isnan(share(row))
    assert row.metric("Misclassification")["metric_status"] == MetricStatus.SUCCESS


def test_groups_are_scored() -> None:
    truth = (0, 1, 0, 1, 0, 1, 0, 1)
    assert share(run(keyed(Returns(groups=truth)))) == 0.0
    row = run(keyed(Returns(groups=(1, 1, *truth[2:])), record=(RandomRelabellings(1),)), 0)
    assert share(row) == pytest.approx(1 / 8)
    assert relabelled(row) in (pytest.approx(1 / 8), pytest.approx(7 / 8))
    exhausted = run(keyed(Returns(groups=truth), record=(RandomRelabellings(2),)), 0)
    assert relabelled(exhausted) == 0.0


def test_relabellings_are_drawn_anew_in_each_replication() -> None:
    """With one relabelling of two groups, each of the two shares comes half of the time."""
    method = keyed(Returns(groups=(0, 1) * 4), record=(RandomRelabellings(1),))
    shares = run_block(method, range(100)).values[Part("metric", "RandomRelabellings")][
        "misclassification_permutations"
    ]
    assert set(shares) == {0.0, 1.0}
    assert abs(shares.mean() - 0.5) < 4 * 0.05


def test_gfe_finds_groups_that_are_far_apart() -> None:
    method = keyed(GFE(groups=2))
    row = run(method, 0)
    assert row.status == Status.SUCCESS
    assert share(row) == 0.0
    panel = method.sample(0).panel
    again = GFE(groups=2).fit(panel, method.stream(0, method.estimator_key))
    assert row.fit["objective"] == again.objective
    np.testing.assert_array_equal(row.fit["estimate"], again.theta)


def test_an_own_estimator_in_ten_lines_works() -> None:
    row = run(keyed(PooledOLS(), TwoLevels(n_units=200, gap=0.0)), 0)
    assert row.status == Status.SUCCESS
    # Errors have standard deviation 0.1 and the regressor 1, over 800 cells.
    assert row.fit["estimate"] == pytest.approx([1.0], abs=4 * 0.1 / np.sqrt(800))


# Streams.


def test_every_estimator_sees_the_same_data() -> None:
    one, other = keyed(Reads("one")), keyed(Reads("other"))
    assert one.key != other.key
    for replication in range(3):
        row = run(one, replication)
        np.testing.assert_array_equal(row.fit["estimate"], run(other, replication).fit["estimate"])
        panel = TwoLevels().draw(generator(3, one.dgp_key, replication, DATA)).panel
        np.testing.assert_array_equal(row.fit["estimate"], [panel.y.sum() + panel.x.sum()])


def test_every_estimator_and_replication_has_its_own_stream() -> None:
    methods = [keyed(Reads(name, draws=True)) for name in ("one", "other")]
    draws = {float(run(method, r).fit["estimate"][0]) for method in methods for r in range(5)}
    assert len(draws) == 10


def test_data_differ_between_replications_and_seeds() -> None:
    other = Method(4, TwoLevels(), Reads("one"), Parameters.of(("theta1",), {}))
    rows = [run(keyed(Reads("one")), r) for r in range(5)]
    rows.append(run(Keyed.of(other)))
    assert len({float(row.fit["estimate"][0]) for row in rows}) == 6


# Blocks.


@pytest.mark.parametrize("estimator", [GFE(groups=2), PooledOLS(), FailsSometimes()])
def test_a_block_is_its_replications_alone(estimator: Estimator) -> None:
    method = keyed(estimator, derived=LONG_RUN, record=(RandomRelabellings(1),))
    block = run_block(method, [3, 4, 5])
    assert block.method == method.key
    assert block.wall > 0.0
    for n, replication in enumerate([3, 4, 5]):
        assert_same(run_block(method, [replication]), row_of(block, n))


def test_the_order_within_a_block_does_not_matter() -> None:
    method = keyed(GFE(groups=2))
    forwards, backwards = run_block(method, [0, 1, 2]), run_block(method, [2, 1, 0])
    for name in ("estimate", "truth", "objective", "n_best"):
        np.testing.assert_array_equal(fit_of(forwards)[name], fit_of(backwards)[name][::-1])


def test_types_and_shapes_of_a_block() -> None:
    block = run_block(keyed(PooledOLS(), derived=LONG_RUN), [0, 1, 2])
    assert set(block.values) == {FIT, Part("metric", "Misclassification")}
    assert set(fit_of(block)) == set(CORE)
    for name, variable in CORE.items():
        assert fit_of(block)[name].shape == (3, 2)[: 1 + len(variable.dims)]
        assert fit_of(block)[name].dtype == variable.stored


def test_failures_are_counted() -> None:
    block = run_block(keyed(FailsSometimes()), range(40))
    failed = fit_of(block)["status"] == Status.ESTIMATOR_FAILED
    assert 0 < block.n_failed == failed.sum() < 40
    np.testing.assert_array_equal(failed, np.isnan(fit_of(block)["estimate"][:, 0]))
    said = [message.startswith("ValueError: below (") for message in fit_of(block)["message"]]
    np.testing.assert_array_equal(failed, said)
    assert len(block.faults()) == block.n_failed


# Failure is data.


def test_an_estimator_that_raises() -> None:
    row = run(keyed(Raises(), derived=LONG_RUN), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert PLACE.sub("LINE", row.fit["message"]) == (
        "ArithmeticError: no such luck (test_replicate.py:LINE in fit)"
    )
    assert np.isnan(row.fit["estimate"]).all()
    assert row.fit["estimate"].shape == (2,)
    np.testing.assert_array_equal(row.fit["truth"], [1.0, np.inf])
    assert "objective" not in row.fit
    assert row.fit["seconds"] >= 0.0
    scored = row.metric("Misclassification")
    assert scored == {"metric_status": int(MetricStatus.NO_FIT)}


def test_a_design_that_raises() -> None:
    row = run(keyed(PooledOLS(), Raises("bad draw"), derived=LONG_RUN), 0)
    assert row.status == Status.DGP_FAILED
    assert row.fit["message"].startswith("ArithmeticError: bad draw (test_replicate.py:")
    assert np.isnan(row.fit["truth"]).all()
    assert np.isnan(row.fit["estimate"]).all()
    assert row.fit["truth"].shape == row.fit["estimate"].shape == (2,)
    assert "seconds" not in row.fit
    assert row.metric("Misclassification")["metric_status"] == MetricStatus.NO_FIT


@dataclass(frozen=True)
class Interrupts:
    """Interrupted wherever it is asked for anything."""

    def _interrupt(self, *_: object) -> Any:
        raise KeyboardInterrupt

    fit = draw = covariance = _interrupt


@pytest.mark.parametrize(
    "method",
    [
        keyed(Interrupts()),
        keyed(PooledOLS(), Interrupts()),
        keyed(Returns(), inference={"one": Interrupts()}),
    ],
    ids=["estimator", "design", "inference"],
)
def test_an_interrupt_ends_a_replication_of_the_main_thread_and_of_no_other(method: Keyed) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(method)
    with ThreadPoolExecutor(1) as pool:
        block = pool.submit(run_block, method, [0]).result()
    assert block.faults()[0].endswith("in _interrupt)")


def test_no_fit_and_no_sample_are_told_as_such() -> None:
    @dataclass(frozen=True)
    class Nothing:
        def fit(self, panel: Panel, rng: np.random.Generator) -> Any:  # noqa: ARG002
            return None

        def draw(self, rng: np.random.Generator) -> Any:  # noqa: ARG002
            return None

    said = run(keyed(Nothing())).fit["message"]
    assert said.startswith("InputError: An estimator must return a Fit; got a NoneType.")
    said = run(keyed(PooledOLS(), Nothing())).fit["message"]
    assert said.startswith("InputError: A design must draw a Sample of a Panel and its truth;")


@pytest.mark.parametrize("theta", [(1.0, 2.0), (1.0, 2.0, 3.0)])
def test_slopes_of_the_wrong_shape(theta: tuple[float, ...]) -> None:
    row = run(keyed(Returns(theta)), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert row.fit["message"] == f"ValueError: theta has shape ({len(theta)},), not (1,)"
    assert np.isnan(row.fit["estimate"]).all()


def test_an_estimator_without_slopes_has_no_estimate_of_them() -> None:
    row = run(keyed(Returns(()), derived=LONG_RUN))
    assert row.status == Status.NOT_FINITE
    assert np.isnan(row.fit["estimate"]).all()
    assert row.fit["estimate"].shape == (2,)
    assert row.fit["objective"] == 1.5


def test_one_slope_that_is_missing_leaves_the_others_as_they_are() -> None:
    two = CalibratedDGP(tiny_calibration(error_variance=1.0))
    row = run(keyed(Returns((np.nan, 2.0)), two, n_slopes=2))
    assert row.status == Status.SUCCESS
    np.testing.assert_array_equal(row.fit["estimate"], [np.nan, 2.0])


def test_a_derived_parameter_that_is_missing_leaves_the_slopes_as_they_are() -> None:
    row = run(keyed(Returns((1.0,)), derived=LONG_RUN))
    assert row.status == Status.SUCCESS
    np.testing.assert_array_equal(row.fit["estimate"], [1.0, np.inf])


@pytest.mark.parametrize("groups", [(0,), (0, 1), (0, 1) * 5])
def test_groups_of_the_wrong_shape(groups: tuple[int, ...]) -> None:
    """A single label must not be taken for that of every unit."""
    row = run(keyed(Returns(groups=groups)), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert np.isnan(share(row))


@pytest.mark.parametrize("theta", [np.nan, np.inf])
def test_slopes_that_are_not_finite(theta: float) -> None:
    row = run(keyed(Returns((theta,))), 0)
    assert row.status == Status.NOT_FINITE
    assert row.fit["message"] == Status.NOT_FINITE.message


@pytest.mark.parametrize("status", [Status.ITERATION_LIMIT, Status.COLLINEAR, Status.NOT_FINITE])
def test_what_the_estimator_says_of_itself_is_kept(status: Status) -> None:
    row = run(keyed(Returns(status=status)), 0)
    assert row.status == status
    assert row.fit["message"] == status.message


def test_a_status_that_is_none() -> None:
    row = run(keyed(Returns(status=99)), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert "99" in row.fit["message"]


def test_an_estimate_that_is_missing_is_not_counted_as_used() -> None:
    """Whatever status the estimator gave it."""
    block = run_block(keyed(Returns((np.nan,), status=Status.ITERATION_LIMIT)), [0])
    assert block.n_failed == 1


def test_an_estimator_cannot_change_the_data_of_the_next() -> None:
    @dataclass(frozen=True)
    class Overwrites:
        def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
            panel.y[:] = 0.0
            return Fit(theta=np.ones(1))

    row = run(keyed(Overwrites()), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert "read-only" in row.fit["message"]


def test_what_is_recorded_when_a_worker_is_lost() -> None:
    block = lost_block(Work.whole(keyed(PooledOLS(), derived=LONG_RUN)), 17)
    assert block.replications.tolist() == [17]
    assert fit_of(block)["status"].tolist() == [Status.WORKER_LOST]
    assert fit_of(block)["message"].tolist() == [Status.WORKER_LOST.message]
    assert fit_of(block)["estimate"].shape == (1, 2)
    scored = block.values[Part("metric", "Misclassification")]
    assert scored["metric_status"].tolist() == [MetricStatus.NO_FIT]
    assert block.n_failed == 1


def test_misclassification_is_that_of_the_fit() -> None:
    dgp = TwoLevels(n_units=30, gap=0.05)
    method = keyed(GFE(groups=2), dgp)
    sample = method.sample(0)
    fit = GFE(groups=2).fit(sample.panel, method.stream(0, method.estimator_key))
    assert fit.groups is not None
    assert sample.truth.groups is not None
    expected = misclassification(fit.groups, sample.truth.groups)
    assert expected > 0.0
    assert share(run(method)) == expected


# Inference.


def errors_of(method: Keyed, replication: int = 0) -> np.ndarray:
    """Standard errors (M, P) of a replication, in the order in which methods are declared."""
    row = run(method, replication)
    blank = np.full(len(row.fit["estimate"]), np.nan)
    return np.array(
        [
            row.metric("StandardErrors", name).get("standard_error", blank)
            for name in method.method.inference
        ]
    )


def inferred(row: Row, variable: str) -> list[Any]:
    """What each inference method says of itself, in alphabetical order of their names."""
    return [v[variable] for part, v in sorted(row.parts.items()) if part.kind == "inference"]


def statuses_of(method: Keyed, replication: int = 0) -> list[int]:
    """How each method ended."""
    row = run(method, replication)
    return [row.inference(name)["inference_status"] for name in method.method.inference]


def test_standard_errors_by_hand() -> None:
    # At .75 the slope of theta / (1 - theta) is 1 / .25^2.
    methods = {"one": Fixed(((0.01,),)), "other": Fixed(((0.04,),), notes=("first", "second"))}
    method = keyed(Returns((0.75,)), derived=LONG_RUN, inference=methods)
    row = run(method)
    np.testing.assert_allclose(errors_of(method), [[0.1, 1.6], [0.2, 3.2]])
    assert inferred(row, "inference_status") == [InferenceStatus.SUCCESS] * 2
    assert inferred(row, "inference_message") == ["", "first; second"]
    assert all(seconds >= 0.0 for seconds in inferred(row, "inference_seconds"))
    assert row.status == Status.SUCCESS


def test_errors_of_derived_parameters_are_those_of_the_delta_method() -> None:
    # theta2 / (1 - theta1) at (.5, 2): gradient (8, 2), variance 64 .04 + 32 .01 + 4 .09.
    method = keyed(
        Returns((0.5, 2.0)),
        CalibratedDGP(tiny_calibration(error_variance=1.0)),
        derived={"long_run": LongRun(1, 0), "other": LongRun(0, 1)},
        inference={"fixed": Fixed(((0.04, 0.01), (0.01, 0.09)))},
        n_slopes=2,
    )
    # theta1 / (1 - theta2): gradient (-1, .5), variance .04 - .01 + .25 .09.
    expected = np.array([[0.2, 0.3, 1.8, np.sqrt(0.0525)]])
    np.testing.assert_allclose(errors_of(method), expected, rtol=1e-12)


@dataclass(frozen=True)
class ByDraws:
    """Errors of derived parameters from draws of the slopes."""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        return Covariance(np.eye(1), draws=np.array([[0.0], [0.5], [0.75]]), by_draws=True)


def test_errors_of_derived_parameters_by_draws() -> None:
    method = keyed(Returns(), derived=LONG_RUN, inference={"draws": ByDraws()})
    expected = np.array([[1.0, np.std([0.0, 1.0, 3.0], ddof=1)]])
    np.testing.assert_allclose(errors_of(method), expected)


def test_a_unit_root_takes_no_error_from_the_slope() -> None:
    method = keyed(Returns((1.0,)), derived=LONG_RUN, inference={"fixed": Fixed()})
    np.testing.assert_array_equal(errors_of(method), [[0.1, np.nan]])
    assert statuses_of(method) == [InferenceStatus.SUCCESS]


def test_inference_that_raises_is_recorded_and_hinders_no_other() -> None:
    methods: dict[str, Inference] = {
        "before": OfFit(),
        "raises": RaisesSometimes(),
        "after": Draws(),
    }
    method = keyed(GFE(2, MultiStart(5)), TwoLevels(gap=1.0), inference=methods)
    alone = {
        name: keyed(GFE(2, MultiStart(5)), TwoLevels(gap=1.0), inference={name: method})
        for name, method in methods.items()
    }
    failed = 0
    for replication in range(12):
        row = run(method, replication)
        assert row.status == Status.SUCCESS
        errors = errors_of(method, replication)
        assert all(seconds >= 0.0 for seconds in inferred(row, "inference_seconds"))
        raised = method.sample(replication).panel.y[0, 0] > 0
        failed += raised
        success, failure = InferenceStatus.SUCCESS, InferenceStatus.INFERENCE_FAILED
        assert statuses_of(method, replication) == [
            success,
            failure if raised else success,
            success,
        ]
        assert inferred(row, "inference_message")[:2] == ["", ""]
        message = inferred(row, "inference_message")[2]
        if raised:
            assert message.startswith("ArithmeticError: théta is out of reach (inferring.py:")
            expected = {"metric_status": int(MetricStatus.NO_FIT)}
            assert row.metric("StandardErrors", "raises") == expected
        assert bool(message) == raised
        assert np.isnan(errors[1]).all() == raised
        for m, name in enumerate(methods):
            np.testing.assert_array_equal(errors[m], errors_of(alone[name], replication)[0])
    assert 0 < failed < 12


@pytest.mark.parametrize(
    "status",
    [s for s in InferenceStatus if s not in (InferenceStatus.SUCCESS, InferenceStatus.NOT_RUN)],
)
def test_what_inference_says_of_itself_is_kept(status: InferenceStatus) -> None:
    missing = Fixed(((np.nan,),), int(status), (status.message,))
    method = keyed(Returns(), derived=LONG_RUN, inference={"none": missing})
    row = run(method)
    assert inferred(row, "inference_status") == [status]
    assert inferred(row, "inference_message") == [status.message]
    assert np.isnan(errors_of(method)).all()
    assert row.status == Status.SUCCESS


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_covariance_that_is_not_finite_is_no_success(value: float) -> None:
    methods = {"bad": Fixed(((value,),)), "good": Fixed()}
    method = keyed(Returns(), inference=methods)
    assert statuses_of(method) == [InferenceStatus.NOT_FINITE, InferenceStatus.SUCCESS]


def test_a_status_of_inference_that_is_none() -> None:
    method = keyed(Returns(), inference={"bad": Fixed(status=99)})
    row = run(method)
    assert inferred(row, "inference_status") == [InferenceStatus.INFERENCE_FAILED]
    assert "99" in inferred(row, "inference_message")[0]
    assert np.isnan(errors_of(method)).all()


@dataclass(frozen=True)
class Overwrites:
    """Tries to change the data."""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        panel.y[:] = 0.0
        return Covariance(np.eye(1))


def test_inference_cannot_change_the_data_of_the_next() -> None:
    method = keyed(GFE(2), inference={"overwrites": Overwrites(), "of_fit": OfFit()})
    assert statuses_of(method) == [InferenceStatus.INFERENCE_FAILED, InferenceStatus.SUCCESS]
    alone = keyed(GFE(2), inference={"of_fit": OfFit()})
    np.testing.assert_array_equal(errors_of(method)[1], errors_of(alone)[0])


@pytest.mark.parametrize(
    ("estimator", "runs"),
    [
        (Returns(status=Status.ITERATION_LIMIT), True),
        (Returns(status=Status.COLLINEAR), False),
        (Returns((np.nan,)), False),
        (Raises(), False),
    ],
)
def test_inference_needs_an_estimate(estimator: Estimator, runs: bool) -> None:
    method = keyed(estimator, inference={"fixed": Fixed()})
    row = run(method)
    assert bool(row.inference("fixed")) == runs
    scored = MetricStatus.SUCCESS if runs else MetricStatus.NO_FIT
    assert row.metric("StandardErrors", "fixed")["metric_status"] == scored
    block = run_block(method, [0, 1])
    assert set(block.values) == set(method.parts)
    ran = block.values[Part("inference", "fixed")]["inference_status"]
    assert ran.tolist() == [InferenceStatus.SUCCESS if runs else InferenceStatus.NOT_RUN] * 2


@pytest.mark.parametrize(
    ("covariance", "n_slopes"),
    [(((1.0, 0.0), (0.0, 1.0)), 1), (((1.0,),), 2)],
    ids=["more", "fewer"],
)
def test_a_covariance_of_the_wrong_shape_is_recorded_as_failed(
    covariance: tuple[tuple[float, ...], ...], n_slopes: int
) -> None:
    """Neither may it end the study, nor may one error stand for every slope."""
    two = CalibratedDGP(tiny_calibration(error_variance=1.0))
    method = keyed(
        Returns((0.5,) * n_slopes),
        two if n_slopes == 2 else TwoLevels(),
        inference={"bad": Fixed(covariance)},
        n_slopes=n_slopes,
    )
    assert statuses_of(method) == [InferenceStatus.INFERENCE_FAILED]


@pytest.mark.filterwarnings("ignore:invalid value encountered in sqrt")
def test_a_negative_variance_is_no_success() -> None:
    method = keyed(Returns(), inference={"bad": Fixed(((-1.0,),))})
    assert np.isnan(errors_of(method)).all()
    assert statuses_of(method) != [InferenceStatus.SUCCESS]


# Streams of inference.


def test_streams_of_inference_are_addresses() -> None:
    method = keyed(GFE(2), inference={"draws": Draws()})
    purpose = f"inference {fingerprint(GFE(2))} {fingerprint(Draws())}"
    for replication in range(3):
        rng = generator(3, fingerprint(TwoLevels()), replication, purpose)
        expected = [[1.0 + rng.random()]]
        np.testing.assert_allclose(errors_of(method, replication), expected, rtol=1e-15)


def test_streams_of_inference_depend_on_estimator_and_method_and_nothing_else() -> None:
    one, other = Draws(), Draws("other")
    methods = [
        keyed(GFE(2), inference={"one": one}),
        keyed(GFE(2), inference={"other": other}),
        keyed(PooledOLS(), inference={"one": one}),
        keyed(PooledOLS(), TwoLevels(gap=4.0), inference={"one": one}),
    ]
    draws = [float(errors_of(method, r)[0, 0]) for method in methods for r in range(4)]
    assert len(set(draws)) == len(draws)
    together = keyed(
        GFE(2),
        record=(Profiles(), RandomRelabellings(1)),
        inference={"a": other, "b": Fixed(), "c": one},
    )
    for replication in range(4):
        errors = errors_of(together, replication)[:, 0]
        assert errors[0] == draws[4 + replication]
        assert errors[2] == draws[replication]


def test_inference_has_no_part_in_the_estimates() -> None:
    plain = keyed(GFE(2), TwoLevels(gap=0.5))
    inferred = keyed(
        GFE(2),
        TwoLevels(gap=0.5),
        record=(Profiles(),),
        inference={"draws": Draws(), "of_fit": OfFit()},
    )
    one, other = run_block(plain, range(5)), run_block(inferred, range(5))
    for part, values in one.values.items():
        for name in values.keys() - set(TIMES):
            found = other.values[part][name]
            np.testing.assert_array_equal(values[name], found, err_msg=name)
    assert set(one.values) < set(other.values)


def test_the_stream_of_inference_is_not_that_of_the_estimator() -> None:
    method = keyed(Reads("draws", draws=True), inference={"draws": Draws()})
    row = run(method, 0)
    assert row.fit["estimate"][0] + 1.0 != errors_of(method)[0, 0]


def test_a_block_with_inference_is_its_replications_alone() -> None:
    method = keyed(
        GFE(2, MultiStart(5)),
        TwoLevels(gap=1.0),
        derived=LONG_RUN,
        inference={"raises": RaisesSometimes(), "of_fit": OfFit()},
        record=(Profiles(),),
    )
    block = run_block(method, [3, 4, 5])
    for n, replication in enumerate([3, 4, 5]):
        assert_same(run_block(method, [replication]), row_of(block, n))
    assert_same(run_packed(pack([Work.whole(method)]), [3, 4, 5])[0], block)


# Profiles and paths.


@dataclass(frozen=True)
class Relabelled:
    """A fit whose groups are numbered otherwise."""

    groups: int
    order: tuple[int, ...]

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        fit = GFE(self.groups).fit(panel, np.random.default_rng(0))
        assert fit.alpha is not None
        assert fit.groups is not None
        order = np.array(self.order)
        return replace(fit, alpha=fit.alpha[order], groups=np.argsort(order)[fit.groups])


@dataclass(frozen=True)
class ThreeLevels:
    """Units at three levels with much noise; the truth may go untold."""

    told: bool = True

    def draw(self, rng: np.random.Generator) -> Sample:
        groups = np.array([2, 0, 1, 1, 2, 0, 1, 2, 2, 1, 0, 1])
        alpha = np.array([[0.0, 3.0], [1.0, -1.0], [2.0, 1.0]])
        x = rng.standard_normal((12, 2, 1))
        panel = Panel.from_arrays(
            x[:, :, 0] + alpha[groups] + 0.7 * rng.standard_normal((12, 2)), x
        )
        return Sample(panel, Truth(np.ones(1), alpha, groups) if self.told else Truth(np.ones(1)))


def profiles_of(method: Keyed, replication: int) -> tuple[np.ndarray, np.ndarray]:
    """Estimated and true profiles of a replication that has them."""
    found = run(method, replication).metric("Profiles")
    return found["profiles"], found["true_profiles"]


def test_profiles_by_hand() -> None:
    method = keyed(Relabelled(2, (1, 0)), TwoLevels(gap=5.0), record=(Profiles(),))
    profiles, truth = profiles_of(method, 0)
    np.testing.assert_array_equal(truth, np.outer([0.0, 5.0], np.ones(4)))
    # Four units a group, errors with standard deviation 0.1.
    np.testing.assert_allclose(profiles, truth, atol=0.3)


def test_labels_of_a_fit_do_not_matter_to_its_profiles() -> None:
    for replication in range(5):
        one, other = (
            profiles_of(keyed(Relabelled(2, order), TwoLevels(), record=(Profiles(),)), replication)
            for order in ((0, 1), (1, 0))
        )
        np.testing.assert_array_equal(one, other)


def matches(profiles: np.ndarray, replication: int) -> int:
    """How many units are in their true group if profile g is that of the true group g."""
    method = keyed(Relabelled(3, (0, 1, 2)), ThreeLevels())
    sample = method.sample(replication)
    fit = GFE(3).fit(sample.panel, np.random.default_rng(0))
    assert fit.alpha is not None
    assert fit.groups is not None
    own = fit.alpha[fit.groups]
    assert sample.truth.groups is not None
    return int((own == profiles[sample.truth.groups]).all(axis=1).sum())


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_profiles_are_in_the_order_that_puts_most_units_right(order: tuple[int, ...]) -> None:
    method = keyed(Relabelled(3, order), ThreeLevels(), record=(Profiles(),))
    for replication in range(10):
        profiles, _ = profiles_of(method, replication)
        every = [profiles[list(other)] for other in permutations(range(3))]
        most = max(matches(others, replication) for others in every)
        assert matches(profiles, replication) == most


def test_profiles_of_another_number_of_groups_are_recorded_as_they_are() -> None:
    fit = Relabelled(4, (3, 1, 0, 2))
    profiles, truth = profiles_of(keyed(fit, ThreeLevels(), record=(Profiles(),)), 0)
    assert truth.shape == (3, 2)
    sample = keyed(fit, ThreeLevels()).sample(0)
    np.testing.assert_array_equal(profiles, fit.fit(sample.panel, np.random.default_rng(0)).alpha)


def test_profiles_without_a_truth_are_recorded_as_they_are() -> None:
    row = run(keyed(Relabelled(3, (2, 0, 1)), ThreeLevels(False), record=(Profiles(),)), 0)
    assert "true_profiles" not in row.metric("Profiles")
    assert row.metric("Profiles")["profiles"].shape == (3, 2)


def test_nothing_is_recorded_of_profiles_unless_asked_for_or_where_there_are_none() -> None:
    assert Part("metric", "Profiles") not in run(keyed(GFE(2))).parts
    for estimator, status in (
        (PooledOLS(), MetricStatus.SUCCESS),
        (Returns(groups=(0, 1) * 4), MetricStatus.SUCCESS),
        (Raises(), MetricStatus.NO_FIT),
    ):
        row = run(keyed(estimator, record=(Profiles(),)))
        assert row.metric("Profiles") == {"metric_status": int(status)}


def test_the_path_of_a_chosen_number_of_groups_is_recorded() -> None:
    chosen = ChosenGFE(3, search=MultiStart(5))
    method = keyed(chosen, TwoLevels(gap=20.0), record=(Path(),))
    row = run(method)
    path = row.metric("Path")["path"]
    assert path.shape == (3,)
    assert (np.diff(path) <= 0.0).all()
    assert row.fit["objective"] == path[1]
    assert run_block(method, [0, 1]).values[Part("metric", "Path")]["path"].shape == (2, 3)


class CountsDraws:
    """A DGP that counts how often it was drawn from, and can fail."""

    def __init__(self, fails_at: int = -1) -> None:
        self.drawn = 0
        self.fails_at = fails_at

    def draw(self, rng: np.random.Generator) -> Sample:
        self.drawn += 1
        if self.drawn - 1 == self.fails_at:
            raise ValueError("no luck")
        return TwoLevels().draw(rng)


def drawing_from(one: Keyed, dgp: DGP) -> Work:
    """The whole work of a method, with another DGP under the same keys."""
    return Work.whole(replace(one, method=replace(one.method, dgp=dgp)))


def test_methods_of_a_cell_share_each_sample() -> None:
    one, other = keyed(PooledOLS()), keyed(FailsSometimes())
    counts = CountsDraws()
    blocks = run_blocks([drawing_from(method, counts) for method in (one, other)], [3, 4, 5])
    assert counts.drawn == 3
    for method, block in zip((one, other), blocks, strict=True):
        assert_same(block, run_block(method, [3, 4, 5]))
    failing = drawing_from(one, CountsDraws(1))
    for n, block in enumerate(run_blocks([failing, failing], [0, 1])):
        assert fit_of(block)["status"].tolist() == [0, Status.DGP_FAILED], n
        assert "no luck" in str(fit_of(block)["message"][1])


# Parts.


def test_each_part_is_known_by_what_its_numbers_depend_on_and_by_nothing_else() -> None:
    plain = keyed(GFE(2)).method
    assert set(plain.identity) == {"computation", "seed", "dgp", "estimator", "derived"}

    def parts(**changes: Any) -> dict[Part, str]:
        return dict(Keyed.of(replace(plain, **changes)).parts)

    before = parts(inference={"one": Draws()}, record={"StandardErrors": StandardErrors()})
    errors = Part("metric", "StandardErrors", "one")
    assert set(before) == {FIT, Part("inference", "one"), errors}
    assert before[FIT] == parts()[FIT]
    renamed = parts(inference={"other": Draws()})
    assert renamed[Part("inference", "other")] == before[Part("inference", "one")]
    changed = parts(inference={"one": Draws("other")}, record={"StandardErrors": StandardErrors()})
    differing = {part for part in before if before[part] != changed[part]}
    assert differing == {Part("inference", "one"), errors}
    more = parts(
        inference={"two": Fixed(), "one": Draws()},
        record={"Profiles": Profiles(), "StandardErrors": StandardErrors()},
    )
    assert before.items() <= more.items()
    seeded = parts(seed=4, inference={"one": Draws()}, record={"StandardErrors": StandardErrors()})
    assert not set(before.values()) & set(seeded.values())


def test_only_the_parts_that_are_asked_for_are_computed() -> None:
    """The estimator runs again; what nothing of it is asked for does not."""
    method = keyed(
        GFE(2), record=(Profiles(),), inference={"raises": RaisesSometimes(), "draws": Draws()}
    )
    whole = run(method)
    for part in method.parts:
        alone = replicate(Work(method, frozenset({part})), 0)
        assert set(alone.parts) == {part}
        for name, value in alone.parts[part].items():
            if name not in TIMES:
                np.testing.assert_array_equal(value, whole.parts[part][name], err_msg=name)
    assert Work(method, frozenset({Part("metric", "Profiles")})).inference() == []
    errors = Part("metric", "StandardErrors", "draws")
    assert Work(method, frozenset({errors})).inference() == ["draws"]
