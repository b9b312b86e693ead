"""Panels from arrays, frames, datasets and files, and what is refused."""

import datetime
import pickle
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc import InputError, Panel
from gfe_mc.canonical import fingerprint
from gfe_mc.data.columns import Columns

Y = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
X = np.arange(12.0).reshape(3, 2, 2)
COLUMNS: dict[str, Any] = {
    "outcome": "democracy",
    "regressors": ["lag", "income"],
    "unit": "country",
    "time": "year",
}


def frame() -> pd.DataFrame:
    """Three countries, two years, rows in no order."""
    return pd.DataFrame(
        {
            "country": ["B", "A", "C", "A", "B", "C"],
            "year": [1975, 1970, 1970, 1975, 1970, 1975],
            "democracy": [4.0, 1.0, 5.0, 2.0, 3.0, 6.0],
            "lag": [6.0, 0.0, 8.0, 2.0, 4.0, 10.0],
            "income": [7.0, 1.0, 9.0, 3.0, 5.0, 11.0],
        }
    )


def assert_is_the_panel(panel: Panel) -> None:
    """The panel of `frame`, which is that of Y and X."""
    np.testing.assert_array_equal(panel.y, Y)
    np.testing.assert_array_equal(panel.x, X)
    assert panel.observed.all()
    assert panel.balanced
    assert panel.shape == (3, 2, 2)
    assert panel.units == ("A", "B", "C")
    assert panel.periods == (1970, 1975)
    assert panel.regressors == ("lag", "income")
    assert panel.outcome == "democracy"


def refused(make: Callable[[], object], wrong: str, came: str, remedy: str) -> None:
    """Assert that `make` raises an InputError whose three parts say this."""
    with pytest.raises(InputError) as raised:
        make()
    assert re.search(wrong, raised.value.wrong)
    assert re.search(came, raised.value.came)
    assert re.search(remedy, raised.value.remedy)
    assert str(raised.value) == (
        f"{raised.value.wrong}; got {raised.value.came}. {raised.value.remedy}."
    )


# Arrays.


def test_from_arrays_with_names() -> None:
    panel = Panel.from_arrays(
        Y,
        X,
        units=["A", "B", "C"],
        periods=[1970, 1975],
        regressors=["lag", "income"],
        outcome="democracy",
    )
    assert_is_the_panel(panel)


def test_from_arrays_without_names_or_regressors() -> None:
    panel = Panel.from_arrays([[1, 2, 3], [4, 5, 6]])
    assert panel.shape == (2, 3, 0)
    assert panel.y.dtype == np.float64
    assert (panel.units, panel.periods) == ((0, 1), (0, 1, 2))
    assert (panel.regressors, panel.outcome) == ((), "y")
    assert Panel.from_arrays(Y, X).regressors == ("x1", "x2")


def test_arrays_are_read_only_copies() -> None:
    y, x = Y.copy(), X.copy()
    panel = Panel.from_arrays(y, x)
    y[0, 0] = x[0, 0, 0] = 99.0
    np.testing.assert_array_equal(panel.y, Y)
    np.testing.assert_array_equal(panel.x, X)
    for array in (panel.y, panel.x, panel.observed):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    with pytest.raises(AttributeError):
        panel.y = Y  # type: ignore[misc]


def test_cells_that_are_not_observed_hold_zeros() -> None:
    y, x = Y.copy(), X.copy()
    y[1, 0] = np.nan
    x[1, 0, 1] = np.inf
    observed = np.ones((3, 2), bool)
    observed[1, 0] = False
    panel = Panel.from_arrays(y, x, observed=observed)
    assert not panel.balanced
    assert panel.y[1, 0] == 0.0
    assert (panel.x[1, 0] == 0.0).all()
    assert (panel.y[observed] == Y[observed]).all()
    refused(
        lambda: panel.require_balanced("GFE"),
        "GFE needs a balanced panel",
        "1 of 6 unit-periods missing",
        "observed in every period",
    )
    Panel.from_arrays(Y).require_balanced("GFE")


def test_deviations_from_unit_means_by_hand() -> None:
    panel = Panel.from_arrays(
        [[1.0, 3.0], [5.0, 6.0]],
        [[[0.0, 7.0], [4.0, 7.0]], [[1.0, 2.0], [2.0, 8.0]]],
        units=["A", "B"],
        periods=[1970, 1975],
        regressors=["lag", "income"],
        outcome="democracy",
    )
    within = panel.within_units()
    np.testing.assert_array_equal(within.y, [[-1.0, 1.0], [-0.5, 0.5]])
    np.testing.assert_array_equal(within.x, [[[-2.0, 0.0], [2.0, 0.0]], [[-0.5, -3.0], [0.5, 3.0]]])
    for name in ("units", "periods", "regressors", "outcome"):
        assert getattr(within, name) == getattr(panel, name)
    assert within.balanced


