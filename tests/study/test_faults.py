"""What an exception says, whatever it is made of."""

from __future__ import annotations

import threading
import tracemalloc

import pytest

from gfe_mc.study.faults import LONGEST, describe, in_full, in_line, require_fault, summary
from tests.reliability.hostile import RAISES


def caught(name: str) -> BaseException:
    """An exception, as it is caught."""
    try:
        RAISES[name]()
    except BaseException as error:
        return error
    raise AssertionError(name)


@pytest.mark.parametrize("name", RAISES)
def test_every_exception_says_something_in_one_line(name: str) -> None:
    for said in (describe(caught(name)), summary(caught(name))):
        assert said.isprintable()
        assert 3 < len(said) <= 1000


def test_what_cannot_be_seen_is_escaped() -> None:
    assert summary(caught("surrogate")) == r"ValueError: half \ud800 a pair"
    assert summary(caught("nul")) == r"ValueError: before \x00 after"
    assert summary(caught("escape")) == r"ValueError: \x1b[2J\x1b]0;title\x07 gone"
    assert in_line("théta is  out\nof reach") == "théta is out of reach"
    assert in_line("to the \u202eleft") == r"to the \u202eleft"


def test_exceptions_that_do_not_speak() -> None:
    assert summary(caught("mute")) == "MuteError: it cannot say what was wrong"
    assert summary(caught("numeric")) == "NumericError: it cannot say what was wrong"
    assert summary(caught("nameless")).startswith("an exception without a name: ")
    assert summary(caught("text")) == "ValueError: plain"


def test_a_long_text_is_cut_and_takes_no_memory() -> None:
    assert summary(ValueError("x" * 501)) == f"ValueError: {'x' * LONGEST}..."
    assert summary(ValueError("x" * 500)) == f"ValueError: {'x' * LONGEST}"
    error = ValueError("x y " * 1_000_000)
    tracemalloc.start()
    try:
        assert len(describe(error)) < 600
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


def test_the_whole_traceback_hides_what_commands_a_terminal() -> None:
    said = in_full(caught("escape"))
    assert said.startswith("Traceback (most recent call last):\n")
    assert "\x1b" not in said
    assert in_full(caught("mute"))


def test_an_interrupt_is_a_fault_but_in_the_main_thread() -> None:
    with pytest.raises(KeyboardInterrupt):
        require_fault(KeyboardInterrupt())
    require_fault(SystemExit())
    raised: list[BaseException] = []

    def elsewhere() -> None:
        try:
            require_fault(KeyboardInterrupt())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert raised == []
