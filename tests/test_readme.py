"""What the README shows, run as it stands."""

import re
import sys
from pathlib import Path

import pytest

from gfe_mc.study import catalogue
from gfe_mc.study.replicate import run_block

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
MINE, PANEL = re.findall(r"```python\n(.*?)```", README, re.S)


def test_panel_of_your_own(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PANEL, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert "the best objective was met" in said
    assert "\\toprule" in said


def test_estimator_of_your_own(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    plan = catalogue.find(str(tmp_path / "mine.py")).plan(replications=2)
    assert list(plan.cells[0].methods) == ["vns", "genetic", "genetic_long", "ols"]
    block = run_block(plan.cells[0].methods["ols"], [0, 1])
    assert block.n_failed == 0


def test_files_are_there() -> None:
    named = re.findall(r"\]\((?!\w+:)([^)#]+)\)", README)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


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
