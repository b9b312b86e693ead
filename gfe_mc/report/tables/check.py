"""What a study would cost, method by method, and what failed when it was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.render import Table

if TYPE_CHECKING:
    from gfe_mc.study.check import Check


def check_table(check: Check) -> Table:
    """Make a table of a check: a row a method.

    Parameters
    ----------
    check : Check
        Of `gfe_mc.study.check.check_study`.
    """
    names = list(check.tried[0].factors)
    rows = []
    for one in check.tried:
        label = [*[str(one.factors[name]) for name in names], one.estimator]
        total = duration(one.seconds * one.planned)
        said = "; ".join(dict.fromkeys(one.faults)) or ABSENT
        rows.append((*label, str(one.planned), alone(one.seconds, 2), total, said))
    whole = duration(check.seconds)
    return Table(
        "What the study would cost",
        (*names, "estimator", "replications", "seconds each", "all of them", "raised"),
        tuple(rows),
        (
            "Seconds inside a replication: one was timed, after one that compiles.",
            f"All replications together: {whole} of computing, about "
            f"{duration(check.seconds / check.slots)} on {check.slots} at once.",
        ),
    )


def duration(seconds: float) -> str:
    """Write seconds as people do.

    >>> duration(0.2), duration(75.0), duration(7300.0)
    ('0.20 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{alone(seconds, 2)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
