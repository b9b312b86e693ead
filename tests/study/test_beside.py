"""Studies whose files import what stands beside them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cloudpickle
import numpy as np
import pytest

import gfe_mc
from gfe_mc import find
from gfe_mc.clusters.connect import Processes, Threads
from gfe_mc.study.catalogue import folder
from gfe_mc.study.method import FIT
from gfe_mc.study.replicate import run_block
from gfe_mc.study.run import run_study
from tests.helpers import refused

HELPERS = '''
"""What my studies share."""
from __future__ import annotations
from dataclasses import dataclass
import numpy as np
from gfe_mc import Fit, Panel
from gfe_mc.dgp.sample import Sample, Truth

SLOPE = {slope}

def regressors(rng, n_units):
    return rng.standard_normal((n_units, 5, 1))

@dataclass(frozen=True)
class Noise:
    n_units: int
    def draw(self, rng):
        x = regressors(rng, self.n_units)
        y = SLOPE * x[:, :, 0] + 0.01 * rng.standard_normal((self.n_units, 5))
        return Sample(Panel.from_arrays(y, x), Truth(np.array([SLOPE])))
'''

STUDY = """
from __future__ import annotations
from dataclasses import dataclass
import numpy as np
import my_helpers
import my_package.inner
from my_helpers import Noise
from my_package import weights
from gfe_mc import Experiment, Fit

@dataclass(frozen=True)
class Slope:
    def fit(self, panel, rng):
        x, y = panel.x[:, :, 0], panel.y
        extra = my_package.inner.shift() * weights.one() * (my_helpers.SLOPE - my_helpers.SLOPE)
        return Fit(theta=np.array([(x * y).sum() / (x * x).sum() + extra]))

