"""The printed tables load, whole and typed."""

import pandas as pd
import pytest

from gfe_mc.errors import InputError
from gfe_mc.published.loader import names, published

ROWS = {
    "bm_interactive": 2,
    "bm_table1_2": 56,
    "bm_table3": 21,
    "bm_table4": 63,
    "bm_table_b1": 36,
    "bm_table_b2": 211,
    "bm_table_b3": 35,
    "bm_table_b4": 25,
    "bm_table_b5": 68,
    "bm_table_b6": 717,
    "bm_table5": 221,
    "bm_table_s1": 21,
    "bm_table_s2": 63,
    "bm_table_s3": 12,
    "bm_text": 72,
    "fcr_table1": 60,
    "fcr_table_b1": 90,
    "fcr_text": 7,
    "ln_table1": 320,
    "ln_table2": 320,
    "ln_table3": 80,
    "ln_table4": 104,
    "ln_table5": 96,
}


def test_all_tables_are_there() -> None:
    assert set(names()) >= set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_every_number_is_there_and_typed(name: str) -> None:
    table = published(name)
    assert len(table) == ROWS[name]
    assert table["value"].dtype == "float64"
    assert table["decimals"].dtype == "int64"
    assert table["decimals"].between(0, 6).all()
    assert table["value"].notna().all()
    assert not table.isna().any(axis=None)
    keys = [column for column in table if column not in ("value", "decimals", "note")]
    assert not table.duplicated(keys).any()


def test_types_of_keys() -> None:
    table = published("bm_table3.csv")
    assert table["G"].dtype == "int64"
    assert set(table["G"]) == {3, 5, 10}
    first = table.iloc[0]
    assert (first["dgp"], first["parameter"], first["statistic"]) == ("normal", "theta1", "true")
    assert (first["value"], first["decimals"]) == (0.407, 3)
    assert pd.api.types.is_string_dtype(published("bm_table_b2")["G"])


def test_one_statistic_is_named_by_its_column() -> None:
    assert set(published("ln_table1")["statistic"]) == {"rmse_x100"}
    assert set(published("bm_table_s3")["statistic"]) == {"percent"}


def test_an_unknown_table_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"bm_table9.*bm_table3, bm_table4"):
        published("bm_table9")
