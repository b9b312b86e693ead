"""How far studies are, for who looks from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.render import Table
from gfe_mc.report.tables.check import duration
from gfe_mc.study.state import StudyState


def status_table(states: Sequence[StudyState]) -> Table:
    """Make a table of studies: a row a study."""
    rows = []
    for state in states:
        done = f"{state.planned - state.left} of {state.planned}" if state.methods else ABSENT
        rows.append(
            (
                state.experiment,
                str(state.folder),
                _how(state),
                done,
                str(state.failed) if state.methods else ABSENT,
                _duration(state.seconds_left()) if state.running else ABSENT,
            )
        )
    header = ("study", "folder", "state", "replications done", "failed", "left")
    return Table("Studies", header, tuple(rows))


def progress_table(state: StudyState) -> Table:
    """Make a table of one study: a row a cell and estimator, and below how it goes."""
    rows = [
        (
            str(one.cell),
            one.where,
            one.estimator,
            f"{one.done} of {one.planned}",
            str(one.failed),
            ABSENT if one.seconds is None else alone(one.seconds, 2),
            _duration(state.seconds_left(one)) if one.left else ABSENT,
        )
        for one in state.methods
    ]
    header = ("cell", "where", "estimator", "done", "failed", "seconds each", "left")
    return Table(f"{state.experiment}: {_how(state)}", header, tuple(rows), tuple(_notes(state)))


def _notes(state: StudyState) -> list[str]:
    notes = []
    if state.methods:
        share = 100.0 * (state.planned - state.left) / max(state.planned, 1)
        said = f"{state.planned - state.left} of {state.planned} replications ({share:.0f} %)"
        if state.rate is not None:
            said += f", {alone(state.rate, 2)} a minute of late"
        if state.running and state.left:
            said += f", left about {_duration(state.seconds_left())}"
        notes.append(f"{said}; failed since the run began: {state.failed}.")
    if state.slots:
        notes.append(f"Workers: {state.workers}, which run {state.slots} blocks at once.")
    if state.running:
        notes.append(f"Run by {state.running}.")
    if state.detached:
        notes.append(f"Detached: {state.detached}.")
    if state.fault:
        notes.append(f"Raised last: {state.fault}.")
    if state.said:
        notes.append(f"Said last: {state.said}")
    return notes


def _how(state: StudyState) -> str:
    if state.running:
        return "running"
    if state.complete:
        return "complete"
    if state.detached:
        return "waiting"
    return f"stopped: {state.ended}" if state.ended else "stopped"


def _duration(seconds: float | None) -> str:
    return "unknown" if seconds is None else duration(seconds)