def test_deviations_from_unit_means_leave_the_panel_as_it_was() -> None:
    panel = Panel.from_arrays(Y, X)
    within = panel.within_units()
    np.testing.assert_array_equal(panel.y, Y)
    np.testing.assert_array_equal(panel.x, X)
    for array in (within.y, within.x, within.observed):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    assert Panel.from_arrays(Y).within_units().shape == (3, 2, 0)


def test_deviations_from_unit_means_absorb_what_units_have_in_common(democracy: Panel) -> None:
    within = democracy.within_units()
    np.testing.assert_allclose(within.y.mean(axis=1), 0.0, atol=1e-15)
    np.testing.assert_allclose(within.x.mean(axis=1), 0.0, atol=1e-14)
    shift = np.arange(90.0)[:, None]
    moved = Panel.from_arrays(democracy.y + shift, democracy.x - shift[:, :, None]).within_units()
    np.testing.assert_allclose(moved.y, within.y, atol=1e-12)
    np.testing.assert_allclose(moved.x, within.x, atol=1e-12)
    again = within.within_units()
    np.testing.assert_allclose(again.y, within.y, atol=1e-15)


def test_deviations_are_from_means_over_what_is_observed() -> None:
    observed = np.ones((3, 2), bool)
    observed[1, 0] = False
    within = Panel.from_arrays(Y, X, observed=observed).within_units()
    np.testing.assert_array_equal(within.y[1], [0.0, 0.0])
    np.testing.assert_allclose(within.y[0], Y[0] - Y[0].mean())
    observed[1, 1] = False
    refused(
        Panel.from_arrays(Y, X, observed=observed).within_units,
        "Deviations from unit means",
        "1 units without",
        "Leave them out",
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_located(bad: float) -> None:
    y, x = Y.copy(), X.copy()
    y[1, 0] = bad
    refused(
        lambda: Panel.from_arrays(y, X, units=["A", "B", "C"], periods=[1970, 1975]),
        "`y` must be finite",
        f"^1 values that are not, the first {bad} for unit B in period 1970$",
        "Drop those rows",
    )
    x[2, 1, 1] = x[2, 1, 0] = bad
    refused(
        lambda: Panel.from_arrays(Y, x, regressors=["lag", "income"]),
        "`lag` must be finite",
        f"the first {bad} for unit 2 in period 1",
        "unbalanced",
    )


@pytest.mark.parametrize(
    ("make", "wrong", "came", "remedy"),
    [
        (lambda: Panel.from_arrays(Y[0]), "`y` must have 2", r"shape \(2,\)", "Put units first"),
        (lambda: Panel.from_arrays(Y, Y), "`x` must have 3", r"shape \(3, 2\)", "regressors last"),
        (
            lambda: Panel.from_arrays(Y, X.transpose(1, 0, 2)),
            r"y must be \(N, T\) and x \(N, T, K\)",
            r"y \(3, 2\) and x \(2, 3, 2\)",
            "Put units first",
        ),
        (lambda: Panel.from_arrays(np.zeros((0, 2))), "units and periods", r"\(0, 2\)", "Give"),
        (lambda: Panel.from_arrays([["a", "b"]]), "`y` must hold numbers", "'a'", "Convert"),
        (lambda: Panel.from_arrays([[1.0], [1.0, 2.0]]), "`y` must hold numbers", "shape", "Conv"),
        (
            lambda: Panel.from_arrays(Y, observed=np.ones((2, 3), bool)),
            "`observed` must be a boolean array of the shape of y",
            r"bool \(2, 3\)",
            r"booleans of shape \(3, 2\)",
        ),
        (
            lambda: Panel.from_arrays(Y, observed=np.ones((3, 2))),
            "`observed` must be a boolean array",
            r"float64 \(3, 2\)",
            "Give booleans",
        ),
        (
            lambda: Panel.from_arrays(Y, units=["A", "B"]),
            "`units` must be 3 different names",
            "2 names, 2 of them different",
            "one name for each",
        ),
        (
            lambda: Panel.from_arrays(Y, periods=[1970, 1970]),
            "`periods` must be 2 different names",
            "2 names, 1 of them different",
            "one name for each",
        ),
        (
            lambda: Panel.from_arrays(Y, X, regressors=["lag"]),
            "`regressors` must be 2 different names",
            "1 names",
            "one name for each",
        ),
    ],
)
def test_bad_arrays_are_refused(
    make: Callable[[], object], wrong: str, came: str, remedy: str
) -> None:
    refused(make, wrong, came, remedy)


# Frames.


def test_from_frame_with_columns() -> None:
    assert_is_the_panel(Panel.from_frame(frame(), **COLUMNS))


def test_from_frame_with_an_index() -> None:
    assert_is_the_panel(Panel.from_frame(frame().set_index(["country", "year"]), **COLUMNS))
    assert_is_the_panel(Panel.from_frame(frame().set_index("year"), **COLUMNS))


def test_from_frame_does_not_change_the_frame() -> None:
    given = frame()
    Panel.from_frame(given, **COLUMNS)
    pd.testing.assert_frame_equal(given, frame())


def test_missing_rows_make_a_panel_unbalanced() -> None:
    panel = Panel.from_frame(frame().drop(index=2), **COLUMNS)  # C, 1970.
    assert not panel.balanced
    np.testing.assert_array_equal(panel.observed, [[True, True], [True, True], [False, True]])
    assert panel.y[2].tolist() == [0.0, 6.0]
    assert panel.x[2, 0].tolist() == [0.0, 0.0]


def changed(column: str, value: Any) -> pd.DataFrame:
    """The frame with one value of B, 1975 replaced."""
    given = frame()
    given[column] = given[column].astype(object)
    given.loc[0, column] = value
    return given


@pytest.mark.parametrize(
    ("given", "options", "wrong", "came", "remedy"),
    [
        (
            frame().drop(columns=["lag", "year"]),
            {},
            "must have the columns country, year, democracy, lag, income",
            "no year, lag among country, democracy, income",
            "Name the columns",
        ),
        (
            frame(),
            {"regressors": ["lag", "lag"]},
            "must be different columns",
            "democracy, lag, lag",
            "each column once",
        ),
        (
            frame(),
            {"regressors": ["democracy"]},
            "must be different columns",
            "democracy, democracy",
            "each column once",
        ),
        (
            pd.concat([frame(), frame().iloc[[1]]]),
            {},
            "Each unit and period must have one row",
            "1 repeated, the first A, 1970",
            "Drop the duplicates",
        ),
        (changed("country", None), {}, "`country` must be given", "1 rows without", "Drop"),
        (changed("year", np.nan), {}, "`year` must be given", "1 rows without", "Drop"),
        (
            changed("income", "much"),
            {},
            "`income` must hold numbers",
            "'much'",
            "Convert",
        ),
        (
            changed("income", np.nan),
            {},
            "`income` must be finite",
            "nan for unit B in period 1975",
            "Drop those rows",
        ),
        (
            changed("democracy", np.inf),
            {},
            "`democracy` must be finite",
            "inf for unit B in period 1975",
            "Drop those rows",
        ),
        (frame().iloc[:0], {}, "needs units and periods", r"\(0, 0\)", "at least one"),
    ],
)
def test_bad_frames_are_refused(
    given: pd.DataFrame, options: dict[str, Any], wrong: str, came: str, remedy: str
) -> None:
    refused(lambda: Panel.from_frame(given, **{**COLUMNS, **options}), wrong, came, remedy)


# Datasets.


def dataset() -> xr.Dataset:
    """The panel as an xarray Dataset, one variable with its dimensions the other way round."""
    return xr.Dataset(
        {
            "democracy": (("country", "year"), Y),
            "lag": (("year", "country"), X[:, :, 0].T),
            "income": (("country", "year"), X[:, :, 1]),
            "area": (("country",), [1.0, 2.0, 3.0]),
        },
        coords={"country": ["A", "B", "C"], "year": [1970, 1975]},
    )


def test_from_dataset() -> None:
    assert_is_the_panel(Panel.from_dataset(dataset(), **COLUMNS))


def test_cells_that_are_missing_altogether_are_not_observed() -> None:
    given = dataset().where(
        ~((dataset()["country"] == "B") & (dataset()["year"] == 1975)), drop=False
    )
    panel = Panel.from_dataset(given, **COLUMNS)
    np.testing.assert_array_equal(panel.observed, [[True, True], [True, False], [True, True]])
    assert panel.y[1].tolist() == [3.0, 0.0]


@pytest.mark.parametrize(
    ("given", "options", "wrong", "came", "remedy"),
    [
        (
            dataset(),
            {"outcome": "polity", "regressors": ["lag", "wealth"]},
            "must have the variables polity, lag, wealth",
            "no polity, wealth among democracy, lag, income, area",
            "Name the variables",
        ),
        (
            dataset(),
            {"regressors": ["area"]},
            "`area` must have the dimensions country and year",
            "^country$",
            "Select or aggregate",
        ),
        (
            dataset().assign(lag=dataset()["lag"].where(dataset()["lag"] != 6.0)),
            {},
            "`lag` must be finite",
            "nan for unit B in period 1975",
            "Drop those rows",
        ),
    ],
)
def test_bad_datasets_are_refused(
    given: xr.Dataset, options: dict[str, Any], wrong: str, came: str, remedy: str
) -> None:
    refused(lambda: Panel.from_dataset(given, **{**COLUMNS, **options}), wrong, came, remedy)


# Rows in which something is missing.


def gappy(*places: tuple[int, str]) -> pd.DataFrame:
    """The frame without the values of some rows and columns."""
    given = frame()
    for row, column in places:
        given.loc[row, column] = np.nan
    return given


@pytest.mark.parametrize("column", ["democracy", "lag", "income"])
def test_rows_with_missing_values_are_dropped_if_asked(column: str) -> None:
    given = gappy((2, column))  # C, 1970.
    before = given.copy()
    panel = Panel.from_frame(given, **COLUMNS, drop_missing=True)
    np.testing.assert_array_equal(panel.observed, [[True, True], [True, True], [False, True]])
    assert panel.units == ("A", "B", "C")
    assert panel.y[2].tolist() == [0.0, 6.0]
    assert panel.x[2].tolist() == [[0.0, 0.0], [10.0, 11.0]]
    np.testing.assert_array_equal(panel.y[:2], Y[:2])
    np.testing.assert_array_equal(panel.x[:2], X[:2])
    pd.testing.assert_frame_equal(given, before)


def test_a_unit_or_a_period_without_a_row_left_is_gone() -> None:
    panel = Panel.from_frame(gappy((2, "democracy"), (5, "income")), **COLUMNS, drop_missing=True)
    assert panel.units == ("A", "B")
    assert panel.balanced
    np.testing.assert_array_equal(panel.y, Y[:2])
    without_1970 = gappy((1, "lag"), (2, "lag"), (4, "lag"))
    panel = Panel.from_frame(without_1970, **COLUMNS, drop_missing=True)
    assert panel.periods == (1975,)
    np.testing.assert_array_equal(panel.y, Y[:, 1:])


def test_only_the_columns_of_the_panel_must_be_there() -> None:
    given = frame().assign(other=np.nan)
    assert_is_the_panel(Panel.from_frame(given, **COLUMNS, drop_missing=True))
    outcome_alone = COLUMNS | {"regressors": []}
    assert Panel.from_frame(gappy((2, "lag")), **outcome_alone, drop_missing=True).balanced


def test_what_is_wrong_is_refused_though_missing_rows_are_dropped() -> None:
    options = COLUMNS | {"drop_missing": True}
    twice = pd.concat([frame(), gappy((1, "lag")).loc[[1]]])
    for given, wrong, came in [
        (gappy((2, "year")), "`year` must be given", "1 rows without"),
        (changed("income", np.inf), "`income` must be finite", "inf for unit B in period 1975"),
        (changed("income", "much"), "`income` must hold numbers", "'much'"),
        (twice, "Each unit and period must have one row", "1 repeated"),
        (frame().assign(lag=np.nan), "A panel needs units and periods", r"y \(0, 0\)"),
    ]:
        with pytest.raises(InputError) as raised:
            Panel.from_frame(given, **options)
        assert wrong in raised.value.wrong
        assert re.search(came, raised.value.came)


@pytest.mark.parametrize("name", ["panel.csv", "panel.dta"])
def test_missing_values_of_files(tmp_path: Path, name: str) -> None:
    path, given = tmp_path / name, gappy((2, "democracy"))
    if name.endswith("csv"):
        given.to_csv(path, index=False)
    else:
        given.to_stata(path, write_index=False)
    columns = Columns("democracy", ("lag", "income"), "country", "year", drop_missing=True)
    for panel in (
        columns.read(path),
        Panel.from_file(str(path), **COLUMNS, drop_missing=True),
    ):
        np.testing.assert_array_equal(panel.observed, [[True, True], [True, True], [False, True]])
        assert panel.y[2].tolist() == [0.0, 6.0]
    for read in (
        lambda: replace(columns, drop_missing=False).read(path),
        lambda: Panel.from_file(str(path), **COLUMNS),
    ):
        refused(read, "`democracy` must be finite", "nan for unit C in period 1970", "Drop those")


# Files.


@pytest.mark.parametrize("name", ["panel.csv", "panel.parquet", "panel.dta", "PANEL.CSV"])
def test_from_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        frame().to_parquet(path)
    elif name.endswith("dta"):
        frame().to_stata(path, write_index=False)
    else:
        frame().to_csv(path, index=False)
    assert_is_the_panel(Panel.from_file(str(path), **COLUMNS))


def test_real_panel_from_its_file(democracy: Panel) -> None:
    assert democracy.shape == (90, 7, 2)
    assert democracy.balanced
    assert democracy.periods == (1970, 1975, 1980, 1985, 1990, 1995, 2000)
    assert democracy.units[:2] == ("Algeria", "Argentina")
    # The lag is the outcome of the period before.
    np.testing.assert_allclose(democracy.x[:, 1:, 0], democracy.y[:, :-1], atol=1e-6)


@pytest.mark.parametrize("ending", ["csv", "parquet", "dta"])
def test_missing_file_is_refused(tmp_path: Path, ending: str) -> None:
    path = str(tmp_path / f"nothing.{ending}")
    refused(
        lambda: Panel.from_file(path, **COLUMNS),
        "The panel file must exist",
        re.escape(path),
        "Check the path",
    )


@pytest.mark.parametrize("name", ["panel.xlsx", "panel", "csv"])
def test_unknown_ending_is_refused(tmp_path: Path, name: str) -> None:
    refused(
        lambda: Panel.from_file(str(tmp_path / name), **COLUMNS),
        "must be CSV, Parquet or Stata",
        name,
        "ends in .csv, .parquet, .dta",
    )


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        ("csv", b""),
        ("csv", b'a,b\n1,2,3,4\n"'),
        ("csv", b"\xff\xfe\x00bad\x80"),
        ("parquet", b"this is no parquet"),
        ("parquet", b""),
        ("dta", b"this is no stata file at all, though it is long enough to have a header"),
        ("dta", b""),
    ],
)
def test_unreadable_file_is_refused(tmp_path: Path, ending: str, content: bytes) -> None:
    path = tmp_path / f"panel.{ending}"
    path.write_bytes(content)
    refused(
        lambda: Panel.from_file(str(path), **COLUMNS),
        f"must be readable as {ending}",
        re.escape(str(path)),
        "Check the file",
    )


