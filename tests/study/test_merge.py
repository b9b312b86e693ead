"""Folders of one design as one: what one machine would have made, or a refusal that says why."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gfe_mc import Experiment, InputError, Status
from gfe_mc.clusters.connect import Threads
from gfe_mc.study.dataset import load_dataset, write_dataset
from gfe_mc.study.folder import BLOCKS, DATASET, PANEL_PATH, PROVENANCE, read_kept
from gfe_mc.study.merge import merge
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, lost_block, run_block
from gfe_mc.study.run import run_study
from gfe_mc.study.store import open_store
from tests import inferring
from tests.helpers import PooledOLS, refused, study
from tests.inferring import Draws, Fixed, RaisesSometimes
from tests.study.stores import TIMES, assert_same_bytes, complete


def experiment(**changes: Any) -> Experiment:
    """Two estimators, of which one has inference that fails sometimes, and no compiled code."""
    declared: dict[str, Any] = {
        "factors": {"gap": (1.0, 5.0), "n_units": (6,)},
        "inference": {"ols": {"fixed": Fixed(((0.25,),)), "raises": RaisesSometimes()}},
        "replications": 12,
    }
    return study(**(declared | changes))


def some(plan: Plan, folder: Path, numbers: Mapping[str, list[int]], *, end: bool = True) -> Path:
    """A folder with some replications of each method, by its key."""
    store = open_store(folder, plan)
    for key, own in numbers.items():
        if own:
            store.write(run_block(plan.methods[key], own))
    if end:
        store.consolidate()
    return folder


def assert_merged(made: xr.Dataset, folder: Path, whole: xr.Dataset) -> None:
    """All but times and the record of runs is what one machine made, in memory and on the disk."""
    assert_same_bytes(made, whole)
    assert list(made.variables) == list(whole.variables)
    provenances = [json.loads(each.attrs["provenance"]) for each in (made, whole)]
    assert json.loads((folder / PROVENANCE).read_text()) == provenances[0]
    for one in provenances:
        del one["runs"]
    assert provenances[0] == provenances[1]
    stored = load_dataset(folder / DATASET)
    assert stored.identical(made)
    times = {name: made[name] for name in TIMES if name in made}
    attrs = {"provenance": made.attrs["provenance"]}
    assert whole.assign(times).assign_attrs(attrs).identical(made)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return complete(experiment().plan(), tmp_path_factory.mktemp("whole"))


def test_two_halves(whole: xr.Dataset, tmp_path: Path) -> None:
    complete(experiment().plan(replications=7), tmp_path / "a")
    second = complete(experiment().plan(start=7), tmp_path / "b")
    asked = (second["status"] != Status.NOT_RUN).sum("replication")
    assert (asked == 5).all()
    said: list[str] = []
    made = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "c", say=said.append)
    assert_merged(made, tmp_path / "c", whole)
    assert said == []
    store = open_store(tmp_path / "c", experiment().plan())
    assert not any(store.remaining().values())
    assert store.is_presented()


def test_by_the_commands_that_two_machines_run(whole: xr.Dataset, tmp_path: Path) -> None:
    """Runs of both are recorded, and the folder is as one that ran it all: running changes none."""
    run_study(experiment().plan(replications=8), tmp_path / "a", backend=Threads(1))
    run_study(experiment().plan(start=5), tmp_path / "b", backend=Threads(1))
    made = merge([tmp_path / "b", tmp_path / "a"], tmp_path / "c")
    assert_merged(made, tmp_path / "c", whole)
    runs = json.loads(made.attrs["provenance"])["runs"]
    assert [(run["source"], run["replications"], run.get("start")) for run in runs] == [
        (0, 28, 5),
        (1, 32, None),
    ]
    again = run_study(experiment().plan(), tmp_path / "c", begin=no_cluster)
    assert again.identical(made)
    # A copy that went on has the runs of its origin once.
    shutil.copytree(tmp_path / "a", tmp_path / "d")
    run_study(experiment().plan(replications=10), tmp_path / "d", backend=Threads(1))
    joined = merge([tmp_path / "a", tmp_path / "d"], tmp_path / "e")
    runs = json.loads(joined.attrs["provenance"])["runs"]
    assert [(run["source"], run["replications"]) for run in runs] == [(0, 32), (1, 8)]


def no_cluster(_: str) -> None:
    raise AssertionError("a cluster was started")


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_shares_make_the_same_whole(
    whole: xr.Dataset, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Each replication in one folder or in several, in blocks or in a dataset."""
    plan = experiment().plan()
    folders = [tmp_path_factory.mktemp("share") for _ in range(data.draw(st.integers(2, 3)))]
    numbers = range(len(folders))
    owners = {
        key: [data.draw(st.sets(st.sampled_from(numbers), min_size=1)) for _ in range(12)]
        for key in plan.methods
    }
    ended = [number == 0 or data.draw(st.booleans()) for number in numbers]
    for number in numbers:
        own = {key: [r for r in range(12) if number in by[r]] for key, by in owners.items()}
        some(plan, folders[number], own, end=ended[number])
    output = tmp_path_factory.mktemp("merged")
    order = data.draw(st.permutations(folders))
    assert_merged(merge(order, output), output, whole)


