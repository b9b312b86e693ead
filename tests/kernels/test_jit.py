"""Compiled code is kept somewhere, wherever the package is installed."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import gfe_mc
from gfe_mc.kernels._jit import _temporary_folder

PACKAGE = Path(gfe_mc.__file__).parent

SCRIPT = """
import os
import numpy as np
import gfe_mc.kernels.relabel
from gfe_mc.kernels import _jit
assert _jit.__file__.startswith(os.environ["PYTHONPATH"]), _jit.__file__

@_jit.kernel
def total(x):
    return x.sum()

assert total(np.ones(3)) == 3
print(os.environ["NUMBA_CACHE_DIR"])
"""


@pytest.mark.slow
def test_without_a_writable_package_and_home(tmp_path: Path) -> None:
    """A file where the folder of the cache would be refuses root as well."""
    shutil.copytree(PACKAGE, tmp_path / "gfe_mc", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "gfe_mc" / "kernels" / "__pycache__").touch()
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "__pycache__").touch()
    (tmp_path / "tmp").mkdir()
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null"}
    environment = {**os.environ, **nowhere, "PYTHONPATH": str(tmp_path)}
    environment["TMPDIR"] = str(tmp_path / "tmp")
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert folder.parent == tmp_path / "tmp"
    assert list(folder.rglob("*.nbc"))


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders of users are those of POSIX")
def test_folder_is_shared_by_one_user_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = _temporary_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert _temporary_folder() == folder
    folder.chmod(0o777)
    other = _temporary_folder()
    assert other != folder
    assert stat.S_IMODE(other.stat().st_mode) == 0o700
    folder.rmdir()
    folder.symlink_to(other)
    assert _temporary_folder() not in (folder, other)
