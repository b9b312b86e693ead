"""Studies that grow until their target is reached: the same answer however they are run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Experiment, Fit, InputError, Panel, Status, Target, Variable
from gfe_mc.clusters.connect import Processes, Threads
from gfe_mc.metrics import moments
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.report.folders import warnings
from gfe_mc.report.study import heading, tables
from gfe_mc.study.bounds import Bounds, OutOfTimeError, TooManyFailuresError
from gfe_mc.study.folder import BLOCKS, DATASET, PROVENANCE
from gfe_mc.study.plan import Plan
from gfe_mc.study.remaining import Again
from gfe_mc.study.run import run_study
from gfe_mc.study.runner import Progress
from tests.helpers import PooledOLS, study
from tests.inferring import Fixed
from tests.study.stores import assert_same_bytes, complete

GOALS = "bias<=0.08, coverage[ols]<=0.06"
MOST = 35
"""Replications at which studies end: six decisions from ten on, each of which costs a dataset."""
INFERRED = {"ols": {"fixed": Fixed(((0.25,),))}}


def experiment(**changes: Any) -> Experiment:
    return study(inference=INFERRED, replications=MOST, **changes)


def planned(text: str = GOALS, minimum: int = 10, maximum: int | None = None, **of: Any) -> Plan:
    return experiment(**of).plan(target=Target.of(text, minimum, maximum))


def told(dataset: xr.Dataset) -> dict[str, Any]:
    """What a dataset says of its target."""
    found: dict[str, Any] = json.loads(dataset.attrs["provenance"])["study"]["target"]
    return found


def sizes(dataset: xr.Dataset) -> list[int]:
    """Replications that were run of each cell, the same for all of its estimators."""
    each = (dataset["status"] != Status.NOT_RUN).sum("replication")
    assert (each.min("estimator") == each.max("estimator")).all()
    return [int(number) for number in each.max("estimator").to_numpy()]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, xr.Dataset]:
    folder = tmp_path_factory.mktemp("grown")
    return folder, run_study(planned(), folder, backend=Threads(1))


def test_every_cell_ends_where_its_target_is_reached(grown: tuple[Path, xr.Dataset]) -> None:
    """The rule, gone through again with nothing but the summaries of longer and longer prefixes."""
    dataset = grown[1]
    target = planned().target
    assert target is not None
    whole = complete(experiment().plan(), grown[0].parent / "all")
    expected, reached = [], []
    for cell in range(4):
        for size in target.sizes():
            one = whole.isel(cell=[cell], replication=slice(size))
            summary = summarize_study(one)
            bias = summary.loc[summary["statistic"] == "bias", "error"].max()
            covered = summary[summary["statistic"] == "coverage"].iloc[0]
            length = (covered["high"] - covered["low"]) / 2 / 1.959964
            reached.append(bias <= 0.08 and max(length, covered["error"]) <= 0.06)
            if reached[-1]:
                break
        expected.append(size)
    assert sizes(dataset) == expected
    assert len(set(expected)) > 1
    # One cell goes to the end and does not reach it.
    assert max(expected) == MOST
    assert dataset.sizes["replication"] == MOST
    # What was run is what would have been, and the rest is blank.
    for cell, size in enumerate(expected):
        own, all_of_it = (each.isel(cell=cell) for each in (dataset, whole))
        first = slice(size)
        for name in ("estimate", "truth", "standard_error", "misclassification"):
            np.testing.assert_array_equal(
                own[name].isel(replication=first), all_of_it[name].isel(replication=first)
            )
            assert own[name].isel(replication=slice(size, None)).isnull().all()
        assert (own["status"].isel(replication=slice(size, None)) == Status.NOT_RUN).all()


def test_the_rule_and_its_path_are_recorded(grown: tuple[Path, xr.Dataset]) -> None:
    folder, dataset = grown
    said = told(dataset)
    assert said["goals"] == {"bias": 0.08, "coverage[ols]": 0.06}
    assert (said["minimum"], said["maximum"]) == (10, MOST)
    steps = [step["replications"] for step in said["path"]]
    target = planned().target
    assert target is not None
    assert steps == target.sizes()[: len(steps)]
    assert [step["cells"] for step in said["path"][1:]] == [
        step["go_on"] for step in said["path"][:-1]
    ]
    last = said["path"][-1]
    assert last["replications"] == MOST
    assert last["go_on"] == sum(size == MOST for size in sizes(dataset)) > 0
    assert last["worst"]["error"] > last["worst"]["bound"]
    by_cell = {(one["cell"], one["goal"]): one for one in said["cells"]}
    assert len(by_cell) == 8
    for (cell, _), one in by_cell.items():
        assert one["replications"] == sizes(dataset)[cell]
        assert one["reached"] == (one["error"] <= one["bound"])
    provenance = json.loads((folder / PROVENANCE).read_text())
    assert provenance == json.loads(dataset.attrs["provenance"])
    (run,) = provenance["runs"]
    assert run["replications"] == 2 * sum(sizes(dataset))
    assert run["failed"] == 0
    assert {"wall_seconds", "seconds_to_first_block", "slots"} <= set(run)
    methods = provenance["study"]["methods"]
    assert [one["replications"] for one in methods[::2]] == sizes(dataset)


def test_reports_say_what_was_reached(grown: tuple[Path, xr.Dataset]) -> None:
    folder, dataset = grown
    least, most = min(sizes(dataset)), max(sizes(dataset))
    assert f"{least} to {most} replications" in heading(dataset)
    made = {table.title: table for table in tables(dataset)}
    target = made["Target"]
    assert target.header[:3] == ("gap", "n_units", "N")
    assert len(target.rows) == 8
    assert {row[-1][:3] for row in target.rows} == {"yes", "no:"}
    figures = made["All figures"]
    attempted = figures.header.index("attempted")
    assert {int(row[attempted]) for row in figures.rows} == set(sizes(dataset))
    said = warnings(folder, dataset)
    missed = [words for words in said if words.startswith("The target is not reached")]
    assert missed
    assert f"within {MOST} replications" in missed[0]
    assert "it would take about" in missed[0]
    assert "--max-replications" in missed[0]


def test_running_again_changes_no_file(grown: tuple[Path, xr.Dataset]) -> None:
    folder, dataset = grown
    names = (DATASET, PROVENANCE)
    before = [(folder / name).stat().st_mtime_ns for name in names]
    again = run_study(planned(), folder, begin=no_cluster)
    assert again.identical(dataset)
    assert [(folder / name).stat().st_mtime_ns for name in names] == before


def no_cluster(_: str) -> None:
    raise AssertionError("a cluster was started")


def assert_same(one: xr.Dataset, other: xr.Dataset) -> None:
    """Numbers, decisions and descriptions are the same."""
    assert_same_bytes(one, other)
    described = [json.loads(each.attrs["provenance"])["study"] for each in (one, other)]
    assert described[0] == described[1]


@pytest.mark.parametrize(
    ("backend", "block_seconds"),
    [
        (Threads(2), 1.5),
        (Threads(2), 1e-9),
        pytest.param(Processes(2), 0.01, marks=pytest.mark.slow),
    ],
)
def test_the_schedule_decides_nothing(
    grown: tuple[Path, xr.Dataset],
    tmp_path: Path,
    backend: Threads | Processes,
    block_seconds: float,
) -> None:
    made = run_study(planned(), tmp_path, backend=backend, block_seconds=block_seconds)
    assert_same(made, grown[1])
    assert len(json.loads((tmp_path / PROVENANCE).read_text())["runs"]) == 1


class StoppedError(Exception):
    """A run is stopped."""


def stop_after(done: int) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        if progress.done >= done:
            raise StoppedError

    return report


@pytest.mark.parametrize(
    "each",
    [pytest.param(7, marks=pytest.mark.long), pytest.param(45, marks=pytest.mark.slow), 110],
)
def test_stopped_and_resumed(grown: tuple[Path, xr.Dataset], tmp_path: Path, each: int) -> None:
    """In the middle of a stage, or between two, again and again."""
    stops = 0
    while True:
        try:
            made = run_study(
                planned(),
                tmp_path,
                backend=Threads(1 + stops % 2),
                block_seconds=1e-9 if stops % 3 else 1.5,
                report=stop_after(each * (1 + stops)),
            )
            break
        except StoppedError:
            stops += 1
    assert stops > 0
    assert_same(made, grown[1])
    runs = json.loads((tmp_path / PROVENANCE).read_text())["runs"]
    assert len(runs) == stops + 1
    assert list((tmp_path / BLOCKS).iterdir()) == []


def test_what_is_there_from_another_run_is_used(
    grown: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    """Decisions are taken on the same prefixes, although there are more replications."""
    complete(experiment().plan(replications=20), tmp_path)
    counted: list[int] = []

    def report(progress: Progress) -> None:
        counted.append(progress.done)

    made = run_study(planned(), tmp_path, backend=Threads(1), report=report)
    assert told(made)["path"] == told(grown[1])["path"]
    before = [min(size, 20) for size in sizes(grown[1])]
    assert counted[-1] == 2 * (sum(sizes(grown[1])) - sum(before))
    # Nothing that was finished is lost.
    assert sizes(made) == [max(size, 20) for size in sizes(grown[1])]
    # A fixed number takes the target out again, and computes what is missing.
    plain = run_study(experiment().plan(replications=25), tmp_path, backend=Threads(1))
    assert "target" not in json.loads(plain.attrs["provenance"])["study"]
    assert min(sizes(plain)) == 25


def test_growth_computes_what_is_missing(grown: tuple[Path, xr.Dataset], tmp_path: Path) -> None:
    """A larger maximum, another cell, another estimator: what is finished stays as it is."""
    run_study(planned(maximum=20), tmp_path, backend=Threads(1))
    done: list[int] = []

    def count(progress: Progress) -> None:
        done.append(progress.done)

    larger = run_study(planned(), tmp_path, backend=Threads(1), report=count)
    assert [step for step in told(larger)["path"] if step["replications"] < 20] == [
        step for step in told(grown[1])["path"] if step["replications"] < 20
    ]
    stopped_at_20 = 2 * sum(min(size, 20) for size in sizes(grown[1]))
    assert done[-1] == 2 * sum(sizes(larger)) - stopped_at_20
    other = planned(
        factors={"gap": (0.0, 1.0, 5.0), "n_units": (6, 8)},
        estimators={"ols": PooledOLS(), "shifted": PooledOLS(1.0), "new": PooledOLS(2.0)},
    )
    done.clear()
    wider = run_study(other, tmp_path, backend=Threads(1), report=count)
    old = wider.isel(cell=slice(2, None)).sel(estimator=["ols", "shifted"])
    n = larger.sizes["replication"]
    np.testing.assert_array_equal(old["seconds"].isel(replication=slice(n)), larger["seconds"])
    assert done[-1] == 3 * sum(sizes(wider)[:2]) + sum(sizes(wider)[2:])


def test_estimators_of_the_first_replications_decide_nothing(tmp_path: Path) -> None:
    plan = planned("bias<=0.08", first={"shifted": 12})
    made = run_study(plan, tmp_path, backend=Threads(1))
    run = (made["status"] != Status.NOT_RUN).sum("replication")
    assert (run.sel(estimator="shifted") <= 12).all()
    assert run.sel(estimator="ols").max() > 12
    assert {one["estimator"] for one in told(made)["cells"]} == {"ols"}


@dataclass(frozen=True)
class Fails:
    """Fails on most samples."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate, or raise."""
        if panel.y[0, 0] > -1.0:
            raise ArithmeticError("not this one")
        return PooledOLS().fit(panel, rng)


