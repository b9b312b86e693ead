"""A user's own metrics: what they record, how they fail, and what it costs to change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr

from gfe_mc import AdjustedRand, Misclassification, Outcome, StandardErrors, Status, Variable
from gfe_mc.metrics.outcome import Metric, MetricStatus
from gfe_mc.metrics.texts import with_texts
from gfe_mc.study.block import CORE
from gfe_mc.study.folder import DATASET, kept
from gfe_mc.study.method import Part
from gfe_mc.study.packing import pack
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, run_packed
from gfe_mc.study.store import open_store
from tests.helpers import refused, study
from tests.inferring import Draws, Fixed, RaisesSometimes
from tests.study.stores import assert_same_bytes, complete, missing_parts

ONE_CELL = {"gap": (1.0,), "n_units": (6,)}
METHODS = {"ols": {"narrow": Fixed(((0.01,),)), "wide": Fixed(((0.04,),))}}


def plan(*record: Metric, **changes: Any) -> Plan:
    """A study of one cell and two estimators, which records these."""
    declared: dict[str, Any] = {"factors": ONE_CELL, "replications": 5, "record": record}
    return study(**(declared | changes)).plan()


@dataclass(frozen=True)
class Everything:
    """A number of each type, text, an array, and something of the sample."""

    scale: float = 1.0

    variables: ClassVar[Mapping[str, Variable]] = {
        "range": Variable("range of outcomes", units="points"),
        "above": Variable("whether the slope is above one", dtype="bool"),
        "positive": Variable("positive outcomes", dtype="i4"),
        "side": Variable("on which side the slope is", dtype="O"),
        "by_period": Variable("mean outcome", ("when",)),
        "level": Variable("mean outcome of all", of_sample=True),
    }

    def record(self, outcome: Outcome) -> dict[str, Any]:
        """Record it."""
        y, slope = outcome.sample.panel.y, float(outcome.fit.theta[0])
        return {
            "range": self.scale * np.ptp(y),
            "above": slope > 1.0,
            "positive": int((y > 0).sum()),
            "side": "über" if slope > 1.0 else "unter",
            "by_period": y.mean(axis=0),
            "level": y.mean(),
        }


def test_what_a_metric_records_reaches_the_file(tmp_path: Path) -> None:
    planned = plan(Everything())
    complete(planned, tmp_path)
    with xr.open_dataset(tmp_path / DATASET) as opened:
        stored = with_texts(opened.load())
    outer = ("cell", "estimator", "replication")
    assert stored["by_period"].dims == (*outer, "when")
    assert stored["level"].dims == ("cell", "replication")
    for name in ("range", "above", "positive", "side"):
        assert stored[name].dims == outer
    assert stored["range"].attrs["long_name"] == "range of outcomes"
    assert stored["range"].attrs["units"] == "points"
    assert stored["range"].attrs["metric"] == "Everything"
    keyed = planned.cells[0].methods["shifted"]
    for r in range(5):
        sample = keyed.sample(r)
        y, slope = sample.panel.y, float(keyed.fit(sample, r).theta[0])
        one = stored.sel(cell=0, estimator="shifted", replication=r)
        assert one["range"] == np.ptp(y)
        assert one["above"] == (slope > 1.0)
        assert one["positive"] == (y > 0).sum()
        assert one["side"].item() == ("über" if slope > 1.0 else "unter")
        np.testing.assert_array_equal(one["by_period"], y.mean(axis=0))
        assert one["level"] == y.mean()
    assert (stored["metric_status"] == MetricStatus.SUCCESS).all()


def test_a_metric_that_joins_a_finished_study_computes_itself_alone(tmp_path: Path) -> None:
    before = complete(plan(Misclassification()), tmp_path)
    joined = plan(Misclassification(), Everything())
    missing = missing_parts(open_store(tmp_path, joined))
    assert missing == {key: {"metric Everything"} for key in ("ols", "shifted")}
    after = complete(joined, tmp_path)
    assert after["range"].notnull().all()
    assert list(after["metric"]) == ["Misclassification", "Everything"]
    own = after.drop_vars(Everything.variables).sel(metric=["Misclassification"])
    # Times of the fits are those of the first run.
    assert_same_bytes(own.drop_vars("metric"), before.drop_vars("metric"), times=True)
    assert kept(tmp_path) == []


def test_a_metric_with_other_options_is_recomputed_alone(tmp_path: Path) -> None:
    before = complete(plan(Misclassification(), Everything()), tmp_path)
    changed = plan(Misclassification(), Everything(2.0))
    missing = missing_parts(open_store(tmp_path, changed))
    assert missing == {key: {"metric Everything"} for key in ("ols", "shifted")}
    after = complete(changed, tmp_path)
    np.testing.assert_array_equal(after["range"], 2.0 * before["range"])
    assert_same_bytes(after.drop_vars("range"), before.drop_vars("range"), times=True)
    assert len(kept(tmp_path)) == 2


def test_a_metric_that_is_removed_is_kept_and_taken_up_again(tmp_path: Path) -> None:
    both = plan(Misclassification(), Everything())
    before = complete(both, tmp_path)
    without = complete(plan(Misclassification()), tmp_path)
    assert not set(Everything.variables) & set(without.data_vars)
    assert "when" not in without.dims
    assert len(kept(tmp_path)) == 2
    assert missing_parts(open_store(tmp_path, both)) == {}
    assert_same_bytes(complete(both, tmp_path), before, times=True)
    assert kept(tmp_path) == []


# Failure.


@dataclass(frozen=True)
class Bad:
    """Records what it must not, in every replication or in those with a positive outcome."""

    case: str

    variables: ClassVar[Mapping[str, Variable]] = {
        "number": Variable("a number"),
        "whole": Variable("a whole number", dtype="i1"),
        "answer": Variable("yes or no", dtype="bool"),
        "words": Variable("text", dtype="O"),
        "row": Variable("an array", ("place",)),
    }

    def record(self, outcome: Outcome) -> dict[str, Any]:
        """Record it."""
        y = outcome.sample.panel.y
        if self.case == "sometimes":
            return {"number": 1.0 if y[0, 0] < 0 else [][0]}
        if self.case == "covariances":
            return {"number": len(outcome.covariances)}
        if self.case == "changes":
            outcome.sample.panel.y[:] = 0.0
        values: dict[str, dict[str, Any]] = {
            "undeclared": {"number": 1.0, "other": 2.0},
            "too many dimensions": {"number": y},
            "too few dimensions": {"row": 1.0},
            "complex": {"number": 1.0j},
            "text": {"number": "one"},
            "fraction": {"whole": 0.5},
            "too large": {"whole": 1000},
            "neither": {"answer": 2},
            "number for text": {"words": 1.0},
            "None": {"number": None},
        }
        return values[self.case]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("undeclared", "`other` is recorded, and not declared"),
        ("too many dimensions", "`number` must have the dimensions ()"),
        ("too few dimensions", "`row` must have the dimensions (place)"),
        ("complex", "`number` must hold numbers of type f8"),
        ("text", "`number` must hold numbers of type f8"),
        ("fraction", "`whole` must hold numbers of type i1"),
        ("too large", "`whole` must hold numbers of type i1"),
        ("neither", "`answer` must hold numbers of type bool"),
        ("number for text", "`words` must be text"),
        ("None", "`number` must hold numbers of type f8"),
        ("covariances", "A metric that reads covariances must say so"),
        ("changes", "read-only"),
        ("unknown", "KeyError"),
    ],
)
def test_what_a_metric_must_not_do_is_its_own_failure(tmp_path: Path, case: str, said: str) -> None:
    dataset = complete(plan(Bad(case), Misclassification(), inference=METHODS), tmp_path)
    own = dataset.sel(metric="Bad")
    assert (own["metric_status"] == MetricStatus.METRIC_FAILED).all()
    assert all(said in message for message in own["metric_message"].to_numpy().ravel())
    assert dataset["number"].isnull().all()
    assert (dataset["status"] == Status.SUCCESS).all()
    assert dataset["estimate"].notnull().all()
    others = dataset.sel(metric=["Misclassification"])
    assert (others["metric_status"] == MetricStatus.SUCCESS).all()
    assert dataset["standard_error"].sel(estimator="ols").notnull().all()


def test_a_metric_that_fails_sometimes_keeps_what_it_has(tmp_path: Path) -> None:
    dataset = complete(plan(Bad("sometimes"), Everything(), replications=12), tmp_path)
    failed = (dataset["metric_status"].sel(metric="Bad") == MetricStatus.METRIC_FAILED).to_numpy()
    assert 0 < failed.sum() < failed.size
    np.testing.assert_array_equal(np.isnan(dataset["number"]), failed)
    said = dataset["metric_message"].sel(metric="Bad").to_numpy()
    assert {message.split(":")[0] for message in said[failed]} == {"IndexError"}
    assert "test_record.py:" in said[failed][0]
    assert set(said[~failed]) == {""}
    assert dataset["range"].notnull().all()


# Covariances.


@dataclass(frozen=True)
class Compared:
    """How many covariances there are, and the ratio of two of them."""

    needs_covariances: ClassVar[bool] = True
    variables: ClassVar[Mapping[str, Variable]] = {
        "n_covariances": Variable("covariances", dtype="i4"),
        "ratio": Variable("ratio of standard errors"),
    }

    def record(self, outcome: Outcome) -> dict[str, Any]:
        """Record it."""
        errors = [float(one.standard_errors[0]) for one in outcome.covariances.values()]
        ratio = {"ratio": errors[1] / errors[0]} if len(errors) > 1 else {}
        return {"n_covariances": len(errors), **ratio}


@dataclass(frozen=True)
class Width:
    """The width of an interval, by each inference method."""

    variables: ClassVar[Mapping[str, Variable]] = {
        "width": Variable("width of the interval", ("inference",))
    }

    def record(self, outcome: Outcome) -> dict[str, Any]:
        """Record it."""
        errors = [one.standard_errors[0] for one in outcome.covariances.values()]
        return {"width": 4.0 * np.array(errors)}


def test_a_metric_may_read_all_covariances(tmp_path: Path) -> None:
    dataset = complete(plan(Compared(), inference=METHODS), tmp_path)
    assert (dataset["n_covariances"].sel(estimator="ols") == 2).all()
    assert (dataset["n_covariances"].sel(estimator="shifted") == 0).all()
    np.testing.assert_allclose(dataset["ratio"].sel(estimator="ols"), 2.0)
    # It is known by all inference methods of its estimator.
    fewer = {"ols": {"narrow": Fixed(((0.01,),))}}
    missing = missing_parts(open_store(tmp_path, plan(Compared(), inference=fewer)))
    assert missing == {"ols": {"metric Compared"}}


def test_a_metric_may_have_an_entry_for_each_inference_method(tmp_path: Path) -> None:
    dataset = complete(plan(Width(), inference=METHODS), tmp_path)
    assert dataset["width"].dims == ("cell", "estimator", "replication", "inference")
    np.testing.assert_allclose(dataset["width"].sel(estimator="ols", inference="narrow"), 0.4)
    np.testing.assert_allclose(dataset["width"].sel(estimator="ols", inference="wide"), 0.8)
    assert dataset["width"].sel(estimator="shifted").isnull().all()
    more = {"ols": {**METHODS["ols"], "draws": Draws()}}
    grown = plan(Width(), inference=more)
    assert missing_parts(open_store(tmp_path, grown)) == {
        "ols": {"inference draws", "metric StandardErrors draws", "metric Width draws"}
    }
    after = complete(grown, tmp_path)
    old = after.sel(inference=["narrow", "wide"])
    assert_same_bytes(old, dataset, times=True)


def test_an_entry_of_a_method_that_raised_is_blank(tmp_path: Path) -> None:
    methods = {"ols": {"raises": RaisesSometimes(), "wide": Fixed(((0.04,),))}}
    dataset = complete(plan(Width(), inference=methods, replications=12), tmp_path)
    own = dataset.sel(estimator="ols")
    raised = (own["inference_message"].sel(inference="raises") != "").to_numpy()
    assert 0 < raised.sum() < raised.size
    np.testing.assert_array_equal(own["width"].sel(inference="raises").isnull(), raised)
    assert own["width"].sel(inference="wide").notnull().all()


# Declarations.


@dataclass(frozen=True)
class Named:
    """A metric that declares what it is told to."""

    declared: tuple[tuple[str, Variable], ...]

    @property
    def variables(self) -> Mapping[str, Variable]:
        """What it is told to declare."""
        return dict(self.declared)

    def record(self, outcome: Outcome) -> dict[str, Any]:  # noqa: ARG002
        """Record nothing."""
        return {}


def named(name: Any, *dims: str) -> Named:
    """A metric with one variable."""
    return Named(((name, Variable(dims=dims)),))


class NoDataclass:
    """A metric without parameters to be known by."""

    variables: ClassVar[Mapping[str, Variable]] = {"own": Variable()}

    def record(self, outcome: Outcome) -> dict[str, Any]:  # noqa: ARG002
        """Record nothing."""
        return {}


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ("Misclassification", "`record` must be a tuple of metrics"),
        ((Misclassification,), "A metric must have `variables` and a method `record`"),
        (("misclassification",), "A metric must have `variables` and a method `record`"),
        ((Named(()),), "Named must record something"),
        ((named("estimate"),), "must have names that are not taken"),
        ((named("metric_status"),), "must have names that are not taken"),
        ((named("two words"),), "must have names that are not taken"),
        ((named("own_texts"),), "must have names that are not taken"),
        ((Named((("own", 1),)),), "`own` of Named must be declared by a Variable"),  # type: ignore[arg-type]
        ((named("own", "cell"),), "must have dimensions of its own"),
        ((named("own", "own"),), "must have dimensions of its own"),
        ((named("own", "when", "when"),), "must have dimensions of its own"),
        ((named("own", "when", "inference"),), "must have dimensions of its own"),
        (
            (Named((("own", Variable()), ("each", Variable(dims=("inference",))))),),
            "Either all variables of Named are of inference methods, or none",
        ),
        ((named("misclassification"), Misclassification()), "must be recorded by one metric"),
        ((named("own"), named("other")), "Metrics must have types of different names"),
        ((NoDataclass(),), "NoDataclass must be known by its options"),
        ((StandardErrors(), StandardErrors()), "must be recorded by one metric"),
    ],
)
def test_metrics_that_cannot_be_recorded_are_refused(record: Any, wrong: str) -> None:
    with refused(wrong):
        study(record=record)


@pytest.mark.parametrize(
    ("record", "both"),
    [
        ((named("own", "gap"),), "gap"),
        ((named("n_units"),), "n_units"),
        ((named("own", "N"),), "N"),
        ((named("T"),), "T"),
        ((named("own", "misclassification"), Misclassification()), "misclassification"),
        ((named("own", "estimate"),), "estimate"),
    ],
)
def test_names_of_factors_and_of_other_variables_are_refused(record: Any, both: str) -> None:
    with refused(f"must have names of its own, and so must its dimensions; got {both},"):
        plan(*record, factors={"gap": (1.0,), "n_units": (6,)})


ASKED = [0]
"""How often a metric said what it records."""


@dataclass(frozen=True)
class ChangesItsMind:
    """A metric that says what it records as often as it is asked to when a study is planned."""

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Answer, and raise once that was enough."""
        if ASKED[0] <= 0:
            raise SystemExit("asked too often")
        ASKED[0] -= 1
        return {"own": Variable(), "words": Variable(dtype="O")}

    def record(self, outcome: Outcome) -> dict[str, Any]:
        """Record it."""
        return {"own": outcome.fit.theta[0], "words": "said"}


