"""The exhibits of the papers: what there is to rerun."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Exhibit:
    """A table, figure or claim of a paper.

    Attributes
    ----------
    paper : str
        Key of the paper: see `papers`.
    name : str
        As the paper calls it.
    about : str
        What it shows.
    table : str, default ""
        Its printed figures, by the name of `gfe_mc.published.loader`; none if empty.
    studies : tuple of str, default ()
        Studies that rerun it and have no printed figures to stand beside.
    files : tuple of str, default ()
        Files in the folder of results that show it, where scripts rerun it and no study does.
    missing : str, default ""
        Why nothing reruns it, where nothing does.
    """

    paper: str
    name: str
    about: str
    table: str = ""
    studies: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    missing: str = ""


def papers() -> Mapping[str, str]:
    """Return authors and year of each paper by its key."""
    return _content()[0]


def exhibits() -> tuple[Exhibit, ...]:
    """Return all exhibits, by paper, in the order of their overview."""
    return _content()[1]


@cache
def _content() -> tuple[Mapping[str, str], tuple[Exhibit, ...]]:
    text = (files("gfe_mc.published") / "exhibits.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    made = [
        Exhibit(**{**one, **{name: tuple(one.get(name, ())) for name in ("studies", "files")}})
        for one in content["exhibits"]
    ]
    return content["papers"], tuple(made)
