"""What code that is not the package's own is shown, and that it changes nothing for others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    GFE,
    AdjustedRand,
    Covariance,
    Fit,
    LargeT,
    Misclassification,
    MultiStart,
    ObservedPanel,
    Panel,
    Sample,
    Stacked,
    Truth,
)
from gfe_mc.parameters import LongRun, Parameters
from gfe_mc.study.apart import copied, trusted
from gfe_mc.study.block import Block
from gfe_mc.study.method import DESIGN, FIT, PARAMETERS, Keyed, Method, Part
from gfe_mc.study.replicate import Work, run_blocks
from tests import small
from tests.helpers import PooledOLS, TwoLevels
from tests.inferring import OfFit
from tests.reliability.hostile import OpensFit, OpensOutcome, OpensPanel


@dataclass(frozen=True)
class OwnGFE(GFE):
    """A user's estimator that is one of the package but for its name."""


def test_what_is_trusted() -> None:
    panel = Panel.from_arrays(np.ones((2, 2)))
    parameters = Parameters.of(("a",), {"b": LongRun(0, 0)})
    pair = Parameters.of({"a": (lambda truth: 1.0, lambda fit: 1.0)}, {})  # noqa: ARG005
    known: list[Any] = [GFE(2), MultiStart(5), small.dgp(None, 2), AdjustedRand(), np.ones(2)]
    known += [ObservedPanel(panel), {"a": (1, "b", None)}, GFE, partial(GFE, 2), parameters]
    for value in known:
        assert trusted(value), value
    foreign: list[Any] = [PooledOLS(), TwoLevels(), OwnGFE(2), PooledOLS, object(), spoils, pair]
    foreign += [[PooledOLS()], {"a": PooledOLS()}, np.array([PooledOLS()])]
    # In options of the package's own.
    search: Any = PooledOLS()
    foreign += [partial(GFE, search=search), Stacked(TwoLevels(), 2)]
    for value in foreign:
        assert not trusted(value), value


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.arange(48.0).reshape(6, 8)[::2, ::2],
        np.arange(12.0)[::-1],
        np.broadcast_to(np.arange(3.0), (4, 3)),
        np.zeros((0, 3)),
        np.array([True, False]),
        np.array(["a", "bc"]),
    ],
)
def test_copies_have_the_same_layout(array: np.ndarray) -> None:
    array.flags.writeable = False
    made = copied(array)
    np.testing.assert_array_equal(made, array)
    assert (made.strides, made.dtype) == (array.strides, array.dtype)
    assert not made.flags.writeable
    assert not np.shares_memory(made, array)


def test_copies_of_objects_share_no_arrays() -> None:
    sample = TwoLevels().draw(np.random.default_rng(1))
    made = copied(sample)
    for one, other in ((made.panel, sample.panel), (made.truth, sample.truth)):
        for name, held in vars(other).items():
            own = getattr(one, name)
            if isinstance(held, np.ndarray):
                assert not np.shares_memory(own, held), name
                np.testing.assert_array_equal(own, held)
            else:
                assert own == held
    covariance = Covariance(np.eye(2), notes=("said",))
    shown = copied({"one": covariance})["one"]
    assert not np.shares_memory(shown.theta, covariance.theta)
    assert shown.notes == ("said",)


def keyed(estimator: Any, dgp: Any = None, **changes: Any) -> Keyed:
    """A method whose parts are the package's own, with changes."""
    parameters = Parameters.of(("theta1",), {})
    record = {"Misclassification": Misclassification(), "AdjustedRand": AdjustedRand()}
    declared: dict[str, Any] = {"parameters": parameters, "record": record}
    design = small.dgp(None, 2) if dgp is None else dgp
    return Keyed.of(Method(seed=3, dgp=design, estimator=estimator, **(declared | changes)))


