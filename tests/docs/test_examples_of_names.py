"""Every public name has an example in its docstring, which runs and says what it is said to."""

import doctest
import importlib
import io

import pytest

import gfe_mc

NAMES = sorted(set(gfe_mc.__all__) - {"__version__"})
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def _example(name: str) -> doctest.DocTest:
    """The example of a name; it sees nothing that a user who types it would not."""
    one = getattr(gfe_mc, name)
    home = importlib.import_module(one.__module__)
    finder = doctest.DocTestFinder(recurse=False)
    found = finder.find(one, name, module=home, globs={"__name__": "__main__"})
    assert len(found) == 1, f"{name} has no example in its docstring"
    return found[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_name_runs(name: str) -> None:
    example = _example(name)
    assert "\n    Examples\n    --------\n    >>> " in str(example.docstring)
    assert any(step.want for step in example.examples), f"the example of {name} says nothing"
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    assert runner.run(example, out=said.write).failed == 0, said.getvalue()
