"""What the project says of itself: the version, and the lowest versions of what it needs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from gfe_mc import __version__
from gfe_mc.version import COMPUTATION

ROOT = Path(__file__).resolve().parents[1]
NOT_TRIED = {"gateway", "kubernetes", "gallery", "docs", "dev"}
"""Extras that `.ci/lowest.txt` has not: what they bring is not part of the tests."""


def test_the_version_is_one() -> None:
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.M)
    assert cited is not None
    assert cited[1] == __version__
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (\d\S*), ", changes, re.M)[0] == __version__
    assert f"\n### Computation {COMPUTATION} (" in changes


def test_lowest_versions_are_those_that_were_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    named = [one for extra in set(extras) - NOT_TRIED for one in extras[extra]]
    asked: dict[str, str] = {}
    for one in map(Requirement, [*project["dependencies"], *named]):
        least = [clause.version for clause in one.specifier if clause.operator == ">="]
        assert len(least) == 1, one
        assert asked.setdefault(one.name.lower(), least[0]) == least[0], one
    lines = (ROOT / ".ci" / "lowest.txt").read_text().splitlines()
    pins = (line.split("==") for line in lines if "==" in line)
    tried = {name.lower(): version for name, version in pins}
    for name, version in asked.items():
        # A version whose files were mended is the same one.
        assert Version(Version(tried[name]).base_version) == Version(version), name
