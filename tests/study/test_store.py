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

from gfe_mc import GFE, ChosenGFE, InputError, Misclassification, MultiStart, Status
from gfe_mc.clusters.connect import Threads
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.metrics.texts import with_texts
from gfe_mc.study.block import CORE, Block
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import BLOCKS, DATASET, KEPT, PROVENANCE, clean, kept, read_kept
from gfe_mc.study.method import FIT, Part
from gfe_mc.study.plan import Plan
from gfe_mc.study.replay import describe
from gfe_mc.study.replicate import Work, failed_row, run_block
from gfe_mc.study.run import run_study
from gfe_mc.study.store import open_store
from tests import inferring, small
from tests.study.stores import assert_same_bytes, counts, fill, missing_parts, same


@pytest.fixture
def plan() -> Plan:
    return small.experiment().plan()


def test_dataset_is_in_the_order_of_the_grid(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    dataset = store.consolidate()
    assert dict(dataset.sizes) == {"cell": 2, "replication": 12, "parameter": 1, "estimator": 2} | {
        "metric": 1
    }
    assert dataset["G"].to_numpy().tolist() == [2, 3]
    assert dataset["N"].to_numpy().tolist() == [12, 12]
    assert dataset["estimator"].to_numpy().tolist() == ["gfe", "ols"]
    assert (dataset["status"] == Status.SUCCESS).all()
    alone = run_block(plan.cells[1].methods["gfe"], [7])
    chosen = dataset.sel(cell=1, estimator="gfe", replication=7)
    np.testing.assert_array_equal(chosen["estimate"], alone.values[FIT]["estimate"][0])
    np.testing.assert_array_equal(dataset["truth"], 0.5)


def test_file_opens_with_xarray_alone(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    dataset = store.consolidate()
    with xr.open_dataset(tmp_path / DATASET) as opened:
        assert with_texts(opened.load()).identical(dataset)
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
    assert set(store.remaining()) == set(plan.methods)
    assert counts(store) == [list(range(4, 12))] * 4
    store.consolidate()
    store = open_store(tmp_path / "parts", plan)
    assert set(store.remaining()) == set(plan.methods)
    assert counts(store) == [list(range(4, 12))] * 4
    fill(store)
    assert same(whole, store.consolidate())
    assert not any(store.remaining().values())


def test_study_may_grow(tmp_path: Path) -> None:
    store = open_store(tmp_path, small.experiment((3,), 6).plan())
    fill(store)
    before = store.consolidate()
    # A cell in front, and more replications.
    store = open_store(tmp_path, small.experiment((2, 3), 9).plan())
    assert sorted(map(len, counts(store))) == [3, 3, 9, 9]
    fill(store)
    after = store.consolidate()
    old = after.isel(cell=[1], replication=slice(6))
    for name in before.data_vars:
        np.testing.assert_array_equal(old[name], before[name])


def test_two_names_of_one_fit_share_it_as_far_as_each_is_planned(tmp_path: Path) -> None:
    """The second runs its inference on the first replications, on fits that are there."""

    def twins(G: int) -> dict[str, Any]:
        return {"long": GFE(G, MultiStart(starts=3)), "short": GFE(G, MultiStart(starts=3))}

    declared = replace(
        small.experiment(),
        estimators=twins,
        report=None,
        first={"short": 4},
        inference=lambda G: {"short": {"draws": inferring.Draws(str(G))}},
    )
    store = open_store(tmp_path, declared.plan())
    keys = [keyed for keyed in store.plan.methods.values() if not keyed.method.inference]
    for keyed in keys:
        store.write(run_block(keyed, range(12)))
    errors = {"inference draws", "metric StandardErrors draws"}
    assert missing_parts(store) == {"short": errors}
    assert counts(store) == [[0, 1, 2, 3]] * 2
    fill(store)
    dataset = store.consolidate()
    run = (dataset["status"] != Status.NOT_RUN).sum("replication")
    assert run.sel(estimator="long").to_numpy().tolist() == [12, 12]
    assert run.sel(estimator="short").to_numpy().tolist() == [4, 4]
    first = dataset["estimate"].isel(replication=slice(4))
    np.testing.assert_array_equal(first.sel(estimator="short"), first.sel(estimator="long"))


def test_fewer_replications_drop_nothing(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    store.consolidate()
    store = open_store(tmp_path, small.experiment(replications=3).plan())
    assert not any(store.remaining().values())
    assert store.dataset().sizes["replication"] == 12


@pytest.mark.parametrize(
    "other", [small.experiment().plan(seed=1), small.experiment((2,)).plan()], ids=["seed", "cell"]
)
def test_what_another_design_does_not_ask_for_is_kept(
    plan: Plan, tmp_path: Path, other: Plan
) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    before = store.consolidate()
    store = open_store(tmp_path, other)
    assert not store.is_presented()
    fill(store)
    store.consolidate()
    gone = {key for one in plan.methods.values() for key in one.parts.values()}
    gone -= {key for one in other.methods.values() for key in one.parts.values()}
    assert {entry.key for entry in read_kept(tmp_path)} == gone
    # Asked for again, it is there.
    store = open_store(tmp_path, plan)
    assert not any(store.remaining().values())
    assert_same_bytes(store.consolidate(), before, times=True)


def test_another_study_is_refused(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store, upto=2)
    before = store.consolidate()
    other = replace(small.experiment((4,)), name="other").plan()
    with pytest.raises(InputError, match="same study") as refusal:
        open_store(tmp_path, other)
    assert "which holds small, for other" in refusal.value.came
    assert load_dataset(tmp_path / DATASET).identical(before)
    # It is the same one under another name if it has a fit in common.
    renamed = open_store(tmp_path, replace(small.experiment(), name="other").plan())
    assert sorted(map(len, counts(renamed))) == [10] * 4


def test_other_computation_is_refused(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(open_store(tmp_path, plan))
    for module in ("method", "folder"):
        monkeypatch.setattr(f"gfe_mc.study.{module}.COMPUTATION", -1)
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
    assert list(map(len, counts(open_store(tmp_path, plan)))) == [6]


def test_unfinished_files_do_not_count(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    (tmp_path / BLOCKS / "x.npz.partial").write_bytes(b"half a block")
    store = open_store(tmp_path, plan)
    assert list(map(len, counts(store))) == [12] * 4
    assert list((tmp_path / BLOCKS).iterdir()) == []


def test_damaged_dataset_is_refused(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    store.consolidate()
    (tmp_path / DATASET).write_bytes(b"not a dataset")
    with pytest.raises(InputError, match="as it was written"):
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
    object.__setattr__(declared, "report", None)
    store = open_store(tmp_path, declared.plan())
    fill(store)
    dataset = store.consolidate()
    fails = dataset.sel(estimator="fails")
    failed = (fails["status"] == Status.ESTIMATOR_FAILED).to_numpy()
    assert 0 < failed.sum() < failed.size
    (message,) = set(fails["message"].to_numpy()[failed])
    places = r"\(small.py:\d+ in fit\)"
    assert re.fullmatch(f"RuntimeError: the first outcome is positive {places}", message)
    scored = fails["metric_status"].sel(metric="Misclassification").to_numpy()
    np.testing.assert_array_equal(scored == MetricStatus.NO_FIT, failed)
    assert np.isnan(fails["estimate"].to_numpy()[failed]).all()
    ols = dataset.sel(estimator="ols")
    np.testing.assert_array_equal(
        fails["estimate"].to_numpy()[~failed], ols["estimate"].to_numpy()[~failed]
    )
    assert not any(store.remaining().values())


def test_folder_without_results_may_change_its_design(plan: Plan, tmp_path: Path) -> None:
    open_store(tmp_path, plan)
    other = replace(small.experiment((4,)), name="other").plan(seed=1)
    run_study(other, tmp_path, backend=Threads(1))
    study = open_store(tmp_path, other).read_provenance()["study"]
    assert (study["experiment"], study["seed"]) == ("other", 1)


def test_messages_are_kept_in_full(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    keyed = plan.cells[0].methods["gfe"]
    words = "ValueError: théta, and more of it"
    row = failed_row(Work.whole(keyed), Status.ESTIMATOR_FAILED, words)
    store.write(Block.of_rows(keyed, [12], [row], 0.0))
    message = store.consolidate()["message"]
    stored = load_dataset(tmp_path / DATASET)["message"]
    assert stored.to_numpy().tolist() == message.to_numpy().tolist()
    assert str(stored.sel(cell=0, estimator="gfe", replication=12).item()) == words


def test_new_words_reach_the_dataset_without_a_new_run(plan: Plan, tmp_path: Path) -> None:
    store = open_store(tmp_path, plan)
    fill(store)
    before = store.consolidate()
    renamed = replace(small.experiment(), title="Another title", report=None).plan()
    assert not open_store(tmp_path, renamed).is_presented()
    after = run_study(renamed, tmp_path, begin=no_cluster)
    assert after.attrs["title"] == "Another title"
    assert json.loads(after.attrs["provenance"])["study"]["report"] == {}
    assert_same_bytes(before, after, times=True)
    assert open_store(tmp_path, renamed).is_presented()


def no_cluster(_: str) -> None:
    raise AssertionError("a cluster was started")


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
    assert dataset["metric_status"].dims == (*outer, "metric")
    assert "path" not in dataset
    assert dict(dataset.sizes) == {
        "cell": 2,
        "estimator": 3,
        "replication": 12,
        "parameter": 1,
        "inference": 3,
        "group": 3,
        "period": 4,
        "metric": 3,
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
            block = run_block(cell.methods[estimator], range(12))
            assert [part.name for part in block.values if part.kind == "inference"] == sorted(
                methods
            )
            for name in names:
                for method in methods:
                    made = Part("inference", method)
                    if name == "standard_error":
                        made = Part("metric", "StandardErrors", method)
                    stored = part[name].sel(inference=method).to_numpy()
                    np.testing.assert_array_equal(stored, block.values[made][name], err_msg=name)


def test_what_inference_cannot_do_is_kept_as_data(inferred: tuple[Path, xr.Dataset]) -> None:
    dataset = inferred[1]
    raises = dataset.sel(estimator="gfe", inference="raises")
    failed = (raises["inference_status"] == InferenceStatus.INFERENCE_FAILED).to_numpy()
    assert 0 < failed.sum() < failed.size
    (message,) = set(raises["inference_message"].to_numpy()[failed])
    assert message.startswith("ArithmeticError: théta is out of reach (inferring.py:")
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
        block = run_block(plan.cells[number].methods["gfe"], [7])
        row = block.values[Part("metric", "Profiles")]["profiles"][0]
        stored = part["profiles"].sel(estimator="gfe", replication=7)
        np.testing.assert_array_equal(stored.isel(group=slice(groups)), row)
    assert dataset["profiles"].sel(estimator=["ols", "fails"]).isnull().all()


def test_the_file_of_a_study_with_inference_opens_with_xarray_alone(
    inferred: tuple[Path, xr.Dataset],
) -> None:
    folder, dataset = inferred
    with xr.open_dataset(folder / DATASET) as opened:
        assert with_texts(opened.load()).identical(dataset)
    assert list((folder / BLOCKS).iterdir()) == []


@pytest.mark.slow
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
    missing = counts(store)
    assert 0 < sum(map(len, missing)) <= 2 * len(lost)
    first = store.consolidate()
    assert (first["status"] == Status.NOT_RUN).sum().item() == sum(map(len, missing))
    store = open_store(tmp_path, inferring.experiment(replications=7).plan())
    assert counts(store) == missing
    fill(store, 3)
    store.consolidate()
    store = open_store(tmp_path, inferring.experiment().plan())
    assert counts(store) == [list(range(7, 12))] * 6
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
    assert list(map(len, counts(store))) == [12, 12, 12]
    fill(store)
    assert_same_bytes(store.consolidate(), inferred[1])


def more_methods(G: int) -> dict[str, Any]:
    """Inference for the estimator that had none, and a new name in front of the others."""
    return {"ols": {"new": inferring.Draws("new")}, **inferring.inference(G)}


@pytest.fixture
def copy(inferred: tuple[Path, xr.Dataset], tmp_path: Path) -> Path:
    """A copy of the folder of the finished study with inference."""
    return Path(shutil.copytree(inferred[0], tmp_path / "copy"))


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        ({"inference": None}, {"inference", "StandardErrors"}),
        ({"record": (Misclassification(),)}, {"Profiles"}),
        ({"inference": lambda G: {}}, {"inference", "StandardErrors"}),  # noqa: ARG005
        (
            {"inference": None, "record": ()},
            {"inference", "StandardErrors", "Profiles", "Misclassification"},
        ),
    ],
)
def test_what_a_finished_study_drops_is_kept_and_taken_up_again(
    inferred: tuple[Path, xr.Dataset], copy: Path, changes: dict[str, Any], gone: set[str]
) -> None:
    dataset = inferred[1]
    smaller = run_study(inferring.experiment(**changes).plan(), copy, begin=no_cluster)
    # Standard errors are recorded wherever inference is declared, if there is none to be had.
    names = set(smaller.data_vars) - {"metric_status"}
    assert_same_bytes(smaller[names], dataset[names], times=True, subset=True)
    for name, metric in (("inference_status", "inference"), ("profiles", "Profiles")):
        assert (name in smaller.data_vars) == (metric not in gone)
    found = read_kept(copy)
    assert {e.part.kind if e.part.kind == "inference" else e.part.name for e in found} == gone
    assert all(len(entry.replications) == 12 for entry in found)
    assert {entry.where["G"] for entry in found} == {2, 3}
    again = run_study(inferring.experiment().plan(), copy, begin=no_cluster)
    assert_same_bytes(again, dataset, times=True)
    assert kept(copy) == []


def test_what_was_kept_can_be_cleaned_away(copy: Path) -> None:
    run_study(inferring.experiment(record=()).plan(), copy, begin=no_cluster)
    files = kept(copy)
    assert files
    assert {path.parent.name for path in files} == {KEPT}
    assert clean(copy) == len(files)
    assert kept(copy) == []
    store = open_store(copy, inferring.experiment().plan())
    parts = {"metric Misclassification", "metric Profiles"}
    assert missing_parts(store) == dict.fromkeys(("gfe", "ols", "fails"), parts)


def test_inference_joins_a_finished_study(inferred: tuple[Path, xr.Dataset], copy: Path) -> None:
    store = open_store(copy, inferring.experiment(inference=more_methods).plan())
    new = {Part("inference", "new"), Part("metric", "StandardErrors", "new")}
    missing = [work for works in store.remaining().values() for work in works]
    assert len(missing) == 2
    for work, numbers in missing:
        assert work.parts == new
        assert numbers == list(range(12))
    fill(store)
    after, before = store.consolidate(), inferred[1]
    assert after["inference"].to_numpy().tolist() == ["draws", "raises", "new", "fixed"]
    old = after.sel(inference=before["inference"])
    names = set(before.data_vars) - {"metric_status"}
    assert_same_bytes(old[names], before[names], times=True)
    assert after["standard_error"].sel(estimator="ols", inference="new").notnull().all()


def test_estimators_with_inference_may_join_those_without(plan: Plan, tmp_path: Path) -> None:
    """A store in which no one had inference gains variables and dimensions."""
    store = open_store(tmp_path, plan)
    fill(store)
    before = store.consolidate()
    scores = {"misclassification", "metric_status", "metric_message"}
    assert set(before.data_vars) == {*CORE, *scores}

    def joined(G: int) -> dict[str, Any]:
        return {**small.estimators(G), "new": GFE(G, MultiStart(starts=3))}

    def inference(G: int) -> dict[str, Any]:  # noqa: ARG001
        return {"new": {"draws": inferring.Draws()}}

    grown = replace(small.experiment(), estimators=joined, inference=inference)
    store = open_store(tmp_path, grown.plan())
    assert list(map(len, counts(store))) == [12, 12]
    fill(store)
    after = store.consolidate()
    for name in before.data_vars:
        old = after[name].sel(estimator=["gfe", "ols"]) if name != "truth" else after[name]
        old = old.sel(metric=["Misclassification"]) if "metric" in old.dims else old
        np.testing.assert_array_equal(old, before[name])
    assert (after["inference_status"].sel(estimator=["gfe", "ols"]) == inferring.NOT_RUN).all()
    assert after["standard_error"].sel(estimator="new").notnull().all()
    assert not any(open_store(tmp_path, grown.plan()).remaining().values())


def renamed_methods(G: int) -> dict[str, Any]:
    """The same methods, of which two have swapped their names."""
    found = inferring.inference(G)
    own = found["gfe"]
    return found | {"gfe": {"draws": own["raises"], "raises": own["draws"]}}


def test_new_names_of_inference_methods_reach_the_dataset(
    inferred: tuple[Path, xr.Dataset], copy: Path
) -> None:
    """Nothing is computed, and no number stays under a name that is another's now."""
    plan = inferring.experiment(inference=renamed_methods).plan()
    after, before = run_study(plan, copy, begin=no_cluster), inferred[1]
    for old, new in (("draws", "raises"), ("raises", "draws")):
        for name in ("standard_error", "inference_status", "inference_seconds"):
            np.testing.assert_array_equal(
                after[name].sel(estimator="gfe", inference=new),
                before[name].sel(estimator="gfe", inference=old),
            )


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


@pytest.mark.slow
def test_replay_gives_what_is_stored_of_inference_and_profiles(
    inferred: tuple[Path, xr.Dataset],
) -> None:
    plan = inferring.experiment().plan()
    assert verdicts(plan, inferred[0], "gfe") == ["the same as in the store"] * 24


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ["ols", "fails"])
def test_replay_of_rows_without_inference_or_profiles(
    inferred: tuple[Path, xr.Dataset], estimator: str
) -> None:
    plan = inferring.experiment().plan()
    assert verdicts(plan, inferred[0], estimator) == ["the same as in the store"] * 24


@pytest.mark.slow
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
    differs = f"NOT the same as in the store: {name}"
    if altered[name].dtype.kind == "f":
        # And by how much.
        assert said[17].startswith(f"{differs} by up to ")
        said[17] = differs
    expected[17] = differs
    assert said == expected
