"""How much memory a study takes, before it takes it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from gfe_mc.clusters.local import Threads
from gfe_mc.study.run import run_study
from gfe_mc.study.size import bytes_each, require_room
from tests import small
from tests.helpers import refused


def test_it_is_what_the_dataset_takes(tmp_path: Path) -> None:
    plan = small.experiment(replications=3).plan()
    dataset = run_study(plan, tmp_path, backend=Threads(1))
    taken = sum(variable.nbytes for variable in dataset.data_vars.values())
    assert bytes_each(plan) * 3 == taken


def test_more_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = SimpleNamespace(total=10_000_000)
    monkeypatch.setattr("gfe_mc.study.size.psutil.virtual_memory", lambda: memory)
    plan = small.experiment(replications=100).plan()
    assert require_room(plan) is plan
    most = 10_000_000 // (2 * bytes_each(plan))
    with refused(f"Give at most {most} replications"):
        require_room(small.experiment(replications=most + 1).plan())
    require_room(small.experiment(replications=most).plan())