def test_sources_are_only_read(tmp_path: Path) -> None:
    complete(experiment().plan(replications=7), tmp_path / "a")
    some(experiment().plan(), tmp_path / "b", {key: [8, 9] for key in experiment().plan().methods})
    files = sorted(path for folder in "ab" for path in (tmp_path / folder).rglob("*"))
    before = [(path, path.stat().st_mtime_ns) for path in files]
    said: list[str] = []
    made = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "c", say=said.append)
    after = sorted(path for folder in "ab" for path in (tmp_path / folder).rglob("*"))
    assert before == [(path, path.stat().st_mtime_ns) for path in after]
    # What is missing is said, and run by the usual command.
    assert "12 replications are still to be run" in said[0]
    finished = run_study(experiment().plan(), tmp_path / "c", backend=Threads(1))
    old = finished.isel(replication=[0, 6, 8, 9])["seconds"]
    np.testing.assert_array_equal(old, made.isel(replication=[0, 6, 8, 9])["seconds"])


def test_groups_and_profiles_of_several_sizes(tmp_path: Path) -> None:
    """Arrays whose sizes differ by cell, of a study with compiled code."""
    declared = inferring.experiment(replications=6)
    expected = complete(declared.plan(), tmp_path / "whole")
    complete(declared.plan(replications=4), tmp_path / "a")
    complete(declared.plan(start=3), tmp_path / "b")
    made = merge([tmp_path / "b", tmp_path / "a"], tmp_path / "c")
    assert_merged(made, tmp_path / "c", expected)


