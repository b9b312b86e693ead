"""What is computed anew when a study's file is edited, and what keeps its bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc import InputError, Status
from gfe_mc.clusters.connect import Threads
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.study import catalogue
from gfe_mc.study.block import CORE
from gfe_mc.study.bounds import TooManyFailuresError
from gfe_mc.study.folder import clean, kept, read_kept
from gfe_mc.study.plan import Plan
from gfe_mc.study.remaining import Again
from gfe_mc.study.run import run_study
from gfe_mc.study.store import open_store
from tests.study.stores import assert_same_bytes, complete, counts, missing_parts

STUDY = """
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gfe_mc import Covariance, Experiment, Fit, Panel, Variable
from gfe_mc.dgp.sample import Sample, Truth


@dataclass(frozen=True)
class Line:
    n: int

    def draw(self, rng):
        x = rng.standard_normal((self.n, 3, 1))
        y = 2.0 * x[:, :, 0] + rng.standard_normal((self.n, 3))
        return Sample(Panel.from_arrays(y, x), Truth(np.array([2.0])))


def ratio(x, y):
    return (x * y).sum() / (x * x).sum()


@dataclass(frozen=True)
class Mine:
    shrink: float = 1.0

    def fit(self, panel, rng):
        return Fit(theta=np.array([self.shrink * ratio(panel.x[:, :, 0], panel.y)]))


@dataclass(frozen=True)
class Plain:
    def fit(self, panel, rng):
        return Fit(theta=np.array([(panel.x[:, :, 0] * panel.y).mean()]))


@dataclass(frozen=True)
class Robust:
    scale: float = 1.0

    def covariance(self, panel, fit, rng):
        return Covariance(self.scale * rng.random() * np.eye(1))


@dataclass(frozen=True)
class Spread:
    variables: ClassVar[Mapping[str, Variable]] = {"spread": Variable("spread")}

    def record(self, outcome):
        return {"spread": float(np.ptp(outcome.sample.panel.y))}


PAIR = (lambda truth: 4.0, lambda fit: 2.0 * fit.theta[0])


