"""What a study would cost, by pilots: only what is missing, and the same ones each time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gfe_mc import Experiment, Fit, Panel, Status, Target
from gfe_mc.report.render import render
from gfe_mc.report.tables.cost import cost_table, needs_table
from gfe_mc.study import cost as of_cost
from gfe_mc.study.cost import Cost, cost_of
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, run_block
from gfe_mc.study.store import open_store
from tests.helpers import PooledOLS, refused, study
from tests.inferring import Fixed
from tests.study.stores import complete


@dataclass(frozen=True)
class Sleeps:
    """Takes so many seconds."""

    seconds: float

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Sleep, and estimate."""
        time.sleep(self.seconds)
        return PooledOLS().fit(panel, rng)


def experiment(**changes: Any) -> Experiment:
    declared: dict[str, Any] = {
        "factors": {"gap": (1.0, 5.0), "n_units": (8,)},
        "estimators": {"short": Sleeps(0.01), "long": Sleeps(0.05)},
        "replications": 40,
    }
    return study(**(declared | changes))


def test_it_is_the_time_of_what_is_missing(tmp_path: Path) -> None:
    """Against the times that were put in."""
    cost = cost_of(experiment().plan(), tmp_path / "none", pilots=3)
    for one, seconds in zip(cost.methods, (0.01, 0.05) * 2, strict=True):
        assert (one.planned, one.missing, one.faults) == (40, 40, ())
        assert one.seconds is not None
        assert seconds <= one.seconds < seconds + 0.05
        assert one.total >= 40 * seconds
    assert cost.seconds == sum(one.total for one in cost.methods)
    assert not cost.failed
    assert not (tmp_path / "none").exists()
    table = render(cost_table(cost, 4), "text")
    assert "about" in table
    assert "on 4 like it at once" in table


def test_what_is_finished_costs_nothing(tmp_path: Path) -> None:
    plan = experiment(estimators={"a": PooledOLS(), "b": PooledOLS(1.0)}).plan()
    complete(experiment(estimators={"a": PooledOLS()}).plan(replications=30), tmp_path)
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    cost = cost_of(plan, tmp_path)
    assert [one.missing for one in cost.methods] == [10, 40] * 2
    complete(plan, tmp_path / "whole")
    done = cost_of(plan, tmp_path / "whole", begin=no_cluster)
    assert [(one.missing, one.seconds, one.total) for one in done.methods] == [(0, None, 0.0)] * 4
    assert before == sorted(
        (path, path.stat().st_mtime_ns)
        for path in tmp_path.rglob("*")
        if "whole" not in path.relative_to(tmp_path).parts
    )
    # A metric or an inference method that is new is all that is timed.
    more = experiment(estimators={"a": PooledOLS()}, inference={"a": {"fixed": Fixed(((1.0,),))}})
    cost = cost_of(more.plan(replications=35), tmp_path)
    assert [one.missing for one in cost.methods] == [35, 35]


def no_cluster(_: str) -> None:
    raise AssertionError("a cluster was started")


def test_pilots_are_drawn_by_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []
    whole = vars(of_cost)["try_out"]

    def watch(remaining: Any, **options: Any) -> Any:
        tried.append({key: [numbers for _, numbers in one] for key, one in remaining.items()})
        return whole(remaining, **options)

    monkeypatch.setattr(of_cost, "try_out", watch)
    plan = experiment(estimators={"a": PooledOLS(), "b": PooledOLS(1.0)}).plan()
    for _ in range(2):
        cost_of(plan, tmp_path, pilots=4)
    assert tried[0] == tried[1]
    assert list(tried[0]) == list(tried[1])
    numbers = [one for (one,) in tried[0].values()]
    assert all(len(set(one)) == 5 for one in numbers)
    assert max(max(one) for one in numbers) > 5
    # Estimators of a cell have the same samples.
    by_cell = [{tuple(tried[0][k.key][0]) for k in c.methods.values()} for c in plan.cells]
    assert [len(one) for one in by_cell] == [1, 1]
    assert by_cell[0] != by_cell[1]


