"""Refusals: what was wrong, what came, what would work."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from gfe_mc.errors import (
    InputError,
    keep_whole,
    require,
    require_generator,
    require_one_of,
    require_whole,
)
from tests.helpers import refused


@dataclass(frozen=True)
class Options:
    groups: int = 3
    starts: int = 10

    def __post_init__(self) -> None:
        keep_whole(self, groups=1, starts=0)


@pytest.mark.parametrize("value", [3, np.int64(3), np.int16(3), np.uint8(3)])
def test_whole_numbers_are_pythons_and_numpys(value: int) -> None:
    assert type(require_whole("groups", value, 1)) is int
    assert require_whole("groups", value, 3) == 3


@pytest.mark.parametrize("value", [True, np.bool_(True), 3.0, np.float64(3), "3", None, 0, -1])
def test_anything_else_is_refused(value: object) -> None:
    with refused(f"`groups` must be a whole number; got {value!r}. Give 1 or more"):
        require_whole("groups", value, 1)


def test_options_are_held_as_pythons_own() -> None:
    made = Options(np.int64(2), starts=np.int32(0))  # type: ignore[arg-type]
    assert (type(made.groups), type(made.starts)) == (int, int)
    assert repr(made) == repr(Options(2, 0))
    with refused("`groups` must be a whole number; got 0"):
        Options(0)


@pytest.mark.parametrize("rng", [0, None, np.random.RandomState(0), np.random])
def test_what_is_no_generator_is_refused(rng: object) -> None:
    with refused("Give numpy.random.default_rng(seed)"):
        require_generator(rng)
    require_generator(np.random.default_rng(0))


def test_errors_travel_between_processes() -> None:
    error = InputError("A is B", "C", "Give D")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.remedy) == ("A is B; got C. Give D.", "Give D")


@pytest.mark.parametrize("known", [("A", "B"), ["A", "B"], {"A": 1, "B": 2}, "AB"])
def test_one_of_those_that_are_known(known: tuple[str, ...]) -> None:
    require_one_of("model", "A", known)
    for value in ("C", "", "AB", None, ["A"]):
        with refused(f"`model` must be known; got {value!r}. Give one of A, B."):
            require_one_of("model", value, known)


def test_a_condition() -> None:
    require(True, "This must hold", 1, "Give 2")
    with refused("This must hold; got 1. Give 2."):
        require(False, "This must hold", 1, "Give 2")
