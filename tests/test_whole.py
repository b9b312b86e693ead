"""Files whole or not at all, sealed, and interrupts that wait for them."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gfe_mc.study.uninterrupted import uninterrupted
from gfe_mc.whole import DamagedError, check_seal, seal, taking_place, write_whole


def test_file_is_there_whole_and_sealed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with taking_place(path) as partial:
        partial.write_bytes(b"content")
        seal(partial)
    assert path.read_bytes().startswith(b"content\ngfe_mc sha256 ed7002b439e9ac845f22357d822bac14")
    assert check_seal(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")

    def interrupted() -> None:
        with taking_place(path) as partial:
            partial.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_files_have_the_rights_of_any_other(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"")
    (tmp_path / "b").touch()
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_no_link_in_the_way_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "foreseen")
    victim = tmp_path / "victim"
    (tmp_path / "a.foreseen.partial").symlink_to(victim)
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "a", b"content")
    assert not victim.exists()


def test_every_bit_counts(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(256)))
    assert not check_seal(path)
    seal(path)
    whole = path.read_bytes()
    for place in range(0, 256, 5):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        with pytest.raises(DamagedError):
            check_seal(path)
    path.write_bytes(whole[1:])
    with pytest.raises(DamagedError):
        check_seal(path)


@pytest.mark.parametrize("content", [b"", b"x", b"\ngfe_mc sha256 "])
def test_short_files_are_not_sealed(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    assert not check_seal(tmp_path / "a")


def test_file_that_is_too_large_is_refused_in_words(tmp_path: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    code = (
        "from pathlib import Path; from gfe_mc.whole import of_results, write_whole\n"
        "try:\n"
        "  with of_results(Path('a')):\n"
        "    write_whole(Path('a'), bytes(2000))\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        capture_output=True,
        text=True,
        preexec_fn=limited,
    )
    assert "Files of results must be writable; got a: File too large. Make room" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_interrupt_waits_and_is_not_lost() -> None:
    seen: list[str] = []

    def work() -> None:
        with uninterrupted(lambda: seen.append("noted")):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            seen.append("done")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            work()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["noted", "done"]


def test_nothing_is_held_back_where_signals_are_not_handled() -> None:
    seen: list[str] = []

    def work() -> None:
        with uninterrupted():
            seen.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["done"]
