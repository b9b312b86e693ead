"""Texts of a dataset as numbers, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

_TEXTS = "_texts"
"""What follows the name of a variable in that of its texts, and of their dimension."""


def with_numbers(dataset: xr.Dataset) -> xr.Dataset:
    """Return a dataset whose texts are numbers, and each of its texts once beside them.

    Most messages are empty or the same. As characters they could not be reshaped before they are
    loaded, and as strings of varying length they would not be compressed.
    """
    made: dict[str, Any] = {}
    for name in [str(name) for name in dataset.data_vars if dataset[name].dtype == object]:
        values = dataset[name].to_numpy().astype(str)
        texts, numbers = np.unique(values, return_inverse=True)
        attrs = {**dataset[name].attrs, "texts": f"numbers of {name}{_TEXTS}"}
        made[name] = (dataset[name].dims, numbers.reshape(values.shape).astype("i4"), attrs)
        made[f"{name}{_TEXTS}"] = (f"{name}_number", texts.astype(object))
    return dataset.assign(made)


def with_texts(dataset: xr.Dataset) -> xr.Dataset:
    """Undo `with_numbers`."""
    names = [str(name) for name in dataset.data_vars]
    numbered = {
        name.removesuffix(_TEXTS)
        for name in names
        if name.endswith(_TEXTS)
        and name.removesuffix(_TEXTS) in names
        and "texts" in dataset[name.removesuffix(_TEXTS)].attrs
    }
    if not numbered:
        return dataset
    variables: dict[str, Any] = {}
    for name in names:
        if name in numbered:
            texts = dataset[f"{name}{_TEXTS}"].to_numpy().astype(object)
            attrs = {key: value for key, value in dataset[name].attrs.items() if key != "texts"}
            variables[name] = (dataset[name].dims, texts[dataset[name].to_numpy()], attrs)
        elif name.removesuffix(_TEXTS) not in numbered:
            variables[name] = dataset[name].variable
    return xr.Dataset(variables, coords=dataset.coords, attrs=dataset.attrs)
