"""A study that stops in order, is looked at meanwhile, and goes on."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Experiment, Fit, Panel, Status
from gfe_mc.clusters.connect import Threads
from gfe_mc.report.study import heading, render_report
from gfe_mc.study.bounds import OutOfTimeError
from gfe_mc.study.log import LOG, read_log
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, run_block
from gfe_mc.study.run import run_study
from gfe_mc.study.state import StudyState
from gfe_mc.study.store import open_store
from gfe_mc.study.unfinished import plan_of, read_unfinished
from tests import small
from tests.helpers import refused
from tests.study.stores import assert_same_bytes, fill


@dataclass(frozen=True)
class Slow:
    """Pooled least squares that takes its time."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Wait, and estimate."""
        time.sleep(0.02)
        return small.PooledOLS().fit(panel, rng)


def slow(replications: int = 60) -> Experiment:
    """The small study, slow."""
    study = small.experiment((2, 3), replications)
    object.__setattr__(study, "estimators", lambda G: {"slow": Slow()})  # noqa: ARG005
    object.__setattr__(study, "report", None)
    return study


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path]:
    """A study whose run had too little time."""
    folder = tmp_path_factory.mktemp("stopped")
    plan = slow().plan()
    with pytest.raises(OutOfTimeError, match="replications are left after 1 s"):
        run_study(plan, folder, backend=Threads(1), block_seconds=0.1, most_seconds=1.0)
    return plan, folder


def test_a_run_out_of_time_ends_before_it_and_presents_what_is_finished(
    tmp_path: Path,
) -> None:
    plan = slow().plan()
    shown: list[xr.Dataset] = []
    started = time.monotonic()
    with pytest.raises(OutOfTimeError):
        run_study(
            plan,
            tmp_path,
            backend=Threads(1),
            block_seconds=0.1,
            most_seconds=1.0,
            present=shown.append,
        )
    took = time.monotonic() - started
    (dataset,) = shown
    done = int((dataset["status"] != Status.NOT_RUN).sum())
    assert 0 < done < 120
    assert took < 20.0
    again = run_study(plan, tmp_path, backend=Threads(2))
    assert_same_bytes(again, run_study(plan, tmp_path / "whole", backend=Threads(1)))


def test_time_enough_changes_nothing(tmp_path: Path) -> None:
    plan = small.experiment().plan()
    made = run_study(plan, tmp_path / "limited", backend=Threads(1), most_seconds=600.0)
    assert_same_bytes(made, run_study(plan, tmp_path / "whole", backend=Threads(1)))


def test_the_log_says_what_happened(stopped: tuple[Plan, Path]) -> None:
    plan, folder = stopped
    events = read_log(folder)
    kinds = [event["kind"] for event in events]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert "workers" in kinds
    assert events[0]["experiment"] == "small"
    assert [one["left"] for one in events[0]["methods"]] == [60, 60]
    blocks = [event for event in events if event["kind"] == "block"]
    assert sum(one["replications"] for one in blocks) == events[-1]["done"]
    assert all(one["last"] - one["first"] + 1 >= one["replications"] for one in blocks)
    assert events[-1]["how"].startswith("OutOfTimeError: ")
    assert plan.experiment.name == events[0]["experiment"]


def test_a_line_that_is_not_whole_is_left_out(tmp_path: Path) -> None:
    lines = ['{"kind": "say", "words": "one"}', '["no object"]', '{"words": "no kind"}', '{"kind']
    (tmp_path / LOG).write_text("\n".join(lines))
    assert read_log(tmp_path) == [{"kind": "say", "words": "one"}]
    assert read_log(tmp_path / "nowhere") == []


def test_the_state_of_a_study_that_stopped(stopped: tuple[Plan, Path]) -> None:
    _, folder = stopped
    state = StudyState.of(folder)
    assert state.experiment == "small"
    assert state.running is None
    assert state.complete is False
    assert state.ended.startswith("OutOfTimeError")
    assert [one.where.split(",")[0] for one in state.methods] == ["G=2", "G=3"]
    done = json.loads((folder / "provenance.json").read_text())["runs"][-1]["replications"]
    assert state.planned == 120
    assert state.left == 120 - done
    assert state.failed == 0
    assert state.slots == 1
    assert state.rate is not None
    left = state.seconds_left()
    assert left is not None
    assert 0.02 * state.left <= left < 2.0 * state.left


