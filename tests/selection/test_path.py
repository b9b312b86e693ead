"""GFE along numbers of groups."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import (
    BIC,
    GFE,
    VNS,
    ChosenGFE,
    Genetic,
    MultiStart,
    Panel,
    SteepBIC,
    choose,
    fit_path,
)
from gfe_mc.canonical import fingerprint
from tests.helpers import refused
from tests.inference.panels import grouped
from tests.reference import gfe_numpy as twin
from tests.reference.panels import random_panel


def panel(seed: int, n_units: int = 30, gap: float = 6.0) -> Panel:
    """Three groups, `gap` apart."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_units, 4, 1))
    level = gap * (np.arange(n_units) % 3)[:, None]
    return Panel.from_arrays(x[:, :, 0] + level + rng.standard_normal((n_units, 4)), x)


@pytest.mark.parametrize("search", [MultiStart(starts=1), Genetic(population=2, patience=1)])
def test_objectives_never_rise_however_short_the_search(search: MultiStart | Genetic) -> None:
    for seed in range(5):
        fits = fit_path(panel(seed, gap=0.5), 12, np.random.default_rng(seed), search)
        objectives = [fit.objective for fit in fits]
        assert all(b <= a * (1 + 1e-9) for a, b in pairwise(objectives))
        for number, fit in enumerate(fits, start=1):
            assert fit.groups is not None
            assert len(np.unique(fit.groups)) == number


def test_paths_of_tiny_panels_are_those_of_an_exhaustive_search() -> None:
    rng = np.random.default_rng(1)
    y, x = rng.standard_normal((6, 3)), rng.standard_normal((6, 3, 1))
    fits = fit_path(Panel.from_arrays(y, x), 5, rng)
    for groups, fit in enumerate(fits, start=1):
        assert fit.objective == pytest.approx(twin.exact(y, x, groups), rel=1e-9, abs=1e-12)


def test_the_chosen_fit_has_the_path() -> None:
    data = panel(2)
    fit = ChosenGFE(maximum=6).fit(data, np.random.default_rng(0))
    assert fit.alpha is not None
    assert fit.path is not None
    assert len(fit.alpha) == 3
    assert fit.path.shape == (6,)
    assert fit.objective == fit.path[2]
    again = ChosenGFE(maximum=6).fit(data, np.random.default_rng(0))
    np.testing.assert_array_equal(again.path, fit.path)


def test_the_penalty_decides_and_is_part_of_the_identity() -> None:
    data = panel(3, gap=1.5)
    few = ChosenGFE(6, penalty=SteepBIC()).fit(data, np.random.default_rng(0))
    many = ChosenGFE(6, penalty=BIC()).fit(data, np.random.default_rng(0))
    assert few.alpha is not None
    assert many.alpha is not None
    assert len(few.alpha) < len(many.alpha)
    assert fingerprint(ChosenGFE(6)) != fingerprint(ChosenGFE(6, penalty=SteepBIC()))


def test_bad_input_is_refused() -> None:
    with refused("maximum"):
        ChosenGFE(0)
    with refused("`penalty` must be a function"):
        ChosenGFE(3, penalty=2.0)  # type: ignore[arg-type]
    with refused("must leave degrees of freedom"):
        ChosenGFE(29).fit(panel(4), np.random.default_rng(0))
    with refused("There must be no more groups than units"):
        fit_path(panel(5), 31, np.random.default_rng(0))


def test_path_by_hand() -> None:
    # 0 and 1 | 10 | 14: sums of squares of one, two, three and four groups.
    values = np.array([[0.0], [1.0], [10.0], [14.0]])
    fits = fit_path(Panel.from_arrays(values), 4, np.random.default_rng(0))
    assert [fit.objective for fit in fits] == pytest.approx([140.75, 8.5, 0.5, 0.0])


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n_regressors=st.integers(0, 2), far=st.sampled_from([0.0, 1e3]))
def test_objectives_never_rise(seed: int, n_regressors: int, far: float) -> None:
    """Whatever the panel, and however far it is from zero."""
    y, x = random_panel(np.random.default_rng(seed), 9, 3, n_regressors)
    data = Panel.from_arrays(y + far, x - far)
    search = MultiStart(starts=1) if seed % 2 else VNS(1, 1, 0)
    objectives = [fit.objective for fit in fit_path(data, 9, np.random.default_rng(seed), search)]
    assert all(b <= a * (1 + 1e-9) for a, b in pairwise(objectives))
    assert objectives[-1] == 0.0


