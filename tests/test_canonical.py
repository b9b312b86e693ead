"""Which objects have one fingerprint, and which must not."""

from __future__ import annotations

import datetime
import enum
import json
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import GFE, VNS, Genetic, InputError, MultiStart
from gfe_mc.canonical import LATER, canonical, fingerprint
from tests.committed import RESULTS
from tests.helpers import PooledOLS, TwoLevels, refused, tiny_calibration


class Colour(enum.Enum):
    RED = 1
    CRIMSON = "1"


class Shade(enum.IntEnum):
    RED = 1


@dataclass(frozen=True)
class Inner:
    value: float = 0.5


@dataclass(frozen=True)
class Same:
    value: float = 0.5


@dataclass(frozen=True)
class Outer:
    inner: Inner
    label: str = field(default="", compare=False)


@dataclass(frozen=True)
class Typed:
    type: str


@dataclass(frozen=True)
class AlsoTyped:
    type: str


class Squared(np.ndarray):
    """An array that computes otherwise, as matrices do."""


class Pair(NamedTuple):
    value: float


class OtherPair(NamedTuple):
    value: float


atoms = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
values = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_golden() -> None:
    """Fingerprints are part of the address of every number: a change of them is a new version."""
    assert fingerprint("data") == (
        "519b3ed503c6a825347f28dfd269c0a422e3b923858410e3abbab2d2a99837f2"
    )
    assert fingerprint(PooledOLS(shift=0.1)) == (
        "64bc7eabf4024a378e72ad214eebc5bc63f996dfa6282ae9e1cc103009935f90"
    )
    assert fingerprint(tiny_calibration()) == (
        "2e2eee39a118639b1a1aa951c5d634aebb3164edd9e5990c37c536d4333ac7bd"
    )


@given(values)
def test_the_canonical_form_is_what_json_can_hold(value: object) -> None:
    assert json.loads(json.dumps(canonical(value))) == canonical(value)


@given(values, values)
def test_one_fingerprint_means_one_canonical_form(one: object, other: object) -> None:
    same = json.dumps(canonical(one), sort_keys=True) == json.dumps(
        canonical(other), sort_keys=True
    )
    assert (fingerprint(one) == fingerprint(other)) == same


def test_equal_objects_made_twice_have_one_fingerprint() -> None:
    assert fingerprint(Outer(Inner(0.1))) == fingerprint(Outer(Inner(0.1)))
    assert fingerprint(tiny_calibration()) == fingerprint(tiny_calibration())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.1, float(np.nextafter(0.1, 1.0))),
        (-0.0, 0.0),
        (np.array([-0.0]), np.array([0.0])),
        (1, 1.0),
        (1, True),
        (0, None),
        ("1", 1),
        (float("nan"), float("inf")),
        ("", None),
        ([1, 2], [2, 1]),
        ([[1], 2], [1, [2]]),
        ({"a": 1}, {"b": 1}),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(1), np.array(0.0)),
        (Colour.RED, Colour.CRIMSON),
        (Colour.RED, Shade.RED),
        (Shade.RED, 1),
        (Inner(), Same()),
        (Inner(), {"value": 0.5}),
        (TwoLevels(n_units=8), TwoLevels(n_units=9)),
        (np.ma.array([1.0, 2.0], mask=[False, True]), np.ma.array([1.0, 2.0], mask=[True, False])),
        (np.ma.array([1.0, 2.0]), np.array([1.0, 2.0])),
        (np.zeros(2, [("a", "f8"), ("b", "i8")]), np.zeros(2, [("a", "f8"), ("c", "i8")])),
        (np.zeros(2, [("a", "f8")]), np.zeros(2, [("a", "i8")])),
        (np.zeros(1, [("a", "f8")])[0], np.zeros(1, [("b", "f8")])[0]),
        (np.ones((2, 2)).view(Squared), np.ones((2, 2))),
        (np.float32(0.5), 0.5),
        (np.float16(0.5), np.float32(0.5)),
        (np.ones(1, np.float32), np.ones(1)),
        (np.ones(1, ">f8"), np.ones(1, "<f8")),
    ],
)
def test_these_differ(one: object, other: object) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_classes_of_different_names_differ_even_with_a_parameter_called_type() -> None:
    assert fingerprint(Typed("a")) != fingerprint(AlsoTyped("a"))


