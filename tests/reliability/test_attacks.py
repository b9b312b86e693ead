"""A small part of each attack on what is finished; the whole is run by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability import bits, interruptions, kills, pairs, soak, victims


def test_damaged_files_are_refused_by_name(tmp_path: Path) -> None:
    counts = bits.attack(30, 1, tmp_path)
    assert counts.tried == 30
    assert not counts.bad, counts


@pytest.mark.slow
def test_two_commands_in_one_folder(tmp_path: Path) -> None:
    counts = pairs.attack(1, 1, tmp_path)
    assert not counts.bad, counts


@pytest.mark.slow
def test_interrupts_while_the_dataset_is_written(tmp_path: Path) -> None:
    counts = interruptions.attack(2, 1, tmp_path)
    assert not counts.bad, counts


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(mode, marks=pytest.mark.slow if mode == "threads" else pytest.mark.long)
        for mode in kills.MODES
    ],
)
def test_kills(mode: str, tmp_path: Path) -> None:
    counts = kills.attack(1, 1, tmp_path, (mode,))
    assert counts.tried == 1
    assert not counts.bad, counts


@pytest.mark.long
@pytest.mark.parametrize("kind", victims.KINDS)
def test_kills_in_a_long_study(kind: str, tmp_path: Path) -> None:
    counts = soak.attack(2, 1, tmp_path, (kind,), 60)
    assert counts.tried == 2
    assert not counts.bad, counts