def test_each_search_starts_from_the_solution_before_with_its_farthest_unit_apart() -> None:
    """With one start, every step is Algorithm 1 from there."""
    rng = np.random.default_rng(6)
    y, x = random_panel(rng, 20, 4, 1)
    y, x = y + np.array([5.0, -40.0, 0.0, 3.0]), x + 7.0
    fits = fit_path(Panel.from_arrays(y, x), 8, rng, MultiStart(starts=1))
    for before, after in pairwise(fits):
        assert before.alpha is not None
        distances = twin.distances(y, x, before.theta, before.alpha).min(axis=1)
        unit = int(np.argmax(distances))
        alpha = np.vstack([before.alpha, y[unit] - x[unit] @ before.theta])
        first = twin.begin(y, x, before.theta, alpha)
        expected, _ = twin.algorithm_1(y, x, first)
        assert after.objective == pytest.approx(expected.objective, rel=1e-8)


def test_the_chosen_fit_is_the_one_of_the_path() -> None:
    data, search = panel(7), MultiStart(starts=30)
    chosen = ChosenGFE(5, search=search).fit(data, np.random.default_rng(3))
    fits = fit_path(data, 5, np.random.default_rng(3), search)
    assert chosen.path is not None
    assert chosen.path.tolist() == [fit.objective for fit in fits]
    assert chosen.theta.tobytes() == fits[2].theta.tobytes()
    np.testing.assert_array_equal(chosen.groups, fits[2].groups)
    assert (chosen.n_best, chosen.n_tries, chosen.status) == (
        fits[2].n_best,
        fits[2].n_tries,
        fits[2].status,
    )


def test_one_group_is_a_path_of_its_own() -> None:
    data = panel(8)
    fit = ChosenGFE(1).fit(data, np.random.default_rng(0))
    alone = GFE(1).fit(data, np.random.default_rng(0))
    assert fit.objective == alone.objective
    assert fit.path is not None
    assert fit.path.tolist() == [alone.objective]


def test_a_penalty_of_ones_own_chooses() -> None:
    """Without a penalty the largest number of groups fits best."""

    def free(*_: int) -> float:
        return 0.0

    fit = ChosenGFE(4, penalty=free).fit(panel(9), np.random.default_rng(0))
    assert fit.alpha is not None
    assert len(fit.alpha) == 4


def test_gaps_count_observations() -> None:
    """The criterion with the number of observations in the place of N T."""
    whole = grouped(3, 30, 6)
    seen = np.ones(whole.y.shape, bool)
    seen[np.arange(30), np.random.default_rng(0).integers(6, size=30)] = False
    panel = Panel.from_arrays(whole.y, whole.x, observed=seen)
    quick = Genetic(population=6, patience=20, hits=5)
    fits = fit_path(panel, 4, np.random.default_rng(0), quick)
    objectives = np.array([fit.objective for fit in fits])
    assert (np.diff(objectives) < 0).all()
    chosen = ChosenGFE(4, search=quick).fit(panel, np.random.default_rng(0))
    np.testing.assert_array_equal(chosen.path, objectives)
    size, numbers = 150, np.arange(1, 5)
    variance = objectives[-1] / (size - 4 * 6 - 30 - 2)
    values = objectives / size + variance * (numbers * 6 + 32) / size * np.log(size)
    assert chosen.n_groups == int(np.argmin(values)) + 1
    choice = choose(objectives, 30, 6, 2, BIC(), size)
    np.testing.assert_allclose(choice.values, values, rtol=1e-12)

    def flat(*counts: int) -> float:
        return 0.1 * counts[2]

    with refused("penalty must be one for panels with gaps"):
        ChosenGFE(4, flat, quick).fit(panel, np.random.default_rng(0))
    with refused("degrees of freedom", "150 observations"):
        ChosenGFE(20, search=quick).fit(panel, np.random.default_rng(0))
