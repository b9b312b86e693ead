"""Paths as they are typed, and as they are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from gfe_mc.paths import absolute
from tests.helpers import refused


def test_a_path_holds_wherever_the_program_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert absolute("results/x") == tmp_path / "results" / "x"
    assert absolute("~/x") == tmp_path / "home" / "x"
    assert absolute("/x") == Path("/x")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("", "A path must not be empty"),
        ("a\0b", "must not hold the character NUL"),
        ("~nosuchuser/x", "The home folder must be known"),
    ],
)
def test_what_is_no_path_is_refused(typed: str, wrong: str) -> None:
    with refused(wrong):
        absolute(typed)
