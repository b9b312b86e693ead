"""The first sample of each cell, drawn where it can do no harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gfe_mc.dgp.sample import Sample
from gfe_mc.study import first
from tests import small
from tests.helpers import TwoLevels, refused, study

WHERE = "Cell 1 of small (what=bad) must be one that can be drawn"


@dataclass(frozen=True)
class Ends:
    """A design that ends its process, or does not come back; unless it is not to."""

    how: str

    def draw(self, rng: np.random.Generator) -> Sample:
        if self.how == "exit":
            os._exit(int(rng.integers(1)))
        if self.how == "fault":
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.how == "quits":
            raise SystemExit(4)
        if self.how == "hangs":
            time.sleep(1e6)
        return TwoLevels().draw(rng)


def ending(how: str) -> Any:
    """A study whose second cell does so."""
    return study(
        factors={"what": ("good", "bad")},
        dgp=lambda panel, what: TwoLevels() if what == "good" else Ends(how),  # noqa: ARG005
    )


@pytest.mark.parametrize(
    ("how", "came"),
    [
        ("exit", "a process that ended while it drew from it, by exit code 0"),
        ("fault", "a process that ended while it drew from it, by SIGSEGV"),
        ("quits", "SystemExit: 4"),
    ],
)
def test_a_design_that_ends_its_process_is_refused(how: str, came: str) -> None:
    with refused(f"{WHERE}; got {came}. Correct its design."):
        ending(how).plan()


def test_shapes_are_those_of_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a fork, by a new interpreter, and in this process."""
    cells = [
        (str(n), next(iter(cell.methods.values()))) for n, cell in enumerate(study().plan().cells)
    ]
    expected = [first._answer(keyed) for _, keyed in cells]
    assert expected == [(6, 4, 1), (8, 4, 1)] * 2
    assert first.first_samples(cells) == expected
    monkeypatch.setattr(first, "_FORK", False)
    assert first.first_samples(cells) == expected


def test_a_fork_that_fails_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> int:
        raise OSError("no more processes")

    monkeypatch.setattr(os, "fork", failing)
    assert study(factors={"gap": (1.0,), "n_units": (6,)}).plan().cells[0].factors["N"] == 6


def test_designs_of_the_package_are_drawn_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first, "_in_child", None)
    assert len(small.experiment().plan().cells) == 2


MADE = """
from dataclasses import dataclass
from tests.helpers import TwoLevels

@dataclass(frozen=True)
class Made(TwoLevels):
    pass
"""

HANGS = """
import numpy as np
from dataclasses import dataclass
from tests.study.test_first import Ends
from tests.helpers import PooledOLS
from gfe_mc import Experiment
from gfe_mc.study import first

first.PATIENCE = 1.0
experiment = Experiment(
    name="hangs", title="t", source="s", factors={"what": (1,)},
    dgp=lambda panel, what: Ends("hangs"), estimators={"ols": PooledOLS()}, parameters=("a",),
)
"""


@pytest.mark.slow
def test_a_design_that_hangs_says_so_and_can_be_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "hangs.py"
    path.write_text(HANGS)
    command = [sys.executable, "-m", "gfe_mc", "run", str(path)]
    root = str(Path(__file__).parents[2])
    # A child of a test may have inherited that interrupts are ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": root},
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.stderr is not None
    said = process.stderr.readline()
    assert said == (
        "Cell 0 of hangs (what=1): its first sample is still being drawn. Ctrl-C ends this.\n"
    )
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_what_another_process_cannot_read_is_drawn_in_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A module that was made here and is in no file can run on threads."""
    module = ModuleType("made_here")
    exec(MADE, vars(module))
    monkeypatch.setitem(sys.modules, "made_here", module)
    monkeypatch.setattr(first, "_FORK", False)
    made = study(
        factors={"what": (1,)},
        dgp=lambda panel, what: vars(module)["Made"](),  # noqa: ARG005
    )
    assert made.plan().cells[0].factors["N"] == 8
