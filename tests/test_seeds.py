"""The address of every random stream."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.canonical import fingerprint
from gfe_mc.seeds import DATA, Streams, generator
from tests.helpers import refused

ONE, OTHER = fingerprint("one design"), fingerprint("another design")

addresses = st.tuples(
    st.integers(0, 2**200),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.integers(0, 2**32 - 1),
    st.text(max_size=5),
)


def first(root: int, dgp: str, replication: int, purpose: str) -> list[int]:
    """The first two draws at an address."""
    draws: list[int] = generator(root, dgp, replication, purpose).integers(0, 2**63, 2).tolist()
    return draws


def test_golden() -> None:
    """Every stored number hangs on these: a change of them is a new version."""
    one, other = generator(0, ONE, 0, DATA), generator(2012, ONE, 999, OTHER)
    assert one.bit_generator.random_raw(2).tolist() == [16345294295747407302, 6060758302925565021]
    assert other.bit_generator.random_raw(2).tolist() == [114577455346888995, 5924937385748220949]


def test_golden_draws() -> None:
    """And on how NumPy turns bits into numbers."""
    assert generator(0, ONE, 0, DATA).random() == 0.886080179268213
    assert generator(0, ONE, 0, DATA).standard_normal() == -0.18467553677473197


@given(addresses)
def test_the_same_address_gives_the_same_stream(address: tuple[int, str, int, str]) -> None:
    assert first(*address) == first(*address)


@given(addresses, addresses)
def test_different_addresses_give_different_streams(
    one: tuple[int, str, int, str], other: tuple[int, str, int, str]
) -> None:
    """Two draws of 63 bits do not meet by chance; only the first 128 bits of the DGP count."""
    same = (one[0], one[1][:32], *one[2:]) == (other[0], other[1][:32], *other[2:])
    assert (first(*one) == first(*other)) == same


@pytest.mark.parametrize(
    "changed",
    [
        (8, ONE, 3, DATA),
        (7 + 2**32, ONE, 3, DATA),
        (7, OTHER, 3, DATA),
        (7, ONE, 4, DATA),
        (7, ONE, 3, ONE),
        (7, ONE, 3, ""),
        (3, ONE, 7, DATA),
    ],
)
def test_each_part_of_the_address_counts(changed: tuple[int, str, int, str]) -> None:
    assert first(*changed) != first(7, ONE, 3, DATA)


def test_every_word_of_a_design_counts() -> None:
    digests = ["0" * 8 * n + "00000001" + "0" * (56 - 8 * n) for n in range(4)]
    streams = [first(0, digest, 0, DATA) for digest in ["0" * 64, *digests]]
    assert len({tuple(stream) for stream in streams}) == 5


def test_replication_numbers_and_purposes_do_not_run_into_one_another() -> None:
    """Purposes that end in a number, and numbers next to purposes: all addresses are apart."""
    numbers = (0, 1, 10, 11, 2**16, 2**32 - 1)
    purposes = ("", "0", "1", "10", "a", "a1", "a10")
    streams = {tuple(first(0, ONE, number, purpose)) for number in numbers for purpose in purposes}
    assert len(streams) == len(numbers) * len(purposes)


def test_words_of_the_root_do_not_run_into_those_of_the_design() -> None:
    """A root of many words is not the same as a short one followed by a design."""
    zero = "0" * 64
    streams = {tuple(first(2 ** (32 * words), zero, 0, DATA)) for words in range(8)}
    assert len(streams) == 8


def test_streams_do_not_depend_on_the_order_of_use() -> None:
    forwards = [first(0, ONE, number, DATA) for number in range(5)]
    kept = [generator(0, ONE, number, DATA) for number in range(5)]
    for used in (4, 2, 0, 1, 3):
        assert kept[used].integers(0, 2**63, 2).tolist() == forwards[used]


def test_the_global_generator_is_left_alone() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    generator(0, ONE, 0, DATA).random(10)
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    assert str(before) == str(after)


def test_neighbouring_replications_are_not_correlated() -> None:
    draws = np.array([generator(0, ONE, r, DATA).standard_normal(2000) for r in range(20)])
    correlations = np.corrcoef(draws)[np.triu_indices(20, 1)]
    # 190 correlations with standard error 1/sqrt(2000).
    assert np.abs(correlations).max() < 4.5 / np.sqrt(2000)


@pytest.mark.parametrize("root", [-1, 1.5, "1", None, True])
def test_the_root_must_be_a_whole_number(root: int) -> None:
    with refused("`root` must be a whole number"):
        generator(root, ONE, 0, DATA)


@pytest.mark.parametrize("replication", [-1, 0.0, "1", None, False])
def test_the_replication_must_be_a_whole_number(replication: int) -> None:
    with refused("`replication` must be a whole number"):
        generator(0, ONE, replication, DATA)


def test_replications_end_where_their_word_does() -> None:
    first(0, ONE, 2**32 - 1, DATA)
    with pytest.raises((OverflowError, ValueError), match="below 2\\^32"):
        generator(0, ONE, 2**32, DATA)


def test_numbered_streams_do_not_depend_on_each_other() -> None:
    streams = Streams.of(np.random.default_rng(1))
    forwards = [streams(n).random() for n in range(4)]
    streams(0).random(100)
    assert [streams(n).random() for n in (3, 2, 1, 0)] == forwards[::-1]
    assert len(set(forwards)) == 4


def test_numbered_streams_are_those_of_their_address() -> None:
    one, other = np.random.default_rng(1), np.random.default_rng(2)
    assert Streams.of(one) != Streams.of(other)
    assert Streams.of(np.random.default_rng(1)) == Streams.of(np.random.default_rng(1))
    assert 0 <= Streams.of(one).entropy < 2**128


def test_numbered_streams_stay_the_same() -> None:
    assert Streams(12345)(7).integers(1000, size=4).tolist() == [190, 408, 40, 796]


def test_numbered_streams_below_different_addresses_differ() -> None:
    first = {
        Streams.of(generator(0, ONE, replication, DATA))(number).random()
        for replication in range(10)
        for number in range(50)
    }
    assert len(first) == 500


def test_numbered_streams_are_not_that_of_their_address() -> None:
    rng, same = generator(0, ONE, 0, DATA), generator(0, ONE, 0, DATA)
    streams = Streams.of(rng)
    assert streams.entropy == int.from_bytes(same.bytes(16), "little")
    following = same.random(1000)
    assert not set(following) & set(streams(0).random(1000))


def test_numbered_streams_are_not_correlated() -> None:
    """Nor would they be uniform if they were."""
    streams = Streams.of(np.random.default_rng(4))
    draws = np.array([streams(number).random(50) for number in range(400)])
    z = (draws.mean(axis=0) - 0.5) / np.sqrt(1 / 12 / 400)
    assert abs(z).max() < 4.5
    correlation = np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]
    assert abs(correlation) < 4 / np.sqrt(draws[1:].size)
