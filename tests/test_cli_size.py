"""The commands that decide, tell and join how many replications there are, from end to end."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import BLOCKS, DATASET
from tests import test_cli
from tests.reliability.runs import Command
from tests.study.stores import assert_same_bytes
from tests.study.test_run import run_and_stop
from tests.test_cli import Run, refused

run = test_cli.run

DECLARATION = """
import time
from dataclasses import dataclass

from tests.helpers import PooledOLS, study


@dataclass(frozen=True)
class Slow:
    seconds: float = 0.002

    def fit(self, panel, rng):
        time.sleep(self.seconds)
        return PooledOLS().fit(panel, rng)


experiment = study(estimators={"slow": Slow(), "ols": PooledOLS()}, replications=60)
"""
AIM = ("--target", "bias<=0.08", "--min-replications", 20)


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    path = tmp_path / "declared.py"
    path.write_text(DECLARATION)
    return path


def stored(folder: str | Path) -> dict[str, object]:
    """What a folder says of its study."""
    found: dict[str, object] = json.loads((Path(folder) / "provenance.json").read_text())["study"]
    return found


def test_plan_run_and_report_to_a_target(run: Run, declaration: Path) -> None:
    code, out, err = run("plan", declaration, *AIM, "--pilots", 2, "--workers", 8)
    assert code == 0, err
    assert "What the study would cost" in out
    assert "on 8 like it at once" in out
    assert "What the target needs" in out
    assert not Path("results").exists()

    code, out, err = run("run", declaration, *AIM, "--threads", 1)
    assert code == 0, err
    assert "Target: at 20 replications reached in" in err
    assert "The target is not reached within 60 replications: bias misses 0.08 in" in err
    assert "it would take about" in err
    assert "\nTarget\n" in out
    assert "20 to 60 replications" in out
    table = Path("results/small/table.md").read_text()
    assert "**Target**" in table
    assert run("report", declaration, "--format", "markdown")[1].strip() == table.strip()

    # The same command has nothing to do; a larger number goes on.
    code, _, err = run("run", declaration, *AIM)
    assert code == 0
    assert "Dashboard" not in err
    code, out, err = run("run", declaration, *AIM, "--max-replications", 400, "--threads", 1)
    assert code == 0, err
    assert "not reached" not in err
    described = stored("results/small")
    assert {one["reached"] for one in described["target"]["cells"]} == {True}  # type: ignore[index]
    code, out, _ = run("plan", declaration, *AIM, "--max-replications", 400)
    assert code == 0
    assert "All that is missing: 0 s of computing" in out


def test_halves_of_two_machines(run: Run, declaration: Path) -> None:
    assert run("run", declaration, "--output", "whole", "--threads", 1)[0] == 0
    assert run("run", declaration, "--output", "a", "--replications", 35, "--threads", 1)[0] == 0
    code, out, err = run("run", declaration, "--output", "b", "--from", 30, "--threads", 1)
    assert code == 0, err
    assert "small: Two levels (none). 30 replications" in out
    code, _, err = run("merge", "a", "b", "--output", "c")
    assert code == 0, err
    assert "Merged 2 folders into c" in err
    assert "to be run" not in err
    assert_same_bytes(load_dataset(Path("c") / DATASET), load_dataset(Path("whole") / DATASET))
    assert stored("c") == stored("whole")
    files = {path.name for path in Path("whole").iterdir() if path.is_file()}
    # Nothing was run there.
    assert {path.name for path in Path("c").iterdir() if path.is_file()} == files - {"log.jsonl"}
    code, _, err = run("run", declaration, "--output", "c")
    assert code == 0
    assert "Dashboard" not in err
    refused(run("merge", "a", "b", "--output", "c"), "must have no results yet")
    refused(run("merge", "a", "--output", "d"), "two or more different folders")
    refused(run("merge", "a", "b"), "Missing option", "--output")
    refused(run("merge", "a", "nowhere", "--output", "d"), "must hold a study")
    assert run("run", declaration, "--seed", 7, "--replications", 2, "--output", "e")[0] == 0
    refused(run("merge", "a", "e", "--output", "d"), "same design", "seed: 0 and 7")


def test_what_is_refused(run: Run, declaration: Path) -> None:
    def ask(target: str, *options: object) -> tuple[int, str, str]:
        return run("run", declaration, "--target", target, *options)

    refused(ask("misclass<=0.1"), "figures that the study has", "got misclass", "misclassification")
    refused(ask("bias<=0"), "must be a positive number", "got 0.0")
    refused(ask("bias<=-1"), "must be a positive number")
    refused(ask("bias=0.1"), "figures, each with a bound", 'Give such as "misclassification')
    refused(ask(""), "figures, each with a bound")
    refused(ask("bias[theta9]<=1"), "names of the study", "theta9", "theta1")
    refused(ask("bias<=1", "--replications", 10), "a number of replications or a target")
    refused(ask("bias<=1", "--from", 10), "from the first one on")
    refused(ask("bias<=1", "--min-replications", 1), "minimum of replications", "Give 2 or more")
    refused(ask("bias<=1", "--min-replications", 99), "least number", "99 and 60")
    refused(ask("bias<=1", "--max-replications", 2**31 - 1), "fit into memory")
    refused(run("run", declaration, "--max-replications", 9), "are those of a target")
    refused(run("run", declaration, "--min-replications", 9), "--min-replications 9", "--target")
    refused(run("run", declaration, "--from", -1), "`start`", "Give 0 or more")
    refused(run("run", declaration, "--from", 60), "60 of 60", "Give 0 to 59")
    refused(run("plan", declaration, "--workers", 0), "`workers`")
    refused(run("plan", declaration, "--pilots", 0), "`pilots`")
    refused(run("plan", declaration, "--target", "bias"), "figures, each with a bound")
    assert not Path("results").exists()


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_killed_and_resumed(tmp_path: Path, how: signal.Signals) -> None:
    """By a signal in the middle of a stage; then, and undisturbed, to the same end."""
    declaration = tmp_path / "declared.py"
    declaration.write_text(DECLARATION.replace("0.002", "0.05"))
    options = (*map(str, AIM), "--threads", "2", "--block-seconds", "0.1")
    code, said = run_and_stop(declaration, tmp_path / "killed", how, *options)
    assert code != 0
    assert "Traceback" not in said
    assert any((tmp_path / "killed" / BLOCKS).iterdir())
    for folder in ("killed", "undisturbed"):
        arguments = ("run", str(declaration), "--output", str(tmp_path / folder), *options)
        again = Command.start(tmp_path / "said", *arguments)
        assert again.end() == 0, again.text()
    both = [tmp_path / folder for folder in ("killed", "undisturbed")]
    one, other = (load_dataset(folder / DATASET) for folder in both)
    assert_same_bytes(one, other)
    assert stored(both[0]) == stored(both[1])