def test_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.mkdir()
    refused(lambda: Panel.from_file(str(path), **COLUMNS), "must be readable", "panel.csv", "Check")


def test_error_survives_a_process_boundary() -> None:
    error = InputError("This was wrong", "that", "Do this")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "This was wrong; got that. Do this."
    assert (again.wrong, again.came, again.remedy) == ("This was wrong", "that", "Do this")


# Dates and text as periods.


DATES: dict[str, list[Any]] = {
    "timestamps": list(pd.to_datetime(["1970-01-01", "1975-01-01"])),
    "days": [datetime.date(1970, 1, 1), datetime.date(1975, 1, 1)],
    "years": list(pd.PeriodIndex(["1970", "1975"], freq="Y")),
}


@pytest.mark.parametrize("kind", list(DATES))
def test_dates_are_periods(kind: str) -> None:
    dates = dict(zip([1970, 1975], DATES[kind], strict=True))
    given = frame().assign(year=lambda one: one["year"].map(dates))
    panel = Panel.from_frame(given, **COLUMNS)
    np.testing.assert_array_equal(panel.y, Y)
    assert panel.periods == tuple(DATES[kind])
    assert panel.period_labels == ("1970", "1975")
    assert panel.notes == ()
    assert fingerprint(panel) == fingerprint(Panel.from_frame(given, **COLUMNS))
    later = Panel.from_frame(
        given.replace({"year": {dates[1975]: dates[1970]}}).drop([0, 3, 5]), **COLUMNS
    )
    assert later.periods == panel.periods[:1]
    made = Panel.from_arrays(Y, X, periods=list(panel.periods))
    assert made.periods == panel.periods


