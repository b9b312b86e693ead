"""What did not end well."""

from __future__ import annotations

from tests.report.tables.studies import FAILURES


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
