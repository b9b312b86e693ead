"""Reports from the store alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc import GFE, Experiment, Fit, InputError, MultiStart, Panel, Report, Threads
from gfe_mc.inference.covariance import Covariance
from gfe_mc.metrics.path import Path as ObjectivePath
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.folders import find_folder, read_study
from gfe_mc.report.study import draw_figures, figures, render_report, tables, write_report
from gfe_mc.selection.path import ChosenGFE
from gfe_mc.study.run import run_study
from gfe_mc.study.store import open_store
from tests import small

SEARCH = MultiStart(starts=5)


@dataclass(frozen=True)
class Known:
    """Every slope with the same standard error; none in samples that begin below a level."""

    error: float
    least: float = -np.inf

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:  # noqa: ARG002
        """Return it."""
        if panel.y[0, 0] < self.least:
            raise ValueError("the sample begins too low")
        return Covariance(self.error**2 * np.eye(len(fit.theta)))


def run_small(folder: Path, **changes: Any) -> xr.Dataset:
    """Run the small study with some of its fields changed."""
    declared: Mapping[str, Any] = {**vars(small.experiment()), "report": None, **changes}
    return run_study(Experiment(**declared).plan(), folder, backend=Threads(1))


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
            "report": Report(
                published=PublishedTable("bm_table3", {"G": "G", "dgp": "errors"}),
                misses=(("gfe", "ols"),),
            ),
        }
    )
    folder = tmp_path_factory.mktemp("study")
    run_study(with_print.plan(), folder, backend=Threads(1))
    return folder


@pytest.fixture(scope="module")
def study(folder: Path) -> xr.Dataset:
    return read_study(folder)


def test_tables(study: xr.Dataset) -> None:
    comparison, misses, every = tables(study)
    printed = {row[:3]: row for row in comparison.rows}
    ours = float(study["estimate"].sel(cell=1, estimator="gfe", parameter="theta1").mean())
    assert printed["3", "normal", "theta1 mean"][3] == "0.391"
    assert printed["3", "normal", "theta1 mean"][4].startswith(f"{ours:.2f}"[:3])
    assert printed["5", "normal", "theta1 mean"][4] == "not run"
    assert len(misses.rows) == 2
    assert len(every.rows) == 4


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "html"])
def test_every_format_says_what_was_run(study: xr.Dataset, format: str) -> None:  # noqa: A002
    rendered = render_report(study, format)
    assert "12 replications, seed 0" in rendered
    assert "no paper" in rendered
    assert "genetic" not in rendered


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "html"])
def test_a_panel_s_name_cannot_steer(study: xr.Dataset, format: str) -> None:  # noqa: A002
    provenance = json.loads(study.attrs["provenance"])
    provenance["panel"] = {"label": "panel a\n# [b](c) `d` \x1b[31m\udcff.csv"}
    hostile = study.assign_attrs(provenance=json.dumps(provenance))
    first, second = render_report(hostile, format).splitlines()[:2]
    assert second == ""
    assert first.isprintable()
    assert r"\x1b" in first
    assert first.startswith({"latex": "% small", "html": "<p>small"}.get(format, "small"))
    assert (r"\[b\](c) \`d\`" in first) == (format == "markdown")


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


def test_chosen_numbers_of_groups(tmp_path: Path) -> None:
    """Beside the print as well: Table S3 with 3 and 10 groups in truth."""
    study = run_small(
        tmp_path,
        factors={"G0": (3,)},
        dgp=lambda panel, G0: small.dgp(panel, G0),
        estimators=lambda G0: {"bic": ChosenGFE(maximum=G0 + 1, search=SEARCH)},
        record=(ObjectivePath(),),
        report=Report(
            penalties=("bic", "steep_bic"),
            published=PublishedTable(
                "bm_table_s3",
                keys={"G0": "G0"},
                replications=100,
                statistics={"percent": "bic_percent"},
                columns={"G": "parameter"},
            ),
        ),
    )
    comparison, choice, every = tables(study)
    summary = figures(study)
    chosen = summary[summary["statistic"] == "bic_percent"]
    assert list(chosen["parameter"]) == ["1", "2", "3", "4"]
    assert chosen["value"].sum() == pytest.approx(100.0)
    assert [row[4] for row in choice.rows] == ["bic", "steep_bic"]
    assert len(every.rows) == 1
    ours = {row[1]: row[3] for row in comparison.rows if row[0] == "3"}
    assert ours["5 percent"] == "not computed"
    assert ours["3 percent"].startswith(f"{chosen['value'].iloc[2]:.0f}"[:2])
    write_report(tmp_path, study)
    written = pd.read_csv(tmp_path / "summary.csv")
    assert (written["statistic"] == "steep_bic_percent").sum() == 4


def test_criteria_across_cells(tmp_path: Path) -> None:
    study = run_small(
        tmp_path,
        factors={"G": (1, 2, 3)},
        dgp=lambda panel, G: small.dgp(panel, 2),  # noqa: ARG005
        estimators=lambda G: {"gfe": GFE(G, search=SEARCH)},
        report=Report(penalties=("bic",)),
    )
    criterion, every = tables(study)
    assert [row[0] for row in criterion.rows] == ["1", "2", "3"]
    assert criterion.header[-2:] == ("bic", "bic chosen %")
    assert len(every.rows) == 3
    summary = figures(study)
    means = summary.loc[summary["statistic"] == "objective", "value"]
    assert means.is_monotonic_decreasing
    assert summary.loc[summary["statistic"] == "bic_percent", "value"].sum() == pytest.approx(100)


@dataclass(frozen=True)
class Fails:
    """An estimator that cannot take any sample."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Raise."""
        raise RuntimeError("no sample will do")


