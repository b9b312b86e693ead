"""Which edits of a user's own code change the identity of what it computes, and which do not."""

from __future__ import annotations

import enum
import functools
import importlib.util
import json
import linecache
import math
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import GFE, VNS, MultiStart
from gfe_mc.canonical import LATER, fingerprint
from gfe_mc.code import identity
from gfe_mc.origin import Origin, origin_of
from gfe_mc.papers.income_democracy import __name__ as own_module
from tests.helpers import PooledOLS, refused, tiny_calibration
from tests.test_canonical import stored_estimators, values

STUDY = '''
"""A study."""
import functools
import logging
import math
from dataclasses import dataclass, field

import numpy as np

SCALE = 2.0
UNUSED = 1
log = logging.getLogger(__name__)
SEEN = {}
CALLS = 0


def helper(x):
    """Halve."""
    return x / 2


def unused(x):
    return x


class Base:
    def common(self, y):
        return y + 1


@dataclass(frozen=True)
class Mine(Base):
    """An estimator."""

    size: int = 3
    label: str = field(default="", compare=False)
    weight = 0.5

    def fit(self, panel, rng):
        """Estimate."""
        global CALLS
        CALLS += 1
        log.info("fitting")
        SEEN[self.size] = panel
        return helper(self._own(panel)) * SCALE * math.pi * np.abs(-1) * self.weight

    def _own(self, panel):
        return self.common(panel)

    @property
    def twice(self):
        return self.size * 2

    @staticmethod
    def constant():
        return 1

    @classmethod
    def made(cls):
        return cls(4)
'''


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[..., ModuleType]]:
    """Write a file and load it, as a module that others of its name replace."""
    loaded: list[str] = []
    sys.path.insert(0, str(tmp_path))

    def of(text: str, name: str = "gfe_mc_study_mine", folder: str = "") -> ModuleType:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        path = place / f"{name}.py"
        path.write_text(textwrap.dedent(text))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        loaded.append(name)
        # Files of one size that are written within a second have one compiled file.
        exec(compile(path.read_text(), str(path), "exec"), vars(module))
        return module

    yield of
    sys.path.remove(str(tmp_path))
    for name in loaded:
        sys.modules.pop(name, None)


