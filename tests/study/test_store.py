"""Blocks on disk: whole or absent, never rewritten, and of one design."""

import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from gfe_mc import GFE, ChosenGFE, InputError, MultiStart, Panel, Status
from gfe_mc.clusters.connect import Threads
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.report.study import figures, read_study, render_report
from gfe_mc.study import catalogue
from gfe_mc.study.block import EVERY, FURTHER, VARIABLES, Block, Row
from gfe_mc.study.experiment import Plan
from gfe_mc.study.replay import describe
from gfe_mc.study.replicate import run_block
from gfe_mc.study.run import run_study
from gfe_mc.study.store import (
    BLOCKS,
    DATASET,
    PROVENANCE,
    Store,
    load_dataset,
    open_store,
    stored_rows,
)
from tests import inferring, small


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
    times = ["seconds", "inference_seconds"]
    one, other = (each.drop_vars(times, errors="ignore") for each in (one, other))
    return one.identical(other.assign_attrs(one.attrs))


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
    monkeypatch.setattr("gfe_mc.study.replicate.COMPUTATION", -1)
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


# Studies with inference and profiles.


@pytest.fixture(scope="module")
def inferred(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, xr.Dataset]:
    """The folder and the dataset of such a study, on one thread."""
    folder = tmp_path_factory.mktemp("inferred")
    dataset = run_study(inferring.experiment().plan(), folder, backend=Threads(1))
    return folder, dataset


def test_inference_and_profiles_have_their_dimensions(inferred: tuple[Path, xr.Dataset]) -> None:
    dataset = inferred[1]
    outer = ("cell", "estimator", "replication")
    assert dataset["standard_error"].dims == (*outer, "inference", "parameter")
    for name in ("inference_status", "inference_seconds", "inference_message"):
        assert dataset[name].dims == (*outer, "inference")
    assert dataset["profiles"].dims == (*outer, "group", "period")
    assert dataset["true_profiles"].dims == ("cell", "replication", "group", "period")
    assert "path" not in dataset
    assert dict(dataset.sizes) == {
        "cell": 2,
        "estimator": 3,
        "replication": 12,
        "parameter": 1,
        "inference": 3,
        "group": 3,
        "period": 4,
    }
    assert dataset["inference_status"].dtype == np.int8
    meanings = dataset["inference_status"].attrs["flag_meanings"].split()
    assert meanings == [status.name for status in InferenceStatus]


def test_sets_of_methods_that_overlap_become_their_union(
    inferred: tuple[Path, xr.Dataset],
) -> None:
    dataset, plan = inferred[1], inferring.experiment().plan()
    assert dataset["inference"].to_numpy().tolist() == ["draws", "raises", "fixed"]
    own = {"gfe": ["draws", "raises"], "ols": [], "fails": ["fixed", "draws"]}
    names = ["standard_error", "inference_status", "inference_message"]
    for cell in plan.cells:
        for estimator, methods in own.items():
            part = dataset.sel(cell=cell.number, estimator=estimator)
            others = [name for name in ("draws", "raises", "fixed") if name not in methods]
            assert (part["inference_status"].sel(inference=others) == inferring.NOT_RUN).all()
            assert part["standard_error"].sel(inference=others).isnull().all()
            assert part["inference_seconds"].sel(inference=others).isnull().all()
            assert (part["inference_message"].sel(inference=others) == "").all()
            block = run_block(cell.arms[estimator], range(12))
            assert bool(methods) == ("standard_error" in block.values)
            for name in names if methods else []:
                stored = part[name].sel(inference=methods).to_numpy()
                np.testing.assert_array_equal(stored, block.values[name], err_msg=name)


def test_what_inference_cannot_do_is_kept_as_data(inferred: tuple[Path, xr.Dataset]) -> None:
    dataset = inferred[1]
    raises = dataset.sel(estimator="gfe", inference="raises")
    failed = (raises["inference_status"] == InferenceStatus.INFERENCE_FAILED).to_numpy()
    assert 0 < failed.sum() < failed.size
    assert set(raises["inference_message"].to_numpy()[failed]) == {
        "ArithmeticError: théta is out of reach"
    }
    np.testing.assert_array_equal(np.isnan(raises["standard_error"].to_numpy()[:, :, 0]), failed)
    assert (dataset["status"].sel(estimator="gfe") == Status.SUCCESS).all()
    draws = dataset.sel(estimator="gfe", inference="draws")
    assert (draws["inference_status"] == InferenceStatus.SUCCESS).all()
    # Where there is no estimate, inference is not run.
    fails = dataset.sel(estimator="fails")
    without = (fails["status"] == Status.ESTIMATOR_FAILED).to_numpy()
    assert 0 < without.sum() < without.size
    ran = (fails["inference_status"].sel(inference="fixed") != inferring.NOT_RUN).to_numpy()
    np.testing.assert_array_equal(ran, ~without)


