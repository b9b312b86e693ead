"""A user's file with a metric, an estimator and a parameter, from the command line to LaTeX."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

OWN = """
from dataclasses import dataclass, replace
import numpy as np
from gfe_mc import Fit, Variable
from tests.small import experiment as declare

@dataclass(frozen=True)
class Shifted:
    by: float = 1.0

    def fit(self, panel, rng):
        x, y = panel.x.ravel(), panel.y.ravel()
        return Fit(theta=np.array([x @ y / (x @ x) + self.by]), objective=float(y @ y))

@dataclass(frozen=True)
class LargeGroups:
    than: int = 4
    variables = {"large_groups": Variable(title="share of large groups")}

    def record(self, outcome):
        if outcome.fit.groups is None:
            return {}
        return {"large_groups": np.mean(np.bincount(outcome.fit.groups) > self.than)}

small = declare()
experiment = replace(
    small,
    name="mine",
    estimators=lambda **factors: {**small.estimators(**factors), "own": Shifted()},
    record=(*small.record, LargeGroups()),
    derived={"twice": (lambda truth: 2 * truth.theta[0], lambda fit: 2 * fit.theta[0])},
)
"""


def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    """Run a command line; its exit code, and what it said."""
    from gfe_mc.cli import main

    monkeypatch.setattr(sys, "argv", ["gfe-mc", *words])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, capsys.readouterr().out


def read(folder: Path) -> xr.Dataset:
    with xr.open_dataset(folder / "replications.nc") as dataset:
        return dataset.load()


def test_metric_estimator_and_parameter_reach_every_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(OWN.splitlines()) < 40
    monkeypatch.chdir(tmp_path)
    Path("another_name.py").write_text(OWN)
    code, said = command(monkeypatch, capsys, "run", "another_name.py", "--threads", "1")
    assert code == 0
    # Results are under the study's name, whatever its file is called.
    folder = tmp_path / "results" / "mine"
    assert (folder / "replications.nc").exists()
    title = "share of large groups"
    assert title in said
    assert title in (folder / "table.md").read_text()
    rows = [line for line in (folder / "summary.csv").read_text().splitlines() if ",gfe," in line]
    assert any(",large_groups,0" in line for line in rows)
    assert any(",large_groups_sd," in line for line in rows)
    assert any(",twice,mean," in line for line in rows)
    code, latex = command(monkeypatch, capsys, "report", "another_name.py", "--format", "latex")
    assert code == 0
    assert title in latex
    assert "own & twice" in " ".join(latex.split())

    first = read(folder)
    assert first["large_groups"].attrs["long_name"] == title
    assert np.isfinite(first["large_groups"].sel(estimator="gfe")).all()
    assert np.isnan(first["large_groups"].sel(estimator="own")).all()
    own = first["estimate"].sel(estimator="own")
    np.testing.assert_array_equal(own.sel(parameter="twice"), 2 * own.sel(parameter="theta1"))


def test_what_is_edited_is_computed_again_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("mine.py")
    path.write_text(OWN)
    command(monkeypatch, capsys, "run", "mine.py", "--threads", "1")
    folder = tmp_path / "results" / "mine"
    first = read(folder)
    runs = json.loads((folder / "provenance.json").read_text())["runs"]

    # A comment is no change.
    path.write_text(OWN.replace("class Shifted:", "class Shifted:  # as it was"))
    command(monkeypatch, capsys, "run", "mine.py", "--threads", "1")
    assert read(folder).identical(first)
    assert json.loads((folder / "provenance.json").read_text())["runs"] == runs

    path.write_text(OWN.replace("+ self.by", "+ 10 * self.by"))
    command(monkeypatch, capsys, "run", "mine.py", "--threads", "1")
    second = read(folder)
    others = [name for name in first["estimator"].to_numpy() if name != "own"]
    for name in first.data_vars:
        if "estimator" in first[name].dims:
            # Seconds and all: nothing of the others was run again.
            assert second[name].sel(estimator=others).equals(first[name].sel(estimator=others))
    moved = (second["estimate"] - first["estimate"]).sel(estimator="own", parameter="theta1")
    np.testing.assert_allclose(moved, 9.0)

    path.write_text(
        OWN.replace("+ self.by", "+ 10 * self.by").replace("> self.than", ">= self.than")
    )
    command(monkeypatch, capsys, "run", "mine.py", "--threads", "1")
    third = read(folder)
    for name in second.data_vars:
        if name != "large_groups":
            assert third[name].equals(second[name]), name
    assert not third["large_groups"].equals(second["large_groups"])


def test_a_study_whose_methods_all_fail_does_not_succeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    failing = OWN.replace(
        "        x, y = panel.x.ravel()",
        "        raise ValueError('no')\n        x, y = panel.x.ravel()",
    )
    failing = failing.replace(
        '{**small.estimators(**factors), "own": Shifted()}', '{"own": Shifted()}'
    )
    failing = failing.replace('    name="mine",', '    name="mine", report=None,')
    Path("mine.py").write_text(failing)
    code, said = command(monkeypatch, capsys, "run", "mine.py", "--replications", "2")
    assert code == 1
    assert "ValueError: no (mine.py:12 in fit)" in said
    code, said = command(
        monkeypatch, capsys, "replay", "mine.py", "--cell", "0", "--replication", "0", "--traceback"
    )
    assert "Traceback (most recent call last)" in said
    code, said = command(monkeypatch, capsys, "run", "mine.py", "--check")
    assert code == 1
    assert "ValueError: no" in said
