"""Rows and blocks: what is recorded of replications, and how it is filled up."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.study.block import EVERY, FURTHER, VARIABLES, Block, Row, blank, common_shape, padded

INFERRED = {
    "standard_error": np.array([[0.1, 0.2], [np.nan, 0.3]]),
    "inference_status": np.array([0, 4]),
    "inference_seconds": np.array([0.5, 0.25]),
    "inference_message": np.array(["", "singular, or nearly so"], object),
}


def row(**values: object) -> Row:
    """A successful replication with two parameters."""
    return replace(
        Row(np.array([1.0, 2.0]), np.array([1.5, 2.5]), status=Status.SUCCESS),
        **values,  # type: ignore[arg-type]
    )


def test_every_variable_has_a_field_of_a_row_and_nothing_else_has() -> None:
    assert set(EVERY) == {field.name for field in fields(Row)}
    assert EVERY.keys() == VARIABLES.keys() | FURTHER.keys()
    assert not VARIABLES.keys() & FURTHER.keys()


def test_what_only_some_studies_have_is_missing_from_an_empty_row() -> None:
    empty = Row.empty(3)
    assert all(getattr(empty, name) is None for name in FURTHER)
    assert all(getattr(empty, name) is not None for name in VARIABLES)
    assert empty.status == Status.NOT_RUN


@pytest.mark.parametrize("name", EVERY)
def test_blank_holds_nothing(name: str) -> None:
    array = blank(name, (2, 3))
    assert array.shape == (2, 3)
    assert array.dtype == np.dtype(EVERY[name].dtype)
    fill = EVERY[name].fill
    assert all(value == fill or (value != value and fill != fill) for value in array.ravel())


def test_statuses_are_blank_where_nothing_ran() -> None:
    assert blank("status", (1,)).tolist() == [Status.NOT_RUN]
    assert blank("inference_status", (1, 1)).tolist() == [[InferenceStatus.NOT_RUN]]


def test_padded_by_hand() -> None:
    path = np.array([[3.0, 2.0], [5.0, 4.0]])
    np.testing.assert_array_equal(
        padded("path", path, (3, 3)),
        [[3.0, 2.0, np.nan], [5.0, 4.0, np.nan], [np.nan] * 3],
    )
    message = padded("inference_message", np.array(["a", "b"], object), (3,))
    assert message.tolist() == ["a", "b", ""]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4),
    st.sampled_from(["profiles", "inference_status", "inference_message"]),
)
def test_padded_keeps_what_is_there_and_fills_the_rest(
    shapes: list[tuple[int, int]], name: str
) -> None:
    whole = common_shape(shapes)
    assert all(whole[d] == max(shape[d] for shape in shapes) for d in (0, 1))
    for shape in shapes:
        array = np.ones(shape).astype(EVERY[name].dtype)
        before = array.copy()
        filled = padded(name, array, whole)
        assert filled.shape == whole
        assert filled.dtype == array.dtype
        assert (filled[: shape[0], : shape[1]] == 1).all()
        assert (array == before).all()
        rest = np.ones(whole, bool)
        rest[: shape[0], : shape[1]] = False
        expected = blank(name, (int(rest.sum()),))
        np.testing.assert_array_equal(filled[rest], expected)


def test_a_block_of_what_every_study_records() -> None:
    block = Block.of_rows("key", [4, 5], [row(), row(status=Status.ESTIMATOR_FAILED)], 0.5)
    assert set(block.values) == set(VARIABLES)
    assert block.replications.tolist() == [4, 5]
    assert block.n_failed == 1


def test_a_row_without_inference_among_rows_with_it_is_filled_up() -> None:
    rows = [row(), row(**INFERRED), row(status=Status.ESTIMATOR_FAILED)]
    values = Block.of_rows("key", range(3), rows, 0.0).values
    assert set(values) == {*VARIABLES, *INFERRED}
    np.testing.assert_array_equal(values["standard_error"][1], INFERRED["standard_error"])
    assert np.isnan(values["standard_error"][[0, 2]]).all()
    assert values["standard_error"].shape == (3, 2, 2)
    assert values["inference_status"].tolist() == [[10, 10], [0, 4], [10, 10]]
    assert values["inference_status"].dtype == np.int8
    assert values["inference_message"].tolist() == [
        ["", ""],
        ["", "singular, or nearly so"],
        ["", ""],
    ]
    assert values["inference_message"].dtype == object


def test_profiles_and_paths_of_different_lengths_are_filled_up() -> None:
    small, large = np.arange(6.0).reshape(2, 3), np.arange(16.0).reshape(4, 4)
    rows = [row(profiles=small, path=np.ones(2)), row(profiles=large), row(path=np.ones(5))]
    values = Block.of_rows("key", range(3), rows, 0.0).values
    assert values["profiles"].shape == (3, 4, 4)
    np.testing.assert_array_equal(values["profiles"][0, :2, :3], small)
    np.testing.assert_array_equal(values["profiles"][1], large)
    assert np.isfinite(values["profiles"][0]).sum() == small.size
    assert np.isnan(values["profiles"][2]).all()
    np.testing.assert_array_equal(np.isfinite(values["path"]).sum(axis=1), [2, 0, 5])


def test_a_block_does_not_share_memory_with_its_rows() -> None:
    profiles = np.zeros((2, 2))
    block = Block.of_rows("key", [0], [row(profiles=profiles)], 0.0)
    profiles[:] = 9.0
    assert (block.values["profiles"] == 0.0).all()
