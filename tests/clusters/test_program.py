"""What makes two processes the same program."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

from gfe_mc.clusters import program
from gfe_mc.clusters.connect import Threads, connect
from tests.clusters.started import PACKAGE, ROOT, copied_package


def digest(folder: Path) -> str:
    return program.digest(program.files_of(folder))


def test_digest_is_of_the_content_alone(tmp_path: Path) -> None:
    ours = program.this_program()["source of gfe_mc"]
    copy = copied_package(tmp_path / "elsewhere") / "gfe_mc"
    assert digest(copy) == ours
    for path in copy.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "fit.py").write_text("compiled")
    (copy / ".fit.py").write_text("an editor's own")
    (copy / "notes.txt").write_text("no source")
    # In an installed package the experiments are within it.
    (copy / "experiments").mkdir()
    (copy / "experiments" / "bm_table3.py").write_text("experiment = None")
    assert digest(copy) == ours


def test_digest_notices_source_and_data(tmp_path: Path) -> None:
    ours = program.this_program()["source of gfe_mc"]
    copy = copied_package(tmp_path) / "gfe_mc"
    for path in (copy / "fit.py", copy / "dgp" / "embedded" / "income_democracy.json"):
        before = path.read_bytes()
        path.write_bytes(before.replace(b"0", b"1", 1))
        assert digest(copy) != ours
        path.write_bytes(before)
        assert digest(copy) == ours
    (copy / "fit.py").rename(copy / "tif.py")
    assert digest(copy) != ours


def test_every_file_that_counts_is_installed() -> None:
    """Else an installed package would never be the same program as its source tree."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {name.replace(".", "/") for name in setuptools["packages"]}
    for name in program.files_of(PACKAGE):
        path = Path("gfe_mc", name)
        package = path.parent.as_posix()
        assert package in packages, name
        if path.suffix != ".py":
            globs = setuptools["package-data"][package.replace("/", ".")]
            assert any(path.match(glob) for glob in globs), name


def test_call_is_made_where_it_is_read() -> None:
    loads, call = program.task(program.digest, {"a": "1"})
    assert loads(call) == program.digest({"a": "1"})
    assert b"gfe_mc" in call


def test_refusal_says_what_differs_where() -> None:
    theirs = {**program.this_program(), "numpy": "1.0", "source of gfe_mc": "0"}
    files = {**program.source_files(), "fit.py": "0", "other.py": "1"}
    error = program.refuse({"worker": "tcp://there:1", "program": theirs, "files": files})
    said = str(error)
    assert "same program" in said
    assert "tcp://there:1" in said
    assert f"numpy 1.0 there, {program.this_program()['numpy']} here" in said
    assert "(fit.py, other.py)" in said
    assert "kept" in error.remedy


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with connect(Threads(1)) as found:
        yield found


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (
            RuntimeError("Error during deserialization of the task graph."),
            ("scheduler must be able to read tasks", "dask 20", "distributed 20"),
        ),
        (ValueError("odd"), ("workers must be able to run the study", "ValueError: odd")),
        # Missing somewhere, but not the package.
        (ModuleNotFoundError("No module named 'x'"), ("workers must be able to run", "'x'")),
    ],
)
def test_what_could_not_be_run_is_explained(
    error: Exception, parts: tuple[str, ...], client: Client
) -> None:
    said = str(program.explain(error, client))
    for part in (*parts, "kept"):
        assert part in said


def test_a_worker_that_is_the_same_program_computes(client: Client) -> None:
    call = program.task(program.digest, {"a": "1"})
    assert client.submit(*call).result() == program.digest({"a": "1"})


def test_a_worker_that_is_another_does_not(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = program.this_program()
    with monkeypatch.context() as patch:
        patch.setattr(program, "this_program", lambda: {**ours, "computation": "0"})
        call = program.task(program.digest, {"a": "1"})
    refusal = client.submit(*call).result()
    assert refusal["program"] == ours
    assert refusal["worker"].startswith("inproc://")
    assert refusal["files"] == program.source_files()
