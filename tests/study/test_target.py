"""Targets: how they are written, and the sizes at which they are asked."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import InputError, Target
from gfe_mc.study.target import Goal
from tests.helpers import refused, study


def test_a_target_is_figures_with_bounds() -> None:
    target = Target.of(" misclassification <= 0.002,coverage[theta1, G=3]<=1e-2 ")
    assert target.goals == (
        Goal("misclassification", 0.002),
        Goal("coverage", 0.01, ("theta1", "G=3")),
    )
    assert [goal.name for goal in target.goals] == ["misclassification", "coverage[theta1, G=3]"]
    assert target.within(1000).describe() == {
        "goals": {"misclassification": 0.002, "coverage[theta1, G=3]": 0.01},
        "minimum": 100,
        "maximum": 1000,
    }


NAMES = st.sampled_from(["bias", "coverage", "median_se", "sd"])
WORDS = st.sampled_from(["theta1", "gfe", "G=3", "large T", "cell=0", "µ"])
GOALS = st.lists(
    st.builds(
        Goal,
        NAMES,
        st.floats(1e-12, 1e6),
        st.lists(WORDS, unique=True, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda goal: goal.name,
)


@given(GOALS, st.sampled_from(["", " ", "  "]))
def test_what_is_written_is_what_is_read(goals: list[Goal], space: str) -> None:
    text = f"{space},{space}".join(f"{goal.name}{space}<={space}{goal.bound!r}" for goal in goals)
    assert Target.of(text).goals == tuple(goals)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "figures, each with a bound"),
        ("bias", "figures, each with a bound"),
        ("bias<0.1", "figures, each with a bound"),
        ("bias<=0.1,", "figures, each with a bound"),
        ("bias<=0.1;sd<=0.1", "figures, each with a bound"),
        ("bias<=0.1 sd<=0.1", "figures, each with a bound"),
        ("bias[theta1<=0.1", "figures, each with a bound"),
        ("bias[]<=0.1", "must be said by names"),
        ("bias[a,,b]<=0.1", "must be said by names"),
        ("1st<=0.1", "figures, each with a bound"),
        ("bias<=0", "bound on the error of bias must be a positive number"),
        ("bias<=-1", "bound on the error of bias must be a positive number"),
        ("bias<=nan", "bound on the error of bias must be a positive number"),
        ("bias<=inf", "bound on the error of bias must be a positive number"),
        ("bias<=small", "bound on the error of bias must be a positive number"),
        ("bias<=0.1,bias<=0.2", "Each goal must be given once"),
    ],
)
def test_what_is_no_target_is_refused(text: str, said: str) -> None:
    with refused(said):
        Target.of(text)


@given(st.text(alphabet="bias[]<=0.1, eé\n\x00", max_size=30))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    with suppress(InputError):
        assert all(goal.bound > 0 for goal in Target.of(text).goals)


@given(st.integers(2, 5000), st.integers(0, 100_000))
def test_sizes_are_a_fixed_grid(minimum: int, more: int) -> None:
    maximum = minimum + more
    sizes = Target.of("bias<=1", minimum, maximum).sizes()
    assert (sizes[0], sizes[-1]) == (minimum, maximum)
    for one, following in pairwise(sizes):
        assert one < following <= one + one / 4 + 1
    # A larger maximum asks at the same sizes, as far as the smaller one went.
    longer = Target.of("bias<=1", minimum, 2 * maximum).sizes()
    assert longer[: len(sizes) - 1] == sizes[:-1]
    target = Target.of("bias<=1", minimum, maximum)
    assert target.size_for(0) == minimum
    assert target.size_for(sizes[-1] - 0.5) == maximum
    assert target.size_for(float("inf")) == maximum


def test_numbers_that_are_left_out_are_the_experiments() -> None:
    target = Target.of("bias<=1")
    assert target.within(1000).sizes()[:4] == [100, 125, 157, 197]
    assert target.within(50).sizes() == [50]
    assert Target.of("bias<=1", 10).within(12).sizes() == [10, 12]
    with refused("must have its numbers"):
        target.sizes()


@pytest.mark.parametrize("numbers", [(1, 10), (20, 10), (True, 10), (2.0, 3), (2, 0)])
def test_numbers_that_cannot_be_are_refused(numbers: tuple[int, int]) -> None:
    with pytest.raises(InputError):
        Target.of("bias<=1", *numbers)
    with refused("least number"):
        Target.of("bias<=1", 200).within(100)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("coverage<=0.1", "figures that the study has"),
        ("median_seconds<=0.1", "and no times"),
        ("misclasification<=0.1", "figures that the study has"),
        ("bias[theta2]<=0.1", "names of the study"),
        ("bias[gap=2.0]<=0.1", "names of the study"),
        ("bias[cell=9]<=0.1", "names of the study"),
        ("bias[shifted]<=0.1", "Estimators of a target must run on all replications"),
        ("bias[estimator=shifted]<=0.1", "Estimators of a target must run on all replications"),
    ],
)
def test_what_the_study_has_not_is_refused(target: str, said: str) -> None:
    with refused(said):
        study(first={"shifted": 5}).plan(target=target)


def test_the_refusal_names_what_there_is() -> None:
    with pytest.raises(InputError) as refusal:
        study().plan(target="biass<=1")
    remedy = refusal.value.remedy
    assert set(re.split(r"\W+", remedy)) >= {"bias", "rmse", "sd", "misclassification", "mean"}
    assert "coverage" not in remedy
    assert "seconds" not in remedy
    with pytest.raises(InputError, match=r"gap=5\.0") as refusal:
        study().plan(target="bias[x]<=1")
    words = set(re.split(", | of ", refusal.value.remedy))
    assert {"theta1", "ols", "n_units=8", "cell=3"} <= words


def test_a_target_takes_the_place_of_a_number() -> None:
    with refused("a number of replications or a target"):
        study().plan(target="bias<=1", replications=5)
    with refused("from the first one on"):
        study().plan(target="bias<=1", start=2)
    plan = study().plan(target=Target.of("bias[theta1, ols]<=1", 4, 40))
    assert plan.replications == 40
    assert plan.describe()["target"] == {
        "goals": {"bias[theta1, ols]": 1},
        "minimum": 4,
        "maximum": 40,
    }
    assert "target" not in study().plan().describe()