def failing(**changes: Any) -> Experiment:
    return study(estimators={"ols": PooledOLS(), "fails": Fails()}, replications=28, **changes)


def test_failures_count_over_all_stages(tmp_path: Path) -> None:
    plan = failing().plan(target=Target.of("bias<=0.001", 10))
    run_study(plan, tmp_path / "all", backend=Threads(1))
    with pytest.raises(TooManyFailuresError):
        run_study(plan, tmp_path / "few", backend=Threads(1), most_failures=60)
    provenance = json.loads((tmp_path / "few" / PROVENANCE).read_text())
    assert len(provenance["runs"]) == 1
    assert provenance["study"]["replications"] > 10


def test_what_was_finished_in_time_is_presented_and_the_same_call_goes_on(
    grown: tuple[Path, xr.Dataset], tmp_path: Path
) -> None:
    made: list[xr.Dataset] = []
    for seconds in (0.3, 0.6, 60.0):
        try:
            run_study(
                planned(),
                tmp_path,
                backend=Threads(1),
                block_seconds=0.01,
                most_seconds=seconds,
                present=made.append,
            )
        except OutOfTimeError:
            assert seconds < 60.0
    done = [int((one["status"] != Status.NOT_RUN).sum()) for one in made]
    assert done == sorted(done)
    assert len(made) == 3
    assert_same(made[-1], grown[1])