def test_criteria_where_every_replication_failed(tmp_path: Path) -> None:
    study = run_small(
        tmp_path,
        factors={"G": (1, 2)},
        estimators=lambda G: {"no": Fails()},  # noqa: ARG005
        report=Report(penalties=("bic",)),
    )
    assert "All figures" in render_report(study, "text")


def test_declared_figures_are_drawn(tmp_path: Path, folder: Path, study: xr.Dataset) -> None:
    declared = run_small(tmp_path, report=Report(figures=("numbers_of_groups",)))
    paths = draw_figures(tmp_path, declared)
    assert paths == [tmp_path / f"numbers_of_groups.{ending}" for ending in ("svg", "png")]
    assert all(path.stat().st_size > 1000 for path in paths)
    assert draw_figures(folder, study) == []


def test_inference_by_method(tmp_path: Path) -> None:
    """Set beside the print, and in a table of its own, with what failed."""
    methods = {"large_t": Known(0.05), "bootstrap": Known(0.2, least=0.0)}
    study = run_small(
        tmp_path,
        factors={"G": (3,), "errors": ("normal",)},
        dgp=lambda panel, G, errors: small.dgp(panel, G),  # noqa: ARG005
        estimators=lambda G, errors: small.estimators(G),  # noqa: ARG005
        inference=lambda G, errors: {"gfe": methods},  # noqa: ARG005
        report=Report(
            compared=("gfe",),
            published=PublishedTable(
                "bm_table4",
                keys={"G": "G", "dgp": "errors"},
                statistics={"mc_sd": "sd"},
                columns={"variance": "inference"},
            ),
        ),
    )
    comparison, inference, failures, every = tables(study)
    printed = {row[2]: row[4] for row in comparison.rows if row[0] == "3"}
    assert printed["theta1 median se large t"].startswith("0.05")
    assert printed["theta1 median se bootstrap"].startswith("0.2")
    assert printed["theta1 median se fixed t"] == "not computed"
    assert "ols" not in comparison.header
    failed = int((study["inference_status"].sel(inference="bootstrap", estimator="gfe") != 0).sum())
    assert 0 < failed < 12
    table = pd.DataFrame(list(inference.rows), columns=list(inference.header))
    assert list(table["inference"]) == ["large_t", "bootstrap"]
    assert list(table["failed"]) == ["0", str(failed)]
    (row,) = failures.rows
    assert "bootstrap" in row
    (message,) = [entry for entry in row if entry.startswith("ValueError")]
    assert message.startswith("ValueError: the sample begins too low (test_study.py:")
    assert message.endswith("in covariance)")
    assert row[-2] == str(failed)
    assert len(every.rows) == 2


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