def test_names_from_arrays_are_plain() -> None:
    panel = Panel.from_arrays(
        Y, units=np.array([3, 1, 2]), periods=np.array(["1970", "1975"], "datetime64[ns]")
    )
    assert panel.units == (3, 1, 2)
    assert type(panel.units[0]) is int
    assert panel.periods == tuple(DATES["timestamps"])


def test_how_periods_were_ordered_is_no_part_of_identity() -> None:
    names = {1970: "P6", 1975: "P10"}
    given = frame().assign(year=lambda one: one["year"].map(names))
    panel = Panel.from_frame(given, **COLUMNS)
    np.testing.assert_array_equal(panel.y, Y)
    assert panel.periods == ("P6", "P10")
    assert panel.notes == ("Periods in `year` are in the order of the numbers in them: P6, P10.",)
    assert fingerprint(panel) == fingerprint(replace(panel, notes=()))
    assert panel.within_units().notes == panel.notes


def test_datasets_keep_the_order_of_text_periods() -> None:
    panel = Panel.from_dataset(dataset().assign_coords(year=["pre", "post"]), **COLUMNS)
    assert panel.periods == ("pre", "post")
    np.testing.assert_array_equal(panel.y, Y)


def test_rows_tell_the_order_before_they_are_dropped() -> None:
    names = {1970: "pre", 1975: "post"}
    given = gappy((2, "democracy"), (4, "lag")).sort_values("year")
    given["year"] = given["year"].map(names)
    panel = Panel.from_frame(given, **COLUMNS, drop_missing=True)
    assert panel.periods == ("pre", "post")
    np.testing.assert_array_equal(panel.observed, [[True, True], [False, True], [False, True]])


