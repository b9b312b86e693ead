"""One replication: what is drawn, estimated, scored and recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from gfe_mc import GFE, Fit, Panel, Status
from gfe_mc.block import VARIABLES, Block
from gfe_mc.dgp.sample import DGP, Sample
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.metrics.score import misclassification
from gfe_mc.parameters import Derived, LongRun
from gfe_mc.replicate import Addressed, Arm, lost_block, replicate, run_block
from gfe_mc.seeds import DATA, generator
from tests.helpers import PooledOLS, TwoLevels

LONG_RUN: dict[str, Derived] = {"long_run": LongRun(0, 0)}


def addressed(
    estimator: Estimator,
    dgp: DGP | None = None,
    *,
    derived: dict[str, Derived] | None = None,
    permutations: int = 0,
) -> Addressed:
    """An arm with seed 3."""
    derived = derived or {}
    arm = Arm(3, dgp or TwoLevels(), estimator, derived, permutations)
    return Addressed.of(arm, 1 + len(derived))


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
