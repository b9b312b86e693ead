"""The page of a study: everything is in it, nothing is outside, and no name is markup."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.report.html import pictures
from gfe_mc.report.html.page import PAGE, render_page, write_page
from gfe_mc.report.verdicts import CHECKED, COMPARED
from gfe_mc.visible import visible
from tests.helpers import refused
from tests.report.html.pages import (
    HOSTILE,
    Page,
    by_hand,
    declared,
    page_of,
    told,
    without_failures,
)

ROOT = Path(__file__).resolve().parents[3]
TAGS = {
    *("html", "head", "meta", "title", "link", "style", "body", "header", "nav", "main", "footer"),
    *("section", "h1", "h2", "h3", "p", "div", "span", "a", "b", "strong", "code", "pre"),
    *("ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "figure", "img"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *("svg", "defs", "g", "path", "use", "clippath", "rect"),
}
"""All that a page has; none that runs anything, or asks for it."""


@pytest.fixture(scope="module")
def page() -> Page:
    return page_of(by_hand(inferred=True), Path("nowhere"))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out figures where a test is of something else: they take longest."""
    monkeypatch.setattr("gfe_mc.report.html.page.pictures", lambda _: [])


no_figures = pytest.mark.usefixtures("undrawn")


def require_alone(page: Page) -> None:
    """Nothing outside the page is asked for, and nothing in it is run."""
    assert {tag for tag, _ in page.elements} <= TAGS
    names = {name for _, own in page.elements for name in own}
    assert not [name for name in names if name.startswith("on")]
    for name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
        for value in page.values(name):
            assert re.match(r"#|data:(image/png;base64)?,", value), value
    assert set(re.findall(r"url\((.)", page.source)) <= {"#"}
    assert "@import" not in page.source
    policy = next(own for tag, own in page.elements if "http-equiv" in own)
    assert str(policy["content"]).startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_it_is_one_page_with_all_its_parts(page: Page) -> None:
    assert page.source.lstrip().startswith("<!DOCTYPE html>")
    assert (page.count("h1"), page.count("main"), page.count("title")) == (1, 1, 1)
    assert ("html", {"lang": "en"}) in page.elements
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in [
        own for _, own in page.elements
    ]
    ids = page.values("id")
    assert len(ids) == len(set(ids)), "no name twice, in drawings either"
    parts = ["print", "pictures", "failures", "misses", "inference", "figures", "origin"]
    assert [one for one in ids if one in [*parts, "declaration"]] == [*parts, "declaration"]
    assert {value[1:] for value in page.values("href") if value.startswith("#")} <= set(ids)


def test_nothing_outside_it_is_asked_for(page: Page) -> None:
    require_alone(page)


def test_every_table_is_in_a_box_of_its_own(page: Page) -> None:
    boxes = [own for _, own in page.elements if own.get("class") == "box"]
    assert len(boxes) == page.count("table") + page.count("figure")
    assert all(own["tabindex"] == "0" and own["aria-label"] for own in boxes)


def test_verdicts_have_a_symbol_and_a_word(page: Page) -> None:
    marked = [own for tag, own in page.elements if own.get("class") == "symbol" and "role" in own]
    said = [own["aria-label"] for own in marked]
    assert set(said) <= {verdict.value for verdict in (*COMPARED, *CHECKED)}
    crosses = {"differs", "not as printed"}
    tiles_and_key = 1 + ("not as printed" in said) + len(crosses)
    assert sum(word in crosses for word in said) == page.text.count("\u2717 ") - tiles_and_key
    tiles = re.findall(r"<b>[\u2713\u2248\u2717] (\d+)</b>", page.source)
    assert sum(map(int, tiles)) == len(said) > 10


def test_figures_are_drawn_in_it(page: Page) -> None:
    assert page.count("svg") == page.count("figure") == 5
    assert [value for value in page.values("id") if value.startswith("picture-")] == [
        f"picture-{name}" for name in ("bias", "coverage", "zip", "misclassification", "fit_time")
    ]
    labels = [str(own["aria-label"]) for tag, own in page.elements if tag == "svg"]
    assert labels[0].startswith("Bias: mean of estimate - truth, with 95% Monte Carlo bounds")


