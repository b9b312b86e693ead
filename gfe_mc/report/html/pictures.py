"""The figures of a study in its page: drawings, or pictures where a drawing would be too large."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from markupsafe import Markup

from gfe_mc.errors import InputError, require
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import counts, misclassification
from gfe_mc.report.content import described
from gfe_mc.report.declaration import Report
from gfe_mc.report.figures.catalogue import COMPARING, FIGURES, drawings
from gfe_mc.report.figures.forest import MOST
from gfe_mc.report.figures.grid import Sheet
from gfe_mc.report.figures.style import drawn
from gfe_mc.report.html.svg import inline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST_DRAWING = 200_000
"""Bytes of a drawing; a larger one becomes a picture of dots."""
LARGEST_PICTURE = 600_000
"""Bytes of a picture; a larger one is left out."""
DPI = (144, 100)
"""Dots an inch, the second where the first are too many."""
TALLEST = 60.0
"""Inches of a figure; a taller one is left out."""
TALL = 1400
"""Pixels of a figure; a taller one is folded."""
LARGEST = 1_900_000
"""Bytes of all figures of a page; what comes after is left out."""
ZIPPED = 10
"""Cells of a zip plot in a page; more of them are drawn in parts."""
_BY_ROWS = ("bias", "coverage", "misclassification", "fit_time")


@dataclass(frozen=True)
class Picture:
    """One figure of a page.

    Attributes
    ----------
    name : str
        Its name in the catalogue, with a number if there are several.
    says : str
        What it shows.
    content : Markup
        What stands in the page; empty if it was left out.
    width, height : int
        Pixels at its own size.
    reason : str
        Why it was left out.
    """

    name: str
    says: str = ""
    content: Markup = Markup()  # noqa: RUF009
    width: int = 0
    height: int = 0
    reason: str = ""

    @property
    def tall(self) -> bool:
        """Whether it would keep a reader from what follows."""
        return self.height > TALL


def suiting(study: xr.Dataset) -> list[str]:
    """Return the names of the figures of a study's page: what suits it, and what it declares."""
    names = []
    status = counts.array(study, "inference_status") if "inference_status" in study else np.array(0)
    inferred = "standard_error" in study and bool((status != InferenceStatus.NOT_RUN).any())
    if np.isfinite(counts.array(study, "truth")).any():
        names += ["bias"] + (["coverage", "zip"] if inferred else [])
    scored = misclassification.NAME
    if scored in study and np.isfinite(counts.array(study, scored)).any():
        names.append("misclassification")
    if counts.used(study).any():
        names.append("fit_time")
    declared = Report.read(described(study)["report"]).figures
    return [*names, *[name for name in declared if name not in names]]


def pictures(study: xr.Dataset) -> list[Picture]:
    """Draw the figures of a study for its page, one of many cells in parts.

    Where one cannot be drawn, or would make the page too large, its picture says why.
    """
    made: list[Picture] = []

    def add(name: str, draw: Sheet, cells: int) -> None:
        made.append(_picture(draw, name, cells, LARGEST - sum(len(one.content) for one in made)))

    names = suiting(study)
    for name in names:
        if name in COMPARING:
            continue
        pieces = _pieces(study, name)
        for number, piece in enumerate(pieces, start=1):
            part = "" if len(pieces) == 1 else f"-{number}"
            add(f"{name}{part}", partial(FIGURES[name], piece), piece.sizes["cell"])
    comparing = [name for name in names if name in COMPARING]
    try:
        for name, draw in drawings(study, comparing):
            add(name, draw, study.sizes["cell"])
    except InputError as error:
        made.append(Picture(", ".join(comparing), reason=str(error)))
    return made


def _pieces(study: xr.Dataset, name: str) -> list[xr.Dataset]:
    """The study in parts of so many cells that a figure of them can be looked at."""
    cells = study.sizes["cell"]
    most = cells
    if name == "zip":
        most = ZIPPED
    elif name in _BY_ROWS:
        rows = study.sizes["estimator"]
        rows *= study.sizes["inference"] if name == "coverage" else 1
        most = max(1, MOST // rows)
    return [study.isel(cell=slice(start, start + most)) for start in range(0, cells, most)]


def _picture(draw: Sheet, name: str, cells: int, room: int) -> Picture:
    """Draw a figure, of so many cells, where there is so much room."""
    try:
        figure = draw()
        require(
            figure.get_figheight() <= TALLEST,
            f"A figure of a page must be at most {TALLEST:.0f} inches high",
            f"one of {figure.get_figheight():.0f}, of {cells} cells",
            "Draw a part of the study: study.isel(cell=[0, 1])",
        )
        return _made(figure, name, room)
    except InputError as error:
        return Picture(name, reason=str(error))


def _made(figure: Figure, name: str, room: int) -> Picture:
    says = " ".join(figure.get_suptitle().replace(r"\$", "$").split())
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    drawing = inline(drawn(figure, ".svg"), name, says)
    if len(drawing) <= min(LARGEST_DRAWING, room):
        return Picture(name, says, Markup(drawing), width, height)
    most = min(LARGEST_PICTURE, room)
    for dpi in DPI:
        dots = base64.b64encode(_grey(drawn(figure, ".png", dpi))).decode()
        tag = Markup('<img src="data:image/png;base64,{}" width="{}" height="{}" alt="{}">').format(
            Markup(dots), width, height, says
        )
        if len(tag) <= most:
            return Picture(name, says, tag, width, height)
    raise InputError(
        f"A figure must have at most {max(most, 0):,} bytes here",
        f"{len(tag):,}",
        "Draw it into a file of its own, by `figures` of the Report",
    )


def _grey(picture: bytes) -> bytes:
    """The same dots in sixteen shades of grey, as figures are grey: a third of the bytes."""
    from PIL import Image

    made = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        levels = image.convert("L").point([round(shade / 17) for shade in range(256)])
        shown = Image.frombytes("P", levels.size, levels.tobytes())
    shown.putpalette([17 * level for level in range(16) for _ in range(3)])
    shown.save(made, "PNG", optimize=True, bits=4)
    return made.getvalue()
