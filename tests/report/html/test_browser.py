"""The page in a browser: on a phone, on a desk and in print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gfe_mc.report.html.page import write_page
from tests.report.html.browser import PROGRAM, Browser
from tests.report.html.pages import by_hand
from tests.report.html.test_page import hostile_study

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium on the PATH")

BEYOND = """
[...document.querySelectorAll("body, body *")].filter(one => {
  const seen = one.getBoundingClientRect();
  const boxed = one.parentElement.closest(".box, pre");
  return !boxed && (seen.right > innerWidth + 0.5 || seen.left < -0.5);
}).map(one => one.outerHTML.slice(0, 100))
"""
"""Elements that reach beyond the window; what is in a box of its own scrolls there."""
OPENED = 'document.querySelectorAll("details").forEach(one => { one.open = true; })'


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    studies = {"plain": by_hand(inferred=True), "hostile": hostile_study()}
    return {
        name: write_page(tmp_path_factory.mktemp(name), study) for name, study in studies.items()
    }


@pytest.mark.parametrize("name", ["plain", "hostile"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_loads_and_nothing_is_wider_than_the_window(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    before = len(browser.requests)
    browser.open(pages[name], width)
    assert browser.value("innerWidth") == width
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(BEYOND) == []
    browser.value(OPENED)
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(BEYOND) == []
    asked = [one for one in browser.requests[before:] if not one.startswith("data:")]
    assert asked == [pages[name].resolve().as_uri()]
    assert browser.errors == []


def test_figures_are_as_wide_as_a_phone_allows(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["plain"], 390)
    shown = "document.querySelector('#picture-bias svg').getBoundingClientRect().width"
    assert 300 < browser.value(shown) <= 390


def test_a_label_stays_in_sight_where_a_table_scrolls(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.open(pages["plain"], 390)
    scrolled = """(() => {
      const box = document.querySelector("#print .box");
      box.scrollLeft = 200;
      return [box.scrollLeft, box.querySelector("tbody th").getBoundingClientRect().left
              - box.getBoundingClientRect().left];
    })()"""
    moved, left = browser.value(scrolled)
    assert moved > 100
    assert abs(left) < 1


def test_it_prints(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    browser.open(pages["plain"], 1280)
    browser.print_to(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