def test_failures_have_commands_that_a_shell_takes(page: Page) -> None:
    (command,) = re.findall(r"gfe-mc replay .* genetic .*", page.text)
    words = ["gfe-mc", "replay", "by_hand", "--cell", "0", "--replication", "5"]
    assert shlex.split(command) == [*words, "--estimator", "genetic", "--seed", "0"]
    assert "RuntimeError: no sample will do" in page.text
    assert "ESTIMATOR_FAILED" in page.text


def test_what_it_was_and_where_it_comes_from(page: Page) -> None:
    for said in (
        "GFE(groups=3)",
        "Known()",
        "A study by hand",
        "no paper",
        "Abacus, Linux, 2 cores",
    ):
        assert said in page.text
    assert "0123456789ab-dirty" in page.text


@no_figures
def test_without_a_print(tmp_path: Path) -> None:
    page = page_of(by_hand(printed=False), tmp_path)
    assert "No printed table is set beside this study." in page.text
    assert "\u2713" not in page.text
    require_alone(page)


@no_figures
def test_without_failures(tmp_path: Path) -> None:
    page = page_of(without_failures(by_hand()), tmp_path)
    assert "Every replication ended well." in page.text
    assert "gfe-mc replay" not in page.text


@no_figures
def test_a_long_note_is_folded(tmp_path: Path) -> None:
    study = by_hand()
    study = study.assign_coords(estimator=["vns", "e" * 500])
    said = declared(study)
    said["report"]["misses"] = []
    page = page_of(told(study, said), tmp_path)
    assert re.search(r"<li><details><summary>e{100}&hellip;</summary>e{500}", page.source)


def test_where_nothing_can_be_used(tmp_path: Path) -> None:
    study = by_hand()
    study["status"][:] = Status.ESTIMATOR_FAILED
    study["estimate"][:] = float("nan")
    page = page_of(study, tmp_path)
    assert "160 failed" in " ".join(page.text.split())
    assert "picture-fit_time" not in page.values("id")


def hostile_study() -> xr.Dataset:
    """A study all of whose names are hostile, as none that is declared could be."""
    plain = by_hand(inferred=True)
    names = iter(HOSTILE * 3)
    study = plain.assign_coords(
        estimator=[next(names), next(names)],
        parameter=[next(names), next(names), "theta1"],
        inference=[next(names), next(names)],
        errors=("cell", [next(names), next(names)]),
    ).rename(errors=HOSTILE[0])
    said = declared(plain, printed=False)
    said |= {name: " ".join(HOSTILE) for name in ("title", "source", "experiment")}
    said["parameters"] = [str(name) for name in study["parameter"].to_numpy()]
    said["report"]["misses"] = [[str(name) for name in study["estimator"].to_numpy()]]
    for number, one in enumerate(said["methods"]):
        one["name"] = str(study["estimator"].to_numpy()[number % 2])
        one["factors"] = {name: name for name in HOSTILE}
        one["estimator"] = {"type": HOSTILE[1], "parameters": {HOSTILE[0]: list(HOSTILE)}}
    study["message"][0, 1, 5] = "\n".join(HOSTILE)
    return told(study, said, {"label": HOSTILE[0], "sha256": HOSTILE[1]})


def test_no_name_is_markup(tmp_path: Path) -> None:
    page = page_of(hostile_study(), tmp_path, name=HOSTILE[-1], output=HOSTILE[0])
    require_alone(page)
    assert page.count("h1") == 1
    for name in HOSTILE:
        assert visible(name) in page.text, name
    assert not any(ord(letter) < 32 and letter != "\n" for letter in page.text)
    assert page.count("figure") == 5, "names with dollars are drawn as they are"
    command = next(line for line in page.text.splitlines() if "gfe-mc replay" in line)
    assert shlex.split(command)[2] == HOSTILE[-1]
    assert shlex.split(command)[-1] == HOSTILE[0]


