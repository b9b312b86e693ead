"""The first sample of each cell, which tells what a study is made of: in a child where it may end.

A design of a user's own may end the process that draws from it, by a fault in compiled code or by
`os._exit`, or never come back. So the first samples of such designs are drawn in a child, one for
all cells of a plan. Where that can be forked it is asked first: that takes milliseconds, and what
it brings back is what this process would have drawn. It may fail for no fault of the design, as
libraries that have threads of their own do not always bear to be forked; anything but samples is
therefore left to a new interpreter, whose answer counts and which takes a second or two.
"""

from __future__ import annotations

import io
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import cloudpickle
import numpy as np

from gfe_mc.errors import InputError
from gfe_mc.study.faults import require_fault, summary
from gfe_mc.study.method import DESIGN, PARAMETERS, Keyed
from gfe_mc.study.replicate import drawn, truth_of_sample
from gfe_mc.study.rows import truth_of

_FORK = sys.platform == "linux"
"""Whether a fork is tried: frameworks of macOS do not bear one, and Windows has none."""
_FORKED = 2.0
"""Seconds that a forked child has for a cell."""
PATIENCE = 10.0
"""Seconds after which it is said which cell is still drawn."""
_UNREAD = 3
"""How a child ends that could not read what it was to draw from; one that could says `None`."""


class First(NamedTuple):
    """What planning needs of the first sample of a cell: N, T and the number of slopes."""

    n_units: int
    n_periods: int
    n_slopes: int


Answer = First | str
"""A first sample, or what was raised."""


def first_samples(cells: Sequence[tuple[str, Keyed]]) -> list[First]:
    """Draw the first sample of each cell, and compute its true parameters.

    Parameters
    ----------
    cells : sequence of (str, Keyed)
        What is said of a cell if it cannot be drawn, and one of its methods.

    Raises
    ------
    InputError
        A cell that cannot be drawn: what was raised, or how the process ended that drew it.
    """
    apart = [n for n, (_, keyed) in enumerate(cells) if {DESIGN, PARAMETERS} & keyed.apart]
    answers: dict[int, Answer] = dict(
        zip(apart, _in_child([cells[n] for n in apart]), strict=True) if apart else ()
    )
    firsts = []
    for n, (refused, keyed) in enumerate(cells):
        answer = answers[n] if n in answers else _answer(keyed)
        if isinstance(answer, str):
            raise InputError(refused, answer, "Correct its design")
        firsts.append(answer)
    return firsts


def _answer(keyed: Keyed) -> Answer:
    """Draw the first sample of a cell in this process."""
    try:
        sample = drawn(keyed, 0)
        truth_of(truth_of_sample(keyed, sample))
        n_units, n_periods, _ = sample.panel.shape
        return First(n_units, n_periods, int(np.size(sample.truth.theta)))
    except BaseException as error:
        require_fault(error)
        return summary(error)


def _in_child(cells: Sequence[tuple[str, Keyed]]) -> list[Answer]:
    methods = [_bare(keyed) for _, keyed in cells]
    answers = _forked(methods) if _FORK else None
    return _fresh(cells, methods) if answers is None else answers


def _bare(keyed: Keyed) -> Keyed:
    """A method without what is not drawn."""
    method = replace(keyed.method, estimator=None, inference={}, record={})  # type: ignore[arg-type]
    return replace(keyed, method=method, variables={})


def _forked(methods: Sequence[Keyed]) -> list[Answer] | None:
    """Answers of a forked child; None unless each is a sample."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # That there are threads is known: see above.
        warnings.simplefilter("ignore")
        try:
            child = os.fork()
        except OSError:
            child = -1
    if child == 0:
        _answer_and_end(methods, writing)
    os.close(writing)
    try:
        told = b"" if child < 0 else _read(reading)
    finally:
        os.close(reading)
        if child > 0:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
            with suppress(OSError):
                os.waitpid(child, 0)
    answers = list(_pickled(io.BytesIO(told)))
    return answers if len(answers) == len(methods) else None


def _answer_and_end(methods: Sequence[Keyed], writing: int) -> NoReturn:
    """Answer in a forked child, which must not do anything else: it is a copy of this process."""
    try:
        for keyed in methods:
            answer = _answer(keyed)
            if not isinstance(answer, First):
                break
            os.write(writing, pickle.dumps(answer))
    finally:
        os._exit(0)


def _read(file: int) -> bytes:
    """What comes from a pipe until it is closed, or nothing comes for so long."""
    told = b""
    while select.select([file], [], [], _FORKED)[0]:
        more = os.read(file, 1 << 16)
        if not more:
            break
        told += more
    return told


def _fresh(cells: Sequence[tuple[str, Keyed]], methods: Sequence[Keyed]) -> list[Answer]:
    """Answers of a new interpreter."""
    with tempfile.TemporaryDirectory(prefix="gfe_mc-") as folder:
        question, answer = Path(folder, "question"), Path(folder, "answer")
        question.write_bytes(cloudpickle.dumps(list(methods)))
        answer.touch()
        code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; serve()"
        command = [sys.executable, "-c", code, str(question), str(answer)]
        # It ends when its input does: with this process, however that ends.
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
            try:
                _wait(child, [refused for refused, _ in cells], answer)
            finally:
                child.kill()
        answers = _told(answer)
    if answers is None and child.returncode == _UNREAD:
        # It is not there where another process looks for it: it can run on threads alone.
        return [_answer(keyed) for keyed in methods]
    answers = answers or []
    if len(answers) < len(cells):
        answers.append(f"a process that ended while it drew from it, by {_end(child.returncode)}")
    # Those after the one that ended the process are not looked at.
    return [*answers, *[""] * (len(cells) - len(answers))]


def _wait(child: subprocess.Popen[bytes], refused: Sequence[str], answer: Path) -> None:
    """Wait for a child as long as it takes, and say once what it is at."""
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        at = min(len(_told(answer) or []), len(refused) - 1)
        cell = refused[at].removesuffix(" must be one that can be drawn")
        words = f"{cell}: its first sample is still being drawn. Ctrl-C ends this."
        print(words, file=sys.stderr, flush=True)
        child.wait()


def _told(path: Path) -> list[Answer] | None:
    """The answers in a file, as far as they are written; None if the question was not read."""
    found = list(_pickled(io.BytesIO(path.read_bytes())))
    return found[1:] if found else None


def _pickled(file: io.BytesIO) -> Iterator[Any]:
    """What is pickled in a file, one after the other, to where it breaks off."""
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            yield pickle.load(file)


def _end(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def serve() -> None:
    """Answer in a new interpreter: its arguments are the files of the question and the answers."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_input, daemon=True).start()
    question, answer = map(Path, sys.argv[1:3])
    try:
        methods: list[Any] = cloudpickle.loads(question.read_bytes())
    except BaseException:
        os._exit(_UNREAD)
    with answer.open("ab", buffering=0) as file:
        file.write(pickle.dumps(None))
        for keyed in methods:
            file.write(pickle.dumps(_answer(keyed)))
    sys.stdout.flush()
    os._exit(0)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)
