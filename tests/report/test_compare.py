"""Verdicts on figures against the print."""

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd
import pytest

from gfe_mc.errors import InputError
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.compare import compare, compare_all
from gfe_mc.report.verdicts import Family, judge, overall

TABLE3 = PublishedTable(
    "bm_table3",
    {"dgp": "errors", "G": "G"},
    statistics={"misclassification_percent": "misclassification_permutations_percent"},
)
FIGURES: dict[tuple[str, str], tuple[float, float]] = {
    ("theta1", "true"): (0.4068, 0.0),
    ("theta1", "mean"): (0.391, 0.001),
    ("theta2", "true"): (0.089, 0.0),
    ("theta2", "mean"): (0.0995, 0.0002),
    ("cumulative", "true"): (0.151, 0.0),
    ("cumulative", "mean"): (0.200, 0.001),
    ("none", "misclassification_percent"): (7.0, 0.2),
    ("none", "misclassification_permutations_percent"): (9.60, 0.2),
}


def summary_of(
    figures: dict[tuple[str, str], tuple[float, float]], inference: str = "none", **cell: Any
) -> pd.DataFrame:
    label = {"cell": 0, "G": 3, "errors": "normal"} | cell
    counts = {"attempted": 1001, "failed": 1, "used": 1000}
    return pd.DataFrame(
        label
        | {"estimator": "vns", "inference": inference}
        | {"parameter": parameter, "statistic": statistic}
        | {"value": value, "error": error, "low": math.nan, "high": math.nan}
        | counts
        for (parameter, statistic), (value, error) in figures.items()
    )


@pytest.fixture
def comparison() -> pd.DataFrame:
    return compare(summary_of(FIGURES), TABLE3, "vns")


def row(frame: pd.DataFrame, *key: str) -> dict[Hashable, Any]:
    """Row of a parameter and statistic at G = 3."""
    for name, value in zip(("G", "parameter", "statistic"), (3, *key), strict=True):
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


def test_z_by_hand(comparison: pd.DataFrame) -> None:
    mean = row(comparison, "theta2", "mean")
    rounding = 0.001 / math.sqrt(12)
    z = (0.0995 - 0.099) / math.sqrt(0.0002**2 + 0.0002**2 + rounding**2)
    assert mean["z"] == pytest.approx(z)
    assert (mean["published"], mean["decimals"], mean["ours"]) == (0.099, 3, 0.0995)
    assert (mean["attempted"], mean["failed"], mean["used"]) == (1001, 1, 1000)


@pytest.mark.parametrize(
    ("true", "verdict"),
    [(0.4068, "as printed"), (0.40646, "rounded twice"), (0.4063, "not as printed")],
)
def test_a_true_value_is_checked_and_does_not_count(true: float, verdict: str) -> None:
    frame = compare(summary_of({**FIGURES, ("theta1", "true"): (true, 1e-17)}), TABLE3, "vns")
    checked = row(frame, "theta1", "true")
    assert math.isnan(checked["z"])
    assert checked["verdict"] == verdict
    assert int(frame["p"].notna().sum()) == 4


@pytest.mark.parametrize(("ours", "verdict"), [(0.0, "as printed"), (0.1, "agrees")])
def test_none_against_none_is_checked(ours: float, verdict: str) -> None:
    print_ = PublishedTable(
        "bm_table_s3",
        {"G0": "G0"},
        replications=100,
        statistics={"percent": "bic_percent"},
        columns={"G": "parameter"},
    )
    summary = summary_of({("1", "bic_percent"): (ours, 0.0)}, G0=3).drop(columns="G")
    frame = compare(summary.assign(low=0.0, high=0.4), print_, "vns")
    assert frame.loc[(frame["G0"] == 3) & (frame["parameter"] == "1"), "verdict"].item() == verdict


def test_few_samples_have_no_verdict() -> None:
    few = compare(summary_of(FIGURES).assign(used=9), TABLE3, "vns")
    assert row(few, "theta1", "mean")["verdict"] == "too few"
    assert row(few, "theta1", "true")["verdict"] == "as printed"
    assert overall(few) == (
        "Of those that are the same in all replications, as printed 3, rounded twice 0, not as "
        "printed 0; of fewer than 10 samples 4; not computed 0, not run 14."
    )
    enough = compare(summary_of(FIGURES).assign(used=10), TABLE3, "vns")
    assert row(enough, "theta1", "mean")["verdict"] == "agrees"


