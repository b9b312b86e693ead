"""The same bytes on every processor: python -m tests.reliability.cpus [STUDY ...].

One replication of cells of every study is computed in processes that take the processor for
another one: BLAS, NumPy, the C library and the compiler of kernels are told to do without what it
can do. What would be stored is compared by digests; times are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.study import catalogue
from gfe_mc.study.block import Values, own_variables
from gfe_mc.study.experiment import Experiment
from gfe_mc.study.method import Part
from gfe_mc.study.plan import Cell
from gfe_mc.study.replay import replay

TIMES = ("seconds", "inference_seconds")
PANELS = {"democracy": "income_democracy_balanced.csv", "log_rgdpch": "growth_pwt62.csv"}
"""Files of the panels that studies are calibrated to, by their outcomes."""

Digests = dict[str, str]
"""By name of what would be stored: cell, method, part and variable."""


def environments(*, compiled: bool) -> dict[str, dict[str, str]]:
    """Name processors, and the variables by which libraries take this one for them.

    With `compiled`, also one for which kernels are compiled anew, which takes minutes at first.
    """
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    # By the versions of the C library, they are called one or the other; unknown ones are ignored.
    wide = ("AVX", "AVX2", "AVX2_Usable", "FMA", "FMA_Usable", "FMA4", "AVX512F", "AVX512F_Usable")
    plain = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=" + ",".join(f"-{name}" for name in wide)}
    narrow = {"NPY_DISABLE_CPU_FEATURES": " ".join(found)} if found else {}
    made = {f"BLAS {core}": {"OPENBLAS_CORETYPE": core} for core in ("Haswell", "SkylakeX")}
    oldest = {"OPENBLAS_CORETYPE": "Prescott"}
    made |= {"BLAS Prescott": oldest, "NumPy baseline": narrow, "C library baseline": plain}
    made["all of them"] = oldest | narrow | plain
    if compiled:
        made["kernels baseline"] = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}
    return made


def of_study(name: str, data: Path, cells: int, only: Sequence[str] = ()) -> Digests:
    """Digest what the first replication of some cells of a study would store.

    Parameters
    ----------
    name
        Name of the study.
    data
        Folder of the panels.
    cells
        How many cells, evenly over the grid; each study has its own panel or none.
    only
        Estimators by name; all of them if empty.
    """
    experiment = catalogue.find(name)
    plan = experiment.plan(_panel(experiment, data), replications=1)
    digests: Digests = {}
    chosen = np.unique(np.linspace(0, len(plan.cells) - 1, cells).round().astype(int)).tolist()
    for number in chosen:
        cell = plan.cells[number]
        for method in cell.methods:
            if not only or method in only:
                digests |= _of_method(cell, method, replay(plan, number, 0, method)[method].parts)
    return digests


def _panel(experiment: Experiment, data: Path) -> Panel | None:
    columns = experiment.columns
    if columns is None:
        return None
    return Panel.from_file(
        str(data / PANELS[columns.outcome]),
        outcome=columns.outcome,
        regressors=columns.regressors,
        unit=columns.unit,
        time=columns.time,
        drop_missing=columns.drop_missing,
    )


def at_hand() -> list[str]:
    """Name the studies that need no panel, or one that is among the test data."""
    panels = {name: catalogue.find(name).columns for name in catalogue.names()}
    return [name for name, one in panels.items() if one is None or one.outcome in PANELS]


def _of_method(cell: Cell, method: str, parts: Mapping[Part, Values]) -> Digests:
    keyed = cell.methods[method]
    where = f"cell {cell.number}, {method}"
    # The key has the content of the design, which is calibrated on the same processor.
    digests = {f"{where}: identity": keyed.key}
    for part, values in parts.items():
        variables = own_variables(keyed, part)
        for name, value in values.items():
            if name not in TIMES and value is not None:
                stored = np.asarray(value, variables[name].stored)
                content = repr(stored.tolist()) if stored.dtype == object else stored.tobytes()
                said = " ".join(filter(None, (*part, name)))
                digests[f"{where}: {said}"] = _digest(str(stored.shape), content)
    return digests


def _digest(*parts: str | bytes) -> str:
    made = hashlib.sha256()
    for part in parts:
        made.update(part if isinstance(part, bytes) else part.encode())
    return made.hexdigest()[:16]


def elsewhere(
    variables: Mapping[str, str],
    names: Iterable[str],
    data: Path,
    cells: int,
    only: Sequence[str] = (),
) -> dict[str, Digests]:
    """Digest studies in a process that has other variables in its environment."""
    code = "import sys; from tests.reliability import cpus; cpus.tell(sys.argv[1])"
    asked = json.dumps([list(names), str(data), cells, list(only)])
    done = subprocess.run(
        [sys.executable, "-c", code, asked],
        env=os.environ | variables,
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    told: dict[str, Digests] = json.loads(done.stdout)
    return told


def tell(asked: str) -> None:
    """Print the digests of studies as JSON."""
    names, data, cells, only = json.loads(asked)
    told = {name: of_study(name, Path(data), cells, only) for name in names}
    print(json.dumps(told))


def differing(one: Digests, other: Digests) -> list[str]:
    """Name what two processes would not store alike."""
    return sorted(name for name in one | other if one.get(name) != other.get(name))


def data_folder() -> Path:
    """Return the folder of the real panels, as for other tests."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    return Path(os.environ.get("GFE_MC_DATA", beside))


def main() -> None:
    """Print a table: each study, how many variables, and in which environments which differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.cpus")
    parser.add_argument("studies", nargs="*", default=at_hand())
    parser.add_argument("--cells", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[], help="estimators by name")
    parser.add_argument("--as", nargs="*", dest="processors", help="environments by name")
    parser.add_argument("--compiled", action="store_true", help="also kernels for a plain x86-64")
    asked = parser.parse_args()
    names, processors = asked.studies, environments(compiled=asked.compiled)
    if asked.processors:
        processors = {name: processors[name] for name in asked.processors}
    arguments = names, data_folder(), asked.cells, asked.only
    here = elsewhere({}, *arguments)
    differ: dict[str, dict[str, list[str]]] = {}
    for processor, variables in processors.items():
        there = elsewhere(variables, *arguments)
        differ[processor] = {name: differing(here[name], there[name]) for name in names}
    print("| study | variables | " + " | ".join(processors) + " |")
    print("|---|---|" + "---|" * len(processors))
    for name in names:
        counts = [len(differ[processor][name]) for processor in processors]
        cells = [f"{count} differ" if count else "equal" for count in counts]
        print(f"| {name} | {len(here[name])} | {' | '.join(cells)} |")
    print()
    for processor, found in differ.items():
        for name in names:
            for variable in found[name]:
                print(f"{processor}: {name}, {variable}")


if __name__ == "__main__":
    main()
