"""Stores whose files are not what they must be: refused by name, with nothing touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.fit import Status
from gfe_mc.study.block import CORE
from gfe_mc.study.dataset import load_dataset, write_dataset
from gfe_mc.study.files import Entry, read_entries, write_entries
from gfe_mc.study.folder import BLOCKS, DATASET, PROVENANCE, read_provenance
from gfe_mc.study.method import FIT
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, lost_block
from gfe_mc.study.run import run_study
from gfe_mc.study.store import Store, open_store
from gfe_mc.study.stored import read_entries as entries_of
from tests import small
from tests.study.stores import complete, fill

Change = Callable[[Entry], Entry]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small.experiment((2,), 6).plan()


def with_values(**changed: Any) -> Change:
    return lambda entry: replace(entry, values={**entry.values, **changed})


def numbered(*numbers: int) -> Change:
    return lambda entry: replace(entry, replications=np.array(numbers))


def without(name: str) -> Change:
    def change(entry: Entry) -> Entry:
        return replace(entry, values={k: v for k, v in entry.values.items() if k != name})

    return change


FORGED: dict[str, tuple[Change, str]] = {
    "negative": (numbered(-1, 1, 2, 3, 4, 5), "replications -1 to 5"),
    "huge": (numbered(0, 1, 2, 3, 4, 2**40), f"to {2**40}"),
    "twice": (numbered(0, 1, 1, 3, 4, 5), "twice"),
    "other numbers": (numbered(0, 1, 2, 3, 4, 7), "other replications than 0 to 5"),
    "fewer rows": (with_values(objective=np.zeros(5)), "objective has shape"),
    "no dimension": (with_values(estimate=np.zeros(6)), "estimate has shape"),
    "other type": (with_values(n_best=np.zeros(6)), "n_best is of type float64"),
    "complex": (with_values(objective=np.zeros(6, complex)), "is of type complex"),
    "text for numbers": (with_values(objective=np.full(6, "a")), "objective is of type"),
    "unknown status": (with_values(status=np.full(6, 77, "i1")), "codes that there are not"),
    "no status": (without("status"), "no status"),
}


@pytest.mark.parametrize("how", FORGED)
def test_block_that_cannot_have_been_written(how: str, plan: Plan, tmp_path: Path) -> None:
    change, said = FORGED[how]
    store = open_store(tmp_path, plan)
    fill(store, size=6)
    path = sorted((tmp_path / BLOCKS).iterdir())[0]
    write_entries(path, [change(one) if one.part == FIT else one for one in read_entries(path)])
    with pytest.raises(InputError) as refusal:
        store.remaining()
    assert path.name in refusal.value.came
    assert said in refusal.value.came
    assert "replications 0 to 5 of one method are then run again" in refusal.value.remedy


def test_foreign_kind_of_part(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store, size=6)
    path = sorted((tmp_path / BLOCKS).iterdir())[0]
    write_entries(path, [replace(one, part=FIT._replace(kind="x")) for one in read_entries(path)])
    with pytest.raises(InputError, match=path.name):
        store.remaining()


def changed(dataset: xr.Dataset, name: str, values: Any) -> xr.Dataset:
    made = dataset.copy()
    made[name] = (dataset[name].dims, values, dataset[name].attrs)
    return made


def dropping(name: str) -> Callable[[xr.Dataset], xr.Dataset]:
    return lambda one: one.drop_vars(name)


WRONG: dict[str, tuple[Callable[[xr.Dataset], xr.Dataset], str]] = {
    **{f"no {name}": (dropping(name), name) for name in CORE},
    "unknown status": (
        lambda one: changed(one, "status", np.full(one["status"].shape, 77, "i1")),
        "codes that there are not",
    ),
    "other dimensions": (lambda one: one.isel(replication=0), "must be there by"),
    "no provenance": (lambda one: one.drop_attrs(), "nothing of a study"),
    "provenance of nothing": (lambda one: one.assign_attrs(provenance="[]"), "nothing of a study"),
    "no methods": (lambda one: one.assign_attrs(methods="3"), "what its methods are"),
    "foreign methods": (
        lambda one: one.assign_attrs(methods='[{"cell": 9, "estimator": "x", "keys": []}]'),
        "must hold what it says",
    ),
}


@pytest.mark.parametrize("how", WRONG)
def test_dataset_that_cannot_have_been_written(how: str, plan: Plan, tmp_path: Path) -> None:
    change, said = WRONG[how]
    complete(plan, tmp_path)
    made = change(load_dataset(tmp_path / DATASET))
    write_dataset(made, tmp_path / DATASET)
    with pytest.raises(InputError) as refusal:
        open_store(tmp_path, plan).remaining()
    assert DATASET in str(refusal.value)
    assert said in str(refusal.value)
    assert "its replications are run again" in refusal.value.remedy


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        '"study"',
        "{}",
        '{"study": []}',
        '{"study": {}, "runs": []}',
        '{"study": {"experiment": 3}, "runs": [], "panel": null}',
        "\x00",
    ],
)
def test_provenance_that_says_nothing(content: str, plan: Plan, tmp_path: Path) -> None:
    complete(plan, tmp_path)
    (tmp_path / PROVENANCE).write_text(content)
    with pytest.raises(InputError, match="must hold a study"):
        open_store(tmp_path, plan)


@pytest.mark.parametrize("lacking", ["experiment", "report", "methods", "runs", "panel"])
def test_provenance_that_lacks_something(lacking: str, plan: Plan, tmp_path: Path) -> None:
    complete(plan, tmp_path)
    said = json.loads((tmp_path / PROVENANCE).read_text())
    if lacking in said:
        said[lacking] = 3
    else:
        del said["study"][lacking]
    (tmp_path / PROVENANCE).write_text(json.dumps(said))
    with pytest.raises(InputError, match="must hold a study"):
        read_provenance(tmp_path)


def test_dataset_is_not_believed_before_it_is_read_back(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path, plan)
    fill(store, size=6)
    blocks = sorted((tmp_path / BLOCKS).iterdir())
    with monkeypatch.context() as patched:
        patched.setattr(
            "gfe_mc.study.dataset.with_texts",
            lambda one: changed(one, "objective", np.zeros((1, 2, 6))),
        )
        with pytest.raises(InputError, match="read as it was written"):
            store.consolidate()
    assert not (tmp_path / DATASET).exists()
    assert sorted((tmp_path / BLOCKS).iterdir()) == blocks
    store.consolidate()
    assert not store.has_blocks()


def test_what_a_worker_died_of_is_run_again_by_the_same_command(plan: Plan, tmp_path: Path) -> None:
    whole = complete(plan, tmp_path / "whole")
    store = open_store(tmp_path / "lost", plan)
    fill(store)
    for keyed in plan.methods.values():
        store.write(lost_block(Work.whole(keyed), 3))
    lost = store.consolidate()
    assert (lost["status"].to_numpy()[:, :, 3] == Status.WORKER_LOST).all()
    made = run_study(plan, tmp_path / "lost")
    assert (made["estimate"] == whole["estimate"]).all()
    assert (made["status"] == whole["status"]).all()
    assert not any(open_store(tmp_path / "lost", plan).remaining().values())


def test_later_run_counts_although_the_one_before_was_killed(plan: Plan, tmp_path: Path) -> None:
    """Blocks of a run that left no record are older than those of the next."""
    store = open_store(tmp_path, plan)
    fill(store, size=1)
    for keyed in plan.methods.values():
        store.write(lost_block(Work.whole(keyed), 3))
    again = open_store(tmp_path, plan)
    assert again.run > store.run
    fill(again, size=1)
    assert not any(again.remaining().values())


def test_reader_is_not_disturbed_by_a_run_that_puts_blocks_away(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete(plan, tmp_path)
    grown = small.experiment((2,), 8).plan()
    store, reader = open_store(tmp_path, grown), Store(tmp_path, grown)
    fill(store, size=1)
    put_away: list[bool] = []

    def slowly(dataset: xr.Dataset) -> Any:
        if not put_away:
            put_away.append(True)
            store.consolidate()
        return entries_of(dataset)

    monkeypatch.setattr("gfe_mc.study.folder.entries_of", slowly)
    assert not any(reader.remaining().values())
    assert put_away
