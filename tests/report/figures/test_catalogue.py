"""Figures of studies by name, and their files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr

from gfe_mc import Report
from gfe_mc.report.figures.catalogue import COMPARING, NAMES, draw, drawings
from gfe_mc.study.catalogue import find, names
from tests.helpers import refused
from tests.report.figures.sizes import RMSE, WRONG, make
from tests.report.figures.studies import inferred, numbered, profiled
from tests.report.figures.test_profiles_compared import compared
from tests.report.figures.test_time_by_size import sized

STUDIES: dict[str, Callable[[Path], xr.Dataset]] = {
    "zip": inferred,
    "profile_bias": profiled,
    "numbers_of_groups": numbered,
    "coefficients": inferred,
    "profiles_compared": compared,
    "time_by_size": sized,
    "bias": inferred,
    "coverage": inferred,
    "misclassification": inferred,
    "fit_time": inferred,
    **dict.fromkeys(COMPARING, lambda _: make()),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_drawn_into_its_files(name: str, tmp_path: Path) -> None:
    paths = draw(STUDIES[name](tmp_path / "study"), name, tmp_path)
    assert paths == [tmp_path / f"{name}.svg", tmp_path / f"{name}.png"]
    assert paths[0].read_text().startswith("<?xml")
    assert paths[1].read_bytes().startswith(b"\x89PNG")


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with refused("There is no such figure; got 'pie'"):
        draw(xr.Dataset(), "pie", tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_dataset_that_is_no_study_is_refused(name: str, tmp_path: Path) -> None:
    with refused("A study lacks dimensions or variables"):
        draw(xr.Dataset(), name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def _report(name: str) -> Report:
    report = find(name).report
    return Report() if report is None else report


def test_studies_name_figures_that_there_are() -> None:
    named = {figure for name in names() for figure in _report(name).figures}
    assert named
    assert named <= set(NAMES)


def test_figures_of_several_criteria_and_pages_have_names_of_their_own() -> None:
    study = make({"G": tuple(range(2, 10)), "N": (20, 40), "T": (5,)}, criteria=(RMSE, WRONG))
    assert [name for name, _ in drawings(study, ["by_size", "fit_time"])] == [
        "by_size_rmse_theta1_1",
        "by_size_rmse_theta1_2",
        "by_size_misclassification_percent_1",
        "by_size_misclassification_percent_2",
        "fit_time",
    ]


@pytest.mark.slow
def test_matplotlib_is_needed_for_drawing_alone() -> None:
    script = "import sys, gfe_mc.report.figures.catalogue\nsys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
