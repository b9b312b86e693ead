"""What a metric says of the numbers that it records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gfe_mc.errors import InputError, require

DTYPES = ("f8", "i1", "i4", "i8", "bool", "O")
"""Types of recorded numbers: floating point, whole numbers, yes or no, and text."""

LONGEST_TEXT = 1000
"""Characters of a recorded text, at most: a dataset has every text at the length of the longest."""

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
        "f8" (floating point), "i1", "i4" or "i8" (whole numbers), "bool", or "O" (text: at most
        1,000 characters, of which none is NUL or half of a surrogate pair, as no file takes them).
    fill : float, int or str, optional
        Its value where there is none. If left out: NaN, the smallest whole number, no text.
    of_sample : bool, default False
        Whether it belongs to the sample rather than to an estimator.
    units : str, default ""
        Its unit of measurement.

    Raises
    ------
    InputError
        A type that is not known, dimensions that are no names, a title or unit that is no text,
        or a fill that the type cannot hold.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Variable
    >>> share = Variable("share of units in the largest group")
    >>> sizes = Variable("units in the group", dims=("group",), dtype="i4", fill=0)
    >>> sizes.stacked([np.array([3, 2]), None, np.array([5])])  # of three replications
    array([[3, 2],
           [0, 0],
           [5, 0]], dtype=int32)
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
        for what, text in (("title", self.title), ("units", self.units)):
            require(_storable(text), f"`{what}` must be text", ascii(text)[:200], "Give text")
        if self.fill is not None and not _holds(self.stored, self.fill):
            raise InputError(
                "The fill of a variable must be of its type",
                f"{self.fill!r} for {self.dtype}",
                "Give such a value, or leave it out",
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
        # Text as objects: arrays of characters drop what it ends with if that is NUL.
        array = np.asarray(value, object if self.dtype == "O" else None)
        require(
            array.ndim == len(self.dims),
            f"`{name}` must have the dimensions ({', '.join(self.dims)})",
            f"an array of shape {array.shape}",
            "Return what `variables` declares",
        )
        if self.dtype == "O":
            return _texts(name, array)
        fits = array.dtype.kind in "biuf"
        if fits and self.stored.kind != "f":
            fits = _whole(array, self.stored)
        if fits and self.dtype == "bool":
            fits = bool(np.isin(array, (0, 1)).all())
        if not fits:
            raise InputError(
                f"`{name}` must hold numbers of type {self.dtype}",
                _said(array),
                "Return such numbers, or declare another type",
            )
        return array.astype(self.stored)


def _texts(name: str, array: np.ndarray) -> np.ndarray:
    """An array of texts, each of Python's own type."""
    texts = np.empty(array.shape, object)
    for place, entry in np.ndenumerate(array):
        if not isinstance(entry, str):
            remedy = "Return text, or declare another type"
            raise InputError(f"`{name}` must be text", _said(array), remedy)
        text = str.__str__(entry)
        require(
            len(text) <= LONGEST_TEXT,
            f"`{name}` must be text of at most {LONGEST_TEXT} characters",
            f"{len(text)}",
            "Record what is short, or numbers",
        )
        require(
            _storable(text),
            f"`{name}` must be text that a file can hold",
            ascii(text)[:200],
            "Leave out NUL and single surrogates",
        )
        texts[place] = text
    return texts


def _storable(text: object) -> bool:
    """Whether something is text that a file can hold."""
    if not isinstance(text, str) or "\0" in text:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _whole(array: np.ndarray, stored: np.dtype[Any]) -> bool:
    """Whether numbers are whole, and in the range of a type."""
    limits = np.iinfo(stored)
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
        # The largest number of eight bytes is none of floating point; the next one is.
        within = (array >= limits.min) & (array < float(limits.max) + 1.0)
        return bool((within & (array == np.floor(array))).all())
    return bool(((array >= limits.min) & (array <= limits.max)).all())


def _holds(stored: np.dtype[Any], fill: object) -> bool:
    """Whether a type can hold the value of what is missing."""
    if stored.kind == "O":
        return _storable(fill)
    array = np.asarray(fill)
    return (
        array.ndim == 0
        and array.dtype.kind in "biuf"
        and (stored.kind == "f" or _whole(array, stored))
    )


def _said(array: np.ndarray) -> str:
    """What came, of which nothing is asked that could raise or be long."""
    if array.dtype.kind in "biufcSU":
        return ascii(array.item() if array.ndim == 0 else array)[:200]
    if array.ndim == 0:
        return f"a {type(array[()]).__qualname__}"
    return f"an array of type {array.dtype} and shape {array.shape}"


def common_shape(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the smallest shape that holds all of them."""
    return tuple(max(lengths) for lengths in zip(*shapes, strict=True))