def edited(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_nothing_foreign_is_known_by_its_fingerprint() -> None:
    for value in (
        GFE(3),
        GFE(3, VNS(5, 10, 5)),
        [GFE(2), {"a": MultiStart(hits=3)}],
        tiny_calibration(),
        np.arange(6.0).reshape(2, 3),
        np.array(["a", 1], dtype=object),
        np.float32(0.1),
        (1, 2.0, None, True, "text"),
    ):
        assert identity(value) == fingerprint(value)


@given(values)
def test_plain_values_are_known_by_their_fingerprints(value: object) -> None:
    assert identity(value) == fingerprint(value)


def test_committed_results_still_know_their_estimators() -> None:
    stored = stored_estimators("bm_table3")
    for groups in (3, 5, 10):
        assert identity(GFE(groups)) == stored["genetic", groups]
        assert identity(GFE(groups, VNS(5, 10, 5))) == stored["vns", groups]
    variants = stored_estimators("bm_table3_variants")
    for starts in (10, 1000):
        assert identity(GFE(3, MultiStart(starts))) == variants[f"alg1_{starts}", 3]


def test_a_foreign_class_anywhere_inside_counts() -> None:
    """Where there is one, the identity is not the fingerprint."""
    for value in (PooledOLS(), [PooledOLS()], {"a": PooledOLS()}, Holder(PooledOLS())):
        assert identity(value) != fingerprint(value)


@dataclass(frozen=True)
class Holder:
    inner: object


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return x / 2", "return x / 3"),
        ("SCALE = 2.0", "SCALE = 3.0"),
        ("return y + 1", "return y + 2"),
        ("return self.common(panel)", "return self.common(-panel)"),
        ("weight = 0.5", "weight = 0.25"),
        ("self.size * 2", "self.size * 4"),
        ("        return 1\n", "        return 2\n"),
        ("return cls(4)", "return cls(5)"),
        ("math.pi", "math.e"),
        ("np.abs(-1)", "np.exp(-1)"),
        ("SEEN = {}", "SEEN = {3: 4}"),
        ("CALLS = 0", "CALLS = 5"),
        ("size: int = 3", "size: int = 4"),
        ("def helper(x):", "def helper(x, y=1):"),
        ("def helper(x):", "@functools.lru_cache\ndef helper(x):"),
        ("class Mine(Base)", "class Mine"),
        ("getLogger(__name__)", "getLogger('a')"),
        ("import numpy as np", "import math as np"),
    ],
)
def test_an_edit_of_what_it_uses_changes_the_identity(
    load: Callable[..., ModuleType], old: str, new: str
) -> None:
    """Two versions of a file, loaded one after the other under one path."""
    first = load(STUDY).Mine(3)
    before = identity(first)
    second = load(edited(STUDY, old, new)).Mine(3)
    assert identity(second) != before
    assert identity(first) == before  # The version that is loaded counts, not the file.
    assert fingerprint(second) == fingerprint(first)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Estimate."""', '"""Estimate it,\n        at last."""'),
        ('"""Halve."""\n', "\n"),
        ('"""An estimator."""\n', "\n"),
        ("    return x / 2", "    # By two.\n    return x /   2  # two"),
        ("    return x / 2", "    return (x\n        / 2)"),
        ("UNUSED = 1", "UNUSED = 2"),
        ("    return x\n", "    return -x\n"),
        ("import logging", "import logging\nimport json"),
        ("SCALE = 2.0", "SCALE = 1.0 + 1.0"),
        ('label: str = field(default=""', 'label: str = field(default="a"'),
        ("class Base", "def more():\n    pass\n\n\nclass Base"),
    ],
)
def test_an_edit_of_what_does_not_matter_changes_nothing(
    load: Callable[..., ModuleType], old: str, new: str
) -> None:
    before = identity(load(STUDY).Mine(3))
    assert identity(load(edited(STUDY, old, new)).Mine(3)) == before


def test_parameters_count(load: Callable[..., ModuleType]) -> None:
    module = load(STUDY)
    assert identity(module.Mine(3)) != identity(module.Mine(4))
    assert identity(module.Mine(3, "a")) == identity(module.Mine(3, "b"))


def test_moving_code_changes_nothing(load: Callable[..., ModuleType]) -> None:
    before = identity(load(STUDY).Mine(3))
    assert identity(load(STUDY, "another_name").Mine(3)) == before
    assert identity(load(STUDY, "there", folder="elsewhere").Mine(3)) == before
    function = 'def helper(x):\n    """Halve."""\n    return x / 2\n'
    load(function, "beside")
    moved = edited(STUDY, function, "from beside import helper\n")
    assert identity(load(moved).Mine(3)) == before
    load(edited(function, "/ 2", "/ 3"), "beside")
    assert identity(load(moved).Mine(3)) != before


def test_what_is_read_from_a_module_beside_counts_and_nothing_else_of_it(
    load: Callable[..., ModuleType],
) -> None:
    beside = "def used(x):\n    return x + ONE\n\n\ndef other(x):\n    return x\n\n\nONE = 1\n"
    study = "import beside\n\n\ndef estimate(x):\n    return beside.used(x)\n"

    def known(text: str, user: str = study) -> str:
        load(text, "beside")
        return identity(load(user).estimate)

    before = known(beside)
    assert known(edited(beside, "return x\n", "return -x\n")) == before
    assert known(edited(beside, "ONE = 1", "ONE = 2")) != before
    inside = "def estimate(x):\n    from beside import used\n\n    return used(x)\n"
    assert known(beside, inside) == known(edited(beside, "return x\n", "return -x\n"), inside)
    assert known(beside, inside) != known(edited(beside, "ONE = 1", "ONE = 2"), inside)
    for whole in (
        "def estimate(x):\n    import beside\n\n    return beside.used(x)\n",
        "import beside\n\n\ndef estimate(x, name):\n    return getattr(beside, name)(x)\n",
    ):
        assert known(beside, whole) != known(edited(beside, "ONE = 1", "ONE = 2"), whole)


def test_a_run_changes_nothing(load: Callable[..., ModuleType]) -> None:
    """Caches and counters that functions fill are known by how they start."""
    module = load(STUDY)
    before = identity(module.Mine(3))
    module.Mine(3).fit(1.0, None)
    assert module.CALLS == 1
    assert module.SEEN
    assert identity(module.Mine(3)) == before
    memo = load(
        """
        import functools
        import numpy as np

        BUFFER = np.zeros(3)
        MODEL = None
        SOLVED = []


        def memo(function):
            cache = {}

            @functools.wraps(function)
            def inner(x):
                if x not in cache:
                    cache[x] = function(x)
                return cache[x]

            return inner


        def model():
            global MODEL
            if MODEL is None:
                MODEL = {"a": 1}
            return MODEL


        @memo
        def estimate(x):
            BUFFER[:] = x
            SOLVED.append(x)
            return cached(x) + model()["a"] + Counted().up(x)


        @functools.lru_cache
        def cached(x):
            return x


        class Counted:
            total = 0
            kept = {}

            def up(self, x):
                Counted.total += 1
                self.kept[x] = x
                return self.total
        """
    )
    before = identity(memo.estimate)
    memo.estimate(1)
    memo.estimate(2)
    assert identity(memo.estimate) == before


def test_what_makes_a_value_without_parameters_counts(load: Callable[..., ModuleType]) -> None:
    text = """
    import numpy as np

    SEED = 3
    RNG = np.random.default_rng(SEED)


    class Holder:
        solver = object()
        seen = []
        size = 1

        def solve(self):
            self.size = 2
            self.seen.append(1)
            return self.solver


    class Solver:
        def __init__(self, tolerance):
            self.tolerance = tolerance

        def solve(self):
            return self.tolerance


    SOLVER = Solver(0.1)


    def estimate(x):
        Holder().solve()
        return RNG.random() + SOLVER.solve()
    """
    versions = [
        text,
        edited(text, "SEED = 3", "SEED = 4"),
        edited(text, "Solver(0.1)", "Solver(0.2)"),
        edited(text, "return self.tolerance", "return -self.tolerance"),
        edited(text, "solver = object()", "solver = type('A', (), {})()"),
        edited(text, "seen = []", "seen = [1]"),
        edited(text, "size = 1", "size = 3"),
    ]
    found = {identity(load(version).estimate) for version in versions}
    assert len(found) == len(versions)
    module = load(text)
    before = identity(module.estimate)
    module.estimate(0)
    assert identity(module.estimate) == before


def test_values_that_it_uses_count_by_what_they_hold(load: Callable[..., ModuleType]) -> None:
    text = """
    import enum
    import re
    from dataclasses import dataclass
    from fractions import Fraction
    from functools import partial
    from operator import itemgetter
    from pathlib import Path
    from types import SimpleNamespace
    from typing import NamedTuple

    import numpy as np
    from gfe_mc import GFE


    class Colour(enum.Enum):
        RED = 1


    class Pair(NamedTuple):
        one: int
        other: int = 5


    @dataclass
    class Options:
        size: int = 1


    USED = VALUE


    def estimate(x):
        return USED
    """
    different = [
        "1",
        "1.0",
        "'a'",
        "b'a'",
        "1 + 2j",
        "None",
        "(1, 2)",
        "{1, 2}",
        "{1: 2}",
        "{'a': {3: {4}}}",
        "...",
        "range(3)",
        "Fraction(1, 3)",
        "re.compile('a')",
        "re.compile('a', re.I)",
        "Path('a.csv')",
        "itemgetter(1)",
        "itemgetter(2)",
        "partial(max, 1)",
        "partial(max, 2)",
        "partial(max, 1, key=abs)",
        "SimpleNamespace(a=1)",
        "SimpleNamespace(a=2)",
        "np.zeros(3)",
        "np.ones(3)",
        "np.dtype('f8')",
        "np.sin",
        "np.mean",
        "GFE(2)",
        "GFE(3)",
        "GFE",
        "Colour.RED",
        "Pair(1)",
        "Options(1)",
        "Options(2)",
        "[Options(2), object()]",
        "len",
        "[].append",
        "lambda x: x",
        "lambda x: x + 1",
        "dict[str, int]",
    ]
    found = {value: identity(load(edited(text, "VALUE", value)).estimate) for value in different}
    assert len(set(found.values())) == len(different)
    again = {value: identity(load(edited(text, "VALUE", value)).estimate) for value in different}
    assert again == found
    for old, new in (("RED = 1", "RED = 2"), ("size: int = 1", "size: int = 2")):
        value = "Colour.RED" if "RED" in old else "Options(1)"
        changed = edited(edited(text, "VALUE", value), old, new)
        assert identity(load(changed).estimate) != found[value]


def test_a_file_beside_the_code_is_the_same_wherever_both_are(
    load: Callable[..., ModuleType],
) -> None:
    text = (
        "import os\nfrom pathlib import Path\n\nDATA = Path(__file__).with_name('data.csv')\n"
        "TEXT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data.csv')\n\n\n"
        "def estimate(x):\n    return DATA, TEXT\n"
    )
    before = identity(load(text).estimate)
    assert identity(load(text, folder="elsewhere").estimate) == before
    assert identity(load(edited(text, "'data.csv'", "'other.csv'")).estimate) != before


def test_cycles_end(load: Callable[..., ModuleType]) -> None:
    text = """
    from dataclasses import dataclass

    TABLE = {}
    TABLE["self"] = TABLE


    def even(n):
        return n == 0 or odd(n - 1)


    def odd(n):
        return n != 0 and even(n - 1)


    FUNCTIONS = {"even": even}


    @dataclass(frozen=True)
    class Mine:
        def fit(self, panel, rng):
            return Mine(), Other, even(3), TABLE, FUNCTIONS

        def more(self):
            return super().__repr__()


    @dataclass(frozen=True)
    class Other(Mine):
        def fit(self, panel, rng):
            return Mine().fit(panel, rng)
    """
    before = identity(load(text).Mine())
    assert identity(load(text).Mine()) == before
    assert identity(load(edited(text, "n != 0", "n > 0")).Mine()) != before
    assert identity(load(text).Other()) != before


def test_functions_are_known_by_their_code(load: Callable[..., ModuleType]) -> None:
    text = """
    from functools import partial, singledispatch

    import numba


    def make(k):
        return lambda x: x + k


    def scaled(x, by=2, *, more=1):
        return x * by


    @numba.njit
    def compiled(x):
        return x + 1


    @singledispatch
    def of(x):
        return x


    @of.register
    def _(x: int):
        return -x


    two = partial(scaled, by=2)
    three = partial(scaled, by=3)
    one, other = lambda x: x + 1, lambda x: x + 2
    pairs = {"a": (lambda x: x * 1.5), "b": (lambda x: x * 2.5)}
    """
    m = load(text)
    functions = [m.make(1), m.make(2), m.scaled, m.compiled, m.of, m.two, m.three, m.one, m.other]
    functions += [*m.pairs.values(), math.sqrt, len, np.mean, np.add, m.make]
    assert len({identity(function) for function in functions}) == len(functions)
    assert identity(m.make(1)) == identity(m.make(1))
    assert identity([m.one, m.other]) != identity([m.other, m.one])
    for name, old, new in (
        ("scaled", "by=2, *", "by=3, *"),
        ("scaled", "more=1", "more=2"),
        ("two", "x * by", "x / by"),
        ("compiled", "return x + 1", "return x + 2"),
        ("of", "    def of(x):\n        return x", "    def of(x):\n        return +x"),
        ("of", "return -x", "return 0"),
    ):
        assert identity(getattr(load(edited(text, old, new)), name)) != identity(getattr(m, name))
    for name in ("of", "compiled", "scaled", "one"):
        assert identity(getattr(load(text, "elsewhere"), name)) == identity(getattr(m, name))


def test_dispatchers_are_known_by_their_functions() -> None:
    def plain(x: float) -> float:
        return x

    assert identity(numba.njit(plain)) == identity(plain)
    assert identity(functools.lru_cache(plain)) == identity(plain)


@pytest.mark.parametrize("value", [Holder, object(), {1, 2}, Path("file"), b"bytes", 1 + 2j])
def test_what_has_no_parameters_is_refused(value: object) -> None:
    with refused("known by its parameters"):
        identity([value])


def executed(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "nowhere"}
    exec(textwrap.dedent(text), names)
    return names


def test_code_without_source_is_known_by_its_byte_code() -> None:
    text = """
    ONE = 1


    def estimate(x):
        \"\"\"Estimate.\"\"\"
        class Inner:
            \"\"\"Inside.\"\"\"
            kept = x

        return [i + ONE for i in Inner.kept if i in {"a", "b", "c"}]
    """
    before = identity(executed(text)["estimate"])
    assert identity(executed(text)["estimate"]) == before
    for old, new in (
        ('"""Estimate."""\n', '"""Estimate it, at last."""\n'),
        ('"""Estimate."""\n', "\n"),
        ('"""Inside."""\n', "\n"),
        ("x):\n", "x):  # comment\n"),
    ):
        assert identity(executed(edited(text, old, new))["estimate"]) == before
    for old, new in (("ONE = 1", "ONE = 2"), ("i + ONE", "i - ONE"), ('"c"}', '"d"}')):
        assert identity(executed(edited(text, old, new))["estimate"]) != before


def test_a_file_that_changed_after_it_was_loaded_is_not_read(
    load: Callable[..., ModuleType], tmp_path: Path
) -> None:
    """The edit comes before the first look: the loaded code is known by its byte code."""
    path = tmp_path / "gfe_mc_study_mine.py"
    new = edited(STUDY, "return x / 2", "return x / 3")
    new_identity = identity(load(new).Mine(3))
    old = load(STUDY).Mine(3)
    path.write_text(new)
    assert identity(old) != new_identity
    commented = load(STUDY).Mine(3)
    path.write_text(edited(STUDY, "def helper", "# A comment.\n\n\ndef helper"))
    assert identity(commented) == identity(load(STUDY).Mine(3))
    broken = load(STUDY).Mine(3)
    path.write_text("def (")
    assert len(identity(broken)) == 64


def test_reading_does_not_change_what_was_read(
    load: Callable[..., ModuleType], tmp_path: Path
) -> None:
    mine = load(STUDY).Mine(3)
    before = identity(mine)
    (tmp_path / "gfe_mc_study_mine.py").write_text("")
    assert identity(mine) == before


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from gfe_mc.code import identity
import mine
print(identity([mine.Mine(3), mine.NAMES, mine.estimate, *map(mine.byte_code, "ab")]))
"""


