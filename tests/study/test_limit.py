"""A replication that takes too long is a failure of its own, wherever its code is."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from gfe_mc import Experiment, Fit, Panel, Status
from gfe_mc.clusters.connect import Processes, Threads
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.study.limit import GRACE, TimeLimitError, limited
from gfe_mc.study.replicate import Work, run_blocks
from gfe_mc.study.run import run_study
from tests import small
from tests.helpers import refused
from tests.study.stores import assert_same_bytes

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Hangs:
    """Pooled least squares that never comes back from some samples."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate, or wait in a loop of Python's."""
        while panel.y[0, 0] > 0.0:
            time.sleep(0.01)
        return small.PooledOLS().fit(panel, rng)


@dataclass(frozen=True)
class Locks:
    """Pooled least squares that holds the interpreter's lock for ever on one sample in many."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate, or never come back from compiled code."""
        if marked(panel):
            sum(range(10**14))
        return small.PooledOLS().fit(panel, rng)


@dataclass(frozen=True)
class HangingErrors:
    """An inference method that never comes back."""

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Wait."""
        while True:
            time.sleep(0.01)


def wait() -> None:
    """Wait for ever, in Python's code."""
    while True:
        time.sleep(0.001)


def marked(panel: Panel) -> bool:
    """Whether a sample is one of few."""
    return int(abs(panel.y[0, 0]) * 1e6) % 17 == 0


def declared(estimator: object, replications: int = 12, **options: object) -> Experiment:
    """The small study with one estimator."""
    study = small.experiment((3,), replications)
    object.__setattr__(study, "estimators", lambda G: {"slow": estimator})  # noqa: ARG005
    object.__setattr__(study, "report", None)
    for name, value in options.items():
        object.__setattr__(study, name, value)
    return study


def guilty(study: Experiment, when: object) -> list[bool]:
    """Which samples an estimator hangs on."""
    (keyed,) = study.plan().methods.values()
    return [bool(when(keyed.sample(n).panel)) for n in range(study.replications)]  # type: ignore[operator]


def test_code_is_interrupted_once_it_takes_too_long() -> None:
    with limited(0.05) as limit, pytest.raises(TimeLimitError, match="had passed"), limit:
        wait()


def test_code_that_swallows_the_exception_is_struck_again() -> None:
    with limited(0.03) as limit, limit:
        for _ in range(3):
            with pytest.raises(TimeLimitError):
                wait()


def test_what_is_quick_enough_is_left_alone() -> None:
    with limited(0.2) as limit:
        for _ in range(20):
            with limit:
                time.sleep(0.002)
        # Outside of it, time does not count.
        time.sleep(0.4)


def test_without_a_limit_nothing_is_watched() -> None:
    with limited(None) as limit, limit:
        pass


def test_late_replications_are_rows_of_their_own() -> None:
    study = declared(Hangs())
    (keyed,) = study.plan().methods.values()
    (block,) = run_blocks([Work.whole(keyed)], range(12), seconds=0.1)
    late = guilty(study, lambda panel: panel.y[0, 0] > 0.0)
    assert any(late)
    assert not all(late)
    fit = next(values for part, values in block.values.items() if part.kind == "fit")
    expected = [Status.TIME_LIMIT if one else Status.SUCCESS for one in late]
    assert fit["status"].tolist() == expected
    said = [str(text) for text in fit["message"][np.array(late)]]
    assert all(text.startswith("TimeLimitError: the time limit") for text in said)
    assert all("in fit" in text for text in said)
    assert block.n_failed == sum(late)


def test_inference_that_hangs_leaves_the_fit() -> None:
    inference = {"slow": {"never": HangingErrors()}}
    study = declared(small.PooledOLS(), 2, inference=inference)
    (keyed,) = study.plan().methods.values()
    (block,) = run_blocks([Work.whole(keyed)], [0, 1], seconds=0.1)
    by_kind = {part.kind: values for part, values in block.values.items()}
    assert by_kind["fit"]["status"].tolist() == [Status.SUCCESS] * 2
    failed = [InferenceStatus.INFERENCE_FAILED] * 2
    assert by_kind["inference"]["inference_status"].tolist() == failed
    assert "TimeLimitError" in by_kind["inference"]["inference_message"][0]


def test_a_study_on_threads_goes_on(tmp_path: Path) -> None:
    study = declared(Hangs())
    made = run_study(study.plan(), tmp_path, backend=Threads(2), replication_seconds=0.2)
    late = (made["status"] == Status.TIME_LIMIT).to_numpy().ravel()
    assert late.tolist() == guilty(study, lambda panel: panel.y[0, 0] > 0.0)
    # They are finished: the same command leaves them alone.
    again = run_study(study.plan(), tmp_path, backend=Threads(2))
    assert_same_bytes(made, again, times=True)


@pytest.mark.long
def test_a_worker_that_cannot_be_interrupted_is_ended(tmp_path: Path) -> None:
    study = declared(Locks(), 40)
    late = guilty(study, marked)
    assert 0 < sum(late) <= 4
    made = run_study(
        study.plan(), tmp_path, backend=Processes(2), block_seconds=0.01, replication_seconds=1.0
    )
    found = (made["status"] == Status.TIME_LIMIT).to_numpy().ravel()
    assert found.tolist() == late
    rest = (made["status"] == Status.SUCCESS).to_numpy().ravel()
    assert rest.tolist() == [not one for one in late]


@pytest.mark.slow
def test_a_process_that_does_not_heed_it_ends() -> None:
    code = (
        "from gfe_mc.study.limit import limited\n"
        "with limited(0.2, fatal=True) as limit, limit:\n"
        "    sum(range(10**14))\n"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Timeout" in done.stderr
    assert GRACE <= time.monotonic() - started < GRACE + 20.0


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("inf"), float("nan")])
@pytest.mark.parametrize("name", ["replication_seconds", "most_seconds"])
def test_what_is_no_time_is_refused(name: str, seconds: float, tmp_path: Path) -> None:
    with refused(f"`{name}` must be a positive number of seconds"):
        run_study(small.experiment().plan(), tmp_path, **{name: seconds})  # type: ignore[arg-type]
