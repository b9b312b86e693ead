"""Packages that are not installed: what to install, in one wording."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

import gfe_mc
from gfe_mc.optional import required
from tests.helpers import refused

ROOT = Path(__file__).resolve().parents[1]


def test_what_is_installed_is_returned() -> None:
    assert required("json.decoder", "none", "text") is sys.modules["json.decoder"]


def test_the_package_and_the_extra_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "no_such.module", None)
    with refused(
        "The package no-such must be installed for such things",
        "ModuleNotFoundError: ",
        "Install it: pip install no-such, or pip install '.[such]' in a copy of the source",
    ):
        required("no_such.module", "such", "such things")


def test_all_hints_are_made_there() -> None:
    """None names an index that has no such package, and every extra is one."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    package = Path(gfe_mc.__file__).parent
    asked = set()
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "optional.py":
            assert "pip install" not in text, path
        pattern = r"(?:required|missing|require_installed)\(\"[\w.]+\", \"(\w+)\""
        asked |= set(re.findall(pattern, text))
    assert asked == {"figures", "formula", "parquet", "jobqueue", "gateway", "kubernetes"}
    assert asked <= set(extras["optional-dependencies"])


def test_a_parquet_file_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = tmp_path / "panel.parquet"
    path.write_bytes(b"PAR1")
    with refused("The package pyarrow must be installed for Parquet files"):
        gfe_mc.Panel.from_file(str(path), outcome="y", unit="i", time="t")