def test_every_process_says_the_same(tmp_path: Path) -> None:
    """Whatever the seed of the hashes of text is, and wherever the file lies."""
    text = STUDY + textwrap.dedent(
        """
        KINDS = {"a", "b", "c", ("d", 1)}
        NAMES = {name: len(name) for name in ("x", "yy")}
        THING = object()


        def estimate(x):
            return x in KINDS or x in {"one", "two", "three"} or THING


        def byte_code(name):
            names = {"SET": {"p", "q", "r"}, "__name__": "nowhere"}
            exec("def f(x): return x in {'one', 'two', 'three'} or x in SET", names)
            return names["f"]
        """
    )
    found = set()
    for seed in ("0", "1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        (folder / "mine.py").write_text(text)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(folder)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


def test_where_code_comes_from() -> None:
    assert origin_of(GFE) == Origin.OWN
    assert origin_of(sys.modules[own_module]) == Origin.OWN
    assert origin_of(json.dumps) == Origin.STANDARD
    assert origin_of(json) == Origin.STANDARD
    assert origin_of(len) == Origin.STANDARD
    assert origin_of(np.linalg.norm) == Origin.INSTALLED
    assert origin_of(np) == Origin.INSTALLED
    assert origin_of(pytest.Item) == Origin.INSTALLED
    assert origin_of(Holder) == Origin.FOREIGN
    assert origin_of(load) == Origin.FOREIGN


def test_a_module_named_like_one_of_the_standard_library_is_foreign(
    load: Callable[..., ModuleType],
) -> None:
    assert origin_of(load("def f():\n    pass\n", "this").f) == Origin.FOREIGN


def test_installed_classes_are_known_by_their_version(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = type("Installed", (), {"__module__": pytest.Item.__module__})
    kind: Any = dataclass(frozen=True)(bare)
    assert origin_of(kind) == Origin.INSTALLED
    before = identity(kind())
    assert before != fingerprint(kind())
    monkeypatch.setattr("gfe_mc.code.version", lambda package: f"{package} 0.0")
    assert identity(kind()) != before


class Tuple(NamedTuple):
    value: int

    def doubled(self) -> int:
        return 2 * self.value


class Level(enum.IntEnum):
    LOW = 1


class Texts(dict[str, int]):
    """A mapping of its own."""


@pytest.mark.parametrize("value", [Tuple(1), Level.LOW, Texts(a=1)])
def test_foreign_types_of_every_kind_count(value: Any) -> None:
    assert identity([value]) != fingerprint([value])
    assert identity([value]) == identity([value])


@dataclass(frozen=True)
class Grown:
    size: int = 3
    option: int = field(default=0, metadata=LATER)


def test_an_option_that_was_added_later_counts_where_it_departs_from_its_default() -> None:
    assert identity(Grown()) == identity(Grown(option=0))
    assert identity(Grown(option=1)) != identity(Grown())


@given(st.integers(), st.integers(), st.sampled_from(["+", "-", "*", "//"]))
def test_constants_and_operators_of_a_function_count(one: int, other: int, sign: str) -> None:
    def of(constant: int, operator: str) -> str:
        function: str = identity(executed(f"def f(x):\n return x {operator} {constant}")["f"])
        return function

    assert (of(one, "+") == of(other, sign)) == ((one, "+") == (other, sign))


def test_what_was_typed_into_a_notebook_is_known_by_its_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tracebacks find its text under a name that is no file's, another one each time."""
    text = "def estimate(x):\n    return x + 1\n"

    def typed(name: str, source: str) -> str:
        lines = source.splitlines(keepends=True)
        monkeypatch.setitem(linecache.cache, name, (len(source), None, lines, name))
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(source, name, "exec"), names)
        return identity(names["estimate"])

    before = typed("<cell 1>", text)
    assert before != identity(executed(text)["estimate"])
    assert typed("<cell 2>", "# Again.\n\n" + text) == before
    assert typed("<cell 3>", edited(text, "x + 1", "x + 2")) != before
