"""Files that a user names: whole or not at all, and what is no file stays what it is."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from threading import Thread

import pytest

from gfe_mc.report.place import put


def test_a_file_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    put(path, b"first")
    assert path.read_bytes() == b"first"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gfe_mc.whole.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        put(path, b"second")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("file", b"first")]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    put(tmp_path / "link", b"text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"text"


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came: list[bytes] = []
    reader = Thread(target=lambda: came.append(pipe.read_bytes()))
    reader.start()
    put(pipe, b"text")
    reader.join()
    assert came == [b"text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["", "none/file", "a" * 5000])
def test_what_cannot_be_written_raises_what_the_system_says(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError):
        put(tmp_path / name, b"")