def test_profiles_of_fewer_groups_are_filled_up(inferred: tuple[Path, xr.Dataset]) -> None:
    dataset, plan = inferred[1], inferring.experiment().plan()
    for number, groups in ((0, 2), (1, 3)):
        part = dataset.sel(cell=number)
        truth = small.calibration(groups).alpha
        for name in ("profiles", "true_profiles"):
            values = part[name].sel(estimator="gfe") if name == "profiles" else part[name]
            assert values.isel(group=slice(groups)).notnull().all()
            assert values.isel(group=slice(groups, None)).isnull().all()
        np.testing.assert_array_equal(
            part["true_profiles"].isel(group=slice(groups)), np.broadcast_to(truth, (12, groups, 4))
        )
        row = run_block(plan.cells[number].arms["gfe"], [7]).values["profiles"][0]
        stored = part["profiles"].sel(estimator="gfe", replication=7)
        np.testing.assert_array_equal(stored.isel(group=slice(groups)), row)
    assert dataset["profiles"].sel(estimator=["ols", "fails"]).isnull().all()


def test_the_file_of_a_study_with_inference_opens_with_xarray_alone(
    inferred: tuple[Path, xr.Dataset],
) -> None:
    folder, dataset = inferred
    with xr.open_dataset(folder / DATASET) as opened:
        assert opened.load().identical(dataset)
    assert list((folder / BLOCKS).iterdir()) == []


def assert_same_bytes(one: xr.Dataset, other: xr.Dataset) -> None:
    assert set(one.variables) == set(other.variables)
    for name in set(map(str, one.data_vars)) - {"seconds", "inference_seconds"}:
        if one[name].dtype == object:
            assert one[name].to_numpy().tolist() == other[name].to_numpy().tolist(), name
        else:
            assert one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes(), name


@pytest.mark.parametrize("block_seconds", [1.5, 1e-9])
def test_threads_and_blocks_change_nothing(
    inferred: tuple[Path, xr.Dataset], tmp_path: Path, block_seconds: float
) -> None:
    plan = inferring.experiment().plan()
    dataset = run_study(plan, tmp_path, backend=Threads(2), block_seconds=block_seconds)
    assert_same_bytes(dataset, inferred[1])


@pytest.mark.parametrize("size", [1, 5, 12])
def test_block_size_changes_nothing_of_inference(
    inferred: tuple[Path, xr.Dataset], tmp_path: Path, size: int
) -> None:
    store = open_store(tmp_path, inferring.experiment().plan())
    fill(store, size)
    assert same(store.consolidate(), inferred[1])


def test_a_study_with_inference_goes_on(inferred: tuple[Path, xr.Dataset], tmp_path: Path) -> None:
    """Some blocks lost, then consolidated, then extended in blocks of another size."""
    store = open_store(tmp_path, inferring.experiment(replications=7).plan())
    fill(store, 2)
    lost = sorted((tmp_path / BLOCKS).iterdir())[::3]
    for path in lost:
        path.unlink()
    store = open_store(tmp_path, inferring.experiment(replications=7).plan())
    missing = store.remaining()
    assert 0 < sum(map(len, missing.values())) <= 2 * len(lost)
    first = store.consolidate()
    assert ((first["status"] == Status.NOT_RUN).sum() == sum(map(len, missing.values()))).item()
    store = open_store(tmp_path, inferring.experiment(replications=7).plan())
    assert store.remaining() == missing
    fill(store, 3)
    store.consolidate()
    store = open_store(tmp_path, inferring.experiment().plan())
    assert all(numbers == list(range(7, 12)) for numbers in store.remaining().values())
    fill(store, 5)
    assert not any(store.remaining().values())
    assert_same_bytes(store.consolidate(), inferred[1])
    assert_same_bytes(load_dataset(tmp_path / DATASET), inferred[1])