def test_resampled_units_are_numbered_anew() -> None:
    y, x = np.arange(6.0).reshape(3, 2), np.arange(12.0).reshape(3, 2, 2)
    panel = Panel.from_arrays(y, x, units=["a", "b", "c"], periods=[1970, 1975], outcome="income")
    again = panel.resampled(np.array([2, 0, 2, 1]))
    np.testing.assert_array_equal(again.y, y[[2, 0, 2, 1]])
    np.testing.assert_array_equal(again.x, x[[2, 0, 2, 1]])
    assert again.units == (0, 1, 2, 3)
    assert again.periods == (1970, 1975)
    assert again.outcome == "income"
    assert again.balanced
    for array in (again.y, again.x, again.observed):
        assert not array.flags.writeable


def most_memory(make: Callable[[], Panel]) -> int:
    """The most that was held beside what was there before."""
    make()
    tracemalloc.start()
    try:
        make()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("gaps", [False, True])
def test_a_panel_is_made_with_one_copy_of_its_arrays(gaps: bool) -> None:
    n_units, n_periods, n_regressors = 2000, 30, 5
    rng = np.random.default_rng(0)
    y = rng.standard_normal((n_units, n_periods))
    x = rng.standard_normal((n_units, n_periods, n_regressors))
    observed = rng.random(y.shape) < 0.9 if gaps else None
    held = most_memory(lambda: Panel.from_arrays(y, x, observed=observed))
    assert held < 1.25 * (y.nbytes + x.nbytes)


