"""What is stored has the same bytes, whatever the processor can do."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gfe_mc.study import provenance
from tests.reliability import cpus

STUDY = str(Path(__file__).with_name("every_kind.py"))
OTHERS = {
    name: variables
    for name, variables in cpus.environments(compiled=False).items()
    if name in ("BLAS Haswell", "all of them")
}


@pytest.fixture(scope="module")
def here() -> cpus.Digests:
    """What this processor stores."""
    return cpus.elsewhere({}, [STUDY], cpus.data_folder(), cells=6)[STUDY]


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_processors_store_the_same_bytes(here: cpus.Digests, name: str) -> None:
    assert len(here) > 100
    there = cpus.elsewhere(OTHERS[name], [STUDY], cpus.data_folder(), cells=6)[STUDY]
    assert not cpus.differing(here, there)


@pytest.mark.slow
def test_the_environments_are_other_processors() -> None:
    code = "import gfe_mc.study.provenance as p; print(p.circumstances()['machine'])"
    told = {
        name: subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name, variables in OTHERS.items()
    }
    # OpenBLAS has names of its own for old processors.
    assert len(set(told.values())) == len(OTHERS) or "openblas" not in told["all of them"]


def test_digests_tell_numbers_apart() -> None:
    one, other = np.array([1.0]), np.array([np.nextafter(1.0, 2.0)])
    assert cpus._digest(one.tobytes()) != cpus._digest(other.tobytes())
    assert cpus.differing({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == ["b", "c"]


def test_provenance_names_processor_and_linear_algebra() -> None:
    machine = provenance.circumstances()["machine"]
    assert machine["numpy_features"].keys() == {"baseline", "found"}
    assert all(one.keys() == {"name", "version", "core"} for one in machine["blas"])
    assert machine["processor"] is None or machine["processor"].strip()
