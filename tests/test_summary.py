"""A single panel from the command line and from Python."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gfe_mc import GFE, Fit, InferenceStatus, Panel, fit_panel, summarize_fit
from gfe_mc.cli import app
from gfe_mc.report.figures.style import line
from gfe_mc.summary import read_bandwidth, recognised_lag
from tests.helpers import refused
from tests.inference.panels import grouped

COMMAND = ["--outcome", "democracy", "--unit", "country", "--time", "year"]
REGRESSORS = ["--regressors", "lag_democracy", "lag_income"]


def run(*arguments: str) -> str:
    """Run `gfe-mc fit`; return what it writes to standard output."""
    done = CliRunner().invoke(app, ["fit", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.fixture(scope="module")
def record(democracy_path: Path) -> dict:
    text = run(
        str(democracy_path),
        *COMMAND,
        *REGRESSORS,
        *("--groups", "4", "--bootstrap", "10", "--format", "json"),
    )
    return dict(json.loads(text))


def test_the_panel_of_income_and_democracy(record: dict, democracy_groups_path: Path) -> None:
    """Bonhomme and Manresa (2012), Table B2, G = 4, and the groups of Table B6."""
    rows = {row["parameter"]: row for row in record["coefficients"]}
    lag, income = rows["lag_democracy"], rows["lag_income"]
    long_run = rows["long-run lag_income"]
    assert [round(row["estimate"], 3) for row in (lag, income, long_run)] == [0.302, 0.082, 0.118]
    assert [round(r["se_large_t"], 3) for r in (lag, income, long_run)] == [0.054, 0.009, 0.011]
    assert [round(r["se_fixed_t"], 3) for r in (lag, income, long_run)] == [0.108, 0.012, 0.021]
    assert record["shape"] == {"N": 90, "T": 7, "K": 2, "G": 4}
    assert all(part["status"] == "SUCCESS" for part in record["covariances"].values())
    ours = {row["unit"]: row["group"] for row in record["groups"]}
    published = pd.read_csv(democracy_groups_path).set_index("country")["g4"]
    pairs = {(ours[country], group) for country, group in published.items()}
    assert len(pairs) == 4
    assert sorted(pd.Series(ours).value_counts()) == [13, 18, 26, 33]
    assert len(record["profiles"]) == 28


def test_the_number_of_groups_is_chosen(democracy_path: Path) -> None:
    text = run(str(democracy_path), *COMMAND, *REGRESSORS, "--groups-max", "15", "--bootstrap", "0")
    assert "10*" in text
    assert "0.05182" in text
    assert "se bootstrap" not in text
    assert "no standard errors" not in text


@pytest.mark.parametrize("format_", ["text", "markdown", "latex", "html", "csv", "json"])
def test_every_format_and_every_way_to_name_regressors(
    format_: str, democracy_path: Path, tmp_path: Path
) -> None:
    common = ["--groups", "2", "--bootstrap", "2", "--format", format_]
    one = run(str(democracy_path), *COMMAND, *REGRESSORS, *common)
    each = ["--regressors", "lag_democracy", "--regressors", "lag_income"]
    again = run(str(democracy_path), *each, *COMMAND, *common)
    assert again == one
    path = tmp_path / "out"
    assert run(str(democracy_path), *COMMAND, *REGRESSORS, *common, "--output", str(path)) == ""
    assert path.read_text().strip() == one.strip()
    assert "0.60" in one


def test_no_regressors_and_a_figure(democracy_path: Path, tmp_path: Path) -> None:
    stem = tmp_path / "profiles"
    common = ["--groups", "3", "--bootstrap", "3"]
    run(str(democracy_path), *COMMAND, *common, "--figure", str(stem))
    first = stem.with_suffix(".svg").read_bytes()
    assert stem.with_suffix(".png").stat().st_size > 5000
    run(str(democracy_path), *COMMAND, *common, "--figure", str(stem))
    assert stem.with_suffix(".svg").read_bytes() == first


def test_bad_input_is_refused(democracy: Panel) -> None:
    for wrong, options in [
        ("Give the number of groups", {}),
        ("Give the number of groups", {"groups": 2, "maximum": 3}),
        ("The penalty must be known", {"maximum": 3, "penalty": "aic"}),
        ("`bandwidth` must be a positive number", {"groups": 2, "bandwidth": 0.0}),
        ("must leave degrees of freedom", {"maximum": 80}),
        ("no more groups than units", {"groups": 91}),
    ]:
        with refused(wrong):
            fit_panel(democracy, **options)  # type: ignore[arg-type]
    with refused("A summary needs a fit with groups"):
        Fit(theta=np.zeros(1)).summary()
    with refused("There is no such format"):
        fit_panel(democracy, groups=2, bootstrap=0).render("word")


def test_from_python_it_is_the_same() -> None:
    panel = grouped(4, 40)
    fit = GFE(3).fit(panel, np.random.default_rng(0))
    assert str(fit.summary(seed=3)) == str(summarize_fit(fit, seed=3))
    assert str(fit.summary(seed=3)) != str(fit.summary(seed=4))
    frame = fit.summary().coefficients()
    np.testing.assert_allclose(
        frame["high_large_t"] - frame["estimate"], 1.959964 * frame["se_large_t"], rtol=1e-6
    )
    assert "long-run" not in str(fit.summary())


def test_what_has_no_errors_says_why() -> None:
    panel = grouped(3, 60)  # Its Hessian is not positive definite.
    summary = fit_panel(panel, groups=3, bootstrap=2)
    assert summary.covariances["fixed_t"].status == InferenceStatus.NOT_POSITIVE_DEFINITE
    text = str(summary)
    assert "fixed_t: the estimated Hessian is not positive definite" in text
    record = json.loads(summary.render("json"))
    assert record["coefficients"][0]["se_fixed_t"] is None


def test_the_lag_is_recognised(democracy: Panel) -> None:
    assert recognised_lag(democracy) == 0
    assert recognised_lag(grouped(1)) is None
    assert read_bandwidth("0.5") == 0.5
    assert read_bandwidth("rule") == "rule"


def test_figure_has_a_panel_for_each_group_and_bands_where_there_are_errors() -> None:
    summary = fit_panel(grouped(4, 40), groups=3, bootstrap=0)
    figure = summary.figure("large_t")
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 3
    alpha = summary.profiles()
    for group, axes in enumerate(shown, start=1):
        drawn = axes.lines[0].get_ydata()
        np.testing.assert_array_equal(drawn, alpha[alpha["group"] == group]["alpha"])
        assert len(axes.collections) == 1
    with refused("The bands must be by a method"):
        summary.figure("bootstrap")


def test_lines_differ_without_colour() -> None:
    styles = [(str(line(n)["linestyle"]), line(n)["marker"]) for n in range(15)]
    assert len(set(styles)) == 15
