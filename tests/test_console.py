"""How a command ends: a code, and words where it could not go on."""

from __future__ import annotations

import errno
import sys

import pytest

from gfe_mc.console import guarded, say
from gfe_mc.errors import InputError


def ended(error: BaseException) -> int:
    def command() -> None:
        raise error

    return guarded(command)


@pytest.mark.parametrize(
    ("error", "code", "parts"),
    [
        (InputError("It must be so", "not so", "Make it so"), 2, ("It must be so; got not so.",)),
        (KeyboardInterrupt(), 130, ("Interrupted",)),
        (MemoryError("Unable to allocate 8 TiB"), 1, ("8 TiB", "Ask for less", "is kept")),
        (OSError(errno.ENOSPC, "No space left", "x"), 1, ("No space", "Make room", "is kept")),
        (OSError(errno.EMFILE, "Too many open files"), 1, ("Too many", "ulimit -n", "is kept")),
        (OSError(errno.EFBIG, "File too large", "x"), 1, ("too large", "ulimit -f", "is kept")),
        (UnicodeEncodeError("utf-8", "\udcff.csv", 0, 1, "odd"), 2, ("must be text", "udcff.csv")),
        (OSError("odd"), 1, ("odd", "Check that place", "is kept")),
        (SystemExit("words"), 1, ("words",)),
    ],
)
def test_words_and_code(
    error: BaseException, code: int, parts: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(error) == code
    said = capsys.readouterr().err
    assert said.endswith("\n")
    for part in parts:
        assert part in said


@pytest.mark.parametrize(("error", "code"), [(SystemExit(), 0), (SystemExit(3), 3)])
def test_codes_that_need_no_words(error: BaseException, code: int) -> None:
    assert ended(error) == code


def test_a_reader_who_has_seen_enough_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(BrokenPipeError(errno.EPIPE, "Broken pipe")) == 1
    assert capsys.readouterr().err == ""


def test_what_is_a_mistake_of_ours_is_shown_as_one() -> None:
    with pytest.raises(ZeroDivisionError):
        ended(ZeroDivisionError())


def test_names_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        say("Written: [bold]x[/] :smile: \x1b[31m \udcff\na second line")
        sys.stdout.write("\udcff\n")

    assert guarded(command) == 0
    said = capsys.readouterr()
    assert said.err == "Written: [bold]x[/] :smile: \\x1b[31m \\udcff\na second line\n"
    assert said.out == "\\udcff\n"
