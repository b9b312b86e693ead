"""Rows and blocks: what is recorded of replications, and how it is filled up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import Misclassification, Outcome, Profiles, StandardErrors, Status, Variable
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.outcome import Metric, MetricStatus
from gfe_mc.metrics.path import Path
from gfe_mc.metrics.variable import common_shape
from gfe_mc.parameters import Parameters
from gfe_mc.study.block import CORE, INFERRED, SCORED, Block, Row, Values, variables_of
from gfe_mc.study.method import FIT, Keyed, Method, Part
from tests.helpers import PooledOLS, TwoLevels
from tests.inferring import Draws, Fixed

EVERY: dict[str, Variable] = {
    **CORE,
    **INFERRED,
    **SCORED,
    **Profiles.variables,
    **Path.variables,
    **StandardErrors.variables,
}
ONE = Part("inference", "one")
ERRORS = Part("metric", "StandardErrors", "one")
PROFILES, PATH = Part("metric", "Profiles"), Part("metric", "Path")
FITTED: Values = {
    "truth": np.array([1.0, 2.0]),
    "estimate": np.array([1.5, 2.5]),
    "status": int(Status.SUCCESS),
}
FAILED = FITTED | {"status": int(Status.ESTIMATOR_FAILED), "message": "ValueError: no"}
INFERRED_VALUES: Values = {
    "inference_status": 4,
    "inference_seconds": 0.25,
    "inference_message": "singular, or nearly so",
}


def keyed(*metrics: Metric, inference: Mapping[str, Inference] | None = None) -> Keyed:
    """A method with two parameters that records these metrics."""
    record = {type(metric).__name__: metric for metric in metrics}
    parameters = Parameters.of(("theta1", "theta2"), {})
    method = Method(3, TwoLevels(), PooledOLS(), parameters, inference or {}, record)
    return Keyed.of(method)


def row(**parts: Values) -> Row:
    """A row of a fit, and parts by their short names."""
    names = {"fit": FIT, "one": ONE, "errors": ERRORS, "profiles": PROFILES, "path": PATH}
    return Row({FIT: FITTED} | {names[name]: values for name, values in parts.items()})


@pytest.mark.parametrize("name", EVERY)
def test_blank_holds_nothing(name: str) -> None:
    variable = EVERY[name]
    array = variable.empty((2, 3))
    assert array.shape == (2, 3)
    assert array.dtype == variable.stored
    assert not variable.has_values(array).any()
    fill = variable.blank
    assert all(value == fill or (value != value and fill != fill) for value in array.ravel())


def test_statuses_are_blank_where_nothing_ran() -> None:
    assert CORE["status"].empty((1,)).tolist() == [Status.NOT_RUN]
    assert INFERRED["inference_status"].empty((1, 1)).tolist() == [[InferenceStatus.NOT_RUN]]
    assert SCORED["metric_status"].empty((1,)).tolist() == [MetricStatus.NOT_RUN]


def test_variables_of_a_part_are_its_own_and_how_it_ended() -> None:
    assert variables_of(FIT) == CORE
    assert variables_of(ONE) == INFERRED
    assert set(variables_of(PROFILES, Profiles.variables)) == {*SCORED, *Profiles.variables}
    assert variables_of(PROFILES, Profiles.variables)["profiles"].dims == ("group", "period")
    assert not set(CORE) & (set(INFERRED) | set(SCORED))


def test_a_part_of_an_inference_method_is_without_their_dimension() -> None:
    own = variables_of(ERRORS, StandardErrors.variables)
    assert own["standard_error"].dims == ("parameter",)
    assert StandardErrors.variables["standard_error"].dims == ("inference", "parameter")


def test_padded_by_hand() -> None:
    profiles = np.array([[3.0, 2.0], [5.0, 4.0]])
    np.testing.assert_array_equal(
        Profiles.variables["profiles"].padded(profiles, (3, 3)),
        [[3.0, 2.0, np.nan], [5.0, 4.0, np.nan], [np.nan] * 3],
    )
    message = CORE["message"].padded(np.array(["a", "b"], object), (3,))
    assert message.tolist() == ["a", "b", ""]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4),
    st.sampled_from(["profiles", "inference_status", "inference_message"]),
)
def test_padded_keeps_what_is_there_and_fills_the_rest(
    shapes: list[tuple[int, ...]], name: str
) -> None:
    variable, whole = EVERY[name], common_shape(shapes)
    assert all(whole[d] == max(shape[d] for shape in shapes) for d in (0, 1))
    for shape in shapes:
        array = np.ones(shape).astype(variable.stored)
        before = array.copy()
        filled = variable.padded(array, whole)
        assert filled.shape == whole
        assert filled.dtype == array.dtype
        assert (filled[: shape[0], : shape[1]] == 1).all()
        assert (array == before).all()
        rest = np.ones(whole, bool)
        rest[: shape[0], : shape[1]] = False
        np.testing.assert_array_equal(filled[rest], variable.empty((int(rest.sum()),)))


def test_a_block_of_what_every_study_records() -> None:
    block = Block.of_rows(keyed(), [4, 5], [row(), row(fit=FAILED)], 0.5)
    assert set(block.values) == {FIT}
    assert set(block.values[FIT]) == set(CORE)
    assert block.replications.tolist() == [4, 5]
    assert block.n_failed == 1
    assert block.faults() == ["ValueError: no"]


def test_rows_say_what_they_hold_by_name() -> None:
    one = row(one=INFERRED_VALUES, path={"path": np.ones(2)})
    assert one.status == Status.SUCCESS
    assert one.fit is FITTED
    assert one.inference("one") is INFERRED_VALUES
    np.testing.assert_array_equal(one.metric("Path")["path"], np.ones(2))


def test_a_row_without_inference_among_rows_with_it_is_filled_up() -> None:
    method = keyed(StandardErrors(), inference={"one": Draws()})
    with_it = row(one=INFERRED_VALUES, errors={"standard_error": np.array([0.1, np.nan])})
    rows = [row(one={}, errors={}), with_it, row(fit=FAILED, one={}, errors={})]
    values = Block.of_rows(method, range(3), rows, 0.0).values
    assert set(values) == {FIT, ONE, ERRORS}
    errors = values[ERRORS]["standard_error"]
    np.testing.assert_array_equal(errors, [[np.nan, np.nan], [0.1, np.nan], [np.nan, np.nan]])
    assert values[ONE]["inference_status"].tolist() == [10, 4, 10]
    assert values[ONE]["inference_status"].dtype == np.int8
    assert values[ONE]["inference_message"].tolist() == ["", "singular, or nearly so", ""]
    assert values[ONE]["inference_message"].dtype == object


def test_profiles_and_paths_of_different_lengths_are_filled_up() -> None:
    small, large = np.arange(6.0).reshape(2, 3), np.arange(16.0).reshape(4, 4)
    rows = [
        row(profiles={"profiles": small}, path={"path": np.ones(2)}),
        row(profiles={"profiles": large}, path={}),
        row(profiles={}, path={"path": np.ones(5)}),
    ]
    values = Block.of_rows(keyed(Profiles(), Path()), range(3), rows, 0.0).values
    profiles, path = values[PROFILES]["profiles"], values[PATH]["path"]
    assert profiles.shape == (3, 4, 4)
    np.testing.assert_array_equal(profiles[0, :2, :3], small)
    np.testing.assert_array_equal(profiles[1], large)
    assert np.isfinite(profiles[0]).sum() == small.size
    assert np.isnan(profiles[2]).all()
    np.testing.assert_array_equal(np.isfinite(path).sum(axis=1), [2, 0, 5])


def test_a_block_does_not_share_memory_with_its_rows() -> None:
    profiles = np.zeros((2, 2))
    block = Block.of_rows(keyed(Profiles()), [0], [row(profiles={"profiles": profiles})], 0.0)
    profiles[:] = 9.0
    assert (block.values[PROFILES]["profiles"] == 0.0).all()


@dataclass(frozen=True)
class Answer:
    """Yes, no, or neither."""

    variables: ClassVar[Mapping[str, Variable]] = {"yes": Variable(dtype="bool")}

    def record(self, outcome: Outcome) -> dict[str, Any]:  # noqa: ARG002
        """Say nothing."""
        return {}


def test_yes_no_and_neither_are_kept_apart() -> None:
    part = Part("metric", "Answer")
    rows = [Row({FIT: FITTED, part: one}) for one in ({"yes": True}, {}, {"yes": False})]
    values = Block.of_rows(keyed(Answer()), range(3), rows, 0.0).values[part]["yes"]
    assert values.dtype == np.int8
    assert values[[0, 2]].tolist() == [1, 0]
    assert Answer.variables["yes"].has_values(values).tolist() == [True, False, True]


def test_faults_name_who_raised() -> None:
    method = keyed(Misclassification(), inference={"one": Fixed()})
    scored = Part("metric", "Misclassification")
    failed_metric = {
        "metric_status": int(MetricStatus.METRIC_FAILED),
        "metric_message": "KeyError: 'a'",
    }
    failed_inference = {
        "inference_status": int(InferenceStatus.INFERENCE_FAILED),
        "inference_message": "ValueError: b",
    }
    rows = [Row({FIT: FITTED, ONE: failed_inference, scored: failed_metric})]
    block = Block.of_rows(method, [0], rows, 0.0)
    assert sorted(block.faults()) == ["Misclassification: KeyError: 'a'", "one: ValueError: b"]
    assert block.n_failed == 0


def test_text_is_kept_as_text() -> None:
    block = Block.of_rows(keyed(), [0, 1], [row(), row(fit=FAILED)], 0.0)
    assert [type(text) for text in block.values[FIT]["message"]] == [str, str]
