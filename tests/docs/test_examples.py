"""The files that pages of the site show: each runs, and prints what its page says."""

import re
import runpy
from pathlib import Path

import pytest

from gfe_mc.study import catalogue
from gfe_mc.study.replicate import run_block

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))
SHOWN = re.compile(r'^--8<-- "docs/(.+)"$', re.M)


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.with_suffix(".txt").exists()])
def test_what_it_prints(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr().out == path.with_suffix(".txt").read_text()


@pytest.mark.parametrize("path", [path for path in EXAMPLES if "experiment = " in path.read_text()])
def test_studies_are_found_by_their_files(path: Path) -> None:
    experiment = catalogue.find(str(path))
    assert experiment.name == path.stem
    plan = experiment.plan(replications=1)
    assert all(run_block(one, [0]).n_failed == 0 for one in plan.cells[0].methods.values())


def test_every_example_is_shown() -> None:
    shown = {name for page in DOCS.rglob("*.md") for name in SHOWN.findall(page.read_text())}
    shown |= {
        f"examples/{name}"
        for page in DOCS.glob("*.md")
        for name in re.findall(r"\]\(examples/(.+?)\)", page.read_text())
    }
    there = {f"examples/{path.name}" for path in (DOCS / "examples").iterdir() if path.is_file()}
    assert there == {name for name in shown if name.startswith("examples/")}
