"""What several test files need: the data folder and the panel of Bonhomme and Manresa (2012)."""

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from gfe_mc import Panel

# Compilation makes the first example slow, and a test that fails once should fail again.
settings.register_profile("gfe_mc", deadline=None, derandomize=True)
settings.load_profile("gfe_mc")


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        pytest.fail(
            f"The tests need {name}; there is none in {folder}. "
            "Set GFE_MC_DATA to the folder that holds it.",
            pytrace=False,
        )
    return path


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder of the real panels: GFE_MC_DATA, or else ../shared/data beside the repository."""
    given = os.environ.get("GFE_MC_DATA")
    if given:
        return Path(given)
    return Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def democracy_path(data_folder: Path) -> Path:
    """Path of the balanced income and democracy panel."""
    return _file(data_folder, "income_democracy_balanced.csv")


@pytest.fixture(scope="session")
def five_year(data_folder: Path) -> pd.DataFrame:
    """The five-year panel of 211 countries that the samples of the application are taken from."""
    return pd.read_csv(_file(data_folder, "income_democracy_5year.csv"))


@pytest.fixture(scope="session")
def democracy_groups_path(data_folder: Path) -> Path:
    """Path of the published groups of its countries."""
    return _file(data_folder, "income_democracy_groups.csv")


@pytest.fixture(scope="session")
def democracy_estimates_path(data_folder: Path) -> Path:
    """Path of the published estimates."""
    return _file(data_folder, "gfe_reference_estimates.csv")


@pytest.fixture(scope="session")
def democracy(democracy_path: Path) -> Panel:
    """Income and democracy: 90 countries, 7 five-year periods, 2 regressors."""
    return Panel.from_file(
        str(democracy_path),
        outcome="democracy",
        regressors=["lag_democracy", "lag_income"],
        unit="country",
        time="year",
    )