def test_what_a_metric_records_is_asked_for_when_the_study_is_planned() -> None:
    ASKED[0] = 1000
    asked = plan(ChangesItsMind())
    ASKED[0] = 0
    keyed = asked.cells[0].methods["ols"]
    block = run_packed(pack([Work.whole(keyed)]), [0, 1])[0]
    values = block.values[Part("metric", "ChangesItsMind")]
    assert values["words"].tolist() == ["said", "said"]
    assert values["metric_status"].tolist() == [MetricStatus.SUCCESS] * 2


@dataclass(frozen=True)
class Silent(ChangesItsMind):
    """A metric that does not say what it records."""

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Raise."""
        raise RuntimeError("not today")


def test_a_metric_that_does_not_say_what_it_records_is_refused() -> None:
    with refused("Silent must say what it records; got RuntimeError: not today"):
        study(record=(Silent(),))


@pytest.mark.parametrize(
    "options", [{"dtype": "f4"}, {"dtype": "complex"}, {"dims": "group"}, {"dims": (1,)}]
)
def test_variables_that_cannot_be_stored_are_refused(options: dict[str, Any]) -> None:
    with refused("must be"):
        Variable(**options)


def test_a_metric_of_the_package_joins_as_one_of_a_user_does(tmp_path: Path) -> None:
    complete(plan(), tmp_path)
    joined = plan(AdjustedRand())
    missing = missing_parts(open_store(tmp_path, joined))
    assert missing == {name: {"metric AdjustedRand"} for name in ("ols", "shifted")}
    dataset = complete(joined, tmp_path)
    assert set(dataset.data_vars) >= {*CORE, *AdjustedRand.variables}
