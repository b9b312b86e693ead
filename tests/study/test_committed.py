"""Committed results are of this computation: nothing of them is missing, and they go on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from gfe_mc import AdjustedRand, Experiment, Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.report.folders import read_study
from gfe_mc.report.study import figures, render_report
from gfe_mc.study import catalogue
from gfe_mc.study.block import CORE
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import DATASET, kept
from gfe_mc.study.lock import LOCK
from gfe_mc.study.method import FIT
from gfe_mc.study.plan import Plan
from gfe_mc.study.remaining import Again
from gfe_mc.study.replay import describe
from gfe_mc.study.replicate import run_block
from gfe_mc.study.run import PanelSource, read_panel, run_study
from gfe_mc.study.store import Store, open_store, stored_rows
from tests.committed import RESULTS, with_file
from tests.inferring import Fixed
from tests.study.stores import counts, fill, missing_parts

CHOSEN = ("bm_table3", "bm_table_s1", "ln_table4")
COMMITTED = with_file("replications.nc")
EVERY = [pytest.param(name, marks=() if name in CHOSEN else pytest.mark.slow) for name in COMMITTED]

Declare = Callable[[str], tuple[Experiment, PanelSource]]


@pytest.fixture(scope="module")
def declare(data_folder: Path) -> Declare:
    """Find a study, and read the panel that its committed results are of."""
    found: dict[str, tuple[Experiment, PanelSource]] = {}

    def one(name: str) -> tuple[Experiment, PanelSource]:
        if name not in found:
            experiment = catalogue.find(name)
            panel = json.loads((RESULTS / name / "provenance.json").read_text())["panel"]
            file = None if experiment.columns is None else data_folder / panel["file"]
            found[name] = experiment, read_panel(experiment, file)
        return found[name]

    return one


@pytest.fixture(scope="module")
def planned(declare: Declare) -> Callable[[str], Plan]:
    """Plan a study as its committed results were."""
    plans: dict[str, Plan] = {}

    def one(name: str) -> Plan:
        if name not in plans:
            experiment, source = declare(name)
            plans[name] = experiment.plan(source.panel)
        return plans[name]

    return one


def copied(name: str, folder: Path) -> Path:
    """A copy of committed results."""
    return Path(shutil.copytree(RESULTS / name, folder / name))


def test_the_chosen_results_are_committed() -> None:
    assert set(CHOSEN) <= set(COMMITTED)


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_every_part_is_known_and_nothing_is_missing(
    name: str, planned: Callable[[str], Plan]
) -> None:
    plan = planned(name)
    store = Store(RESULTS / name, plan)
    assert missing_parts(store) == {}
    assert store.is_presented()
    rows = stored_rows(RESULTS / name, plan)
    assert set(rows) == set(plan.methods)
    for key, n in plan.planned.items():
        assert set(rows[key]) == set(plan.methods[key].parts)
        assert (rows[key][FIT][0]["status"][:n] != Status.NOT_RUN).all()


@pytest.mark.parametrize("name", ["bm_table_s1", "ln_table4"])
def test_running_again_changes_no_file(
    name: str, declare: Declare, planned: Callable[[str], Plan], tmp_path: Path
) -> None:
    folder = copied(name, tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    run_study(planned(name), folder, source=declare(name)[1], begin=no_cluster)
    (folder / LOCK).unlink()
    assert before == {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert kept(folder) == []


def no_cluster(_: str) -> None:
    raise AssertionError("a cluster was started")


OF_ALL_METRICS = {"metric_status", "metric_message", "metric_message_texts"}
"""What is said of all metrics together, which changes as one is added that has yet to run."""


def assert_carried_over(
    before: xr.Dataset, after: xr.Dataset, apart: AbstractSet[str] = frozenset()
) -> None:
    """All that was there is there, bit by bit, times too, but for what is set apart."""
    for name in sorted(set(map(str, before.data_vars)) - apart):
        old = before[name]
        if not old.notnull().any() and name not in after:
            continue
        new = after[name]
        if "inference" in old.dims:
            new = new.sel(inference=old["inference"])
        new = new.isel(replication=slice(old.sizes["replication"]))
        if old.dtype.kind in "OUS":
            assert old.to_numpy().tolist() == new.to_numpy().tolist(), name
        else:
            assert old.to_numpy().tobytes() == new.to_numpy().tobytes(), name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bm_table_s1", "bm_table3"])
def test_a_metric_joins_committed_results(name: str, declare: Declare, tmp_path: Path) -> None:
    experiment, source = declare(name)
    folder = copied(name, tmp_path)
    before = load_dataset(folder / DATASET)
    grown = replace(experiment, record=(*experiment.record, AdjustedRand()))
    store = open_store(folder, grown.plan(source.panel))
    names = {plan_name for cell in store.plan.cells for plan_name in cell.methods}
    assert missing_parts(store) == {one: {"metric AdjustedRand"} for one in names}
    cheap = next(iter(store.plan.methods))
    fill_first(store, cheap, 2)
    after = store.consolidate()
    assert_carried_over(before, after, OF_ALL_METRICS)
    own = after["adjusted_rand"].sel(cell=0, estimator=store.plan.names[cheap])
    assert own.notnull().sum() == 2
    # Nothing of what was there is missing in the file as it is written today.
    again = open_store(folder, store.plan)
    assert missing_parts(again) == {one: {"metric AdjustedRand"} for one in names}
    assert len(counts(again)[0]) == store.plan.planned[cheap] - 2
    assert kept(folder) == []


def fill_first(store: Store, key: str, n: int) -> None:
    """Run the first n replications of what is missing of one method."""
    for work, numbers in store.remaining()[key]:
        store.write(run_block(work, numbers[:n]))


@pytest.mark.slow
def test_inference_joins_committed_results(declare: Declare, tmp_path: Path) -> None:
    """Those of a study in which there was none, and beside methods that had run."""
    for name, further in (("bm_table_s1", set()), ("ln_table4", {"metric GroupErrors new"})):
        experiment, source = declare(name)
        folder = copied(name, tmp_path)
        before = load_dataset(folder / DATASET)
        first = experiment.plan(source.panel).cells[0]
        estimator = next(iter(first.methods))
        n_slopes = len(experiment.reported().slopes)
        new = Fixed(tuple(map(tuple, np.eye(n_slopes).tolist())))

        def inference(
            _given: Any = experiment.inference, _name: str = estimator, _new: Any = new, **at: Any
        ) -> dict[str, Any]:
            declared = dict(_given(**at)) if callable(_given) else dict(_given or {})
            return declared | {_name: {**declared.get(_name, {}), "new": _new}}

        grown = replace(experiment, inference=inference)
        store = open_store(folder, grown.plan(source.panel))
        expected = {"inference new", "metric StandardErrors new", *further}
        assert missing_parts(store) == {estimator: expected}
        fill_first(store, first_key(store, estimator), 2)
        after = store.consolidate()
        assert_carried_over(before, after, OF_ALL_METRICS)
        status = after["inference_status"].sel(inference="new", estimator=estimator)
        assert (status.sel(cell=0) != InferenceStatus.NOT_RUN).sum() == 2
        if name == "bm_table_s1":
            errors = after["standard_error"].sel(inference="new", estimator=estimator, cell=0)
            assert errors.notnull().any("parameter").sum() == 2
        assert kept(folder) == []
        assert missing_parts(open_store(folder, store.plan)) == {estimator: expected}


def first_key(store: Store, estimator: str) -> str:
    """Key of an estimator in the first cell."""
    return store.plan.cells[0].methods[estimator].key


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "methods"), [("bm_table_s1", 6), pytest.param("bm_table3", 6, marks=pytest.mark.slow)]
)
def test_committed_results_go_on(name: str, methods: int, declare: Declare, tmp_path: Path) -> None:
    experiment, source = declare(name)
    folder = copied(name, tmp_path)
    before = load_dataset(folder / DATASET)
    n = before.sizes["replication"]
    store = open_store(folder, experiment.plan(source.panel, replications=n + 1))
    assert counts(store) == [[n]] * methods
    fill(store)
    after = store.consolidate()
    assert_carried_over(before, after)
    last = after["status"].isel(replication=n)
    assert (last == Status.SUCCESS).sum() == methods
    assert {"metric_status", "metric_message"} <= set(after.data_vars)
    again = open_store(folder, store.plan)
    assert missing_parts(again) == {}
    assert missing_parts(again, Again(failed=True)) == {}


def test_committed_results_are_replayed_bit_by_bit(planned: Callable[[str], Plan]) -> None:
    plan = planned("bm_table3")
    for cell, estimator in ((0, "genetic"), (0, "vns"), (1, "genetic")):
        said = describe(plan, cell, 17, estimator, RESULTS / "bm_table3")
        assert said.endswith("    the same as in the store")


@pytest.mark.parametrize("name", ["bm_table3", "bm_table_s1"])
def test_committed_results_still_open_and_render(name: str) -> None:
    study = read_study(RESULTS / name)
    assert set(CORE) <= set(study.data_vars)
    rendered = render_report(study, "markdown")
    assert rendered.startswith(f"{name}: ")
    assert "All figures" in rendered
    assert (figures(study)["used"] > 0).all()