def test_a_cell_with_more_groups_leaves_the_others_as_they_are(
    inferred: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    store = open_store(tmp_path, inferring.experiment(factors={"G": (2,)}).plan())
    fill(store)
    before = store.consolidate()
    assert before.sizes["group"] == 2
    store = open_store(tmp_path, inferring.experiment().plan())
    assert sorted(map(len, store.remaining().values())) == [0, 0, 0, 12, 12, 12]
    fill(store)
    assert_same_bytes(store.consolidate(), inferred[1])


def more_methods(G: int) -> dict[str, Any]:
    """Inference for the estimator that had none, and a new name in front of the others."""
    return {"ols": {"new": inferring.Draws("new")}, **inferring.inference(G)}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"inference": more_methods}, "estimator ols at .* differ in: inference$"),
        ({"inference": None}, "differ in: inference$"),
        ({"profiles": False}, "differ in: profiles$"),
        ({"inference": None, "profiles": False}, "differ in: (inference, )?profiles$"),
        ({"inference": lambda G: {}}, "differ in: inference$"),  # noqa: ARG005
    ],
)
def test_other_inference_than_that_of_a_finished_study_is_refused(
    inferred: tuple[Path, xr.Dataset], changes: dict[str, Any], part: str
) -> None:
    folder, dataset = inferred
    provenance = (folder / PROVENANCE).read_bytes()
    with pytest.raises(InputError, match="must belong to the same design") as raised:
        open_store(folder, inferring.experiment(**changes).plan())
    assert re.search(part, raised.value.came)
    assert load_dataset(folder / DATASET).identical(dataset)
    assert (folder / PROVENANCE).read_bytes() == provenance