def test_all_stages_have_one_bound_on_time() -> None:
    bounds = Bounds(failures=5, seconds=10.0)
    assert bounds.after(2, 4.0) == Bounds(failures=3, seconds=6.0)
    with pytest.raises(OutOfTimeError, match="after 10 s"):
        bounds.after(0, 10.0)
    assert Bounds().after(7, 1e9) == Bounds()


def test_what_is_asked_for_again_is_run_once(tmp_path: Path) -> None:
    plan = planned(maximum=20)
    before = run_study(plan, tmp_path, backend=Threads(1))
    done: list[int] = []

    def count(progress: Progress) -> None:
        done.append(progress.done)

    again = Again(names=("ols",))
    after = run_study(plan, tmp_path, backend=Threads(1), again=again, report=count)
    assert done[-1] == sum(sizes(before))
    assert_same(before, after)
    times = [each["seconds"].sel(estimator="ols").to_numpy() for each in (before, after)]
    assert (times[0] != times[1]).any()


@dataclass(frozen=True)
class Own:
    """Records a draw, and says itself how it is summarised."""

    variables: ClassVar[dict[str, Variable]] = {"own": Variable("own")}

    def record(self, outcome: Any) -> dict[str, float]:
        """Draw."""
        return {"own": outcome.rng("own").standard_normal()}

    @staticmethod
    def figures(one: xr.Dataset) -> Iterator[tuple[str, str, Any]]:
        """Compute the mean."""
        yield "none", "level", moments.mean(one["own"].to_numpy())


