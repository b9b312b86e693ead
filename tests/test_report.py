"""Reports from the store alone."""

from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from gfe_mc import Experiment, InputError
from gfe_mc.clusters import Threads
from gfe_mc.published.reference import Print
from gfe_mc.report import find_folder, read_study, render_report, tables, write_report
from gfe_mc.store import open_store
from gfe_mc.study import run_study
from tests import small


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study set beside the first printed table."""
    declared = small.experiment()
    with_print = Experiment(
        **{
            **vars(declared),
            "factors": {"G": (2, 3), "errors": ("normal",)},
            "dgp": lambda panel, G, errors: small.dgp(panel, G),  # noqa: ARG005
            "estimators": lambda G, errors: small.estimators(G),  # noqa: ARG005
            "published": Print("bm_table3", {"G": "G", "dgp": "errors"}),
        }
    )
    folder = tmp_path_factory.mktemp("study")
    run_study(with_print.plan(), folder, backend=Threads(1))
    return folder


@pytest.fixture(scope="module")
def study(folder: Path) -> xr.Dataset:
    return read_study(folder)


def test_tables(study: xr.Dataset) -> None:
    comparison, misses, figures = tables(study)
    printed = {row[:3]: row for row in comparison.rows}
    ours = float(study["estimate"].sel(cell=1, estimator="gfe", parameter="theta1").mean())
    assert printed["3", "normal", "theta1 mean"][3] == "0.391"
    assert printed["3", "normal", "theta1 mean"][4].startswith(f"{ours:.2f}"[:3])
    assert printed["5", "normal", "theta1 mean"][4] == "not run"
    assert len(misses.rows) == 2
    assert len(figures.rows) == 4


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "html"])
def test_every_format_says_what_was_run(study: xr.Dataset, format: str) -> None:  # noqa: A002
    rendered = render_report(study, format)
    assert "12 replications, seed 0" in rendered
    assert "no paper" in rendered
    assert "genetic" not in rendered


def test_csv_can_be_read(study: xr.Dataset, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(render_report(study, "csv"))
    frame = pd.read_csv(tmp_path / "x.csv")
    assert len(frame) == 21
    assert set(frame["G"]) == {3, 5, 10}


def test_brief_report_leaves_out_the_last_table(study: xr.Dataset) -> None:
    assert "All figures" in render_report(study, "text")
    assert "All figures" not in render_report(study, "text", brief=True)


def test_files(study: xr.Dataset, folder: Path) -> None:
    write_report(folder, study)
    assert "All figures" in (folder / "table.md").read_text()
    summary = pd.read_csv(folder / "summary.csv")
    assert {"statistic", "value", "error", "attempted", "failed", "used"} <= set(summary)


def test_folder_of_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="Run it first: gfe-mc run small"):
        find_folder("small")
    assert find_folder("small", missing_ok=True) == Path("results/small")
    (tmp_path / "results/small-synthetic").mkdir(parents=True)
    assert find_folder("small") == Path("results/small-synthetic")
    (tmp_path / "results/small").mkdir()
    assert find_folder("experiments/small.py") == Path("results/small")


def test_folder_without_a_study(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must hold a study"):
        read_study(tmp_path)


def test_folder_of_a_run_that_was_stopped(tmp_path: Path) -> None:
    open_store(tmp_path, small.experiment().plan())
    with pytest.raises(InputError, match="Run it again, it goes on from there"):
        read_study(tmp_path)
