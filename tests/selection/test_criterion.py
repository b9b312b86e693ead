"""Criteria for the number of groups."""

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import BIC, GFE, Panel, SteepBIC, choose, fit_path
from gfe_mc.published.loader import published
from gfe_mc.selection.criterion import require_freedom
from tests.helpers import refused

BEST_KNOWN = (
    24.300820,
    19.846860,
    16.598736,
    14.318674,
    12.593350,
    11.131707,
    10.058901,
    9.251369,
    8.425958,
    7.749063,
    7.218244,
    6.781410,
    6.385509,
    5.995923,
    5.663960,
)


def test_penalties_by_hand() -> None:
    # N = 4, T = 3, G = 2, K = 1: (6 + 4 + 1) / 12 ln 12, and 2 (3 + 4 - 2) / 12 ln 12.
    assert BIC()(4, 3, 2, 1) == pytest.approx(11 / 12 * math.log(12))
    assert SteepBIC()(4, 3, 2, 1) == pytest.approx(10 / 12 * math.log(12))


def test_choice_by_hand() -> None:
    # N = 5, T = 4, K = 1, G_max = 2: sigma^2 = 6 / (20 - 8 - 5 - 1) = 1.
    choice = choose(np.array([30.0, 6.0]), 5, 4, 1, BIC())
    assert choice.variance == 1.0
    penalties = [(4 + 6) / 20 * math.log(20), (8 + 6) / 20 * math.log(20)]
    np.testing.assert_allclose(choice.values, [1.5 + penalties[0], 0.3 + penalties[1]])
    assert choice.n_groups == 2
    assert choose(np.array([8.0, 6.0]), 5, 4, 1, BIC()).n_groups == 1


def test_a_penalty_of_ones_own_and_ties() -> None:
    def none(*_: int) -> float:
        return 0.0

    assert choose(np.array([9.0, 4.0, 4.0]), 30, 4, 1, none).n_groups == 2  # The smaller one.


def test_bad_input_is_refused() -> None:
    with refused("must be objectives"):
        choose(np.array([]), 10, 5, 1, BIC())
    with refused("must be finite"):
        choose(np.array([3.0, math.nan]), 10, 5, 1, BIC())
    with refused("must leave degrees of freedom"):
        choose(np.ones(8), 10, 5, 1, BIC())
    assert require_freedom(10, 5, 7, 1) == 50 - 35 - 10 - 1
    with refused("Give more units or periods"):
        require_freedom(3, 1, 1, 2)


def test_published_choice(democracy: Panel) -> None:
    """One pass over 1 to 15 groups: objectives, criterion, choice and variance of Table B2."""
    path = [fit.objective for fit in fit_path(democracy, 15, np.random.default_rng(0))]
    np.testing.assert_allclose(path, BEST_KNOWN, rtol=1e-6)
    choice = choose(np.array(path), *democracy.shape, BIC())
    assert choice.n_groups == 10
    assert choice.variance == pytest.approx(0.013081, abs=5e-7)
    assert choice.values[0] == pytest.approx(0.0518, abs=5e-5)
    table = published("bm_table_b2")
    printed = table[table["statistic"] == "bic"]
    assert len(printed) == 15
    for record in printed.to_dict("records"):
        groups = int(str(record["G"]))
        # The print was rounded to four decimals, and then to three.
        four = Decimal(float(choice.values[groups - 1])).quantize(Decimal("1.0000"), ROUND_HALF_UP)
        assert four.quantize(Decimal("1.000"), ROUND_HALF_UP) == Decimal(f"{record['value']:.3f}")
    assert choose(np.array(path), *democracy.shape, SteepBIC()).n_groups == 1


def test_a_single_search_finds_what_the_path_finds(democracy: Panel) -> None:
    alone = GFE(7).fit(democracy, np.random.default_rng(1)).objective
    assert alone == pytest.approx(BEST_KNOWN[6], rel=1e-6)


objectives = st.lists(st.floats(0.1, 100.0), min_size=1, max_size=8).map(
    lambda values: np.sort(values)[::-1]
)


@given(objectives, st.sampled_from([1e-6, 3.0, 1e6]), st.sampled_from([BIC(), SteepBIC()]))
def test_units_of_the_outcome_do_not_matter(
    path: np.ndarray, scale: float, penalty: BIC | SteepBIC
) -> None:
    choice, scaled = (choose(factor * path, 40, 5, 2, penalty) for factor in (1.0, scale))
    np.testing.assert_allclose(scaled.values, scale * choice.values, rtol=1e-12)
    assert scaled.variance == pytest.approx(scale * choice.variance, rel=1e-12)
    best, also = choice.values[choice.n_groups - 1], choice.values[scaled.n_groups - 1]
    assert also == pytest.approx(best, rel=1e-12)


@given(objectives)
def test_a_steeper_penalty_never_chooses_more_groups(path: np.ndarray) -> None:
    shape = 40, 5, 2
    mild, steep = (choose(path, *shape, penalty) for penalty in (BIC(), SteepBIC()))
    steps = [penalty(40, 5, 4, 2) - penalty(40, 5, 3, 2) for penalty in (BIC(), SteepBIC())]
    assert steps[0] < steps[1]
    assert steep.n_groups <= mild.n_groups


def test_criterion_by_loops() -> None:
    n_units, n_periods, n_regressors = 12, 6, 2
    path = [40.0, 22.0, 15.0, 13.0]
    choice = choose(np.array(path), n_units, n_periods, n_regressors, BIC())
    variance = 13.0 / (72 - 24 - 12 - 2)
    for groups, objective in enumerate(path, start=1):
        number = groups * 6 + 12 + 2
        expected = objective / 72 + variance * number / 72 * math.log(72)
        assert choice.values[groups - 1] == pytest.approx(expected, rel=1e-14)


def test_a_penalty_is_given_the_sizes_in_order() -> None:
    seen: list[tuple[int, ...]] = []

    def penalty(*sizes: int) -> float:
        seen.append(sizes)
        return float(sizes[2])

    assert choose(np.array([5.0, 4.0, 3.9]), 20, 4, 1, penalty).n_groups == 1
    assert seen == [(20, 4, 1, 1), (20, 4, 2, 1), (20, 4, 3, 1)]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_penalty_that_is_not_finite_is_refused(value: float) -> None:
    with refused("finite"):
        choose(np.array([9.0, 4.0]), 30, 4, 1, lambda *_: value)