def test_figures_of_metrics_and_statistics_of_ones_own(tmp_path: Path) -> None:
    declared = study(
        record=(Own(),),
        statistics={"largest": lambda estimates, truths: np.max(estimates - truths)},
        replications=80,
        factors={"gap": (1.0,), "n_units": (8,)},
    )
    plan = declared.plan(target=Target.of("level<=0.2, largest<=1", 10))
    made = run_study(plan, tmp_path / "own", backend=Threads(1))
    assert sizes(made)[0] in range(20, 45)
    assert {one["goal"] for one in told(made)["cells"]} == {"level", "largest"}
    # What only the figures can tell is told when they are there, and nothing is lost.
    wrong = declared.plan(target=Target.of("levle<=0.2", 10))
    with pytest.raises(InputError, match="of which no cell has any") as refusal:
        run_study(wrong, tmp_path / "wrong", backend=Threads(1))
    assert "level" in refusal.value.remedy
    right = run_study(plan, tmp_path / "wrong", backend=Threads(1))
    assert_same_bytes(right, made)


def test_an_experiment_runs_to_its_target(tmp_path: Path) -> None:
    made = experiment().run(
        folder=tmp_path, backend=Threads(1), target=Target.of("bias[gap=1.0]<=0.04", 10, 28)
    )
    # Cells in which no figure is named end at the minimum.
    assert sizes(made)[2:] == [10, 10]
    assert max(sizes(made)[:2]) > 10
    huge = replace(planned(), replications=2**30)
    with pytest.raises(InputError, match="fit into memory"):
        run_study(huge, tmp_path, backend=Threads(1))


def test_stopping_hardly_biases_errors() -> None:
    """Errors where the rule stops are near the bound: 400 studies of skewed figures, by NumPy."""
    target = Target.of("mean<=0.1").within(5000)
    rng = np.random.default_rng(5)
    true_errors, means = [], []
    for _ in range(400):
        values = rng.exponential(size=2000)
        for size in target.sizes():
            if moments.error_of_mean(values[:size]) <= 0.1:
                break
        true_errors.append(1.0 / np.sqrt(size))
        means.append(values[:size].mean())
    assert np.mean(true_errors) < 0.1
    assert np.quantile(true_errors, 0.99) < 0.115
    # The mean at the stop is off by far less than its error, and its spread is what was asked for.
    assert abs(np.mean(means) - 1.0) < 0.02
    assert np.std(means) < 0.11