def test_named_tuples_of_different_names_differ() -> None:
    assert fingerprint(Pair(0.5)) != fingerprint(OtherPair(0.5))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (float("nan"), np.nan),
        (np.float64(0.1), 0.1),
        (np.int64(3), 3),
        (np.bool_(True), True),
        ((1, 2), [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (np.arange(6.0).reshape(2, 3).T, np.ascontiguousarray(np.arange(6.0).reshape(2, 3).T)),
        (np.arange(6.0)[::2], np.array([0.0, 2.0, 4.0])),
        (np.array(["a", 1], dtype=object), ["a", 1]),
        (np.ma.array([1.0]), np.ma.array([1.0], mask=[False])),
    ],
)
def test_these_are_the_same(one: object, other: object) -> None:
    assert fingerprint(one) == fingerprint(other)


@given(st.integers(0, 2), st.integers(0, 63))
def test_one_bit_of_an_array_changes_the_fingerprint(entry: int, bit: int) -> None:
    array = np.array([1.5, -2.5, 0.0])
    changed = array.copy()
    changed.view(np.uint64)[entry] ^= np.uint64(1) << np.uint64(bit)
    assert fingerprint({"array": changed}) != fingerprint({"array": array})


@given(st.integers(0, 51))
def test_one_bit_of_a_float_in_a_nested_object_changes_the_fingerprint(bit: int) -> None:
    changed = np.array([0.5])
    changed.view(np.uint64)[0] ^= np.uint64(1) << np.uint64(bit)
    assert fingerprint(Outer(Inner(float(changed[0])))) != fingerprint(Outer(Inner(0.5)))


def test_labels_are_no_part_of_the_identity() -> None:
    assert fingerprint(Outer(Inner(), label="a")) == fingerprint(Outer(Inner(), label="b"))
    calibration = tiny_calibration()
    renamed = replace(calibration, source="elsewhere", regressors=("a", "b"), synthetic=True)
    assert fingerprint(renamed) == fingerprint(calibration)
    assert fingerprint(replace(calibration, lag=1)) != fingerprint(calibration)


@pytest.mark.parametrize(
    "value",
    [
        len,
        Inner,
        SimpleNamespace(value=1),
        {1, 2},
        b"bytes",
        1 + 2j,
        Path("file"),
        np.random.default_rng(0),
    ],
)
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"a": v}, Inner])
def test_what_has_no_parameters_is_refused(value: object, wrap: Callable[[object], object]) -> None:
    with refused("known by its parameters"):
        fingerprint(wrap(value))


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(1, [("a", "f8"), ("b", object)]),
        np.ma.array([1, "a"], dtype=object),
        np.array([object()]),
    ],
)
def test_arrays_of_objects_are_refused_unless_they_are_plain(value: object) -> None:
    with refused("known by"):
        fingerprint(value)


