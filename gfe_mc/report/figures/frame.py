"""What stands around the panels of a figure: its caption above, its legend below."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

SIZE = 9
SHADE: dict[str, Any] = {"color": "0.8", "linewidth": 0}
"""Style of bounds about a line."""

_CHARACTERS_AN_INCH = 13
_HANDLE_INCHES = 0.65


def caption(figure: Figure, *parts: str) -> None:
    """Write each part on a line of its own, or on as many as the figure's width makes it."""
    width = int(_CHARACTERS_AN_INCH * figure.get_figwidth())
    # "G = 3" stays together.
    whole = [part.replace(" = ", "\u00a0=\u00a0") for part in parts]
    lines = [line for part in whole for line in textwrap.wrap(part, width)]
    figure.suptitle("\n".join(lines).replace("\u00a0", " "), fontsize=SIZE)


def legend(figure: Figure, entries: Mapping[str, Mapping[str, Any]], shades: Sequence[str]) -> None:
    """Draw a legend of line styles and of shades, in as many rows as the width makes it."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Artist] = [Line2D([], [], label=name, **style) for name, style in entries.items()]
    handles += [Patch(label=name, **SHADE) for name in shades]
    legend_of(figure, handles)


def legend_of(figure: Figure, handles: Sequence[Artist]) -> None:
    """Draw a legend of what has labels, in as many rows as the width makes it."""
    lengths = [_HANDLE_INCHES + len(str(one.get_label())) / 16 for one in handles]
    width = figure.get_figwidth()
    columns = len(lengths) if sum(lengths) <= width else max(1, int(width / max(lengths)))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, fontsize=SIZE - 1)
