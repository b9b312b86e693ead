"""From a study to its tables."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.choice import across_cells, along_paths
from gfe_mc.metrics.failures import failures
from gfe_mc.metrics.paired import missed, paired
from gfe_mc.metrics.summary import summarize
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.compare import compare
from gfe_mc.report.digits import with_error
from gfe_mc.report.render import FORMATS, Table, render
from gfe_mc.report.tables import (
    choice_table,
    comparison_table,
    criterion_table,
    failures_table,
    figures_table,
    inference_table,
    misses_table,
)
from gfe_mc.selection.criterion import PENALTIES

TABLE3 = PublishedTable(
    "bm_table3",
    {"dgp": "errors", "G": "G"},
    statistics={"misclassification_percent": "misclassification_permutations_percent"},
)
TRUTH = np.array([0.407, 0.089, 0.150])


def make_study() -> xr.Dataset:
    """Two cells of Table 3, two estimators, 40 replications, one of them failed."""
    rng = np.random.default_rng(7)
    of = ("cell", "estimator", "replication")
    shape = (2, 2, 40)
    estimate = TRUTH + rng.normal(0, 0.03, (*shape, 3))
    estimate[:, 1] += 0.5
    status = np.full(shape, Status.SUCCESS, np.int8)
    status[0, 1, 5] = Status.ESTIMATOR_FAILED
    misclassification = rng.uniform(0, 0.2, shape)
    misclassification[1, 0, 0] = np.nan
    return xr.Dataset(
        {
            "truth": (("cell", "replication", "parameter"), np.tile(TRUTH, (2, 40, 1))),
            "estimate": ((*of, "parameter"), estimate),
            "objective": (of, np.where(rng.uniform(size=shape) < 0.3, 1.1, 1.0)),
            "misclassification": (of, misclassification),
            "misclassification_permutations": (of, rng.uniform(0, 0.2, shape)),
            "n_best": (of, np.ones(shape, int)),
            "n_tries": (of, np.full(shape, 2)),
            "seconds": (of, rng.exponential(size=shape)),
            "status": (of, status),
        },
        {
            "cell": [0, 1],
            "G": ("cell", [3, 5]),
            "errors": ("cell", ["normal", "normal"]),
            "estimator": ["vns", "genetic"],
            "parameter": ["theta1", "theta2", "cumulative"],
        },
    )


def with_inference(study: xr.Dataset) -> xr.Dataset:
    """The same with two methods; the second has no standard error in one replication.

    Only the first estimator has them, and in one cell the derived parameter has none in two.
    """
    rng = np.random.default_rng(8)
    of = ("cell", "estimator", "replication", "inference")
    errors = rng.uniform(0.02, 0.04, (2, 2, 40, 2, 3))
    status = np.full((2, 2, 40, 2), InferenceStatus.SUCCESS, np.int8)
    errors[:, 1] = errors[0, 0, 4, 1] = errors[1, 0, :2, 0, 2] = np.nan
    status[:, 1] = InferenceStatus.NOT_RUN
    status[0, 0, 4, 1] = InferenceStatus.NOT_POSITIVE_DEFINITE
    return study.assign(
        standard_error=((*of, "parameter"), errors),
        inference_status=(of, status),
        inference_seconds=(of, rng.exponential(size=(2, 2, 40, 2))),
    ).assign_coords(inference=["large_t", "bootstrap"])


def with_numbers_of_groups(study: xr.Dataset) -> xr.Dataset:
    """The same, its cells with one and two groups of the same samples, and a path in each."""
    rng = np.random.default_rng(9)
    paths = np.sort(rng.uniform(1.0, 9.0, (2, 2, 40, 2)))[..., ::-1]
    of = ("cell", "estimator", "replication")
    study = study.assign(
        path=((*of, "number_of_groups"), paths),
        objective=(of, np.moveaxis(paths[0], -1, 0)),
    )
    return study.assign_coords(G=("cell", [1, 2]), N=("cell", [9, 9]), T=("cell", [4, 4]))


STUDY = make_study()
INFERRED = summarize(with_inference(STUDY))
NUMBERED = with_numbers_of_groups(STUDY)
CHOICES = along_paths(NUMBERED, PENALTIES, 2)
CRITERIA = across_cells(NUMBERED, PENALTIES, 2)
SUMMARY = summarize(STUDY)
COMPARISONS = {name: compare(SUMMARY, TABLE3, name) for name in ("vns", "genetic")}
PAIRED = paired(STUDY, "vns", "genetic")
COMPARISON = comparison_table(COMPARISONS, TABLE3, SUMMARY, PAIRED)
FIGURES = figures_table(SUMMARY)
MISSES = misses_table(missed(STUDY, "vns", "genetic"))
INFERENCE = inference_table(INFERRED)
CHOICE = choice_table(CHOICES)
CRITERION = criterion_table(CRITERIA)
FAILURES = failures_table(failures(with_inference(STUDY)))
ALL = {
    "print": COMPARISON,
    "all": FIGURES,
    "missed": MISSES,
    "inference": INFERENCE,
    "choice": CHOICE,
    "criterion": CRITERION,
    "failures": FAILURES,
}


def row(frame: pd.DataFrame, **where: str) -> dict[Hashable, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


def records(table: Table) -> pd.DataFrame:
    return pd.DataFrame(list(table.rows), columns=list(table.header))


def test_comparison_has_a_row_for_every_printed_figure() -> None:
    table = records(COMPARISON)
    assert len(table) == 21
    assert list(table) == [
        *["G", "errors", "figure", "printed"],
        *["vns", "vns: z", "genetic", "genetic: z", "genetic - vns"],
    ]
    theta = row(table, G="3", figure="theta1 mean")
    assert theta["printed"] == "0.391"
    assert theta["vns"].endswith(")")
    assert theta["genetic: z"].endswith("differs")
    assert theta["genetic - vns"].startswith(("0.5", "0.4"))
    last = row(table, G="10", figure="misclassification percent")
    assert list(last.values())[3:] == ["44.73", "not run", "-", "not run", "-", "-"]


def test_comparison_without_pairs() -> None:
    table = comparison_table({"vns": COMPARISONS["vns"]}, TABLE3, SUMMARY)
    assert table.header[-1] == "vns: z"
    assert not any("Last column" in note for note in table.notes)


def test_comparison_notes_hold_counts_verdicts_and_meanings() -> None:
    notes = COMPARISON.notes
    assert "vns, replications attempted 40, failed 0, used 40: G=3 errors=normal; " in "".join(
        notes
    )
    assert "genetic, replications attempted 40, failed 1, used 39: G=3 errors=normal." in notes
    assert any(note.startswith("genetic: Of 14 printed figures compared") for note in notes)
    assert any("misclassification_permutations_percent" in note for note in notes)
    assert "G=5 errors=normal, vns: misclassification percent rests on 39 replications." in notes


def test_further_keys_are_part_of_a_figures_name() -> None:
    print_ = PublishedTable("bm_table4", {"G": "G", "dgp": "errors"}, statistics={"mc_sd": "sd"})
    table = records(comparison_table({"vns": compare(SUMMARY, print_, "vns")}, print_, SUMMARY))
    assert row(table, G="3", figure="theta1 coverage large t")["vns"] == "not computed"
    assert row(table, G="3", figure="theta1 mc sd")["vns"].startswith("0.0")
    assert len(table.drop_duplicates(["G", "figure"])) == 63


def test_figures_have_a_row_for_every_cell_estimator_and_parameter() -> None:
    table = records(FIGURES)
    assert len(table) == 2 * 2 * 3
    theta = row(table, G="3", estimator="genetic", parameter="theta2")
    assert theta["true"] == "0.08900"
    assert theta["bias"].startswith(("0.5", "0.4"))
    assert (theta["attempted"], theta["failed"], theta["used"]) == ("40", "1", "39")
    assert "-" not in theta.values()


def test_figures_are_the_same_beside_inference() -> None:
    assert figures_table(INFERRED).rows == FIGURES.rows
    assert figures_table(INFERRED).header == FIGURES.header


def test_misclassification_is_left_out_where_there_is_none() -> None:
    study = STUDY.copy(deep=True)
    study["misclassification"][:] = np.nan
    table = figures_table(summarize(study))
    assert "misclassified %" not in table.header
    assert "misclassified % (random relabellings)" in table.header


def test_inference_has_a_row_for_every_method_and_parameter() -> None:
    table = records(INFERENCE)
    assert len(table) == 2 * 2 * 3
    assert set(table["estimator"]) == {"vns"}
    assert list(table) == [
        *["G", "errors", "estimator", "inference", "parameter", "Monte Carlo sd", "median se"],
        *["mean se / sd", "coverage", "95% bounds", "bias-eliminated coverage", "power at zero"],
        *["attempted", "failed", "used", "median seconds"],
    ]


@pytest.mark.parametrize("method", ["large_t", "bootstrap"])
def test_inference_stands_under_its_own_heading(method: str) -> None:
    found = row(records(INFERENCE), G="5", inference=method, parameter="theta2")
    own = INFERRED[(INFERRED["cell"] == 1) & (INFERRED["estimator"] == "vns")]
    for heading, statistic, inference in [
        ("Monte Carlo sd", "sd", "none"),
        ("median se", "median_se", method),
        ("mean se / sd", "se_ratio_mean", method),
        ("coverage", "coverage", method),
        ("bias-eliminated coverage", "bias_eliminated_coverage", method),
        ("power at zero", "power", method),
    ]:
        where = {"inference": inference, "parameter": "theta2", "statistic": statistic}
        figure: dict[Hashable, Any] = row(own, **where)
        assert found[heading] == with_error(figure["value"], figure["error"])
    covered = row(own, inference=method, parameter="theta2", statistic="coverage")
    assert found["95% bounds"] == f"{covered['low']:.3f} to {covered['high']:.3f}"
    assert (found["attempted"], found["failed"], found["used"]) == ("40", "0", "40")


def test_inference_counts_what_it_rests_on() -> None:
    table = records(INFERENCE)
    short = row(table, G="3", inference="bootstrap", parameter="theta1")
    assert (short["attempted"], short["failed"], short["used"]) == ("40", "1", "39")
    label = "G=5 errors=normal, vns: cumulative"
    assert f"{label} coverage large t rests on 38 replications." in INFERENCE.notes
    assert not any("theta1" in note for note in INFERENCE.notes)


def test_choice_has_the_share_of_every_number() -> None:
    table = records(CHOICE)
    assert list(table)[-7:] == ["estimator", "criterion", "1", "2", "attempted", "failed", "used"]
    assert len(table) == 2 * 2 * 2
    found = row(table, G="1", estimator="genetic", criterion="bic")
    assert (found["attempted"], found["failed"], found["used"]) == ("40", "1", "39")
    for number in "12":
        figure = row(
            CHOICES[CHOICES["cell"] == 0],
            estimator="genetic",
            statistic="bic_percent",
            parameter=number,
        )
        assert found[number] == with_error(figure["value"], figure["error"])


def test_choice_among_fewer_numbers_is_left_blank() -> None:
    fewer = CHOICES[(CHOICES["estimator"] == "vns") | (CHOICES["parameter"] == "1")]
    table = records(choice_table(fewer))
    assert set(table.loc[table["estimator"] == "genetic", "2"]) == {"-"}
    assert "-" not in set(table.loc[table["estimator"] == "vns", "2"])


def test_criterion_has_a_row_for_every_number() -> None:
    table = records(CRITERION)
    assert list(table)[-5:] == [
        "estimator",
        *["bic", "bic chosen %", "steep bic", "steep bic chosen %"],
    ]
    assert len(table) == 2 * 2
    found = row(table, G="2", estimator="vns")
    for heading, statistic in [("bic", "bic"), ("steep bic chosen %", "steep_bic_percent")]:
        figure = row(CRITERIA[CRITERIA["cell"] == 1], estimator="vns", statistic=statistic)
        assert found[heading] == with_error(figure["value"], figure["error"])


def test_failures_say_what_and_where() -> None:
    assert FAILURES.header == (
        *["G", "errors", "estimator", "inference", "status", "message"],
        *["count", "first replication"],
    )
    label = ("3", "normal")
    assert FAILURES.rows == (
        (*label, "vns", "bootstrap", "NOT_POSITIVE_DEFINITE", "", "1", "4"),
        (*label, "genetic", "-", "ESTIMATOR_FAILED", "", "1", "5"),
    )


def test_misses() -> None:
    table = records(MISSES)
    frame = missed(STUDY, "vns", "genetic")
    assert list(table["missed"]) == [str(count) for count in frame["count"]]
    assert table["compared"].tolist() == ["39", "40"]
    assert " to " in table["95% bounds"][0]


def test_an_estimator_that_was_never_run_still_has_tables() -> None:
    study = STUDY.copy(deep=True)
    study["status"][:, 1] = Status.NOT_RUN
    summary = summarize(study)
    comparisons = {name: compare(summary, TABLE3, name) for name in ("vns", "genetic")}
    table = records(comparison_table(comparisons, TABLE3, summary, paired(study, "vns", "genetic")))
    assert set(table["genetic"]) == {"not computed", "not run"}
    assert set(table["genetic - vns"]) == {"-"}
    assert "-" in set(records(figures_table(summary))["mean"])
    assert "- to -" in set(records(misses_table(missed(study, "vns", "genetic")))["95% bounds"])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("table", ALL.values(), ids=ALL)
def test_every_format_holds_the_numbers(table: Table, format: str) -> None:  # noqa: A002
    text = render(table, format)
    numbers = [entry for row in table.rows for entry in row if entry[:1].isdigit()]
    assert numbers
    assert all(number in text for number in numbers)
