"""One look for all figures: readable without colour, and the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gfe_mc.errors import InputError

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


def line(number: int) -> dict[str, Any]:
    """Style of a line by its number from 0: dashes, marker and grey differ from line to line."""
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


def save(figure: Figure, stem: str | Path) -> list[Path]:
    """Write STEM.svg and STEM.png, the same bytes each time; return their paths.

    Raises
    ------
    InputError
        The files cannot be written.
    """
    stem = Path(stem)
    paths = [stem.with_name(stem.name + suffix) for suffix in (".svg", ".png")]
    try:
        with styled():
            figure.savefig(paths[0], metadata={"Date": None, "Creator": None})
            figure.savefig(paths[1], dpi=200, metadata={"Software": None})
    except OSError as error:
        raise InputError(
            "The figure must have a place where it can be written", str(error), "Choose another"
        ) from None
    return paths


def _matplotlib() -> Any:
    try:
        return import_module("matplotlib")
    except ImportError:
        raise InputError(
            "Figures need matplotlib",
            "an installation without it",
            "Install it: pip install 'gfe-mc[figures]'",
        ) from None
