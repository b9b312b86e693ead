"""A replication that is run again."""

import numpy as np
import pytest

from gfe_mc.metrics.variable import Variable
from gfe_mc.study import replay
from gfe_mc.study.gap import gap
from tests import helpers


def test_linear_algebra_has_one_thread_as_on_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(replay, "one_blas_thread", lambda: called.append("limited"))
    plan = helpers.study().plan(replications=2)
    replay.replay(plan, 0, 0, "ols")
    replay.tracebacks(plan, 0, 0, "ols")
    assert called == ["limited", "limited"]


def test_how_far_two_numbers_are_apart_is_a_share_of_what_is_stored() -> None:
    variable = Variable("numbers", ("parameter",))
    stored = np.array([1.0, 0.0, np.nan])
    assert gap(variable, stored, stored) == 0.0
    assert gap(variable, stored, [1.0 + 2.0**-52, 0.0, np.nan]) == 2.0**-52
    assert gap(variable, stored, [1.0, 1.0, np.nan]) == np.inf
    assert gap(variable, stored, [1.0, 0.0, 0.0]) == np.inf
