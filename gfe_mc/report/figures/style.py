"""One look for all figures: readable without colour, and the same bytes each time."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gfe_mc.errors import InputError, require
from gfe_mc.optional import required
from gfe_mc.report.place import put

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GREYS = ("0.0", "0.35", "0.55", "0.2", "0.45")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "x", "+", "*", "P", "<", ">", "1", "2", "3", "4")
SETTINGS: dict[str, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "svg.fonttype": "path",
    # Names inside an SVG file are drawn at random unless they are salted.
    "svg.hashsalt": "gfe_mc",
}

_FILES: dict[str, dict[str, Any]] = {
    ".svg": {"metadata": {"Date": None, "Creator": None}},
    ".png": {"metadata": {"Software": None}, "dpi": 200},
    ".pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
}
"""Endings, and what keeps the moment and the program out of such a file."""

_OTHER_PICTURES = (".jpg", ".jpeg", ".eps", ".ps", ".tif", ".tiff", ".webp", ".gif", ".bmp")


def line(number: int) -> dict[str, Any]:
    """Return the style of a line by its number from 0.

    Dashes, marker and grey differ from line to line.
    """
    return {
        "color": GREYS[number % len(GREYS)],
        "linestyle": DASHES[number % len(DASHES)],
        "marker": MARKERS[number % len(MARKERS)],
    }


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the one look.

    Raises
    ------
    InputError
        Matplotlib is not installed.
    """
    with _matplotlib().rc_context(SETTINGS):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches; to be called where `styled` holds."""
    _matplotlib()
    figure: Figure = import_module("matplotlib.figure").Figure(
        figsize=(width, height), layout="constrained"
    )
    return figure


def save(figure: Figure, path: str | Path) -> list[Path]:
    """Write a figure, the same bytes each time; return the paths of its files.

    Parameters
    ----------
    figure : Figure
        The figure.
    path : str or Path
        A file that ends in .svg, .png or .pdf; without an ending, the stem of two files, STEM.svg
        and STEM.png.

    Raises
    ------
    InputError
        The path has no name or another picture's ending, or the files cannot be written.
    """
    paths = _files(Path(path))
    try:
        for file in paths:
            put(file, drawn(figure, file.suffix.lower()))
    except OSError as error:
        raise InputError(
            "The figure must have a place where it can be written", str(error), "Choose another"
        ) from None
    return paths


def drawn(figure: Figure, ending: str, dpi: int | None = None) -> bytes:
    """Return what a file of an ending holds, the same bytes each time.

    Parameters
    ----------
    figure : Figure
        The figure.
    ending : str
        .svg, .png or .pdf.
    dpi : int, optional
        Dots an inch of a .png; 200 if None.

    Raises
    ------
    InputError
        A name in the figure is a formula that cannot be read.
    """
    made = io.BytesIO()
    options = _FILES[ending] | ({} if dpi is None else {"dpi": dpi})
    try:
        with styled():
            figure.savefig(made, format=ending[1:], **options)
    except ValueError as error:  # of names that matplotlib takes for formulas it cannot read
        raise InputError(
            "The names in a figure must be text that can be drawn",
            " ".join(str(error).split()),
            "Take the dollar signs out of them",
        ) from None
    return made.getvalue()


def _files(path: Path) -> list[Path]:
    """Return the files that a path asks for."""
    require(
        path.name not in {"", ".."},
        "A figure's path must have a name",
        repr(str(path)),
        "Give a path such as profiles, or profiles.pdf for that file alone",
    )
    require(
        not os.path.isdir(path),
        "A figure's path must be a file's",
        f"the folder {path}",
        "Give the name of a file in it",
    )
    ending = path.suffix.lower()
    require(
        ending not in _OTHER_PICTURES,
        "A figure must be SVG, PNG or PDF",
        path.name,
        f"Let the path end in {', '.join(_FILES)}, or give it no ending",
    )
    if ending in _FILES:
        return [path]
    return [path.with_name(path.name + suffix) for suffix in (".svg", ".png")]


def _matplotlib() -> Any:
    return required("matplotlib", "figures", "figures")
