"""Studies by name, or by the path of a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cloudpickle
import numpy as np
import pytest

from gfe_mc.study.catalogue import find, folder, names
from gfe_mc.study.method import FIT
from gfe_mc.study.replicate import run_block
from tests.helpers import refused

OWN = '''
"""My own estimator in a study of my own."""
from __future__ import annotations
from dataclasses import dataclass
import numpy as np
from gfe_mc import Fit, Panel
from gfe_mc.dgp.sample import Sample, Truth
from gfe_mc.study.experiment import Experiment

@dataclass(frozen=True)
class Noise:
    n_units: int
    def draw(self, rng):
        x = rng.standard_normal((self.n_units, 5, 1))
        y = 2.0 * x[:, :, 0] + rng.standard_normal((self.n_units, 5))
        return Sample(Panel.from_arrays(y, x), Truth(np.array([2.0])))

@dataclass(frozen=True)
class Ridge:
    """Least squares, shrunk."""
    penalty: float
    def fit(self, panel, rng):
        x, y = panel.x[:, :, 0], panel.y
        return Fit(theta=np.array([(x * y).sum() / ((x * x).sum() + self.penalty)]))

experiment = Experiment(
    name="ridge", title="Ridge", source="me", factors={"n_units": (4, 8)},
    dgp=lambda panel, n_units: Noise(n_units),
    estimators=lambda n_units: {"ols": Ridge(0.0), "ridge": Ridge(1.0)},
    parameters=("slope",), replications=3,
)
'''


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    """A file of a user's own."""
    path = tmp_path / "my_study.py"
    path.write_text(OWN)
    return path


def test_names_are_those_of_the_files() -> None:
    assert {"bm_table3", "bm_table_s1"} <= set(names())
    assert names() == sorted(names())
    for name in names():
        assert (folder() / f"{name}.py").is_file()
        assert not name.startswith("_")


@pytest.mark.parametrize("name", names())
def test_every_study_is_found_by_its_name(name: str) -> None:
    assert find(name).name == name


def test_a_study_is_found_by_its_path() -> None:
    assert find(str(folder() / "bm_table3.py")).name == "bm_table3"


def test_a_user_s_own_file_is_found_and_runs(own_file: Path) -> None:
    experiment = find(str(own_file))
    assert experiment.name == "ridge"
    plan = experiment.plan()
    blocks = {key: run_block(keyed, [0, 1, 2]) for key, keyed in plan.methods.items()}
    assert all(block.n_failed == 0 for block in blocks.values())
    ols, ridge = (blocks[keyed.key].values[FIT] for keyed in plan.cells[0].methods.values())
    assert np.all(np.abs(ridge["estimate"]) < np.abs(ols["estimate"]))


def test_a_user_s_own_file_gives_the_same_addresses_again(own_file: Path, tmp_path: Path) -> None:
    """Whatever it is called and wherever it is."""
    moved = tmp_path / "elsewhere" / "renamed.py"
    moved.parent.mkdir()
    moved.write_text(OWN)
    assert list(find(str(own_file)).plan().methods) == list(find(str(moved)).plan().methods)


@pytest.mark.slow
def test_a_user_s_own_classes_travel_to_workers(own_file: Path, tmp_path: Path) -> None:
    """To a process that has never seen the file."""
    keyed = next(iter(find(str(own_file)).plan().methods.values()))
    there, back = tmp_path / "method", tmp_path / "block"
    there.write_bytes(cloudpickle.dumps(keyed))
    own_file.unlink()
    code = (
        "import sys, pickle, pathlib; from gfe_mc.study.replicate import run_block; "
        "from gfe_mc.study.method import FIT; "
        "keyed = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes()); "
        "pathlib.Path(sys.argv[2]).write_bytes("
        "run_block(keyed, [0, 1]).values[FIT]['estimate'].tobytes())"
    )
    subprocess.run([sys.executable, "-c", code, str(there), str(back)], check=True)
    assert back.read_bytes() == run_block(keyed, [0, 1]).values[FIT]["estimate"].tobytes()


def test_an_unknown_name_is_refused() -> None:
    with refused("The experiment must be known; got 'bm_table99'. Give one of "):
        find("bm_table99")


@pytest.mark.parametrize("name", ["", "_embed_estimates", "../experiments/bm_table3"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with refused("The experiment must be known"):
        find(name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with refused("The experiment's file must exist"):
        find(str(tmp_path / "none.py"))
    (tmp_path / "folder.py").mkdir()
    with refused("The experiment's file must exist"):
        find(str(tmp_path / "folder.py"))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("\n1 / 0", "broken.py, line 2: ZeroDivisionError: division by zero"),
        ("import no_such_module", "broken.py, line 1: ModuleNotFoundError"),
        ("def", "broken.py: SyntaxError: invalid syntax (broken.py, line 1)"),
        ("import sys\nsys.exit(3)", "broken.py, line 2: SystemExit: 3"),
        ("raise BaseException('\\0')", r"broken.py, line 1: BaseException: \x00"),
        ("import beside", "beside.py, line 2: ValueError: odd"),
        ("def f():\n    f()\nf()", "broken.py, line 2: RecursionError"),
    ],
)
def test_a_file_that_does_not_run_is_refused(tmp_path: Path, code: str, reason: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(code)
    (tmp_path / "beside.py").write_text("\nraise ValueError('odd')\n")
    with refused(f"An experiment's file must run; got {reason}"):
        find(str(path))


def test_an_interrupt_is_none_of_the_file_s(tmp_path: Path) -> None:
    path = tmp_path / "interrupted.py"
    path.write_text("raise KeyboardInterrupt")
    before = set(sys.modules)
    with pytest.raises(KeyboardInterrupt):
        find(str(path))
    assert set(sys.modules) == before


def test_paths_of_files_are_meant_as_typed(own_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(own_file.parent))
    assert find("~/my_study.py").name == "ridge"
    with refused("The home folder must be known"):
        find("~nosuchuser/x.py")
    for odd in ("a" * 5000 + ".py", "a\udcff.py"):
        with refused("The experiment's file must exist"):
            find(odd)


def test_a_study_that_is_refused_says_why(tmp_path: Path) -> None:
    path = tmp_path / "empty_grid.py"
    path.write_text(OWN.replace('{"n_units": (4, 8)}', "{}"))
    with refused("The grid must have factors"):
        find(str(path))


@pytest.mark.parametrize("code", ["", "experiment = 'bm_table3'", "study = 1"])
def test_a_file_that_declares_nothing_is_refused(tmp_path: Path, code: str) -> None:
    path = tmp_path / "nothing.py"
    path.write_text(code)
    with refused("must declare `experiment`; got nothing.py without one"):
        find(str(path))