def test_inference_cannot_be_added_to_a_finished_study(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    store.consolidate()

    def added(G: int) -> dict[str, Any]:  # noqa: ARG001
        return {"gfe": {"draws": inferring.Draws()}}

    with pytest.raises(InputError) as raised:
        open_store(tmp_path, replace(small.experiment(), inference=added).plan())
    assert re.search("estimator gfe at .* differ in: inference$", raised.value.came)


def test_estimators_with_inference_may_join_those_without(plan: Plan, tmp_path: Path) -> None:
    """A store in which no one had inference gains variables and dimensions."""
    store = open_store(tmp_path, plan)
    fill(store)
    before = store.consolidate()
    assert not set(FURTHER) & set(before.data_vars)

    def joined(G: int) -> dict[str, Any]:
        return {**small.estimators(G), "new": GFE(G, MultiStart(starts=3))}

    def inference(G: int) -> dict[str, Any]:  # noqa: ARG001
        return {"new": {"draws": inferring.Draws()}}

    grown = replace(small.experiment(), estimators=joined, inference=inference)
    store = open_store(tmp_path, grown.plan())
    assert sorted(map(len, store.remaining().values())) == [0, 0, 0, 0, 12, 12]
    fill(store)
    after = store.consolidate()
    for name in before.data_vars:
        kept = after[name].sel(estimator=["gfe", "ols"]) if name != "truth" else after[name]
        np.testing.assert_array_equal(kept, before[name])
    assert (after["inference_status"].sel(estimator=["gfe", "ols"]) == inferring.NOT_RUN).all()
    assert after["standard_error"].sel(estimator="new").notnull().all()
    assert not any(open_store(tmp_path, grown.plan()).remaining().values())


@dataclass(frozen=True)
class Free:
    """A penalty of nothing: the largest number of groups is chosen."""

    def __call__(self, n_units: int, n_periods: int, n_groups: int, n_regressors: int) -> float:  # noqa: ARG002
        """Return nothing."""
        return 0.0


@pytest.mark.parametrize("estimator", [GFE(4, MultiStart(5)), ChosenGFE(5, Free(), MultiStart(5))])
def test_profiles_of_more_groups_than_in_truth(tmp_path: Path, estimator: Any) -> None:
    declared = inferring.experiment(
        estimators=lambda G: {"gfe": estimator},  # noqa: ARG005
        inference=None,
        replications=3,
    )
    store = open_store(tmp_path, declared.plan())
    fill(store)
    dataset = store.consolidate()
    found = dataset["profiles"].notnull().all("period").sum("group")
    assert (found > dataset["G"]).all()
    assert (dataset["true_profiles"].notnull().all("period").sum("group") == dataset["G"]).all()


# Replays.


def verdicts(plan: Plan, folder: Path, estimator: str | None = None) -> list[str]:
    """What a replay of each replication of each cell says of what is stored."""
    return [
        line.strip()
        for cell in plan.cells
        for replication in range(12)
        for line in describe(plan, cell.number, replication, estimator, folder).splitlines()
        if "store" in line
    ]


def test_replay_gives_what_is_stored_of_inference_and_profiles(
    inferred: tuple[Path, xr.Dataset],
) -> None:
    plan = inferring.experiment().plan()
    assert verdicts(plan, inferred[0], "gfe") == ["the same as in the store"] * 24


@pytest.mark.parametrize("estimator", ["ols", "fails"])
def test_replay_of_rows_without_inference_or_profiles(
    inferred: tuple[Path, xr.Dataset], estimator: str
) -> None:
    plan = inferring.experiment().plan()
    assert verdicts(plan, inferred[0], estimator) == ["the same as in the store"] * 24


@pytest.mark.parametrize(
    "name", ["standard_error", "inference_status", "inference_message", "profiles"]
)
def test_replay_tells_what_differs(
    inferred: tuple[Path, xr.Dataset], tmp_path: Path, name: str
) -> None:
    shutil.copytree(inferred[0], tmp_path / "altered")
    altered = inferred[1].copy(deep=True)
    place = altered[name][{"cell": 1, "estimator": 0, "replication": 5}].to_numpy()
    place.flat[0] = "other" if place.dtype == object else place.flat[0] + 1
    altered.to_netcdf(tmp_path / "altered" / DATASET, engine="netcdf4")
    plan = inferring.experiment().plan()
    said = verdicts(plan, tmp_path / "altered", "gfe")
    expected = ["the same as in the store"] * 24
    expected[12 + 5] = "NOT the same as in the store"
    assert said == expected


# Committed results.

COMMITTED = ("bm_table3", "bm_table_s1")
RESULTS = Path(__file__).resolve().parents[2] / "results"


@pytest.mark.parametrize("name", [*COMMITTED, "bm_table3_variants"])
def test_committed_results_still_open_and_render(name: str) -> None:
    study = read_study(RESULTS / name)
    assert not set(FURTHER) & set(study.data_vars)
    assert set(study.data_vars) == set(VARIABLES)
    rendered = render_report(study, "markdown")
    assert rendered.startswith(f"{name}: ")
    assert "All figures" in rendered
    assert (figures(study)["used"] > 0).all()


@pytest.mark.parametrize("name", COMMITTED)
def test_committed_results_are_those_of_their_declarations(name: str, democracy: Panel) -> None:
    """Every arm is known by its key, and nothing is missing."""
    declared = catalogue.find(name)
    plan = declared.plan(democracy)
    rows = stored_rows(RESULTS / name, plan)
    assert set(rows) == set(plan.arms)
    for key, planned in plan.planned.items():
        assert (rows[key]["status"][:planned] != Status.NOT_RUN).all()
        assert set(rows[key]) == set(VARIABLES)


def test_committed_results_are_replayed_bit_by_bit(democracy: Panel) -> None:
    plan = catalogue.find("bm_table3").plan(democracy)
    for cell, estimator in ((0, "genetic"), (0, "vns"), (1, "genetic")):
        said = describe(plan, cell, 17, estimator, RESULTS / "bm_table3")
        assert said.endswith("    the same as in the store")


def test_a_store_from_before_there_was_inference_goes_on(democracy: Panel, tmp_path: Path) -> None:
    folder = tmp_path / "bm_table3"
    shutil.copytree(RESULTS / "bm_table3", folder, ignore=shutil.ignore_patterns("*.path"))
    before = load_dataset(folder / DATASET)
    plan = catalogue.find("bm_table3").plan(democracy, replications=1001)
    store = open_store(folder, plan)
    missing = store.remaining()
    assert sorted(map(len, missing.values())) == [0, 0, 0, 1, 1, 1, 1, 1, 1]
    fill(store)
    after = store.consolidate()
    assert set(after.data_vars) == set(before.data_vars) == set(VARIABLES)
    for name in before.data_vars:
        kept = after[name].isel(replication=slice(1000))
        np.testing.assert_array_equal(kept, before[name], err_msg=str(name))
    assert (after["status"].isel(replication=1000, estimator=[0, 1]) == Status.SUCCESS).all()
    assert set(EVERY) > set(after.data_vars)
