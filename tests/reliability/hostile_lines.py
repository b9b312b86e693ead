"""Command lines as nobody should type them, and the files that they name."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.small import calibration

WORDS = (
    *("", " ", "~", "~nosuchuser/x", "a" * 5000, "[bold]x[/bold]", "[/]", ":smile:", "a\nb"),
    *("\x1b[31mred", "nul\0", "\udcff", "--", "-", "..", ".", "$x^{", "%s{}", "\u202eevil"),
    *("*", "a|b`c`<b>&amp;\\", "no/such/folder/x", "study.py/x", "nan", "--help", "\U0001f600"),
)
"""What may stand anywhere."""

_COUNTS = ("-1", "0", "1", "2", "3", "1e3", "2.5", "x", str(2**31), str(10**12), str(10**40))
_SECONDS = ("nan", "-1", "inf", "-inf", "0", "1e-300", "1e300", "0.5", "x")
_FOLDERS = ("out", "no/such/out", "dir.py", ".", "study.py", "/dev/full", "/proc/self/x", "[x]")
_FILES = ("written", "out/written", "dir.py", ".", "/dev/full", "/dev/null", "[x]", "\n")
_PICTURES = (
    "drawn",
    "drawn.pdf",
    "dir.py",
    "no/such/drawn.svg",
    "/proc/self/x.png",
    "x.jpg",
    "[x]",
)
_PANELS = (
    *("panel.csv", "none.csv", "empty.csv", "header.csv", "binary.csv", "nul.csv", "ragged.csv"),
    *("names.csv", "infinite.csv", "twice.csv", "one.csv", "dir.csv", "odd.parquet", "odd.dta"),
    *(
        "odd.csv.gz",
        "odd.csv.zip",
        "panel.csv.gz",
        "[bold]panel.csv",
        "a" * 5000 + ".csv",
        "\udc80.csv",
    ),
    *("/dev/full", "/proc/self/mem", "link.csv", "wide.csv", "a" * 5000 + ".csv"),
)
_STUDIES = (
    *("study.py",) * 12,
    *("exits.py", "raises.py", "syntax.py", "nothing.py", "interrupts.py", "binary.py", "none.py"),
    *(
        "dir.py",
        "deep.py",
        "late.py",
        "named.py",
        "a" * 5000,
        "a" * 5000 + ".py",
        "~nosuchuser/x.py",
    ),
    *("bm_table99", "../study", "\udcff.py", "nul\0.py", "link.py"),
)
_FORMATS = ("text", "markdown", "latex", "csv", "html", "json", "pdf")
_NAMES = ("y", "x", "unit", "time", "[b]", "none")

_OUTPUT = ("--output", _FOLDERS)
_PANEL = ("--panel", _PANELS)
_SEED = ("--seed", _COUNTS)
_FORMAT = ("--format", _FORMATS)
OPTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "run": dict(
        [
            *(_OUTPUT, _PANEL, _SEED, _FORMAT, ("--replications", _COUNTS)),
            ("--threads", ("-1", "0", "1", "2", str(10**9), "x", "1e3")),
            ("--workers", ("-1", "0", str(10**6), "x")),
            ("--scheduler", ("tcp://127.0.0.1:1", "nonsense", "tcp://", "tls://127.0.0.1:1", "1")),
            ("--patience", _SECONDS),
            ("--block-seconds", _SECONDS),
            ("--max-failures", ("-1", "0", str(10**40), "x")),
            ("--rerun", ("gfe", "ols", "none")),
            *((flag, ()) for flag in ("--check", "--retry-failed", "--fail-fast", "--none")),
        ]
    ),
    "report": dict([_OUTPUT, _FORMAT, ("--write", ())]),
    "clean": dict([_OUTPUT]),
    "replay": dict(
        [
            *(_OUTPUT, _PANEL, _SEED, ("--cell", _COUNTS), ("--replication", _COUNTS)),
            *(("--estimator", ("gfe", "ols", "none")), ("--traceback", ())),
        ]
    ),
    "fit": dict(
        [
            *(("--outcome", _NAMES), ("--regressors", _NAMES), ("--unit", _NAMES)),
            *(("--time", _NAMES), ("--format", _FORMATS), ("--seed", _COUNTS)),
            ("--estimator", ("gfe", "fcr", "ck-means", "pseudo", "two-way", "pooled", "none")),
            *(("--groups", ("-1", "0", "1", "3", "12", "13", "1000000000", "x")),),
            *(("--groups-max", ("-1", "0", "1", "3", "12", "1000000000", "x")),),
            *(("--penalty", ("bic", "steep_bic", "none")), ("--unit-effects", ())),
            *(("--m", ("1", "nan", "inf", "-1", "1.5", "1e300")), ("--common", _NAMES)),
            *(("--individual", _NAMES), ("--group-specific", _NAMES), ("--minimum", _COUNTS)),
            ("--starts", ("-1", "0", "2", "x")),
            ("--bandwidth", ("nan", "-1", "0", "inf", "foo", "rule", "silverman", "1e300")),
            ("--bootstrap", ("-1", "0", "1", "2", "3", str(10**12), str(10**40), "x")),
            *(
                ("--figure", _PICTURES),
                ("--groups-file", (*_FILES, "/dev/null")),
                ("--output", _FILES),
            ),
        ]
    ),
    "list": {"--none": ()},
    "data fetch": {
        "--url": (
            *("http://127.0.0.1:1/x", "ftp://x", "x", "http://", "http://[", "http://a..b/"),
            *("http://" + "a" * 5000, "http://\n", "https://127.0.0.1:1", "http://127.0.0.1:99999"),
        )
    },
}
"""By command: its options, each with values of its own, valid ones among them."""

_WORKING: Mapping[str, tuple[str, ...]] = {
    "data fetch": ("--url", "http://127.0.0.1:1/x"),
    "run": ("--threads", "1", "--replications", "2"),
    "replay": ("--cell", "0", "--replication", "1"),
    "fit": (
        *("--outcome", "y", "--regressors", "x", "--unit", "unit", "--time", "time"),
        *("--groups", "2", "--bootstrap", "0"),
    ),
}
_SHARES = {"run": 8, "report": 3, "clean": 1, "replay": 3, "fit": 10, "list": 0.2, "data fetch": 1}
LIMITS = ("",) * 10 + ("few files", "few files", "small files", "nobody reads", "full disk")


@dataclass(frozen=True)
class Line:
    """A command line.

    Attributes
    ----------
    arguments : tuple of str
        What comes after the name of the program.
    limit : str, default ""
        "few files" or "small files", where the command may not have more open, or larger ones;
        "nobody reads" or "full disk", where its results go nowhere.
    most : int, default 0
        How many files, or how large.
    """

    arguments: tuple[str, ...]
    limit: str = ""
    most: int = 0


def draw(rng: np.random.Generator) -> Line:
    """Draw a command line: one that works, in which a few things are replaced or added."""
    share = np.array(list(_SHARES.values()))
    command = str(rng.choice(list(_SHARES), p=share / share.sum()))
    arguments = [*command.split(), *_named(command, rng), *_WORKING.get(command, ())]
    for _ in range(int(rng.integers(0, 4))):
        option = _one(list(OPTIONS[command]), rng)
        values = OPTIONS[command][option]
        given = [option] if not values else [option, _one(_values(values, rng), rng)]
        place = arguments.index(option) if option in arguments else -1
        if place >= 0 and values and rng.random() < 0.8:
            arguments[place : place + 2] = given
        else:
            arguments += given
    limit = _one(LIMITS, rng)
    most = {"few files": rng.integers(7, 40), "small files": rng.integers(10_000, 100_000)}
    return Line(tuple(arguments), limit, int(most.get(limit, 0)))


def _values(own: tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
    return own if rng.random() < 0.7 else WORDS


def _named(command: str, rng: np.random.Generator) -> list[str]:
    """What a command is about: mostly what there is."""
    if command == "list" or (command == "data fetch" and rng.random() < 0.7):
        return []
    if rng.random() < 0.1:
        return [_one(WORDS, rng)]
    if command == "fit":
        return [_one(_PANELS, rng) if rng.random() < 0.4 else "panel.csv"]
    return [_one(_STUDIES, rng)] if command != "data fetch" else ["income_democracy"]


def _one(values: tuple[str, ...] | list[str], rng: np.random.Generator) -> str:
    return values[int(rng.integers(len(values)))]


_STUDY = """
from dataclasses import replace
from gfe_mc.data.columns import Columns
from tests.small import experiment as declare

