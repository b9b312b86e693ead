"""Into which files a figure is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from gfe_mc.report.figures.style import new_figure, save, styled
from tests.helpers import refused

STARTS = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}


def drawn(path: Path | str) -> list[Path]:
    with styled():
        figure = new_figure(2.0, 1.5)
        figure.subplots().plot([1, 2])
    return save(figure, path)


@pytest.mark.parametrize("name", ["prof.svg", "prof.png", "prof.pdf", "v1.2.pdf", "PROF.PDF"])
def test_an_ending_names_the_one_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert drawn(path) == [path] == list(tmp_path.iterdir())
    first = path.read_bytes()
    assert first.startswith(STARTS[path.suffix.lower()])
    drawn(str(path))
    assert path.read_bytes() == first


@pytest.mark.parametrize("name", ["prof", "v1.2", ".hidden"])
def test_without_an_ending_there_are_two_files(name: str, tmp_path: Path) -> None:
    assert drawn(tmp_path / name) == [tmp_path / f"{name}.svg", tmp_path / f"{name}.png"]


@pytest.mark.parametrize("path", ["", "/", ".", ".."])
def test_a_path_without_a_name_is_refused(path: str) -> None:
    with refused("A figure's path must have a name"):
        drawn(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with refused("A figure's path must be a file's"):
        drawn(tmp_path)
    assert not list(tmp_path.parent.glob(f"{tmp_path.name}.*"))


def test_a_file_that_cannot_be_finished_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = drawn(tmp_path / "prof.svg")[0].read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gfe_mc.whole.os.replace", full)
    with refused("The figure must have a place where it can be written"):
        drawn(tmp_path / "prof.svg")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [before]


def test_other_pictures_are_refused(tmp_path: Path) -> None:
    with refused("A figure must be SVG, PNG or PDF; got prof.JPG"):
        drawn(tmp_path / "prof.JPG")


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with refused("The figure must have a place where it can be written"):
        drawn(tmp_path / "none" / "prof.pdf")
