"""What a metric says of the numbers that it records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gfe_mc.errors import require

DTYPES = ("f8", "i1", "i4", "i8", "bool", "O")
"""Types of recorded numbers: floating point, whole numbers, yes or no, and text."""

INFERENCE = "inference"
"""The dimension along which there is an entry for each inference method."""


@dataclass(frozen=True)
class Variable:
    """Variable that is recorded of each replication: a number, or an array of them.

    Parameters
    ----------
    title : str, default ""
        What it is, in words: the heading of its column in tables, and an attribute of the dataset.
    dims : tuple of str, default ()
        Names of its dimensions beside the replication; none for a scalar. A replication that
        falls short of the longest is filled up.
    dtype : str, default "f8"
        "f8" (floating point), "i1", "i4" or "i8" (whole numbers), "bool", or "O" (text).
    fill : float, int or str, optional
        Its value where there is none. If left out: NaN, the smallest whole number, no text.
    of_sample : bool, default False
        Whether it belongs to the sample rather than to an estimator.
    units : str, default ""
        Its unit of measurement.

    Raises
    ------
    InputError
        A type that is not known, or dimensions that are no names.
    """

    title: str = ""
    dims: tuple[str, ...] = ()
    dtype: str = "f8"
    fill: float | int | str | None = None
    of_sample: bool = False
    units: str = ""

    def __post_init__(self) -> None:
        require(
            self.dtype in DTYPES,
            "The type of a variable must be known",
            repr(self.dtype),
            f"Give one of {', '.join(DTYPES)}",
        )
        require(
            not isinstance(self.dims, str) and all(isinstance(dim, str) for dim in self.dims),
            "`dims` must be a tuple of names",
            repr(self.dims),
            'Give ("group",), say',
        )

    @property
    def stored(self) -> np.dtype[Any]:
        """Type of its arrays; yes or no is a whole number, so that there can be neither."""
        return np.dtype("i1" if self.dtype == "bool" else self.dtype)

    @property
    def blank(self) -> float | int | str:
        """Its value where there is none."""
        if self.fill is not None:
            return self.fill
        if self.dtype == "O":
            return ""
        return float("nan") if self.dtype == "f8" else int(np.iinfo(self.stored).min)

    def empty(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return an array in which nothing is recorded yet."""
        return np.full(shape, self.blank, self.stored)

    def padded(self, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return the array, filled up to a shape that is nowhere smaller."""
        if array.shape == shape:
            return array
        whole = self.empty(shape)
        whole[tuple(slice(length) for length in array.shape)] = array
        return whole

    def stacked(self, entries: list[np.ndarray | None]) -> np.ndarray:
        """Return entries of replications as one array, blank where an entry is missing."""
        shapes = [entry.shape for entry in entries if entry is not None]
        shape = common_shape(shapes) if shapes else (0,) * len(self.dims)
        whole = self.empty((len(entries), *shape))
        for n, entry in enumerate(entries):
            if entry is not None:
                # Without the dots an array of text would be put in as an array.
                whole[n, ...] = self.padded(entry, shape)
        return whole

    def has_values(self, array: np.ndarray) -> np.ndarray:
        """Return where an array of it holds a value rather than a blank."""
        if self.stored.kind == "f":
            return np.asarray(
                ~np.isnan(array) if np.isnan(float(self.blank)) else array != self.blank
            )
        return np.asarray(array != self.blank)

    def checked(self, name: str, value: Any) -> np.ndarray:
        """Return a recorded value as an array of its type and dimensions.

        Parameters
        ----------
        name : str
            Its name, for the message.
        value : object
            What a metric recorded.

        Raises
        ------
        InputError
            Another number of dimensions, numbers that its type cannot hold, or text for a number.
        """
        array = np.asarray(value)
        require(
            array.ndim == len(self.dims),
            f"`{name}` must have the dimensions ({', '.join(self.dims)})",
            f"an array of shape {array.shape}",
            "Return what `variables` declares",
        )
        if self.dtype == "O":
            require(
                all(isinstance(entry, str) for entry in array.ravel().tolist()),
                f"`{name}` must be text",
                repr(value),
                "Return text, or declare another type",
            )
            return array.astype(object)
        fits = array.dtype.kind in "biuf"
        if fits and self.stored.kind != "f":
            limits = np.iinfo(self.stored)
            whole = bool(np.isfinite(array.astype("f8")).all())
            whole = whole and bool((array == np.floor(array.astype("f8"))).all())
            fits = whole and bool(((array >= limits.min) & (array <= limits.max)).all())
        if fits and self.dtype == "bool":
            fits = bool(np.isin(array, (0, 1)).all())
        require(
            fits,
            f"`{name}` must hold numbers of type {self.dtype}",
            repr(value)[:200],
            "Return such numbers, or declare another type",
        )
        return array.astype(self.stored)


def common_shape(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the smallest shape that holds all of them."""
    return tuple(max(lengths) for lengths in zip(*shapes, strict=True))
