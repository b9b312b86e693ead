"""One replication: what is drawn, estimated, scored and recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import pytest

from gfe_mc import GFE, CalibratedDGP, ChosenGFE, Fit, MultiStart, Panel, Status
from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.sample import DGP, Sample, Truth
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.score import misclassification
from gfe_mc.parameters import Derived, LongRun
from gfe_mc.seeds import DATA, generator
from gfe_mc.study.block import FURTHER, VARIABLES, Block
from gfe_mc.study.replicate import (
    Addressed,
    Arm,
    lost_block,
    pack,
    replicate,
    run_block,
    run_blocks,
    run_packed,
)
from tests.helpers import PooledOLS, TwoLevels, tiny_calibration
from tests.inferring import Draws, Fixed, OfFit, RaisesSometimes

LONG_RUN: dict[str, Derived] = {"long_run": LongRun(0, 0)}


def addressed(
    estimator: Estimator,
    dgp: DGP | None = None,
    *,
    derived: dict[str, Derived] | None = None,
    permutations: int = 0,
    inference: Mapping[str, Inference] | None = None,
    profiles: bool = False,
    n_slopes: int = 1,
) -> Addressed:
    """An arm with seed 3."""
    derived, inference = derived or {}, inference or {}
    arm = Arm(3, dgp or TwoLevels(), estimator, derived, permutations, inference, profiles)
    return Addressed.of(arm, n_slopes + len(derived))


def assert_same(one: Block, other: Block) -> None:
    """All but the times are the same, bit by bit."""
    np.testing.assert_array_equal(one.replications, other.replications)
    assert set(one.values) == set(other.values)
    for name in one.values:
        if name not in ("seconds", "inference_seconds"):
            np.testing.assert_array_equal(one.values[name], other.values[name], err_msg=name)


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
    row = replicate(addressed(Returns((0.75,)), derived=LONG_RUN), 0)
    assert row.status == Status.SUCCESS
    assert row.message == ""
    np.testing.assert_array_equal(row.estimate, [0.75, 3.0])
    np.testing.assert_array_equal(row.truth, [1.0, np.inf])
    assert (row.objective, row.n_best, row.n_tries) == (1.5, 2, 5)
    assert row.seconds >= 0.0
    assert np.isnan(row.misclassification)
    assert np.isnan(row.misclassification_permutations)


def test_groups_are_scored() -> None:
    truth = (0, 1, 0, 1, 0, 1, 0, 1)
    assert replicate(addressed(Returns(groups=truth)), 0).misclassification == 0.0
    row = replicate(addressed(Returns(groups=(1, 1, *truth[2:])), permutations=1), 0)
    assert row.misclassification == pytest.approx(1 / 8)
    assert row.misclassification_permutations in (pytest.approx(1 / 8), pytest.approx(7 / 8))
    exhausted = replicate(addressed(Returns(groups=truth), permutations=2), 0)
    assert exhausted.misclassification_permutations == 0.0


def test_relabellings_are_drawn_anew_in_each_replication() -> None:
    """With one relabelling of two groups, each of the two shares comes half of the time."""
    arm = addressed(Returns(groups=(0, 1) * 4), permutations=1)
    shares = run_block(arm, range(100)).values["misclassification_permutations"]
    assert set(shares) == {0.0, 1.0}
    assert abs(shares.mean() - 0.5) < 4 * 0.05


def test_gfe_finds_groups_that_are_far_apart() -> None:
    arm = addressed(GFE(groups=2))
    row = replicate(arm, 0)
    assert row.status == Status.SUCCESS
    assert row.misclassification == 0.0
    panel = arm.sample(0).panel
    again = GFE(groups=2).fit(panel, arm.stream(0, arm.estimator_key))
    assert row.objective == again.objective
    np.testing.assert_array_equal(row.estimate, again.theta)


def test_an_own_estimator_in_ten_lines_works() -> None:
    row = replicate(addressed(PooledOLS(), TwoLevels(n_units=200, gap=0.0)), 0)
    assert row.status == Status.SUCCESS
    # Errors have standard deviation 0.1 and the regressor 1, over 800 cells.
    assert row.estimate == pytest.approx([1.0], abs=4 * 0.1 / np.sqrt(800))


# Streams.


def test_every_estimator_sees_the_same_data() -> None:
    one, other = addressed(Reads("one")), addressed(Reads("other"))
    assert one.key != other.key
    for replication in range(3):
        row = replicate(one, replication)
        np.testing.assert_array_equal(row.estimate, replicate(other, replication).estimate)
        panel = TwoLevels().draw(generator(3, one.dgp_key, replication, DATA)).panel
        np.testing.assert_array_equal(row.estimate, [panel.y.sum() + panel.x.sum()])


def test_every_estimator_and_replication_has_its_own_stream() -> None:
    arms = [addressed(Reads(name, draws=True)) for name in ("one", "other")]
    draws = {float(replicate(arm, r).estimate[0]) for arm in arms for r in range(5)}
    assert len(draws) == 10


def test_data_differ_between_replications_and_seeds() -> None:
    arm = Arm(4, TwoLevels(), Reads("one"), {}, 0)
    rows = [replicate(addressed(Reads("one")), r) for r in range(5)]
    rows.append(replicate(Addressed.of(arm, 1), 0))
    assert len({float(row.estimate[0]) for row in rows}) == 6


# Blocks.


@pytest.mark.parametrize("estimator", [GFE(groups=2), PooledOLS(), FailsSometimes()])
def test_a_block_is_its_replications_alone(estimator: Estimator) -> None:
    arm = addressed(estimator, derived=LONG_RUN, permutations=1)
    block = run_block(arm, [3, 4, 5])
    assert block.arm == arm.key
    assert block.wall > 0.0
    for n, replication in enumerate([3, 4, 5]):
        alone = run_block(arm, [replication])
        row = Block(
            arm.key,
            block.replications[n : n + 1],
            {name: values[n : n + 1] for name, values in block.values.items()},
            0.0,
        )
        assert_same(alone, row)


def test_the_order_within_a_block_does_not_matter() -> None:
    arm = addressed(GFE(groups=2))
    forwards, backwards = run_block(arm, [0, 1, 2]), run_block(arm, [2, 1, 0])
    for name in ("estimate", "truth", "objective", "n_best"):
        np.testing.assert_array_equal(forwards.values[name], backwards.values[name][::-1])


def test_types_and_shapes_of_a_block() -> None:
    block = run_block(addressed(PooledOLS(), derived=LONG_RUN), [0, 1, 2])
    assert set(block.values) == set(VARIABLES)
    for name, variable in VARIABLES.items():
        assert block.values[name].shape == (3, 2)[: 1 + len(variable.dims)]
        assert block.values[name].dtype == np.dtype(variable.dtype)


def test_failures_are_counted() -> None:
    block = run_block(addressed(FailsSometimes()), range(40))
    failed = block.values["status"] == Status.ESTIMATOR_FAILED
    assert 0 < block.n_failed == failed.sum() < 40
    np.testing.assert_array_equal(failed, np.isnan(block.values["estimate"][:, 0]))
    np.testing.assert_array_equal(failed, block.values["message"] == "ValueError: below")


# Failure is data.


def test_an_estimator_that_raises() -> None:
    row = replicate(addressed(Raises(), derived=LONG_RUN), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert row.message == "ArithmeticError: no such luck"
    assert np.isnan(row.estimate).all()
    assert row.estimate.shape == (2,)
    np.testing.assert_array_equal(row.truth, [1.0, np.inf])
    assert np.isnan(row.objective)
    assert row.seconds >= 0.0


def test_a_design_that_raises() -> None:
    row = replicate(addressed(PooledOLS(), Raises("bad draw"), derived=LONG_RUN), 0)
    assert row.status == Status.DGP_FAILED
    assert row.message == "ArithmeticError: bad draw"
    assert np.isnan(row.truth).all()
    assert np.isnan(row.estimate).all()
    assert row.truth.shape == row.estimate.shape == (2,)
    assert np.isnan(row.seconds)


@pytest.mark.parametrize("theta", [(), (1.0, 2.0)])
def test_slopes_of_the_wrong_shape(theta: tuple[float, ...]) -> None:
    row = replicate(addressed(Returns(theta)), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert row.message == f"ValueError: theta has shape ({len(theta)},), not (1,)"
    assert np.isnan(row.estimate).all()


@pytest.mark.parametrize("groups", [(0,), (0, 1), (0, 1) * 5])
def test_groups_of_the_wrong_shape(groups: tuple[int, ...]) -> None:
    """A single label must not be taken for that of every unit."""
    row = replicate(addressed(Returns(groups=groups)), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert np.isnan(row.misclassification)


@pytest.mark.parametrize("theta", [np.nan, np.inf])
def test_slopes_that_are_not_finite(theta: float) -> None:
    row = replicate(addressed(Returns((theta,))), 0)
    assert row.status == Status.NOT_FINITE
    assert row.message == Status.NOT_FINITE.message


@pytest.mark.parametrize("status", [Status.ITERATION_LIMIT, Status.COLLINEAR, Status.NOT_FINITE])
def test_what_the_estimator_says_of_itself_is_kept(status: Status) -> None:
    row = replicate(addressed(Returns(status=status)), 0)
    assert row.status == status
    assert row.message == status.message


def test_a_status_that_is_none() -> None:
    row = replicate(addressed(Returns(status=99)), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert "99" in row.message


def test_an_estimate_that_is_missing_is_not_counted_as_used() -> None:
    """Whatever status the estimator gave it."""
    block = run_block(addressed(Returns((np.nan,), status=Status.ITERATION_LIMIT)), [0])
    assert block.n_failed == 1


def test_an_estimator_cannot_change_the_data_of_the_next() -> None:
    @dataclass(frozen=True)
    class Overwrites:
        def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
            panel.y[:] = 0.0
            return Fit(theta=np.ones(1))

    row = replicate(addressed(Overwrites()), 0)
    assert row.status == Status.ESTIMATOR_FAILED
    assert "read-only" in row.message


def test_what_is_recorded_when_a_worker_is_lost() -> None:
    block = lost_block(addressed(PooledOLS(), derived=LONG_RUN), 17)
    assert block.replications.tolist() == [17]
    assert block.values["status"].tolist() == [Status.WORKER_LOST]
    assert block.values["message"].tolist() == [Status.WORKER_LOST.message]
    assert block.values["estimate"].shape == (1, 2)
    assert block.n_failed == 1


def test_misclassification_is_that_of_the_fit() -> None:
    dgp = TwoLevels(n_units=30, gap=0.05)
    arm = addressed(GFE(groups=2), dgp)
    sample = arm.sample(0)
    fit = GFE(groups=2).fit(sample.panel, arm.stream(0, arm.estimator_key))
    assert fit.groups is not None
    assert sample.truth.groups is not None
    share = misclassification(fit.groups, sample.truth.groups)
    assert share > 0.0
    assert replicate(arm, 0).misclassification == share


# Inference.


def errors_of(arm: Addressed, replication: int = 0) -> np.ndarray:
    """Standard errors (M, P) of a replication that has them."""
    errors = replicate(arm, replication).standard_error
    assert errors is not None
    return errors


def statuses_of(arm: Addressed, replication: int = 0) -> list[int]:
    """How each method ended."""
    statuses = replicate(arm, replication).inference_status
    assert statuses is not None
    return [int(status) for status in statuses]


def test_standard_errors_by_hand() -> None:
    # At .75 the slope of theta / (1 - theta) is 1 / .25^2.
    methods = {"one": Fixed(((0.01,),)), "other": Fixed(((0.04,),), notes=("first", "second"))}
    row = replicate(addressed(Returns((0.75,)), derived=LONG_RUN, inference=methods), 0)
    np.testing.assert_allclose(np.asarray(row.standard_error), [[0.1, 1.6], [0.2, 3.2]])
    assert np.asarray(row.inference_status).tolist() == [InferenceStatus.SUCCESS] * 2
    assert np.asarray(row.inference_message).tolist() == ["", "first; second"]
    assert (np.asarray(row.inference_seconds) >= 0.0).all()
    assert row.status == Status.SUCCESS


def test_errors_of_derived_parameters_are_those_of_the_delta_method() -> None:
    # theta2 / (1 - theta1) at (.5, 2): gradient (8, 2), variance 64 .04 + 32 .01 + 4 .09.
    arm = addressed(
        Returns((0.5, 2.0)),
        CalibratedDGP(tiny_calibration(error_variance=1.0)),
        derived={"long_run": LongRun(1, 0), "other": LongRun(0, 1)},
        inference={"fixed": Fixed(((0.04, 0.01), (0.01, 0.09)))},
        n_slopes=2,
    )
    # theta1 / (1 - theta2): gradient (-1, .5), variance .04 - .01 + .25 .09.
    expected = np.array([[0.2, 0.3, 1.8, np.sqrt(0.0525)]])
    np.testing.assert_allclose(errors_of(arm), expected, rtol=1e-12)


@dataclass(frozen=True)
class ByDraws:
    """Errors of derived parameters from draws of the slopes."""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        return Covariance(np.eye(1), draws=np.array([[0.0], [0.5], [0.75]]), by_draws=True)


def test_errors_of_derived_parameters_by_draws() -> None:
    arm = addressed(Returns(), derived=LONG_RUN, inference={"draws": ByDraws()})
    expected = np.array([[1.0, np.std([0.0, 1.0, 3.0], ddof=1)]])
    np.testing.assert_allclose(errors_of(arm), expected)


def test_a_unit_root_takes_no_error_from_the_slope() -> None:
    arm = addressed(Returns((1.0,)), derived=LONG_RUN, inference={"fixed": Fixed()})
    np.testing.assert_array_equal(errors_of(arm), [[0.1, np.nan]])
    assert statuses_of(arm) == [InferenceStatus.SUCCESS]


def test_inference_that_raises_is_recorded_and_hinders_no_other() -> None:
    methods: dict[str, Inference] = {
        "before": OfFit(),
        "raises": RaisesSometimes(),
        "after": Draws(),
    }
    arm = addressed(GFE(2, MultiStart(5)), TwoLevels(gap=1.0), inference=methods)
    alone = {
        name: addressed(GFE(2, MultiStart(5)), TwoLevels(gap=1.0), inference={name: method})
        for name, method in methods.items()
    }
    failed = 0
    for replication in range(12):
        row = replicate(arm, replication)
        assert row.status == Status.SUCCESS
        errors, status = np.asarray(row.standard_error), np.asarray(row.inference_status)
        assert (np.asarray(row.inference_seconds) >= 0.0).all()
        raised = arm.sample(replication).panel.y[0, 0] > 0
        failed += raised
        success, failure = InferenceStatus.SUCCESS, InferenceStatus.INFERENCE_FAILED
        assert status.tolist() == [success, failure if raised else success, success]
        message = "ArithmeticError: théta is out of reach" if raised else ""
        assert np.asarray(row.inference_message).tolist() == ["", message, ""]
        assert np.isnan(errors[1]).all() == raised
        for m, name in enumerate(methods):
            np.testing.assert_array_equal(errors[m], errors_of(alone[name], replication)[0])
    assert 0 < failed < 12


@pytest.mark.parametrize("status", [s for s in InferenceStatus if s != InferenceStatus.SUCCESS])
def test_what_inference_says_of_itself_is_kept(status: InferenceStatus) -> None:
    missing = Fixed(((np.nan,),), int(status), (status.message,))
    row = replicate(addressed(Returns(), derived=LONG_RUN, inference={"none": missing}), 0)
    assert np.asarray(row.inference_status).tolist() == [status]
    assert np.asarray(row.inference_message).tolist() == [status.message]
    assert np.isnan(np.asarray(row.standard_error)).all()
    assert row.status == Status.SUCCESS


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_covariance_that_is_not_finite_is_no_success(value: float) -> None:
    methods = {"bad": Fixed(((value,),)), "good": Fixed()}
    arm = addressed(Returns(), inference=methods)
    assert statuses_of(arm) == [InferenceStatus.NOT_FINITE, InferenceStatus.SUCCESS]


def test_a_status_of_inference_that_is_none() -> None:
    row = replicate(addressed(Returns(), inference={"bad": Fixed(status=99)}), 0)
    assert np.asarray(row.inference_status).tolist() == [InferenceStatus.INFERENCE_FAILED]
    assert "99" in np.asarray(row.inference_message)[0]
    assert np.isnan(np.asarray(row.standard_error)).all()


@dataclass(frozen=True)
class Overwrites:
    """Tries to change the data."""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        panel.y[:] = 0.0
        return Covariance(np.eye(1))


def test_inference_cannot_change_the_data_of_the_next() -> None:
    arm = addressed(GFE(2), inference={"overwrites": Overwrites(), "of_fit": OfFit()})
    assert statuses_of(arm) == [InferenceStatus.INFERENCE_FAILED, InferenceStatus.SUCCESS]
    alone = addressed(GFE(2), inference={"of_fit": OfFit()})
    np.testing.assert_array_equal(errors_of(arm)[1], errors_of(alone)[0])


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
    arm = addressed(estimator, inference={"fixed": Fixed()})
    row = replicate(arm, 0)
    assert (row.standard_error is not None) == runs
    assert (row.inference_status is not None) == runs
    inferred = {"standard_error", "inference_status", "inference_seconds", "inference_message"}
    block = run_block(arm, [0, 1])
    assert set(block.values) == ({*VARIABLES, *inferred} if runs else set(VARIABLES))


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
    arm = addressed(
        Returns((0.5,) * n_slopes),
        two if n_slopes == 2 else TwoLevels(),
        inference={"bad": Fixed(covariance)},
        n_slopes=n_slopes,
    )
    assert statuses_of(arm) == [InferenceStatus.INFERENCE_FAILED]


@pytest.mark.filterwarnings("ignore:invalid value encountered in sqrt")
def test_a_negative_variance_is_no_success() -> None:
    arm = addressed(Returns(), inference={"bad": Fixed(((-1.0,),))})
    assert np.isnan(errors_of(arm)).all()
    assert statuses_of(arm) != [InferenceStatus.SUCCESS]


# Streams of inference.


def test_streams_of_inference_are_addresses() -> None:
    arm = addressed(GFE(2), inference={"draws": Draws()})
    purpose = f"inference {fingerprint(GFE(2))} {fingerprint(Draws())}"
    for replication in range(3):
        rng = generator(3, fingerprint(TwoLevels()), replication, purpose)
        expected = [[1.0 + rng.random()]]
        np.testing.assert_allclose(errors_of(arm, replication), expected, rtol=1e-15)


def test_streams_of_inference_depend_on_estimator_and_method_and_nothing_else() -> None:
    one, other = Draws(), Draws("other")
    arms = [
        addressed(GFE(2), inference={"one": one}),
        addressed(GFE(2), inference={"other": other}),
        addressed(PooledOLS(), inference={"one": one}),
        addressed(PooledOLS(), TwoLevels(gap=4.0), inference={"one": one}),
    ]
    draws = [float(errors_of(arm, r)[0, 0]) for arm in arms for r in range(4)]
    assert len(set(draws)) == len(draws)
    together = addressed(
        GFE(2), profiles=True, permutations=1, inference={"a": other, "b": Fixed(), "c": one}
    )
    for replication in range(4):
        errors = errors_of(together, replication)[:, 0]
        assert errors[0] == draws[4 + replication]
        assert errors[2] == draws[replication]


def test_inference_has_no_part_in_the_estimates() -> None:
    plain = addressed(GFE(2), TwoLevels(gap=0.5))
    inferred = addressed(
        GFE(2), TwoLevels(gap=0.5), profiles=True, inference={"draws": Draws(), "of_fit": OfFit()}
    )
    one, other = run_block(plain, range(5)), run_block(inferred, range(5))
    for name in set(VARIABLES) - {"seconds"}:
        np.testing.assert_array_equal(one.values[name], other.values[name], err_msg=name)
    assert not set(one.values) & set(FURTHER)


def test_the_stream_of_inference_is_not_that_of_the_estimator() -> None:
    arm = addressed(Reads("draws", draws=True), inference={"draws": Draws()})
    row = replicate(arm, 0)
    assert row.estimate[0] + 1.0 != np.asarray(row.standard_error)[0, 0]


def test_a_block_with_inference_is_its_replications_alone() -> None:
    arm = addressed(
        GFE(2, MultiStart(5)),
        TwoLevels(gap=1.0),
        derived=LONG_RUN,
        inference={"raises": RaisesSometimes(), "of_fit": OfFit()},
        profiles=True,
    )
    block = run_block(arm, [3, 4, 5])
    for n, replication in enumerate([3, 4, 5]):
        row = {name: values[n : n + 1] for name, values in block.values.items()}
        alone = Block(arm.key, block.replications[n : n + 1], row, 0.0)
        assert_same(run_block(arm, [replication]), alone)
    assert_same(run_packed(pack([arm]), [3, 4, 5])[0], block)


def test_parts_that_an_arm_does_not_have_are_no_part_of_its_identity() -> None:
    plain = addressed(GFE(2)).arm
    before = {"computation", "seed", "dgp", "estimator", "derived", "permutations"}
    assert set(plain.identity) == before
    assert set(replace(plain, profiles=True).identity) == {*before, "profiles"}
    inferred = replace(plain, inference={"one": Draws()})
    assert set(inferred.identity) == {*before, "inference"}
    arms = [
        plain,
        inferred,
        replace(plain, profiles=True),
        replace(plain, inference={"other": Draws()}),
        replace(plain, inference={"one": Draws("other")}),
        replace(plain, inference={"one": Draws(), "two": Fixed()}),
        replace(plain, inference={"two": Fixed(), "one": Draws()}),
    ]
    assert len({Addressed.of(arm, 1).key for arm in arms}) == len(arms)


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


def profiles_of(arm: Addressed, replication: int) -> tuple[np.ndarray, np.ndarray]:
    """Estimated and true profiles of a replication that has them."""
    row = replicate(arm, replication)
    assert row.profiles is not None
    assert row.true_profiles is not None
    return row.profiles, row.true_profiles


def test_profiles_by_hand() -> None:
    arm = addressed(Relabelled(2, (1, 0)), TwoLevels(gap=5.0), profiles=True)
    profiles, truth = profiles_of(arm, 0)
    np.testing.assert_array_equal(truth, np.outer([0.0, 5.0], np.ones(4)))
    # Four units a group, errors with standard deviation 0.1.
    np.testing.assert_allclose(profiles, truth, atol=0.3)


def test_labels_of_a_fit_do_not_matter_to_its_profiles() -> None:
    for replication in range(5):
        one, other = (
            profiles_of(addressed(Relabelled(2, order), TwoLevels(), profiles=True), replication)
            for order in ((0, 1), (1, 0))
        )
        np.testing.assert_array_equal(one, other)


def matches(profiles: np.ndarray, replication: int) -> int:
    """How many units are in their true group if profile g is that of the true group g."""
    arm = addressed(Relabelled(3, (0, 1, 2)), ThreeLevels())
    sample = arm.sample(replication)
    fit = GFE(3).fit(sample.panel, np.random.default_rng(0))
    assert fit.alpha is not None
    assert fit.groups is not None
    own = fit.alpha[fit.groups]
    assert sample.truth.groups is not None
    return int((own == profiles[sample.truth.groups]).all(axis=1).sum())


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_profiles_are_in_the_order_that_puts_most_units_right(order: tuple[int, ...]) -> None:
    arm = addressed(Relabelled(3, order), ThreeLevels(), profiles=True)
    for replication in range(10):
        profiles, _ = profiles_of(arm, replication)
        every = [profiles[list(other)] for other in permutations(range(3))]
        most = max(matches(others, replication) for others in every)
        assert matches(profiles, replication) == most


def test_profiles_of_another_number_of_groups_are_recorded_as_they_are() -> None:
    fit = Relabelled(4, (3, 1, 0, 2))
    profiles, truth = profiles_of(addressed(fit, ThreeLevels(), profiles=True), 0)
    assert truth.shape == (3, 2)
    sample = addressed(fit, ThreeLevels()).sample(0)
    np.testing.assert_array_equal(profiles, fit.fit(sample.panel, np.random.default_rng(0)).alpha)


def test_profiles_without_a_truth_are_recorded_as_they_are() -> None:
    row = replicate(addressed(Relabelled(3, (2, 0, 1)), ThreeLevels(False), profiles=True), 0)
    assert row.true_profiles is None
    assert row.profiles is not None
    assert row.profiles.shape == (3, 2)


def test_nothing_is_recorded_of_profiles_unless_asked_for_or_where_there_are_none() -> None:
    assert replicate(addressed(GFE(2)), 0).profiles is None
    for estimator in (PooledOLS(), Returns(groups=(0, 1) * 4), Raises()):
        row = replicate(addressed(estimator, profiles=True), 0)
        assert row.profiles is None
        assert row.true_profiles is None


def test_the_path_of_a_chosen_number_of_groups_is_recorded() -> None:
    arm = addressed(ChosenGFE(3, search=MultiStart(5)), TwoLevels(gap=20.0))
    row = replicate(arm, 0)
    assert row.path is not None
    assert row.path.shape == (3,)
    assert (np.diff(row.path) <= 0.0).all()
    assert row.objective == row.path[1]
    assert run_block(arm, [0, 1]).values["path"].shape == (2, 3)


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


def test_arms_of_a_cell_share_each_sample() -> None:
    one, other = addressed(PooledOLS()), addressed(FailsSometimes())
    counts = CountsDraws()
    arms = [replace(arm, arm=replace(arm.arm, dgp=counts)) for arm in (one, other)]
    blocks = run_blocks(arms, [3, 4, 5])
    assert counts.drawn == 3
    for arm, block in zip((one, other), blocks, strict=True):
        assert_same(block, run_block(arm, [3, 4, 5]))
    failing = [replace(arm, arm=replace(arm.arm, dgp=CountsDraws(1))) for arm in (one, other)]
    for n, block in enumerate(run_blocks([failing[0], failing[0]], [0, 1])):
        assert block.values["status"].tolist() == [0, Status.DGP_FAILED], n
        assert "no luck" in str(block.values["message"][1])
