"""What the README shows, run as it stands."""

import re
import sys
from pathlib import Path

import pytest

from gfe_mc.study import catalogue
from gfe_mc.study.replicate import run_block

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)


def test_panel_of_your_own(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[0], "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert "(3, 8)" in said
    assert "the best objective was met" in said


def test_unit_effects(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[0] + BLOCKS[1], "README.md", "exec"), {})
    assert len(capsys.readouterr().out) > 0


def test_groups_by_slopes(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile("import numpy as np\n" + BLOCKS[2], "README.md", "exec"), {})
    assert capsys.readouterr().out.endswith("\n2\n")


def test_soft_memberships(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[0] + BLOCKS[3], "README.md", "exec"), {})
    assert len(capsys.readouterr().out) > 0


def test_mixtures(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[0] + BLOCKS[4], "README.md", "exec"), {})
    assert len(capsys.readouterr().out) > 0


def test_binary_outcomes(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(BLOCKS[0] + BLOCKS[5], "README.md", "exec"), {})
    assert len(capsys.readouterr().out) > 0


def test_estimator_of_your_own(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(BLOCKS[6])
    plan = catalogue.find(str(tmp_path / "mine.py")).plan(replications=2)
    assert list(plan.cells[0].methods) == ["vns", "genetic", "genetic_long", "ols"]
    block = run_block(plan.cells[0].methods["ols"], [0, 1])
    assert block.n_failed == 0


def test_commands_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gfe_mc.cli import main

    commands = set(re.findall(r"gfe-mc ((?:data )?[a-z]+)", README))
    assert {"run", "report", "replay", "list", "data fetch"} <= commands
    for command in commands:
        monkeypatch.setattr(sys, "argv", ["gfe-mc", *command.split(), "--help"])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 0
        assert "Usage" in capsys.readouterr().out
