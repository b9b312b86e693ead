"""The package, run as a module."""

import subprocess
import sys

import gfe_mc


def test_the_package_runs_as_a_module() -> None:
    def said(*arguments: str) -> str:
        command = [sys.executable, "-m", "gfe_mc", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert said("--version").strip() == gfe_mc.__version__
    assert "Usage: python -m gfe_mc" in said("--help")


def test_bad_input_ends_with_exit_code_2() -> None:
    command = [sys.executable, "-m", "gfe_mc", "report", "no_such_study"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
