"""What a run shows: a bar on a terminal, and lines now and then in a log."""

import io

import pytest
from rich.console import Console

from gfe_mc.progress import Bar, Lines, display
from gfe_mc.study.runner import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("gfe_mc.progress.time.monotonic", lambda: now[0])
    return now


def lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def log() -> Console:
    return Console(file=io.StringIO(), width=200)


def test_a_line_each_twentieth(clock: list[float]) -> None:
    console = log()
    with display(console) as view:
        assert isinstance(view, Lines)
        view.begin("http://127.0.0.1:1/status")
        for done in range(401):
            clock[0] = done / 2
            view.update(Progress(400, done, failed=done // 100))
    said = lines(console)
    assert said[0] == "Dashboard: http://127.0.0.1:1/status"
    assert len(said) == 1 + 20
    assert said[1] == ("20 of 400 replications (5 %), failed 0, after 0:00:10, left about 0:03:10")
    assert said[-1] == "400 of 400 replications (100 %), failed 4, after 0:03:20"


def test_a_line_each_half_minute(clock: list[float]) -> None:
    console = log()
    with display(console) as view:
        for second in range(0, 3601, 10):
            clock[0] = float(second)
            view.update(Progress(100_000, second // 100))
    assert len(lines(console)) == 120
    assert lines(console)[-1].endswith("after 1:00:00, left about 2776:46:40")


def test_no_flood(clock: list[float]) -> None:
    """A run of a moment gets its last line and no other."""
    console = log()
    with display(console) as view:
        for done in range(41):
            clock[0] = done / 1000
            view.update(Progress(40, done))
    assert lines(console) == ["40 of 40 replications (100 %), failed 0, after 0:00:00"]


def test_bar_on_a_terminal() -> None:
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    with display(console) as view:
        assert isinstance(view, Bar)
        view.begin("http://127.0.0.1:1/status")
        view.update(Progress(40, 10, failed=3))
        view.say("No workers are left [at all]")
        view.update(Progress(40, 40, failed=3))
    text = "\n".join(lines(console))
    for part in ("Dashboard: http://127.0.0.1:1/status", "[at all]", "40/40", "failed 3"):
        assert part in text