def test_which_parts_get_copies() -> None:
    assert keyed(GFE(2)).apart == frozenset()
    assert keyed(PooledOLS()).apart == {FIT}
    assert keyed(GFE(2), TwoLevels()).apart == {DESIGN}
    inference = {"own": LargeT(), "foreign": OfFit()}
    record = {"Misclassification": Misclassification(), "OpensOutcome": OpensOutcome()}
    both = keyed(GFE(2), inference=inference, record=record)
    assert both.apart == {Part("inference", "foreign"), Part("metric", "OpensOutcome")}
    pair = Parameters.of({"a": (lambda truth: 1.0, lambda fit: 1.0)}, {})  # noqa: ARG005
    metrics = {Part("metric", name) for name in ("Misclassification", "AdjustedRand")}
    assert keyed(GFE(2), parameters=pair).apart == {PARAMETERS, *metrics}


def blocks_of(methods: list[Keyed]) -> list[Block]:
    """Three replications of methods that share their samples."""
    return run_blocks([Work.whole(one) for one in methods], [0, 1, 2])


def require_same(one: Block, other: Block) -> None:
    """All but times and what only one records is the same, bit by bit."""
    for part in one.values.keys() & other.values.keys():
        for name, values in other.values[part].items():
            if not name.endswith("seconds"):
                np.testing.assert_array_equal(one.values[part][name], values, err_msg=name)


GFE2 = GFE(2, MultiStart(5))


@pytest.mark.parametrize("replaces", [False, True])
@pytest.mark.parametrize("observed", [False, True])
def test_a_panel_that_is_opened_is_no_other_methods(replaces: bool, observed: bool) -> None:
    """With an observed panel, every later replication has the same one."""
    panel = small.dgp(None, 2).draw(np.random.default_rng(0)).panel
    dgp = ObservedPanel(panel) if observed else small.dgp(None, 2)
    undisturbed = blocks_of([keyed(GFE2, dgp)])[0]
    after = blocks_of([keyed(OpensPanel(replaces), dgp), keyed(GFE2, dgp)])[1]
    require_same(after, undisturbed)


def test_a_fit_that_is_changed_is_no_other_methods() -> None:
    """Neither for the inference methods and metrics that follow, nor for the row."""
    inference = {"before": LargeT(), "opens": OpensFit(), "zafter": LargeT(), "zz": OfFit()}
    undisturbed = {name: one for name, one in inference.items() if name != "opens"}
    require_same(
        blocks_of([keyed(GFE2, inference=inference)])[0],
        blocks_of([keyed(GFE2, inference=undisturbed)])[0],
    )


def test_a_truth_that_is_opened_is_no_other_metrics() -> None:
    record = {"Misclassification": Misclassification(), "AdjustedRand": AdjustedRand()}
    opened = {"AAA": OpensOutcome(), **record}
    methods = [keyed(GFE2, record=opened), keyed(GFE2, record=record)]
    alone = keyed(GFE2, record=record)
    found = blocks_of(methods)
    undisturbed = blocks_of([alone])[0]
    for block in found:
        require_same(block, undisturbed)


def spoils(truth: Truth | Fit) -> float:
    """A parameter, computed by code that overwrites what it reads."""
    value = float(truth.theta[0])
    truth.theta.setflags(write=True)
    truth.theta[...] = 7.0
    return value


@dataclass(frozen=True)
class Same:
    """A design that draws one sample, which it keeps."""

    kept: Sample

    def draw(self, rng: np.random.Generator) -> Sample:  # noqa: ARG002
        return self.kept


def test_parameters_of_a_users_own_change_no_truth_and_no_fit() -> None:
    parameters = Parameters.of({"a": (spoils, spoils)}, {})
    sample = small.dgp(None, 2).draw(np.random.default_rng(0))
    one = keyed(GFE2, parameters=parameters)
    one = replace(one, method=replace(one.method, dgp=Same(sample)))
    fit = blocks_of([one])[0].values[FIT]
    assert fit["truth"].tolist() == [[0.5]] * 3
    assert (fit["estimate"] != 7.0).all()