def test_several_methods_beside_one_print_are_judged_together() -> None:
    """A figure that differs beside a method alone is within chance beside two."""
    odd = {**FIGURES, ("cumulative", "mean"): (0.1667, 0.001)}
    one = summary_of(odd)
    alone = compare(one, TABLE3, "vns")
    assert row(alone, "cumulative", "mean")["verdict"] == "differs"
    both = pd.concat([one, summary_of(FIGURES).assign(estimator="other")])
    together = compare_all(both, TABLE3, ["vns", "other"])
    assert row(together["vns"], "cumulative", "mean")["verdict"] == "within chance"
    assert row(together["other"], "cumulative", "mean")["verdict"] == "differs"
    family = Family.of([frame["p"] for frame in together.values()])
    assert family == (8, 2)
    assert "5% for all 8 figures of 2 methods beside one print" in overall(together["vns"], family)


def test_the_statistic_is_computed_the_papers_way(comparison: pd.DataFrame) -> None:
    misclassified = row(comparison, "none", "misclassification_percent")
    assert misclassified["computed_as"] == "misclassification_permutations_percent"
    assert misclassified["ours"] == 9.60
    assert misclassified["verdict"] == "agrees"


def test_verdicts() -> None:
    ten = Family(10, 1)
    assert ten.level == pytest.approx(0.005)
    assert "|z| above 2.81" in str(ten)
    assert judge(0.05, ten) == "agrees"
    assert judge(0.049, ten) == judge(0.005, ten) == "within chance"
    assert judge(0.0049, ten) == "differs"
    assert judge(0.049, Family(1, 1)) == "differs"
    assert math.isnan(Family(0, 0).level)


def test_every_printed_figure_has_a_row(comparison: pd.DataFrame) -> None:
    assert len(comparison) == 21
    assert list(comparison["verdict"].value_counts().sort_index().items()) == [
        ("agrees", 3),
        ("as printed", 3),
        ("differs", 1),
        ("not run", 14),
    ]
    other = comparison[comparison["G"] != 3]
    assert other["cell"].isna().all()
    assert other["ours"].isna().all()
    assert set(comparison.loc[comparison["G"] == 3, "cell"]) == {0}


@pytest.mark.parametrize("figure", [None, (math.nan, math.nan), (0.391, math.nan)])
def test_a_figure_without_value_or_error_is_not_computed(
    figure: tuple[float, float] | None,
) -> None:
    figures = dict(FIGURES)
    del figures["theta1", "mean"]
    if figure is not None:
        figures["theta1", "mean"] = figure
    comparison = compare(summary_of(figures), TABLE3, "vns")
    assert row(comparison, "theta1", "mean")["verdict"] == "not computed"
    assert "3 printed figures compared" in overall(comparison)
    assert "not computed 1, not run 14" in overall(comparison)


def test_overall(comparison: pd.DataFrame) -> None:
    assert overall(comparison) == (
        "Of 4 printed figures compared, agree 3, within chance 0, differ 1 (p below 0.013, for "
        "many samples |z| above 2.50: Bonferroni, 5% for all 4 figures together); of those that "
        "are the same in all replications, as printed 3, rounded twice 0, not as printed 0; not "
        "computed 0, not run 14."
    )


def test_nothing_to_compare() -> None:
    comparison = compare(summary_of(FIGURES, G=4), TABLE3, "vns")
    assert overall(comparison).startswith("No printed figure could be compared; not computed 0")


def test_further_keys_of_the_print_are_kept() -> None:
    print_ = PublishedTable("bm_table4", {"G": "G", "dgp": "errors"}, statistics={"mc_sd": "sd"})
    comparison = compare(summary_of({("theta1", "sd"): (0.044, 0.001)}), print_, "vns")
    assert len(comparison) == 63
    compared = comparison[comparison["z"].notna()]
    assert list(compared["variance"]) == ["none"]
    assert list(compared["published"]) == [0.043]


TABLE4 = PublishedTable(
    "bm_table4",
    {"G": "G", "dgp": "errors"},
    statistics={"mc_sd": "sd"},
    columns={"variance": "inference"},
)