def test_a_matrix_is_no_array() -> None:
    """It multiplies otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        matrix = np.matrix(np.ones((2, 2)))
        assert fingerprint(matrix) != fingerprint(np.ones((2, 2)))


def test_an_array_in_a_file_is_one_in_memory(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.arange(3.0))
    mapped = np.load(tmp_path / "array.npy", mmap_mode="r")
    assert fingerprint(mapped) == fingerprint(np.arange(3.0))


@pytest.mark.parametrize("value", [{1: "a", "b": 2}, np.longdouble(1)])
def test_what_json_cannot_hold_is_refused_or_known(value: object) -> None:
    """Keys of several types and extended precision are rare, but must not end in a riddle."""
    with suppress(InputError):
        assert fingerprint(value) == fingerprint(value)


@dataclass(frozen=True)
class Grown:
    """A class that gained an option."""

    size: int = 3
    option: int = field(default=0, metadata=LATER)


@dataclass(frozen=True)
class Before:
    """The same before it had it."""

    size: int = 3


def test_an_option_that_was_added_later_counts_where_it_departs_from_its_default() -> None:
    same = json.dumps(canonical(Grown())).replace("Grown", "Before")
    assert same == json.dumps(canonical(Before()))
    assert fingerprint(Grown(option=1)) != fingerprint(Grown())
    assert fingerprint(Grown(size=4)) != fingerprint(Grown())


@dataclass(frozen=True)
class Nested:
    """What has an object with an option that was added later, and one of its own."""

    inner: Grown = field(default_factory=Grown)
    flag: bool = field(default=False, metadata=LATER)


def test_options_that_were_added_later_count_wherever_they_are() -> None:
    different = [
        Nested(),
        Nested(Grown(option=1)),
        Nested(flag=True),
        Nested(Grown(option=2), flag=True),
    ]
    assert len({fingerprint(value) for value in different}) == 4
    assert fingerprint(Nested(Grown(option=0), flag=False)) == fingerprint(Nested())
    text = json.dumps(canonical([Nested(), {"key": Grown()}]))
    assert "option" not in text
    assert "flag" not in text


def test_hits_of_a_search_are_an_option_that_was_added_later() -> None:
    assert "hits" not in json.dumps(canonical(MultiStart()))
    assert canonical(MultiStart(hits=4))["parameters"] == {
        **canonical(MultiStart())["parameters"],
        "hits": 4,
    }


def test_every_option_of_the_genetic_search_is_part_of_what_it_is() -> None:
    others = [Genetic(patience=200), Genetic(hits=0), Genetic(sample=0), Genetic(population=4)]
    assert len({fingerprint(search) for search in [Genetic(), *others]}) == 5


def stored_estimators(study: str) -> dict[tuple[str, int], str]:
    """Fingerprints of the estimators of committed results, by name and number of groups."""
    described = json.loads((RESULTS / study / "provenance.json").read_text())["study"]
    return {
        (one["name"], one["factors"]["G"]): one["depends_on"]["estimator"]
        for one in described["methods"]
    }


def test_committed_results_still_know_their_estimators() -> None:
    stored = stored_estimators("bm_table3")
    for groups in (3, 5, 10):
        assert fingerprint(GFE(groups)) == stored["genetic", groups]
        assert fingerprint(GFE(groups, VNS(5, 10, 5))) == stored["vns", groups]
    assert fingerprint(GFE(3, VNS(5, 10, 6))) != stored["vns", 3]
    variants = stored_estimators("bm_table3_variants")
    for starts in (10, 1000):
        searched = GFE(3, MultiStart(starts))
        assert fingerprint(searched) == variants[f"alg1_{starts}", 3]
    assert fingerprint(GFE(3, MultiStart(10, hits=1))) != variants["alg1_10", 3]


def test_dates_are_known_by_what_they_are() -> None:
    day = datetime.date(1970, 1, 1)
    dates = [
        day,
        datetime.date(1970, 1, 2),
        pd.Timestamp(1970, 1, 1, 12),
        pd.Period("1970-01-01", "D"),
        pd.Period("1970Q1", "Q"),
        "1970-01-01",
    ]
    prints = [fingerprint(date) for date in dates]
    assert len(set(prints)) == len(dates)
    assert prints[0] == fingerprint(datetime.date(1970, 1, 1))
    json.dumps(canonical(tuple(dates)))


# What computes otherwise is another thing, or is refused.


class Metres(float):
    """A number of a type of one's own."""


class Count(int):
    """Another."""


class Word(str):
    """Text of a type of one's own."""


class Names(list):
    """A list of a type of one's own."""


def record(*offsets: int, itemsize: int = 12) -> np.ndarray:
    names = ["a", "b"]
    kind = {"names": names, "formats": ["f4", "f4"], "offsets": offsets, "itemsize": itemsize}
    return np.zeros(2, np.dtype(kind))  # type: ignore[call-overload]


def objects(shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, "a", dtype=object)


BIG, LITTLE = np.ones(1, ">i8"), np.ones(1, "<i8")
NANS = np.array([0x7FF8000000000000, 0x7FF8000000000001], np.uint64).view(np.float64)

TOLD = [
    [record(0, 4), record(0, 8), record(8, 0), record(0, 2)],
    [np.zeros(1, [("a", "f8", (2,))]), np.zeros(1, [("a", "f8", (1, 2))])],
    [np.float32(0.5), np.float64(0.5), np.float16(0.5), "0.5"],
    [1, 1.0, True, "1", Count(1), Metres(1.0), np.float32(1), np.timedelta64(1, "ns"), [1]],
    ["a", Word("a"), ["a"], Names(["a"]), np.array("a"), np.array([b"a"])],
    [BIG, LITTLE, np.ones(1, "<i4"), np.ones(1, bool)],
    [NANS[:1], NANS[1:]],
    [np.array([0.0]), np.array([-0.0])],
    [np.datetime64("2000", unit) for unit in ("Y", "M", "D", "h", "s", "ms", "us", "ns")],
    [np.zeros(1, f"M8[{unit}]") for unit in ("Y", "D", "s", "ns")],
    [np.timedelta64(1, unit) for unit in ("D", "s", "ns")] + [1],
    [np.datetime64("NaT", "ns"), np.datetime64("NaT", "D"), np.timedelta64("NaT", "ns"), None],
    [np.datetime64("2000-01-01", "ns"), 946684800000000000],
    [objects((2, 2)), [["a", "a"], ["a", "a"]], objects((4,)), objects((1, 4))],
    [objects((0, 2)), objects((2, 0)), []],
    [None, "None", "null", [], {}],
    [np.array(0.0), 0.0, [0.0]],
    [{"mapping": {"a": 1}}, {"a": 1}],
    [np.ones(1, complex), np.ones(1)],
]