experiment = Experiment(
    name="mine", title="Mine", source="me", factors={"n": (4, 6)},
    dgp=lambda panel, n: Line(n),
    estimators=lambda n: {"mine": Mine(), "plain": Plain()},
    inference=lambda n: {"mine": {"robust": Robust()}},
    record=(Spread(),), parameters=("slope",), replications=4,
)
"""
ROBUST = {"inference robust", "metric StandardErrors robust"}
SPREAD = {"metric Spread"}
ALL_OF_MINE = {"fit", *ROBUST, *SPREAD}


def planned(folder: Path, *edits: tuple[str, str]) -> Plan:
    """The study with its text edited, in a file of its own."""
    text = STUDY
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"study{len(list(folder.glob('study*.py')))}.py"
    path.write_text(text)
    return catalogue.find(str(path)).plan()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, xr.Dataset]:
    """A folder with the study as it is first, and its dataset."""
    folder = tmp_path_factory.mktemp("first")
    return folder / "results", complete(planned(folder), folder / "results")


@pytest.fixture
def finished(first: tuple[Path, xr.Dataset], tmp_path: Path) -> xr.Dataset:
    """The dataset of the study as it is first, in the folder `results`."""
    shutil.copytree(first[0], tmp_path / "results")
    return first[1].copy(deep=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("self.shrink * ratio", "0.5 * self.shrink * ratio"), {"mine": ALL_OF_MINE}),
        (("(x * y).sum() /", "0.5 * (x * y).sum() /"), {"mine": ALL_OF_MINE}),
        (('"mine": Mine()', '"mine": Mine(0.9)'), {"mine": ALL_OF_MINE}),
        (("panel.y).mean()", "panel.y).sum()"), {"plain": {"fit", *SPREAD}}),
        (("y = 2.0 * x", "y = 3.0 * x"), {"mine": ALL_OF_MINE, "plain": {"fit", *SPREAD}}),
        (("self.scale * rng", "2.0 * self.scale * rng"), {"mine": ROBUST}),
        (("Robust()", "Robust(3.0)"), {"mine": ROBUST}),
        (("np.ptp(", "np.std("), {"mine": SPREAD, "plain": SPREAD}),
        (
            ('{"robust": Robust()}', '{"robust": Robust(), "wide": Robust(2.0)}'),
            {"mine": {"inference wide", "metric StandardErrors wide"}},
        ),
        (
            ('parameters=("slope",)', 'parameters=("slope",), derived={"twice": PAIR}'),
            {"mine": ALL_OF_MINE, "plain": {"fit", *SPREAD}},
        ),
        (('"robust": Robust()', '"other": Robust()'), {}),
        (('"plain": Plain()', '"renamed": Plain()'), {}),
        (("def ratio(x, y):", "def ratio(x, y):\n    # Least squares."), {}),
        (('parameters=("slope",)', 'parameters=("renamed",)'), {}),
        ((', "plain": Plain()', ""), {}),
        (("(4, 6)", "(6,)"), {}),
    ],
    ids=lambda value: value[1][-28:] if isinstance(value, tuple) else "",
)
def test_an_edit_computes_what_depends_on_it_and_keeps_the_rest(
    finished: xr.Dataset, tmp_path: Path, edit: tuple[str, str], expected: dict[str, set[str]]
) -> None:
    plan = planned(tmp_path, edit)
    folder = tmp_path / "results"
    assert missing_parts(open_store(folder, plan)) == expected
    after = complete(plan, folder)
    assert (after["status"] == Status.SUCCESS).all()
    for name, variables in (
        ("fit", set(CORE)),
        ("inference robust", {"inference_status", "inference_seconds", "inference_message"}),
        ("metric StandardErrors robust", {"standard_error"}),
        ("metric Spread", {"spread"}),
    ):
        for estimator in set(after["estimator"].values) & set(finished["estimator"].values):
            if name in expected.get(estimator, set()):
                continue
            cells = np.isin(finished["n"], after["n"])
            for variable in variables:
                assert variable in after
                old, new = finished[variable][cells], after[variable]
                if "estimator" in old.dims:
                    old, new = old.sel(estimator=estimator), new.sel(estimator=estimator)
                if "inference" in old.dims:
                    new = new.isel(inference=[0])
                if old.shape != new.shape:
                    # It has none: there is another parameter, for which it has none either.
                    assert new.isnull().all()
                    continue
                np.testing.assert_array_equal(old, new, err_msg=variable)
    # As it was before, it is there again: nothing is computed.
    before = planned(tmp_path)
    assert missing_parts(open_store(folder, before)) == {}
    assert_same_bytes(complete(before, folder), finished, times=True)


def test_a_cell_that_is_added_computes_itself_alone(finished: xr.Dataset, tmp_path: Path) -> None:
    plan = planned(tmp_path, ("(4, 6)", "(3, 4, 6)"))
    assert counts(open_store(tmp_path / "results", plan)) == [[0, 1, 2, 3]] * 2
    after = complete(plan, tmp_path / "results")
    old = after.isel(cell=[1, 2]).assign_coords(cell=[0, 1])
    assert_same_bytes(old, finished, times=True)


def test_what_is_kept_can_be_read_and_cleaned_away(finished: xr.Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    complete(planned(tmp_path, ("Mine()", "Mine(0.9)")), folder)
    entries = {
        (entry.where["n"], entry.part.kind, entry.part.name): entry for entry in read_kept(folder)
    }
    assert {kind for _, kind, _ in entries} == {"fit", "inference", "metric"}
    for c, n in enumerate((4, 6)):
        fit = entries[n, "fit", ""]
        assert fit.estimator == "mine"
        stored = finished.sel(cell=c, estimator="mine")
        np.testing.assert_array_equal(fit.values["estimate"], stored["estimate"])
        np.testing.assert_array_equal(fit.values["seconds"], stored["seconds"])
        scored = entries[n, "metric", "Spread"]
        np.testing.assert_array_equal(scored.values["spread"], stored["spread"])
        assert scored.variables["spread"].title == "spread"
    assert clean(folder) == 8
    assert kept(folder) == []
    assert missing_parts(open_store(folder, planned(tmp_path))) == {"mine": ALL_OF_MINE}


def test_a_pair_is_known_by_its_code(tmp_path: Path) -> None:
    pairs = [
        ('("slope",)', f'{{"level": (lambda truth: 1.0, lambda fit: {value})}}')
        for value in ("1.5", "1.5 ", "2.5")
    ]
    one, same, other = (list(planned(tmp_path, pair).methods) for pair in pairs)
    assert one == same
    assert not set(one) & set(other)


# Run again.

FAILING = (
    (
        "    def fit(self, panel, rng):\n        return Fit(theta=np.array([self",
        "    def fit(self, panel, rng):\n        fails(panel.y[0, 0] > 1)\n"
        "        return Fit(theta=np.array([self",
    ),
    (
        "    def record(self, outcome):\n",
        "    def record(self, outcome):\n        fails(outcome.sample.panel.y[0, 1] > 1)\n",
    ),
    (
        "    def covariance(self, panel, fit, rng):\n",
        "    def covariance(self, panel, fit, rng):\n        fails(panel.y[0, 2] > 1)\n",
    ),
    (
        "def ratio(x, y):",
        "def fails(whether):\n    if whether:\n        raise ValueError('no')\n\n\n"
        "def ratio(x, y):",
    ),
    ("replications=4", "replications=12"),
)


def test_what_failed_is_run_again_and_nothing_else(tmp_path: Path) -> None:
    plan, folder = planned(tmp_path, *FAILING), tmp_path / "results"
    before = complete(plan, folder)
    store = open_store(folder, plan)
    assert missing_parts(store) == {}
    found: set[tuple[str, int, frozenset[str], int]] = set()
    for key, works in store.remaining(Again(failed=True)).items():
        cell = next(c for c in plan.cells if key in {one.key for one in c.methods.values()})
        for work, numbers in works:
            run = frozenset(" ".join(filter(None, part)) for part in work.parts)
            found |= {(plan.names[key], cell.number, run, n) for n in numbers}
    expected = set()
    for c, n in np.ndindex(2, 12):
        own = before.sel(cell=c, replication=n)
        scored = own["metric_status"].sel(metric="Spread")
        for name in ("mine", "plain"):
            one = own.sel(estimator=name)
            parts: set[str] = set()
            if scored.sel(estimator=name) == MetricStatus.METRIC_FAILED:
                parts |= SPREAD
            # Standard errors may be had with the covariance.
            if (one["inference_status"] == InferenceStatus.INFERENCE_FAILED).any():
                parts |= ROBUST
            if one["status"] == Status.ESTIMATOR_FAILED:
                parts = ALL_OF_MINE
            if parts:
                expected.add((name, c, frozenset(parts), n))
    assert {parts for _, _, parts, _ in expected} >= {
        frozenset(one) for one in (ALL_OF_MINE, SPREAD, ROBUST)
    }
    assert found == expected
    # They fail again, and are what they were; the times of the others are not touched.
    after = complete(plan, folder, Again(failed=True))
    assert_same_bytes(after, before)
    succeeded = (before["status"] == Status.SUCCESS).to_numpy()
    assert (
        after["seconds"].to_numpy()[succeeded].tolist()
        == before["seconds"].to_numpy()[succeeded].tolist()
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", {"plain": {"fit", *SPREAD}}),
        ("mine", {"mine": ALL_OF_MINE}),
        ("robust", {"mine": ROBUST}),
        ("Spread", {"mine": SPREAD, "plain": SPREAD}),
        ("StandardErrors", {"mine": {"metric StandardErrors robust"}}),
    ],
)
def test_what_is_named_is_run_again(
    finished: xr.Dataset, tmp_path: Path, name: str, expected: dict[str, set[str]]
) -> None:
    plan, again = planned(tmp_path), Again(names=(name,))
    assert missing_parts(open_store(tmp_path / "results", plan), again) == expected
    after = complete(plan, tmp_path / "results", again)
    assert_same_bytes(after, finished)
    others = [one for one in ("mine", "plain") if one not in expected or "fit" not in expected[one]]
    for other in others:
        old, new = (each["seconds"].sel(estimator=other) for each in (finished, after))
        np.testing.assert_array_equal(old, new)


def test_an_unknown_name_is_not_run_again(finished: xr.Dataset, tmp_path: Path) -> None:  # noqa: ARG001
    store = open_store(tmp_path / "results", planned(tmp_path))
    with pytest.raises(InputError, match="must be an estimator, an inference method or a metric"):
        store.remaining(Again(names=("robst",)))


def test_a_study_is_run_again_by_name(finished: xr.Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    after = run_study(planned(tmp_path), folder, backend=Threads(1), again=Again(names=("plain",)))
    assert_same_bytes(after, finished)
    (record,) = json.loads((folder / "provenance.json").read_text())["runs"]
    assert record["replications"] == 8
    np.testing.assert_array_equal(
        after["seconds"].sel(estimator="mine"), finished["seconds"].sel(estimator="mine")
    )


def test_a_run_ends_at_too_many_failures(tmp_path: Path) -> None:
    plan = planned(
        tmp_path, ("panel.y).mean()", "panel.z).mean()"), ("replications=4", "replications=40")
    )
    folder = tmp_path / "results"
    with pytest.raises(TooManyFailuresError, match="has no attribute 'z'") as raised:
        run_study(plan, folder, backend=Threads(1), block_seconds=1e-9, most_failures=3)
    assert "study0.py:" in str(raised.value)
    store = open_store(folder, plan)
    assert 0 < sum(map(len, counts(store))) < 160
    # Without a bound it goes on, and failure is data.
    dataset = run_study(plan, folder, backend=Threads(1))
    assert (dataset["status"].sel(estimator="plain") == Status.ESTIMATOR_FAILED).all()
    assert (dataset["status"].sel(estimator="mine") == Status.SUCCESS).all()
    assert (dataset["metric_status"].sel(estimator="plain") == MetricStatus.NO_FIT)[..., 0].all()
