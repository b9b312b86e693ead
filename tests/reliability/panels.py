"""Ten thousand hostile panels and calls: each is refused in words, or fitted honestly.

`python -m tests.reliability.panels 10000` runs them in a process of their own, so that what
hangs or crashes is found and named, and prints what became of each class.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gfe_mc import InputError, Panel, dispersion, summarize
from gfe_mc.summary import standard_inference
from tests.reliability import hostile_arrays as arrays
from tests.reliability import hostile_files as files
from tests.reliability.counts import Counts
from tests.reliability.honest import dishonest
from tests.reliability.hostile_options import HOSTILE, METHODS, ORDINARY, hostile

LIMIT = 60.0
"""Seconds that a case may take; a kernel may have to be compiled in them."""

CLASSES: dict[str, Callable[[np.random.Generator, Path], arrays.Call]] = {
    "values": lambda rng, _: arrays.values(rng),
    "shapes": lambda rng, _: arrays.shapes(rng),
    "types": lambda rng, _: arrays.types(rng),
    "gaps": lambda rng, _: arrays.gaps(rng),
    "names": lambda rng, _: arrays.names(rng),
    "frames": lambda rng, _: files.frames(rng),
    "datasets": lambda rng, _: files.datasets(rng),
    "files": files.files,
    "options": lambda rng, _: arrays.called("ordinary", arrays.plain(rng)),
}
PROFILES = ("gfe", "two-way", "fcr")
"""Estimators that need no regressors."""
_SHARES = (0.3, 0.1, 0.1, 0.06, 0.08, 0.07, 0.03, 0.1, 0.16)


def count(counts: Counts, number: int, kind: str, what: str, outcome: str) -> None:
    """Count a case."""
    ended, _, said = outcome.partition(": ")
    if ended == "bad":
        counts.badly(f"{kind}: {said[:60]}", f"case {number}, {what}: {said}")
    else:
        counts.well(f"{kind}: {ended}")


def examine(seed: int, number: int, folder: Path, families: Sequence[str]) -> tuple[str, str, str]:
    """Class, description and outcome of a case; what is bad begins with "bad: "."""
    rng = np.random.default_rng([seed, number])
    kind = _class(rng)
    call = CLASSES[kind](rng, folder)
    steps = [call.what]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            outcome = _outcome(rng, kind, call, families, steps)
        except InputError as error:
            whole = error.wrong and error.came and error.remedy
            outcome = (
                f"refused by {'panel' if len(steps) == 1 else 'fit'}"
                if whole
                else (f"bad: a refusal without its three parts, {error}")
            )
        except Exception as error:  # whatever escapes is what is looked for
            outcome = f"bad: {type(error).__name__}: {error}"[:300]
    return kind, ", ".join(steps), outcome


def _outcome(
    rng: np.random.Generator,
    kind: str,
    call: arrays.Call,
    families: Sequence[str],
    steps: list[str],
) -> str:
    """Make the panel, fit it, and look at both."""
    panel = call.make()
    if call.refused:
        return "bad: it is not refused"
    altered = _altered(panel, call.y)
    if altered:
        return f"bad: {altered}"
    names, before = panel.regressors, _bits(panel)
    if kind == "options" and rng.random() < 0.8:
        what, make = hostile(rng, HOSTILE)
        steps.append(what)
        estimator = make()
    else:
        able = [name for name in families if name in PROFILES or names] or list(families)
        family = able[int(rng.integers(0, len(able)))]
        steps.append(family)
        estimator = ORDINARY[family](rng, panel.shape[0], names)
        steps.append(f"{estimator}"[:200])
    generator: Any = np.random.default_rng(1)
    if kind == "options" and rng.random() < 0.05:
        odd = [None, 1, np.random.RandomState(1), np.random, np.random.default_rng]
        generator = odd[int(rng.integers(0, 5))]
        steps.append(f"{generator!r:.40}")
    fit = estimator.fit(panel, generator)
    wrong = dishonest(panel, fit)
    if wrong:
        return f"bad: {wrong}"
    further = _further(rng, kind, panel, fit, steps)
    if _bits(panel) != before:
        return "bad: the panel was changed"
    return further or f"fit {fit.status.name}"


def _further(rng: np.random.Generator, kind: str, panel: Panel, fit: Any, steps: list[str]) -> str:
    """Sometimes an inference method, a summary, or a test of dispersion."""
    chosen = int(rng.integers(0, 4))
    if kind == "options" or chosen == 0:
        what, make = hostile(rng, METHODS)
        steps.append(what)
        found = make().covariance(panel, fit, np.random.default_rng(2))
        if found.status == 0 and not np.isfinite(found.theta).all() and "no " not in str(found):
            return "bad: SUCCESS with a covariance that is not finite"
        return f"covariance {found.status.name}"
    if chosen == 1:
        steps.append("summary")
        methods = standard_inference(fit, bootstrap=0)
        made = summarize(panel, fit, inference=methods)
        for format_ in ("text", "json", "csv", "latex", "html", "markdown"):
            made.render(format_)
        made.groups()
        return f"summary {fit.status.name}"
    if chosen == 2 and panel.shape[2]:
        steps.append("dispersion")
        dispersion(panel, fit.groups)
        return f"dispersion {fit.status.name}"
    return ""


def _altered(panel: Panel, y: Any) -> str:
    """What of a panel is not what was given."""
    kept = [panel.y, panel.x]
    if any(a.dtype != np.float64 or not a.flags.c_contiguous for a in kept):
        return "arrays that are not float64 in C order"
    if any(a.flags.writeable for a in [*kept, panel.observed]):
        return "arrays that can be written"
    if not all(np.isfinite(a).all() for a in kept):
        return "values that are not finite"
    if y is None:
        return ""
    given = np.asarray(y, np.float64)
    return "" if np.array_equal(panel.y, np.where(panel.observed, given, 0.0)) else "another y"


def _bits(panel: Panel) -> str:
    parts = [panel.y, panel.x, panel.observed]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def attack(
    n: int, seed: int, families: Sequence[str] = tuple(ORDINARY), *, options: bool = True
) -> Counts:
    """Examine n cases in this process; without hostile options, estimators are of the families."""
    counts, number = Counts(), 0
    with tempfile.TemporaryDirectory() as folder:
        while counts.tried < n:
            if options or _class(np.random.default_rng([seed, number])) != "options":
                count(counts, number, *examine(seed, number, Path(folder), families))
            number += 1
    return counts


def _class(rng: np.random.Generator) -> str:
    return str(rng.choice(list(CLASSES), p=_SHARES))


def attack_apart(n: int, seed: int, families: Sequence[str] = tuple(ORDINARY)) -> Counts:
    """Examine n cases in processes that may hang or crash."""
    counts, first = Counts(), 0
    while first < n:
        for number, told in _lines(seed, first, n, families):
            count(counts, number, *told)
            first = number + 1
    return counts


def _lines(
    seed: int, first: int, n: int, families: Sequence[str]
) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Cases as a process tells them; the last one is bad where the process is lost."""
    command = [sys.executable, "-m", "tests.reliability.panels", "--child", str(seed), str(first)]
    command += [str(n), *families]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        number, buffer = first, b""
        warm = False
        while number < n:
            ready = select.select([child.stdout], [], [], LIMIT if warm else 900.0)[0]
            part = os.read(child.stdout.fileno(), 1 << 16) if ready else b""
            if not part:
                child.kill()
                how = "it hangs" if not ready else f"a crash, {child.wait()}"
                yield number, ("lost", "", f"bad: {how}")
                return
            *lines, buffer = (buffer + part).split(b"\n")
            for line in lines:
                if line == b"warm":
                    warm = True
                else:
                    yield number, tuple(json.loads(line))
                    number += 1


def _child(seed: int, first: int, n: int, families: Sequence[str]) -> None:
    """Compile, then examine cases and tell of each."""
    rng = np.random.default_rng(0)
    panel = Panel.from_arrays(rng.standard_normal((9, 7)), rng.standard_normal((9, 7, 2)))
    for _ in range(8):
        for family in families:
            try:
                ORDINARY[family](rng, 4, panel.regressors).fit(panel, rng)
            except InputError:
                continue
    print("warm", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, n):
            told = examine(seed, number, Path(folder), families)
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        _child(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
    else:
        seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
        print(attack_apart(int(sys.argv[1]), seed))