def test_masked_numbers_are_copied_once() -> None:
    y = np.ma.array(np.ones((2000, 100)), mask=np.zeros((2000, 100), bool))
    assert most_memory(lambda: Panel.from_arrays(y)) < 1.6 * y.nbytes


def test_gaps_are_zeroed_in_the_panel_and_not_in_what_was_given() -> None:
    y, x = np.full((2, 3), np.nan), np.full((2, 3, 1), np.inf)
    observed = np.zeros((2, 3), bool)
    observed[0, 1] = observed[1, 2] = True
    y[observed], x[observed] = 4.0, 5.0
    panel = Panel.from_arrays(y, x, observed=observed)
    assert panel.y.tolist() == [[0.0, 4.0, 0.0], [0.0, 0.0, 4.0]]
    assert panel.x[:, :, 0].tolist() == [[0.0, 5.0, 0.0], [0.0, 0.0, 5.0]]
    assert np.isnan(y[0, 0])
    assert np.isinf(x[0, 0, 0])


def test_numbers_that_are_not_finite_are_found_in_every_block() -> None:
    for unit in (0, 4095, 4096, 9999):
        y = np.zeros((10_000, 2))
        y[unit, 1] = np.inf
        with pytest.raises(InputError, match=f"1 values .* for unit {unit} in period 1"):
            Panel.from_arrays(y)
