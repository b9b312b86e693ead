"""The reference: a page for each room of the package, with every public name that lives there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import gfe_mc


class Room(NamedTuple):
    """A page of the reference.

    Attributes
    ----------
    page : str
        Name of its file, without the ending.
    title, about : str
        Its heading, and what lives there.
    modules : tuple of str
        Beginnings of the modules whose public names it has, without the package's.
    """

    page: str
    title: str
    about: str
    modules: tuple[str, ...]


ROOMS = (
    Room(
        "data",
        "Panels",
        "The panel, checked when it is made, and what refuses.",
        ("data", "errors"),
    ),
    Room(
        "designs",
        "Designs",
        "What draws a sample: a panel, and the truth that it was drawn from.",
        ("dgp",),
    ),
    Room(
        "fits",
        "Fits",
        "What every estimator returns: a fit that knows its model, and how it ended.",
        ("fit", "parameters"),
    ),
    Room(
        "profiles",
        "Estimators of group profiles",
        "Grouped fixed effects, its searches, its relatives and its rivals.",
        ("estimators.profiles",),
    ),
    Room(
        "slopes",
        "Estimators of slopes by groups",
        "Groups of units whose slopes are the same.",
        ("estimators.slopes",),
    ),
    Room(
        "fuzzy",
        "Soft memberships",
        "Fuzzy clustering regression, and its searches.",
        ("estimators.fuzzy",),
    ),
    Room("mixtures", "Mixtures", "Finite mixtures of normals.", ("estimators.mixtures",)),
    Room(
        "losses",
        "Binary outcomes and counts",
        "Groups under a convex loss.",
        ("estimators.losses",),
    ),
    Room(
        "factors",
        "Factors",
        "Heterogeneity of low rank: interactive effects, and groups of units and of periods.",
        ("estimators.factors",),
    ),
    Room(
        "selection",
        "How many groups",
        "Criteria, paths, estimators that choose, and tests.",
        ("selection",),
    ),
    Room(
        "inference",
        "Standard errors",
        "From a fit to a covariance: each does what the fit's model says.",
        ("inference",),
    ),
    Room(
        "metrics",
        "Metrics",
        "What is recorded of a replication, and how it is summarised over replications.",
        ("metrics",),
    ),
    Room("study", "Studies", "An experiment, declared, found and run.", ("study",)),
    Room(
        "report",
        "Reports",
        "What is made of a study: printed tables, rankings, layouts.",
        ("published", "report"),
    ),
    Room(
        "one_panel",
        "One panel",
        "A fit of a panel of your own, with its standard errors, ready to be read.",
        ("one_panel", "summary", "fitted"),
    ),
    Room("clusters", "Workers", "Where the workers of a run are.", ("clusters",)),
)
"""Pages in the order of the data's way; what lives nowhere of these is refused."""


def by_room() -> dict[Room, list[str]]:
    """Return the public names of each room, by the alphabet.

    Raises
    ------
    LookupError
        A name has no room.
    """
    found: dict[Room, list[str]] = {room: [] for room in ROOMS}
    for name in gfe_mc.__all__:
        if name != "__version__":
            found[_room_of(name)].append(name)
    return {room: names for room, names in found.items() if names}


def _room_of(name: str) -> Room:
    module = gfe_mc._HOME[name][0].removeprefix("gfe_mc.")
    for room in ROOMS:
        if any(module == one or module.startswith(f"{one}.") for one in room.modules):
            return room
    raise LookupError(f"{name} of {module} has no page: give a room of docs/hooks/public_names.py")


def pages() -> Iterator[tuple[str, str]]:
    """Yield the file and the text of each page."""
    for room, names in by_room().items():
        listed = "\n".join(f"::: gfe_mc.{name}\n" for name in names)
        yield f"reference/{room.page}.md", f"# {room.title}\n\n{room.about}\n\n{listed}"


def index() -> str:
    """Return the page of all names, room by room."""
    parts = [
        "# Reference\n\nEvery public name of the package, by what it is for. Each is imported from "
        f"`gfe_mc` itself, as in `from gfe_mc import GFE`; `gfe_mc.__version__` is the version, "
        f"here {gfe_mc.__version__}.\n"
    ]
    for room, names in by_room().items():
        links = ", ".join(f"[`{name}`]({room.page}.md#gfe_mc.{name})" for name in names)
        parts.append(f"## [{room.title}]({room.page}.md)\n\n{room.about}\n\n{links}\n")
    return "\n".join(parts)


def on_config(config: Any) -> Any:
    """Put the pages of the rooms into the navigation."""
    for entry in config.nav:
        if "Reference" in entry:
            entry["Reference"] += [f"reference/{room.page}.md" for room in by_room()]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages to those of the site."""
    from mkdocs.structure.files import File

    for path, text in [("reference/index.md", index()), *pages()]:
        files.append(File.generated(config, path, content=text))
    return files
