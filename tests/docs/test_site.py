"""The site: nothing is missing, nothing leads nowhere, nothing comes from elsewhere."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import public_names
import pytest

import gfe_mc
from tests.report.html.browser import PROGRAM, Browser

FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
"""What a browser fetches by itself, and the attribute that says from where."""


class Read(HTMLParser):
    """What a page has of anchors, links, and files that it fetches."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.anchors |= {said[name] for name in ("id", "name") if name in said}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if tag in FETCHED and FETCHED[tag] in said and said.get("rel") not in ("canonical", "next"):
            self.fetched.append(said[FETCHED[tag]])


@cache
def read(path: Path) -> Read:
    return Read(path)


def pages(site: Path) -> list[Path]:
    # That of a missing page has addresses from the root of a server.
    return [path for path in sorted(site.rglob("*.html")) if path != site / "404.html"]


def test_every_public_name_is_in_the_reference() -> None:
    named = {
        name
        for _, text in public_names.pages()
        for name in re.findall(r"^::: gfe_mc\.(\w+)$", text, re.M)
    }
    assert {*named, "__version__"} == set(gfe_mc.__all__)
    index = public_names.index()
    assert all(f"`{name}`" in index for name in named)
    assert "`gfe_mc.__version__`" in index


@pytest.mark.slow
def test_every_public_name_has_its_place(site: Path) -> None:
    for room, names in public_names.by_room().items():
        anchors = read(site / "reference" / f"{room.page}.html").anchors
        assert {f"gfe_mc.{name}" for name in names} <= anchors


@pytest.mark.slow
def test_links_lead_somewhere(site: Path) -> None:
    wrong = [
        f"{path.relative_to(site)}: {link}"
        for path in pages(site)
        for link in [*read(path).links, *read(path).fetched]
        if not leads(path, link)
    ]
    assert wrong == []


def leads(path: Path, link: str) -> bool:
    """Whether a link of a page leads to a file of the site, and to what is there in it."""
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme in ("https", "http", "mailto", "data", "javascript")
    target = path if not parts.path else path.parent / unquote(parts.path)
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return False
    return not parts.fragment or target.suffix != ".html" or _has(target, parts.fragment)


def _has(path: Path, fragment: str) -> bool:
    return unquote(fragment) in read(path).anchors or fragment.startswith("__")


@pytest.mark.slow
def test_nothing_comes_from_elsewhere(site: Path) -> None:
    elsewhere = [
        f"{path.relative_to(site)}: {address}"
        for path in pages(site)
        for address in read(path).fetched
        if urlsplit(address).netloc
    ]
    assert elsewhere == []
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert not any(re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", text) for text in styles)


@pytest.mark.slow
def test_formulas_are_drawn_by_the_browser(site: Path) -> None:
    text = (site / "built" / "errors.html").read_text(encoding="utf-8")
    assert text.count("<math") > 10
    assert "arithmatex" not in text
    assert "$$" not in text


@pytest.mark.slow
@pytest.mark.parametrize(("paper", "studies"), [("bm", 20), ("fcr", 5), ("ln", 5)])
def test_papers_have_their_studies(site: Path, paper: str, studies: int) -> None:
    text = (site / "papers" / f"{paper}.html").read_text(encoding="utf-8")
    assert text.count('class="study"') >= studies
    assert "<!-- " not in text.split("<article", 1)[1].split("</article", 1)[0]


@pytest.mark.slow
def test_every_command_is_there(site: Path) -> None:
    from typer.main import get_command

    from gfe_mc.cli import app

    text = (site / "command_line.html").read_text(encoding="utf-8")
    commands = getattr(get_command(app), "commands", {})
    assert len(commands) > 5
    for command in commands:
        assert f"gfe-mc {command}" in text


@pytest.mark.slow
@pytest.mark.skipif(PROGRAM is None, reason="no browser")
def test_search_works_without_a_server(site: Path, tmp_path: Path) -> None:
    with Browser(tmp_path) as browser:
        browser.open(site / "index.html", 1200)
        browser.value("document.querySelector('#__search').click()")
        browser.value(
            "const query = document.querySelector('[data-md-component=search-query]');"
            "query.value = 'jackknife';"
            "query.dispatchEvent(new Event('keyup'));"
        )
        found = browser.ask(
            "Runtime.evaluate",
            expression=(
                "new Promise(done => { const look = setInterval(() => {"
                "const n = document.querySelectorAll('.md-search-result__link').length;"
                "if (n) { clearInterval(look); done(n); } }, 50);"
                "setTimeout(() => done(0), 30000); })"
            ),
            awaitPromise=True,
            returnByValue=True,
        )
        assert found["result"]["value"] > 0
        assert browser.errors == []
        assert all(address.startswith(("file:", "data:", "blob:")) for address in browser.requests)