@no_figures
def test_a_study_that_grows_is_partial(tmp_path: Path) -> None:
    study = by_hand()
    said = declared(study)
    for one in said["methods"]:
        one["replications"] = 100
    (tmp_path / "provenance.json").write_text(
        json.dumps({"study": said, "panel": None, "runs": []})
    )
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "00000-x.npz").touch()
    page = page_of(study, tmp_path)
    text = " ".join(page.text.split())
    assert "Unfinished: 160 of 400 fits are in this page; 1 blocks of further ones" in text
    assert "What is missing" in text


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    study = by_hand()
    first = write_page(tmp_path, study)
    assert first == tmp_path / PAGE
    before = first.read_bytes()
    assert write_page(tmp_path, study).read_bytes() == before


@no_figures
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with refused("Files of results must be writable"):
        write_page(tmp_path / "nowhere", by_hand())


def test_large_drawings_become_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LARGEST_DRAWING", 0)
    page = page_of(by_hand(), tmp_path)
    assert page.count("svg") == 0
    assert page.count("img") == 3
    require_alone(page)
    monkeypatch.setattr(pictures, "LARGEST_PICTURE", 1000)
    page = page_of(by_hand(), tmp_path)
    assert page.count("img") == 0
    assert page.text.count("was left out. A figure must have at most 1,000 bytes here") == 3


def test_many_cells_are_drawn_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST", 3)
    page = page_of(by_hand(), tmp_path)
    shown = [value for value in page.values("id") if value.startswith("picture-")]
    assert shown[:3] == ["picture-bias-1", "picture-bias-2", "picture-misclassification-1"]
    assert len(set(page.values("id"))) == len(page.values("id"))


def test_figures_have_a_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LARGEST", 15_000)
    page = page_of(by_hand(), tmp_path)
    assert page.text.count("was left out. A figure must have at most") > 0
    assert len(page.source) < 150_000


def test_a_tall_figure_is_folded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "TALL", 0)
    page = page_of(by_hand(), tmp_path)
    folded = [own for tag, own in page.elements if tag == "details" and own.get("class") == "tall"]
    assert len(folded) == page.count("figure") == 3


def test_without_matplotlib_the_tables_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = page_of(by_hand(), tmp_path)
    assert page.text.count("The package matplotlib must be installed for figures") == 3
    assert page.count("table") > 5


@no_figures
def test_long_tables_are_cut_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gfe_mc.report.html.grid.MOST", 5)
    page = page_of(by_hand(), tmp_path)
    assert "The first 5 of 12 rows; all are in table.md and summary.csv" in page.text


def test_it_needs_neither_dask_nor_numba(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from gfe_mc.report.html.page import write_page\n"
        "bad = {'dask.base', 'distributed', 'numba'} & set(sys.modules)\n"
        "from tests.report.html.pages import by_hand\n"
        f"write_page(Path({str(tmp_path)!r}), by_hand())\n"
        # xarray looks by itself whether an array is one of Dask's.
        "bad |= {'distributed', 'numba', 'gfe_mc.study.runner'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(bad)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_an_installation_has_its_files() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts) for path in ROOT.glob("gfe_mc/**/*.py")
    }
    assert packages <= set(said["packages"])
    patterns = said["package-data"]["gfe_mc.report.html"]
    home = resources.files("gfe_mc.report.html")
    there = {f"templates/{path.name}" for path in (home / "templates").iterdir()}
    assert there == {"templates/page.html.jinja", "templates/style.css"}
    assert patterns == ["templates/*"]


def test_it_is_small(page: Page) -> None:
    assert len(page.source.encode()) < 500_000


@no_figures
def test_a_user_s_file_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("# <b>mine</b>\n\texperiment = 1\n")
    text = render_page(tmp_path, by_hand(), name=str(path))
    assert "<code># &lt;b&gt;mine&lt;/b&gt;\n\texperiment = 1\n</code>" in text