def test_the_state_counts_what_an_earlier_run_finished(tmp_path: Path) -> None:
    plan = slow(10).plan()
    run_study(plan, tmp_path, backend=Threads(1))
    run_study(slow(14).plan(), tmp_path, backend=Threads(1))
    state = StudyState.of(tmp_path)
    assert [(one.planned, one.done) for one in state.methods] == [(14, 14), (14, 14)]
    assert state.complete is True
    assert state.ended == "finished"


def test_a_study_without_a_log_is_complete_if_it_has_a_dataset(tmp_path: Path) -> None:
    plan = slow(4).plan()
    run_study(plan, tmp_path, backend=Threads(1))
    (tmp_path / LOG).unlink()
    state = StudyState.of(tmp_path)
    assert state.complete is True
    assert state.methods == []
    with refused("The folder must hold a study"):
        StudyState.of(tmp_path / "nowhere")


def test_a_log_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / LOG).mkdir()
    plan = slow(4).plan()
    made = run_study(plan, tmp_path, backend=Threads(1))
    assert (made["status"] == Status.SUCCESS).all()


def partly(folder: Path) -> Plan:
    """A study of which some blocks are there, one of them out of order."""
    plan = small.experiment().plan()
    store = open_store(folder, plan)
    first, *others = list(plan.methods.values())
    for keyed in others:
        store.write(run_block(Work.whole(keyed), range(7)))
    store.write(run_block(Work.whole(first), [0, 1, 2, 3]))
    store.write(run_block(Work.whole(first), [6, 7, 8]))
    return plan


def test_complete_prefixes_of_cells(tmp_path: Path) -> None:
    plan = partly(tmp_path)
    before = sorted(path.name for path in (tmp_path / "blocks").iterdir())
    made = read_unfinished(tmp_path, plan)
    assert sorted(path.name for path in (tmp_path / "blocks").iterdir()) == before
    done = (made["status"] != Status.NOT_RUN).to_numpy()
    assert done.sum(axis=2).tolist() == [[4, 4], [7, 7]]
    assert done[0, :, :4].all()
    assert made.attrs["partial"] == ("4 to 7 of 12 replications a cell; 0 of 2 cells are complete")
    assert heading(made).startswith("PARTIAL: 4 to 7 of 12 replications")
    # No run has ended.
    assert heading(made).endswith("4 to 7 replications, seed 0.")
    whole = open_store(tmp_path, plan)
    fill(whole)
    full = whole.consolidate()
    np.testing.assert_array_equal(
        made["estimate"].to_numpy()[0, :, :4], full["estimate"].to_numpy()[0, :, :4]
    )
    complete = read_unfinished(tmp_path, plan)
    assert "partial" not in complete.attrs
    assert render_report(complete, "markdown") == render_report(full, "markdown")


def test_a_part_that_begins_later_counts_from_there(tmp_path: Path) -> None:
    declared = small.experiment()
    plan = declared.plan(start=3)
    made = run_study(plan, tmp_path, backend=Threads(1))
    later = open_store(tmp_path / "later", plan)
    for keyed in plan.methods.values():
        later.write(run_block(Work.whole(keyed), [3, 4, 5, 7]))
    found = read_unfinished(tmp_path / "later", plan)
    done = (found["status"] != Status.NOT_RUN).to_numpy()
    assert done.sum(axis=2).tolist() == [[3, 3], [3, 3]]
    assert done[:, :, 3:6].all()
    assert found.attrs["partial"] == "3 to 3 of 9 replications a cell; 0 of 2 cells are complete"
    again = plan_of(tmp_path, declared)
    assert again.start == 3
    assert again.replications == plan.replications
    assert "partial" not in read_unfinished(tmp_path, again).attrs
    assert [(one.planned, one.done) for one in StudyState.of(tmp_path).methods] == [(9, 9)] * 4
    np.testing.assert_array_equal(
        made["estimate"].to_numpy()[:, :, 3:6], found["estimate"].to_numpy()[:, :, 3:6]
    )


def test_nothing_finished_in_any_cell(tmp_path: Path) -> None:
    plan = small.experiment().plan()
    store = open_store(tmp_path, plan)
    store.write(run_block(Work.whole(next(iter(plan.methods.values()))), range(3)))
    with refused("A cell must have a replication"):
        read_unfinished(tmp_path, plan)


def test_it_is_planned_as_it_is_run(tmp_path: Path) -> None:
    declared = small.experiment()
    plan = declared.plan(replications=5, seed=9)
    open_store(tmp_path, plan)
    planned = plan_of(tmp_path, declared)
    assert (planned.replications, planned.seed) == (5, 9)
    assert list(planned.methods) == list(plan.methods)
