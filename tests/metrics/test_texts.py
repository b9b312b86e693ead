"""Texts of a dataset as numbers: reshaped before they are loaded, and back to the last byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from gfe_mc.metrics.texts import with_numbers, with_texts
from gfe_mc.study.dataset import read_dataset, write_dataset


def study() -> xr.Dataset:
    """Two factors, so that cells can be reshaped by them."""
    dims = ("cell", "estimator", "replication")
    messages = np.full((4, 1, 3), "", object)
    messages[2, 0, 1] = "ValueError: théta, line\nbreak"
    return xr.Dataset(
        {
            "message": (dims, messages, {"long_name": "what went wrong"}),
            "objective": (dims, np.arange(12.0).reshape(4, 1, 3)),
            "remark": (("cell",), np.array(["", "a", "", "b"], object)),
        },
        {
            "cell": np.arange(4),
            "N": ("cell", [50, 50, 100, 100]),
            "T": ("cell", [5, 7, 5, 7]),
            "estimator": ["ols"],
        },
        {"title": "none"},
    )


def test_there_and_back() -> None:
    made = with_numbers(study())
    assert made["message"].dtype == np.int32
    assert made["message_texts"].to_numpy().tolist() == ["", "ValueError: théta, line\nbreak"]
    again = with_texts(made)
    assert again.identical(study())
    assert list(again.data_vars) == list(study().data_vars)


def test_without_texts_nothing_changes() -> None:
    plain = study()[["objective"]]
    assert with_texts(with_numbers(plain)).identical(plain)


def test_by_file_and_reshaped_before_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "replications.nc"
    write_dataset(study(), path)
    assert read_dataset(path).identical(study())
    with xr.open_dataset(path) as lazy:
        table = lazy.set_index(cell=["N", "T"]).unstack("cell")
        assert float(table["objective"].sel(N=100, T=7, replication=2, estimator="ols")) == 11.0
        assert int(table["message"].sel(N=100, T=5, replication=1, estimator="ols")) == 1