def targeted(text: str, minimum: int = 10, maximum: int = 5000) -> Plan:
    inference = {"a": {"fixed": Fixed(((0.25,),))}}
    declared = experiment(estimators={"a": PooledOLS()}, inference=inference)
    return declared.plan(target=Target.of(text, minimum, maximum))


def test_how_many_replications_a_target_needs(tmp_path: Path) -> None:
    """The variance of pilots gives what a long run would need, as far as few can tell."""
    plan = targeted("bias<=0.02")
    long = complete(experiment(estimators={"a": PooledOLS()}).plan(replications=1000), tmp_path)
    spread = long["estimate"].std("replication", ddof=1).to_numpy()[:, 0, 0]
    cost = cost_of(plan, tmp_path / "none", pilots=29)
    assert plan.target is not None
    for need, variance, one in zip(cost.needs, spread**2, cost.methods, strict=True):
        assert need.needed is not None
        assert 0.5 < need.needed / (variance / 0.02**2) < 2
        assert need.replications == 30
        assert one.planned == plan.target.size_for(need.needed) == one.missing
    # Those that are finished count as pilots do.
    better = cost_of(targeted("bias<=0.02"), tmp_path, pilots=1)
    for need, variance in zip(better.needs, spread**2, strict=True):
        assert need.needed is not None
        assert need.needed / (variance / 0.02**2) == pytest.approx(1, rel=0.01)
        assert need.replications >= 1000


def test_shares_need_what_their_interval_says_and_the_rest_is_unknown(tmp_path: Path) -> None:
    plan = targeted("coverage<=0.01, true<=0.1, sd<=0.001", maximum=3000)
    cost = cost_of(plan, tmp_path, pilots=9)
    by_goal = {one.goal: one for one in cost.needs if one.cell == 0}
    assert by_goal["true"].needed is None
    coverage = by_goal["coverage"]
    # All of ten are covered: the middle of Wilson's interval is 0.86.
    assert coverage.needed == pytest.approx(0.86 * 0.14 / 0.01**2, rel=0.05)
    # The largest number where the need is not known.
    assert [one.planned for one in cost.methods] == [3000, 3000]
    table = render(needs_table(cost), "text")
    assert "unknown" in table
    assert str(coverage.needed) in table


@dataclass(frozen=True)
class Raises:
    """Raises."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Raise."""
        raise ArithmeticError("never works")


def test_what_is_raised_is_said(tmp_path: Path) -> None:
    cost = cost_of(experiment(estimators={"a": PooledOLS(), "b": Raises()}).plan(), tmp_path)
    assert cost.failed
    assert "never works" in render(cost_table(cost, 1), "text")
    assert [bool(one.faults) for one in cost.methods] == [False, True] * 2


def test_refusals(tmp_path: Path) -> None:
    plan = experiment().plan()
    with refused("`pilots` must be a whole number"):
        cost_of(plan, tmp_path, pilots=0)
    complete(study(name="other", factors={"gap": (3.0,), "n_units": (6,)}).plan(), tmp_path)
    with refused("same study"):
        cost_of(plan, tmp_path)


def test_a_worker_that_died_left_nothing(tmp_path: Path) -> None:
    """What it died of is missing."""
    from gfe_mc.study.replicate import lost_block

    plan = experiment(estimators={"a": PooledOLS()}).plan(replications=4)
    store = open_store(tmp_path, plan)
    for keyed in plan.methods.values():
        store.write(run_block(keyed, [0, 1, 2]))
        store.write(lost_block(Work.whole(keyed), 3))
    assert (store.consolidate()["status"][:, :, 3] == Status.WORKER_LOST).all()
    cost: Cost = cost_of(plan, tmp_path)
    assert [one.missing for one in cost.methods] == [1, 1]