@pytest.mark.parametrize("different", TOLD)
def test_these_are_all_told_apart(different: list[object]) -> None:
    assert len({fingerprint(one) for one in different}) == len(different)


def test_what_is_behind_a_mask_counts_and_what_would_fill_it_does_not() -> None:
    masked = np.ma.array([1.0, 2.0], mask=[False, True], fill_value=5.0)
    filled = np.ma.array([1.0, 2.0], mask=[False, True], fill_value=6.0)
    behind = np.ma.array([1.0, 3.0], mask=[False, True], fill_value=5.0)
    assert fingerprint(masked) == fingerprint(filled)
    assert fingerprint(masked) != fingerprint(behind)


def test_dates_of_numpy_in_pythons_own_units_are_pythons() -> None:
    assert fingerprint(np.datetime64("2000-01-02")) == fingerprint(datetime.date(2000, 1, 2))
    moment = datetime.datetime(2000, 1, 2, 3, 4, 5, 6)
    assert fingerprint(np.datetime64(moment)) == fingerprint(moment)


def test_types_are_known_by_their_names_alone() -> None:
    """Which class of a name it is, its code says: see `gfe_mc.code`."""

    def elsewhere() -> list[object]:
        @dataclass(frozen=True)
        class Inner:
            value: float = 0.5

        class Colour(enum.Enum):
            RED = 2

        Inner.__qualname__, Colour.__qualname__ = "Inner", "Colour"
        return [Inner(), Colour.RED]

    assert list(map(fingerprint, elsewhere())) == [fingerprint(Inner()), fingerprint(Colour.RED)]


def endless() -> list[object]:
    inside: list[object] = []
    inside.append(inside)
    array = np.empty(1, object)
    array[0] = array
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    mapping: dict[str, object] = {}
    mapping["a"] = mapping
    return [inside, array, deep, mapping, Inner(inside)]  # type: ignore[arg-type]


@pytest.mark.parametrize("number", range(5))
def test_what_has_no_end_is_refused(number: int) -> None:
    with refused("must have an end"):
        fingerprint(endless()[number])


@pytest.mark.parametrize(
    "value",
    [
        *(np.longdouble(1), np.ones(1, np.longdouble), np.ones(1, np.clongdouble)),
        *(np.zeros(1, [("a", "f8"), ("b", np.longdouble)]), np.zeros(1, [("a", np.longdouble, 2)])),
        *(objects(()), range(3), slice(1), frozenset([1]), Decimal("1"), Fraction(1, 2)),
        *(datetime.timedelta(1), np.bytes_(b"a"), np.complex64(1j), Ellipsis, bytearray(b"a")),
        pd.period_range("2000", periods=3, freq="D"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(value: object) -> None:
    with refused("known by"):
        fingerprint(value)


def test_whole_numbers_that_python_does_not_write_are_refused() -> None:
    assert fingerprint(10**4000) != fingerprint(10**4000 + 1)
    with refused("Whole numbers must be such as can be written"):
        fingerprint(10**5000)


def test_bytes_between_the_fields_of_records_do_not_count() -> None:
    kind = np.dtype("i1,f8", align=True)
    noisy = np.frombuffer(np.arange(2 * kind.itemsize, dtype=np.uint8).tobytes(), kind)
    clean = np.zeros(2, kind)
    for name in kind.names or ():
        clean[name] = noisy[name]
    assert fingerprint(noisy) == fingerprint(clean)


@dataclass(frozen=True)
class Later:
    """A class whose option is anything."""

    option: object = field(default=None, metadata=LATER)


@dataclass(frozen=True)
class LaterNumber:
    option: object = field(default=0.0, metadata=LATER)


@dataclass(frozen=True)
class LaterNan:
    option: object = field(default=float("nan"), metadata=LATER)


@dataclass(frozen=True)
class LaterList:
    option: object = field(default_factory=list, metadata=LATER)


def test_later_options_are_at_their_default_to_the_last_bit() -> None:
    assert fingerprint(Later(np.zeros(2))) not in {fingerprint(Later()), fingerprint(Later(0.0))}
    departing: list[object] = [0, -0.0, False, np.zeros(2), "0.0", np.float32(0)]
    prints = {fingerprint(LaterNumber(value)) for value in [0.0, *departing]}
    assert len(prints) == 1 + len(departing)
    assert fingerprint(LaterNumber(np.float64(0.0))) == fingerprint(LaterNumber())
    for kind in (LaterNan, LaterList):
        assert canonical(kind())["parameters"] == {}
    assert canonical(LaterNan(float("nan")))["parameters"] == {}
