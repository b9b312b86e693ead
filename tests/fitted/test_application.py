"""The panel of income and democracy with four groups, by a formula, to tables, figures and files.

Bonhomme and Manresa (2012), Tables B2 and B6.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gfe_mc import Summary, compare_fits, fit_panel, load_fit, save_fit
from gfe_mc.cli import app
from tests.helpers import refused

FORMULA = "democracy ~ lag_democracy + lag_income"


@pytest.fixture(scope="module")
def rows(democracy_path: Path) -> pd.DataFrame:
    return pd.read_csv(democracy_path)


@pytest.fixture(scope="module")
def four(rows: pd.DataFrame) -> Summary:
    return fit_panel(rows, formula=FORMULA, unit="country", time="year", groups=4, bootstrap=0)


def test_estimates_are_the_printed_ones(four: Summary) -> None:
    tidy = four.tidy()
    assert list(tidy.index) == ["lag_democracy", "lag_income", "long-run lag_income"]
    assert tidy["Estimate"].round(3).tolist() == [0.302, 0.082, 0.118]
    assert tidy["Std. Error"].round(3).tolist() == [0.054, 0.009, 0.011]
    assert four.tidy(errors="fixed_t")["Std. Error"].round(3).tolist() == [0.108, 0.012, 0.021]
    assert any("constant of the formula was left out" in note for note in four.notes)
    glance = four.glance().iloc[0]
    assert (glance["N"], glance["T"], glance["G"], glance["observations"]) == (90, 7, 4, 630)
    assert glance["degrees of freedom"] == 630 - 28 - 2


def test_groups_are_beside_the_rows_of_their_countries(
    four: Summary, rows: pd.DataFrame, democracy_groups_path: Path
) -> None:
    merged = four.merge_groups(rows)
    assert len(merged) == len(rows)
    published = pd.read_csv(democracy_groups_path).set_index("country")["g4"]
    pairs = {
        (group, published[country])
        for country, group in zip(merged["country"], merged["group"], strict=True)
    }
    assert len(pairs) == 4
    np.testing.assert_allclose(four.predict(rows), four.fitted_values)
    margins = four.margins()["margin"]
    assert (margins > 0).all()
    assert margins.between(0, 1).all()


def test_the_same_by_the_command_line(four: Summary, democracy_path: Path, tmp_path: Path) -> None:
    kept, picture = tmp_path / "fit.npz", tmp_path / "map.png"
    arguments = ["fit", str(democracy_path), "--unit", "country", "--time", "year"]
    options = ["--groups", "4", "--bootstrap", "0", "--format", "csv"]
    more = ["--figure", str(picture), "--figure-kind", "heat_map", "--save", str(kept)]
    done = CliRunner().invoke(
        app, [*arguments, "--formula", FORMULA, *options, *more], catch_exceptions=False
    )
    assert done.exit_code == 0
    assert done.stdout.strip() == four.render("csv").strip()
    assert picture.read_bytes().startswith(b"\x89PNG")
    again = load_fit(kept)
    assert str(again) == str(four)
    save_fit(four, tmp_path / "own.npz")
    assert (tmp_path / "own.npz").read_bytes() == kept.read_bytes()
    table = compare_fits([four, again], stars=True).render("latex")
    assert table.count("0.302***") == 2
    for wrong in (
        ["--formula", FORMULA, "--outcome", "democracy"],
        ["--formula", FORMULA, "--regressors", "lag_income"],
        [],
    ):
        with refused("Give the outcome and the regressors, or a formula of them"):
            CliRunner().invoke(app, [*arguments, *wrong, *options], catch_exceptions=False)
    with refused("`kind` must be known"):
        CliRunner().invoke(
            app,
            [*arguments, "--formula", FORMULA, *options, "--figure-kind", "pie"],
            catch_exceptions=False,
        )


def test_frames_and_panels_are_told_apart(rows: pd.DataFrame, four: Summary) -> None:
    with refused("What is fitted must be a panel, or a frame with a formula"):
        fit_panel(rows, groups=4)
    with refused("A formula is of the columns of a frame", "unit=None"):
        fit_panel(rows, formula=FORMULA, groups=4)
    with refused("A formula is of the columns of a frame", "a Panel"):
        fit_panel(four.panel, formula=FORMULA, unit="country", time="year", groups=4)
