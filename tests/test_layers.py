"""Imports point one way, and only some modules may use Numba or Dask."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gfe_mc

PACKAGE = Path(gfe_mc.__file__).parent

# Left to right: a module may import from those before it, and from those of its own rank.
ORDER = [
    ["errors", "version"],
    [
        "canonical",
        "code",
        "data",
        "labels",
        "optional",
        "origin",
        "paths",
        "seeds",
        "source",
        "visible",
        "whole",
    ],
    ["fit", "parameters"],
    ["kernels"],
    ["dgp"],
    ["estimators"],
    ["selection"],
    ["inference"],
    ["published"],
    ["metrics"],
    ["clusters"],
    ["study"],
    ["report"],
    ["papers"],
    ["fitted"],
    ["summary"],
    ["console", "progress"],
    ["one_panel"],
    ["cli"],
    ["__main__"],
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}


def modules() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if part != "__init__":
            found.setdefault(part, []).append(path)
    return found


# `gfe_mc.study.run`, or `gfe_mc.study.run:main`.
NAMED = re.compile(r"(gfe_mc(?:\.\w+)+)(?::\w+)?")
WIRING = ("__init__.py", "cli.py")
"""Files of the package itself that may name any module by a string."""


def imports(path: Path) -> set[str]:
    """What a file imports; a module of the package that it names by a string is an import too."""
    names: set[str] = set()
    wired = path.parent == PACKAGE and path.name in WIRING
    for node in _nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not wired:
            named = NAMED.fullmatch(node.value)
            names |= {named[1]} if named else set()
    return names


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All of a module's nodes, but for imports that are there for types alone and never run."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _nodes(node)


def within(path: Path) -> set[str]:
    """The parts of the package that a file imports."""
    return {
        name.split(".")[1]
        for name in imports(path)
        if name.startswith("gfe_mc.") and name.split(".")[1] in RANK
    }


def test_every_module_has_a_rank() -> None:
    assert set(modules()) == set(RANK)


def test_strings_that_name_modules_are_imports(tmp_path: Path) -> None:
    path = tmp_path / "sly.py"
    path.write_text(
        '"""gfe_mc.errors is only spoken of here: gfe_mc.cli."""\n'
        "from importlib import import_module\n"
        "import_module('gfe_mc.report.study').tables\n"
        "WHERE = {'run': 'gfe_mc.study.run:run_study'}\n"
        "load(name='gfe_mc.metrics')\n"
        "import_module('matplotlib.figure')\n"
        "text = 'see gfe_mc.seeds'\n"
    )
    assert within(path) == {"report", "study", "metrics"}


def test_imports_point_one_way() -> None:
    wrong = [
        f"{part} imports {other}"
        for part, paths in modules().items()
        for path in paths
        for other in within(path)
        if RANK[other] > RANK[part]
    ]
    assert wrong == []


def test_runner_and_store_do_not_know_each_other() -> None:
    assert not any(".store" in name for name in imports(PACKAGE / "study" / "runner.py"))
    assert not any(".runner" in name for name in imports(PACKAGE / "study" / "store.py"))


def test_who_uses_numba_and_dask() -> None:
    users: dict[str, set[str]] = {"numba": set(), "dask": set(), "distributed": set()}
    for path in PACKAGE.rglob("*.py"):
        for name in imports(path):
            if name.split(".")[0] in users:
                place = path.relative_to(PACKAGE)
                users[name.split(".")[0]].add(
                    str(place) if place.parts[0] == "study" else place.parts[0]
                )
    assert users["numba"] == {"kernels"}
    assert users["dask"] | users["distributed"] == {str(Path("study", "runner.py")), "clusters"}


def test_the_report_needs_neither_dask_nor_numba() -> None:
    script = (
        "import sys, gfe_mc.report.study\n"
        "bad = {'dask.base', 'distributed', 'numba'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(bad)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_estimators_never_see_the_truth() -> None:
    for part in ("estimators", "kernels", "data", "fit"):
        for path in modules()[part]:
            assert "dgp" not in within(path)