def altered(folder: Path, name: str, place: dict[str, int], value: Any) -> None:
    dataset = load_dataset(folder / DATASET)
    dataset[name][place] = value
    write_dataset(dataset, folder / DATASET)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two folders that hold the whole study, to be copied."""
    folders = [tmp_path_factory.mktemp(name) for name in "ab"]
    for folder in folders:
        complete(experiment().plan(), folder)
    return folders


@pytest.fixture
def folders(both: list[Path], tmp_path: Path) -> list[Path]:
    """Two folders that hold the whole study."""
    return [
        Path(shutil.copytree(one, tmp_path / name)) for one, name in zip(both, "ab", strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("estimate", None, "estimate by up to 1.2e-16 of its value"),
        ("objective", 7.0, "objective by up to "),
        ("status", int(Status.ITERATION_LIMIT), "status"),
        ("message", "another", "message"),
        ("n_tries", 77, "n_tries"),
        ("misclassification", 0.5, "misclassification"),
    ],
)
def test_what_differs_is_refused(
    folders: list[Path], tmp_path: Path, name: str, value: Any, words: str
) -> None:
    place = {"cell": 1, "estimator": 0, "replication": 9}
    if value is None:
        dataset = load_dataset(folders[1] / DATASET)
        value = np.nextafter(dataset["estimate"][place].to_numpy(), np.inf)
    altered(folders[1], name, place, value)
    with pytest.raises(InputError, match="must be the same in all") as refusal:
        merge(folders, tmp_path / "c")
    said = refusal.value.came
    assert "1 that are not, the first one in cell 1 (gap=5.0, n_units=6, N=6, T=4)" in said
    assert f"ols, replication 9: {words}" in said
    assert str(folders[1]) in said
    assert not (tmp_path / "c").exists()


def test_zero_has_a_sign(folders: list[Path], tmp_path: Path) -> None:
    place = {"cell": 0, "estimator": 1, "replication": 3}
    altered(folders[0], "objective", place, 0.0)
    altered(folders[1], "objective", place, -0.0)
    with refused("must be the same in all"):
        merge(folders, tmp_path / "c")


def test_times_may_differ_and_are_of_the_first(folders: list[Path], tmp_path: Path) -> None:
    place = {"cell": 0, "estimator": 0, "replication": 3}
    altered(folders[1], "seconds", place, 99.0)
    for order, expected in ((folders, False), (folders[::-1], True)):
        made = merge(order, tmp_path / str(expected))
        assert bool(made["seconds"][place] == 99.0) == expected


def test_what_a_worker_died_of_is_no_result(whole: xr.Dataset, tmp_path: Path) -> None:
    plan = experiment().plan()
    for name, dead in (("a", 3), ("b", 5)):
        store = open_store(tmp_path / name, plan)
        for keyed in plan.methods.values():
            alive = [number for number in range(12) if number not in (dead, 7)]
            store.write(run_block(keyed, alive))
            for number in (dead, 7):
                store.write(lost_block(Work.whole(keyed), number))
        store.consolidate()
    said: list[str] = []
    made = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "c", say=said.append)
    lost = (made["status"] == Status.WORKER_LOST).sum(("cell", "estimator"))
    assert lost.to_numpy().nonzero()[0].tolist() == [7]
    assert "4 replications are still to be run" in said[0]
    kept = [number for number in range(12) if number != 7]
    assert_same_bytes(made.isel(replication=kept), whole.isel(replication=kept))


class Slower(Draws):
    """Another inference method."""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 1}, "seed: 0 and 1"),
        ({"name": "other"}, "experiment: small and other"),
        ({"first": {"ols": 5}}, "first, ols: only in the second"),
        ({"factors": {"gap": (1.0, 4.0), "n_units": (6,)}}, "cell 1, ols, factors, gap"),
        ({"factors": {"gap": (1.0,), "n_units": (6,)}}, "cell 1, ols: only in the first"),
        ({"estimators": {"ols": PooledOLS()}}, "cell 0, shifted: only in the first"),
        (
            {"estimators": {"ols": PooledOLS(), "shifted": PooledOLS(2.0)}},
            "cell 0, shifted, estimator, parameters, shift: 1.0 and 2.0",
        ),
        (
            {"inference": {"ols": {"fixed": Fixed(((0.5,),)), "raises": RaisesSometimes()}}},
            "cell 0, ols, inference, fixed",
        ),
        ({"inference": {"ols": {"fixed": Fixed(((0.25,),))}}}, "raises: only in the first"),
    ],
)
def test_other_designs_are_refused_with_what_differs(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    complete(experiment().plan(replications=2), tmp_path / "a")
    complete(experiment(**changes).plan(replications=2), tmp_path / "b")
    with pytest.raises(InputError, match="must hold the same design") as refusal:
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    assert words in refusal.value.came
    assert not (tmp_path / "c").exists()


def test_another_computation_is_refused(folders: list[Path], tmp_path: Path) -> None:
    provenance = json.loads((folders[1] / PROVENANCE).read_text())
    for one in provenance["study"]["methods"]:
        one["depends_on"]["computation"] = 1
    (folders[1] / PROVENANCE).write_text(json.dumps(provenance))
    with pytest.raises(InputError, match="same design") as refusal:
        merge(folders, tmp_path / "c")
    assert "computation" in refusal.value.came


def test_code_that_no_option_names_is_told_apart(tmp_path: Path) -> None:
    """An inference method of the same name and options, but other code."""
    ours, theirs = (experiment(inference={"ols": {"fixed": one}}) for one in (Draws(), Slower()))
    complete(ours.plan(replications=3), tmp_path / "a")
    complete(theirs.plan(replications=3), tmp_path / "b")
    provenance = (tmp_path / "a" / PROVENANCE).read_text()
    (tmp_path / "b" / PROVENANCE).write_text(provenance)
    with refused("must hold what they say"):
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "c")


def test_without_any_dataset(tmp_path: Path) -> None:
    plan = experiment().plan()
    for name in "ab":
        some(plan, tmp_path / name, {key: [0] for key in plan.methods}, end=False)
    with pytest.raises(InputError, match="must have its dataset") as refusal:
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    assert f"gfe-mc run small --output {tmp_path / 'a'}" in refusal.value.remedy


def test_folders_that_cannot_be_merged(folders: list[Path], tmp_path: Path) -> None:
    a, b = folders
    for given_ones in ([a], [], [a, a], [a, tmp_path / "b" / ".." / "a"]):
        with refused("two or more different folders"):
            merge(given_ones, tmp_path / "c")
    with refused("folder of their own"):
        merge([a, b], a)
    complete(experiment().plan(replications=1), tmp_path / "full")
    with refused("no results yet"):
        merge([a, b], tmp_path / "full")
    with refused("must hold a study"):
        merge([a, tmp_path / "nowhere"], tmp_path / "c")
    (tmp_path / "file").touch()
    with refused("must be writable"):
        merge([a, b], tmp_path / "file")
    dataset = (b / DATASET).read_bytes()
    (b / DATASET).write_bytes(dataset[: len(dataset) // 2])
    with refused("as it was written"):
        merge([a, b], tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_what_was_kept_is_kept(whole: xr.Dataset, tmp_path: Path) -> None:
    """Results of another seed, and where the panel was."""
    complete(experiment().plan(replications=3, seed=5), tmp_path / "a")
    complete(experiment().plan(replications=6), tmp_path / "a")
    complete(experiment().plan(start=6), tmp_path / "b")
    (tmp_path / "b" / PANEL_PATH).write_bytes(b"/somewhere/panel.csv\n")
    before = {entry.key for entry in read_kept(tmp_path / "a")}
    made = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "c")
    assert_merged(made, tmp_path / "c", whole)
    assert {entry.key for entry in read_kept(tmp_path / "c")} == before
    assert before
    assert (tmp_path / "c" / PANEL_PATH).read_bytes() == b"/somewhere/panel.csv\n"
    other = open_store(tmp_path / "c", experiment().plan(replications=3, seed=5))
    assert not any(other.remaining().values())


def test_a_target_that_only_one_has_is_dropped(tmp_path: Path) -> None:
    plan = experiment().plan(target="bias<=10")
    for name in "ab":
        run_study(plan, tmp_path / name, backend=Threads(1))
    complete(experiment().plan(), tmp_path / "c")
    both = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "ab")
    mixed = merge([tmp_path / "a", tmp_path / "c"], tmp_path / "ac")
    assert "target" in json.loads(both.attrs["provenance"])["study"]
    assert "target" not in json.loads(mixed.attrs["provenance"])["study"]


def test_a_folder_that_is_merged_twice_over(whole: xr.Dataset, tmp_path: Path) -> None:
    """Three at once are what two and one are."""
    plan = experiment().plan()
    for n, name in enumerate("abc"):
        own = list(range(4 * n, 4 * n + 4))
        some(plan, tmp_path / name, dict.fromkeys(plan.methods, own))
    a, b, c = (tmp_path / name for name in "abc")
    merge([a, b], tmp_path / "ab")
    made = merge([tmp_path / "ab", c], tmp_path / "abc")
    assert_merged(made, tmp_path / "abc", whole)
    again = merge([a, b, c], tmp_path / "at_once")
    assert made["seconds"].equals(again["seconds"])


def test_an_earlier_attempt_may_be_repeated(
    whole: xr.Dataset, folders: list[Path], tmp_path: Path
) -> None:
    """One that ended before its dataset was there."""
    output = tmp_path / "c"
    output.mkdir()
    shutil.copy(folders[0] / PROVENANCE, output / PROVENANCE)
    (output / BLOCKS).mkdir()
    assert_merged(merge(folders, output), output, whole)


def test_the_report_is_made_while_the_folder_is_held(folders: list[Path], tmp_path: Path) -> None:
    seen: list[xr.Dataset] = []

    def present(made: xr.Dataset) -> None:
        assert (tmp_path / "c" / "running.json").exists()
        seen.append(made)

    made = merge(folders, tmp_path / "c", present=present)
    assert seen == [made]
    assert not (tmp_path / "c" / "running.json").exists()