experiment = Experiment(
    name="mine", title="Mine", source="me", factors={"n_units": (8,)},
    dgp=lambda panel, n_units: Noise(n_units),
    estimators=lambda n_units: {"slope": Slope()},
    parameters=("slope",), replications=3,
)
"""


def write(at: Path, slope: float = 2.0) -> Path:
    """A study of one cell with a module and a package beside it."""
    (at / "my_package").mkdir(parents=True)
    (at / "my_package" / "__init__.py").write_text("from . import weights\n")
    (at / "my_package" / "weights.py").write_text("def one():\n    return 1.0\n")
    (at / "my_package" / "inner.py").write_text(
        "from my_package.weights import one\ndef shift():\n    return one()\n"
    )
    (at / "my_helpers.py").write_text(HELPERS.replace("{slope}", str(slope)))
    path = at / "mine.py"
    path.write_text(STUDY)
    return path


def slopes(path: Path) -> np.ndarray:
    (keyed,) = find(str(path)).plan().methods.values()
    block = run_block(keyed, [0, 1])
    assert block.n_failed == 0
    return np.asarray(block.values[FIT]["estimate"]).ravel()


def test_a_module_beside_the_file_is_found(tmp_path: Path) -> None:
    path = write(tmp_path)
    before, names = list(sys.path), set(sys.modules)
    np.testing.assert_allclose(slopes(path), 2.0, atol=0.05)
    assert sys.path == before
    assert not {"my_helpers", "my_package", "mine"} & set(sys.modules)
    made = {name for name in set(sys.modules) - names if "my_" in name or "mine" in name}
    assert {name.split(".")[0] for name in made} <= {"gfe_mc_study_mine"}
    with pytest.raises(ModuleNotFoundError):
        __import__("my_helpers")


def test_two_studies_may_have_helpers_of_one_name(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one", 2.0), write(tmp_path / "other", 7.0)
    other = other.rename(other.with_name("others.py"))
    first, second = find(str(one)), find(str(other))
    for experiment, slope in ((second, 7.0), (first, 2.0)):
        (keyed,) = experiment.plan().methods.values()
        (again,) = cloudpickle.loads(cloudpickle.dumps([keyed]))
        for each in (keyed, again):
            np.testing.assert_allclose(
                run_block(each, [0]).values[FIT]["estimate"], slope, atol=0.05
            )


def test_a_helper_that_was_edited_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, 2.0)
    np.testing.assert_allclose(slopes(path), 2.0, atol=0.05)
    (tmp_path / "my_helpers.py").write_text(HELPERS.replace("{slope}", "11.5"))
    np.testing.assert_allclose(slopes(path), 11.5, atol=0.05)


@pytest.mark.slow
def test_helpers_travel_to_a_process_that_has_never_seen_them(tmp_path: Path) -> None:
    path = write(tmp_path / "study")
    (keyed,) = find(str(path)).plan().methods.values()
    there, back = tmp_path / "method", tmp_path / "block"
    there.write_bytes(cloudpickle.dumps(keyed))
    for file in list((tmp_path / "study").rglob("*.py")):
        file.unlink()
    code = (
        "import sys, pickle, pathlib; from gfe_mc.study.method import FIT; "
        "from gfe_mc.study.replicate import run_block; "
        "keyed = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes()); "
        "pathlib.Path(sys.argv[2]).write_bytes("
        "run_block(keyed, [0, 1]).values[FIT]['estimate'].tobytes())"
    )
    subprocess.run([sys.executable, "-c", code, str(there), str(back)], check=True)
    assert back.read_bytes() == run_block(keyed, [0, 1]).values[FIT]["estimate"].tobytes()


@pytest.mark.slow
def test_a_study_with_helpers_runs_on_threads_and_processes(tmp_path: Path) -> None:
    plan = find(str(write(tmp_path / "study"))).plan()
    made = [
        run_study(plan, tmp_path / name, backend=backend)
        for name, backend in (("threads", Threads(1)), ("processes", Processes(1)))
    ]
    for dataset in made:
        assert int(dataset["status"].sum()) == 0
        np.testing.assert_allclose(dataset["estimate"], 2.0, atol=0.05)


def test_what_is_loaded_already_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "study", 2.0)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "my_helpers.py").write_text("SLOPE = 'mine'\n")
    monkeypatch.syspath_prepend(str(elsewhere))
    loaded = __import__("my_helpers")
    try:
        np.testing.assert_allclose(slopes(path), 2.0, atol=0.05)
        assert sys.modules["my_helpers"] is loaded
        assert loaded.SLOPE == "mine"
    finally:
        del sys.modules["my_helpers"]


def test_a_study_may_build_on_another(tmp_path: Path) -> None:
    base = write(tmp_path / "base", 2.0)
    derived = write(tmp_path / "derived", 7.0).with_name("derived.py")
    text = f"import my_helpers\nfrom gfe_mc import find\nbase = find({str(base)!r})\n"
    text += "import my_helpers as again\nassert again is my_helpers and again.SLOPE == 7.0\n"
    derived.write_text(text + "experiment = base\n")
    np.testing.assert_allclose(slopes(derived), 2.0, atol=0.05)


def test_the_standard_library_is_not_replaced(tmp_path: Path) -> None:
    path = write(tmp_path, 2.0)
    (tmp_path / "random.py").write_text("1 / 0\n")
    (tmp_path / "numpy.py").write_text("1 / 0\n")
    path.write_text(STUDY + "import random, numpy\n")
    np.testing.assert_allclose(slopes(path), 2.0, atol=0.05)


def test_a_helper_that_does_not_run_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "my_helpers.py").write_text("1 / 0\n")
    meta, names = list(sys.meta_path), set(sys.modules)
    with refused("An experiment's file must run; got my_helpers.py, line 1: ZeroDivisionError"):
        find(str(path))
    assert sys.meta_path == meta
    assert not {"my_helpers", "mine"} & (set(sys.modules) - names)


def test_modules_say_whose_they_are(tmp_path: Path) -> None:
    for name in ("bm_table3", str(folder() / "bm_table3.py")):
        sys.modules.pop("gfe_mc.experiments.bm_table3", None)
        experiment = find(name)
        assert sys.modules["gfe_mc.experiments.bm_table3"].experiment is experiment
    own = find(str(write(tmp_path)))
    assert own.dgp.__module__ == "gfe_mc_study_mine"
    (keyed,) = own.plan().methods.values()
    assert type(keyed.method.dgp).__module__ == "gfe_mc_study_mine.my_helpers"
    assert "find" in dir(gfe_mc)
