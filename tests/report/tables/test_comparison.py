"""Ours beside the print."""

from __future__ import annotations

from gfe_mc.fit import Status
from gfe_mc.metrics import recorded
from gfe_mc.metrics.paired import missed, paired
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.compare import compare, compare_all
from gfe_mc.report.tables.comparison import comparison_table
from gfe_mc.report.tables.figures import figures_table
from gfe_mc.report.tables.misses import misses_table
from tests.report.tables.studies import (
    COMPARISON,
    COMPARISONS,
    STUDY,
    SUMMARY,
    TABLE3,
    records,
    row,
)


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
    assert any(note.startswith("genetic: Of 8 printed figures compared") for note in notes)
    assert any("misclassification_permutations_percent" in note for note in notes)
    assert "G=5 errors=normal, vns: misclassification percent rests on 39 replications." in notes


def test_comparison_notes_hold_tests_of_columns_and_cells() -> None:
    summary = summarize_study(STUDY, influences=["vns", "genetic"])
    comparisons = compare_all(summary, TABLE3, ["vns", "genetic"])
    notes = comparison_table(comparisons, TABLE3, summary).notes
    (vns,) = [note for note in notes if note.startswith("vns: mean z^2")]
    assert " of 8 figures (df " in vns
    assert vns.split(", p ")[1][:1].isdigit() or "below" in vns
    (cells,) = [note for note in notes if note.startswith("vns, mean z^2 by cell: ")]
    assert "G=3 errors=normal " in cells
    assert cells.count(" of 4 (df ") == 2
    assert sum(note.startswith("genetic: mean z^2") for note in notes) == 1
    without = comparison_table(COMPARISONS, TABLE3, SUMMARY).notes
    assert not any("mean z^2" in note for note in without)


def test_further_keys_are_part_of_a_figures_name() -> None:
    print_ = PublishedTable("bm_table4", {"G": "G", "dgp": "errors"}, statistics={"mc_sd": "sd"})
    table = records(comparison_table({"vns": compare(SUMMARY, print_, "vns")}, print_, SUMMARY))
    assert row(table, G="3", figure="theta1 coverage large t")["vns"] == "not computed"
    assert row(table, G="3", figure="theta1 mc sd")["vns"].startswith("0.0")
    assert len(table.drop_duplicates(["G", "figure"])) == 63


def test_an_estimator_that_was_never_run_still_has_tables() -> None:
    study = STUDY.copy(deep=True)
    study["status"][:, 1] = Status.NOT_RUN
    summary = summarize_study(study)
    comparisons = {name: compare(summary, TABLE3, name) for name in ("vns", "genetic")}
    table = records(comparison_table(comparisons, TABLE3, summary, paired(study, "vns", "genetic")))
    assert set(table["genetic"]) == {"not computed", "not run"}
    assert set(table["genetic - vns"]) == {"-"}
    assert "-" in set(records(figures_table(summary, recorded.titles(study)))["mean"])
    assert "- to -" in set(records(misses_table(missed(study, "vns", "genetic")))["95% bounds"])