experiment = replace(
    declare(replications=2), columns=Columns("y", ("x",), "unit", "time"), name={name!r}
)
"""
_DECLARATIONS = {
    "exits": "raise SystemExit(3)",
    "raises": "1 / 0",
    "syntax": "def",
    "nothing": "",
    "interrupts": "raise KeyboardInterrupt",
    "binary": "\0\0",
    "deep": "def f():\n    f()\nf()",
    "late": _STUDY.format(name="late")
    + "def dgp(panel, G):\n    raise SystemExit(4)\nexperiment = replace(experiment, dgp=dgp)\n",
    "named": _STUDY.format(name="[b]na`me` <i>"),
    "study": _STUDY.format(name="study"),
}


def write_files(folder: Path) -> None:
    """Write the studies and panels that command lines name into a folder."""
    for name, text in _DECLARATIONS.items():
        (folder / f"{name}.py").write_text(text)
    rows = panel_rows([f"u{n}" for n in range(12)])
    panels = {
        "panel": rows,
        "empty": [],
        "header": rows[:1],
        "binary": ["\0\1\2\udcff" * 50],
        "nul": [*rows[:5], "a\0b,1,2,3", *rows[5:]],
        "ragged": [*rows[:5], "1,2", "1,2,3,4,5,6", *rows[5:]],
        "names": panel_rows([f"[b]\x1b[31m`{n}`|<i>&amp;\\ $x^" for n in range(12)]),
        "infinite": [*rows[:4], "u0,3,inf,1e400", *rows[5:]],
        "twice": [*rows, rows[-1]],
        "one": rows[:2],
        "[bold]panel": rows,
        "\udc80": rows,
        "wide": [f"{row},{row}" for row in rows],
    }
    for name, lines in panels.items():
        text = "\n".join(lines)
        (folder / f"{name}.csv").write_text(text, errors="surrogateescape")
    (folder / "panel.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    for name in ("odd.parquet", "odd.dta", "odd.csv.gz", "odd.csv.zip"):
        (folder / name).write_bytes(b"PK\x03\x04 odd")
    for name in ("dir.py", "dir.csv"):
        (folder / name).mkdir()
    for name in ("link.csv", "link.py"):
        (folder / name).symlink_to(name)


def panel_rows(units: list[str]) -> list[str]:
    """Lines of a panel file of so many units, as the small study draws its own."""
    made, rng = calibration(3), np.random.default_rng(0)
    y = made.alpha[made.groups] + 0.5 * made.x[:, :, 0] + 0.1 * rng.standard_normal((12, 4))
    rows = [
        f"{unit},{t},{y[i, t]:.6f},{made.x[i, t, 0]:.6f}"
        for i, unit in enumerate(units)
        for t in range(4)
    ]
    return ["unit,time,y,x", *rows]