def test_figures_by_inference_method() -> None:
    """Each beside the print of the same method."""
    summary = pd.concat(
        [
            summary_of({("theta1", "sd"): (0.044, 0.001)}),
            summary_of(
                {("theta1", "coverage"): (0.85, 0.01), ("theta1", "median_se"): (0.036, 0.001)},
                inference="large_t",
            ),
            summary_of({("theta1", "coverage"): (0.99, 0.003)}, inference="fixed_t"),
            summary_of({("theta1", "median_se"): (0.07, 0.001)}, inference="bootstrap"),
            summary_of({("theta1", "median_se"): (9.0, 0.001)}, inference="another"),
        ]
    )
    comparison = compare(summary, TABLE4, "vns")
    assert len(comparison) == 63
    assert "variance" not in comparison
    compared = comparison[comparison["z"].notna()]
    keys = ["inference", "statistic", "published", "ours"]
    assert sorted(compared[keys].itertuples(index=False, name=None)) == [
        ("bootstrap", "median_se", 0.068, 0.07),
        ("fixed_t", "coverage", 0.965, 0.99),
        ("large_t", "coverage", 0.847, 0.85),
        ("large_t", "median_se", 0.035, 0.036),
        ("none", "mc_sd", 0.043, 0.044),
    ]
    verdicts = dict(zip(compared["ours"], compared["verdict"], strict=True))
    assert verdicts[0.99] == "differs"
    assert verdicts[0.85] == "agrees"
    here = comparison[comparison["G"] == 3]
    assert here["verdict"].value_counts()["not computed"] == 21 - 5


def test_chosen_numbers_of_groups_are_parameters() -> None:
    """Table S3: 3 groups are chosen in 98% of a hundred samples, and 4 in 2%."""
    print_ = PublishedTable(
        "bm_table_s3",
        {"G0": "G0"},
        replications=100,
        statistics={"percent": "bic_percent"},
        columns={"G": "parameter"},
    )
    summary = summary_of(
        {("3", "bic_percent"): (97.0, 0.5), ("4", "bic_percent"): (3.0, 0.5)}, G0=3
    ).drop(columns="G")
    comparison = compare(summary, print_, "vns")
    compared = comparison[comparison["z"].notna()]
    assert list(compared["parameter"]) == ["3", "4"]
    assert list(compared["published"]) == [98.0, 2.0]
    spread = 0.5 * math.sqrt(1 + 1000 / 100)
    z = 1 / math.sqrt(spread**2 + 1 / 12)
    assert list(compared["z"]) == pytest.approx([-z, z])
    assert set(comparison.loc[comparison["G0"] == 10, "verdict"]) == {"not run"}


@pytest.mark.parametrize("three", [3, "3"])
def test_keys_are_compared_as_text(three: int | str) -> None:
    """Table B2 has a row FE among its numbers of groups, and notes that say nothing of which."""
    print_ = PublishedTable(
        "bm_table_b2",
        {"G": "G"},
        replications=1,
        statistics={"estimate": "mean", "se": "median_se"},
        columns={"variance": "inference"},
        ignored=("bic_choice", "note"),
    )
    summary = pd.concat(
        [
            summary_of({("theta1", "mean"): (0.407, 0.001)}, G=three),
            summary_of({("theta1", "median_se"): (0.129, 0.001)}, inference="bootstrap", G=three),
            summary_of({("theta2", "mean"): (-0.031, 0.001)}, G="FE", cell=1),
        ]
    )
    comparison = compare(summary, print_, "vns")
    assert len(comparison) == 211
    assert not {"bic_choice", "note", "variance"} & set(comparison)
    compared = comparison[comparison["z"].notna()]
    assert set(compared["verdict"]) == {"agrees"}
    keys = ["cell", "G", "inference", "parameter", "published"]
    assert list(compared[keys].itertuples(index=False, name=None)) == [
        (0, "3", "none", "theta1", 0.407),
        (0, "3", "bootstrap", "theta1", 0.129),
        (1, "FE", "none", "theta2", -0.031),
    ]


def test_refusals() -> None:
    summary = summary_of(FIGURES)
    with pytest.raises(InputError, match=r"annealing.*vns"):
        compare(summary, TABLE3, "annealing")
    with pytest.raises(InputError, match=r"bm_table99.*bm_table3"):
        compare(summary, PublishedTable("bm_table99", {"G": "G"}), "vns")
    with pytest.raises(InputError, match=r"groups.*decimals"):
        compare(summary, PublishedTable("bm_table3", {"groups": "G"}), "vns")
    with pytest.raises(InputError, match=r"n_groups.*errors"):
        compare(summary, PublishedTable("bm_table3", {"G": "n_groups"}), "vns")
    with pytest.raises(InputError, match=r"method.*variance"):
        compare(
            summary, PublishedTable("bm_table4", {"G": "G"}, columns={"method": "inference"}), "vns"
        )
    with pytest.raises(InputError, match=r"remark.*note"):
        compare(summary, PublishedTable("bm_table_b2", {"G": "G"}, ignored=("remark",)), "vns")
    with pytest.raises(InputError, match="replications"):
        PublishedTable("bm_table3", {"G": "G"}, replications=0)
    two = pd.concat([summary, summary_of(FIGURES, cell=1)])
    with pytest.raises(InputError, match="more than one cell"):
        compare(two, TABLE3, "vns")
