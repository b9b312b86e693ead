"""Blocks on disk: whole or absent, never rewritten, and of one design."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc import InputError, Status
from gfe_mc.block import Block, Row
from gfe_mc.experiment import Plan
from gfe_mc.replicate import run_block
from gfe_mc.store import BLOCKS, DATASET, PROVENANCE, Store, load_dataset, open_store
from tests import small


@pytest.fixture
def plan() -> Plan:
    return small.experiment().plan()


def fill(store: Store, size: int = 5, upto: int | None = None) -> None:
    """Run what is missing, in blocks of a size, without a cluster."""
    for key, numbers in store.remaining().items():
        numbers = numbers[:upto]
        for start in range(0, len(numbers), size):
            store.write(run_block(store.plan.arms[key], numbers[start : start + size]))


def same(one: xr.Dataset, other: xr.Dataset) -> bool:
    return one.drop_vars("seconds").identical(other.drop_vars("seconds").assign_attrs(one.attrs))


def test_dataset_is_in_the_order_of_the_grid(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    dataset = store.consolidate()
    assert dict(dataset.sizes) == {"cell": 2, "replication": 12, "parameter": 1, "estimator": 2}
    assert dataset["G"].to_numpy().tolist() == [2, 3]
    assert dataset["N"].to_numpy().tolist() == [12, 12]
    assert dataset["estimator"].to_numpy().tolist() == ["gfe", "ols"]
    assert (dataset["status"] == Status.SUCCESS).all()
    arm = plan.cells[1].arms["gfe"]
    alone = run_block(arm, [7])
    chosen = dataset.sel(cell=1, estimator="gfe", replication=7)
    np.testing.assert_array_equal(chosen["estimate"], alone.values["estimate"][0])
    np.testing.assert_array_equal(dataset["truth"], 0.5)


def test_file_opens_with_xarray_alone(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    dataset = store.consolidate()
    with xr.open_dataset(tmp_path / DATASET) as opened:
        assert opened.load().identical(dataset)
        assert json.loads(opened.attrs["provenance"])["study"]["experiment"] == "small"
    assert list((tmp_path / BLOCKS).iterdir()) == []


def test_block_size_changes_nothing(plan: Plan, tmp_path: Path) -> None:
    datasets = []
    for size in (1, 5, 12):
        store = open_store(tmp_path / str(size), plan)
        fill(store, size)
        datasets.append(store.consolidate())
    assert same(datasets[0], datasets[1])
    assert same(datasets[0], datasets[2])


def test_resume_runs_only_what_is_missing(plan: Plan, tmp_path: Path) -> None:
    fill(open_store(tmp_path / "whole", plan))
    whole = open_store(tmp_path / "whole", plan).consolidate()

    fill(open_store(tmp_path / "parts", plan), size=2, upto=4)
    store = open_store(tmp_path / "parts", plan)
    assert all(numbers == list(range(4, 12)) for numbers in store.remaining().values())
    store.consolidate()
    store = open_store(tmp_path / "parts", plan)
    assert all(numbers == list(range(4, 12)) for numbers in store.remaining().values())
    fill(store)
    assert same(whole, store.consolidate())
    assert not any(store.remaining().values())


def test_study_may_grow(tmp_path: Path) -> None:
    store = open_store(tmp_path, small.experiment((3,), 6).plan())
    fill(store)
    before = store.consolidate()
    # A cell in front, and more replications.
    store = open_store(tmp_path, small.experiment((2, 3), 9).plan())
    missing = store.remaining()
    assert sorted(len(numbers) for numbers in missing.values()) == [3, 3, 9, 9]
    fill(store)
    after = store.consolidate()
    kept = after.isel(cell=[1], replication=slice(6))
    for name in before.data_vars:
        np.testing.assert_array_equal(kept[name], before[name])


def test_fewer_replications_drop_nothing(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    store.consolidate()
    store = open_store(tmp_path, small.experiment(replications=3).plan())
    assert not any(store.remaining().values())
    assert store.dataset().sizes["replication"] == 12


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (small.experiment().plan(seed=1), "seed"),
        (small.experiment((2,)).plan(), "no part of this study"),
    ],
)
def test_other_design_is_refused(plan: Plan, tmp_path: Path, other: Plan, reason: str) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    before = store.consolidate()
    with pytest.raises(InputError, match=reason):
        open_store(tmp_path, other)
    assert load_dataset(tmp_path / DATASET).identical(before)


def test_other_computation_is_refused(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(open_store(tmp_path, plan))
    monkeypatch.setattr("gfe_mc.replicate.COMPUTATION", -1)
    with pytest.raises(InputError, match="computation"):
        open_store(tmp_path, small.experiment().plan())


def test_truncated_block_is_named_and_others_kept(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store, size=6)
    broken = sorted((tmp_path / BLOCKS).iterdir())[1]
    broken.write_bytes(broken.read_bytes()[:200])
    with pytest.raises(InputError, match=broken.name) as refusal:
        open_store(tmp_path, plan).remaining()
    assert "Delete that file" in refusal.value.remedy
    broken.unlink()
    assert sorted(map(len, open_store(tmp_path, plan).remaining().values())) == [0, 0, 0, 6]


def test_unfinished_files_do_not_count(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    (tmp_path / BLOCKS / "x.npz.partial").write_bytes(b"half a block")
    store = open_store(tmp_path, plan)
    assert all(len(numbers) == 12 for numbers in store.remaining().values())
    assert list((tmp_path / BLOCKS).iterdir()) == []


def test_damaged_dataset_is_refused(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    store.consolidate()
    (tmp_path / DATASET).write_bytes(b"not a dataset")
    with pytest.raises(InputError, match="must be readable"):
        store.remaining()


def test_results_without_provenance_are_refused(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    store.consolidate()
    (tmp_path / PROVENANCE).unlink()
    with pytest.raises(InputError, match=r"provenance\.json"):
        open_store(tmp_path, plan)


def test_folder_that_cannot_be_made(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="must be writable"):
        open_store(tmp_path / "file", plan)


def test_failures_are_kept_as_data(tmp_path: Path) -> None:
    declared = small.experiment(replications=30)
    failing = {"fails": small.FailsOnSome(), "ols": small.PooledOLS()}
    object.__setattr__(declared, "estimators", lambda G: failing)  # noqa: ARG005
    object.__setattr__(declared, "misses", ())
    store = open_store(tmp_path, declared.plan())
    fill(store)
    dataset = store.consolidate()
    fails = dataset.sel(estimator="fails")
    failed = (fails["status"] == Status.ESTIMATOR_FAILED).to_numpy()
    assert 0 < failed.sum() < failed.size
    assert set(fails["message"].to_numpy()[failed]) == {
        "RuntimeError: the first outcome is positive"
    }
    assert np.isnan(fails["estimate"].to_numpy()[failed]).all()
    ols = dataset.sel(estimator="ols")
    np.testing.assert_array_equal(
        fails["estimate"].to_numpy()[~failed], ols["estimate"].to_numpy()[~failed]
    )
    assert not any(store.remaining().values())


def test_folder_without_results_may_change_its_design(plan: Plan, tmp_path: Path) -> None:
    open_store(tmp_path, plan)
    other = small.experiment().plan(seed=1)
    assert open_store(tmp_path, other).read_provenance()["study"]["seed"] == 1


def test_messages_are_kept_in_full(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    key = plan.cells[0].arms["gfe"].key
    row = replace(
        Row.empty(1), status=Status.ESTIMATOR_FAILED, message="ValueError: théta, and more of it"
    )
    store.write(Block.of_rows(key, [12], [row], 0.0))
    message = store.consolidate()["message"]
    stored = load_dataset(tmp_path / DATASET)["message"]
    assert stored.to_numpy().tolist() == message.to_numpy().tolist()
    assert str(stored.sel(cell=0, estimator="gfe", replication=12).item()) == row.message


def test_new_words_reach_the_dataset_without_a_new_run(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    before = store.consolidate()
    renamed = replace(small.experiment(), title="Another title", misses=())
    store = open_store(tmp_path, renamed.plan())
    assert not any(store.remaining().values())
    after = store.consolidate()
    assert after.attrs["title"] == "Another title"
    assert json.loads(after.attrs["provenance"])["study"]["misses"] == []
    assert same(before, after.assign_attrs(before.attrs))
