"""The normal form of the code of a function, and what it uses.

The form is made of the source, without comments, docstrings and layout, so that it is the same
under every version of Python. It counts only if it compiles to the code that is loaded: a file may
have changed since it was imported. Code whose source is not to be had is known by its byte code,
which differs between versions of Python.
"""

from __future__ import annotations

import ast
import dis
import linecache
import tokenize
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

_CHANGE = frozenset(
    (
        *("add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "fill"),
        *("insert", "move_to_end", "pop", "popitem", "popleft", "put", "remove", "reverse"),
        *("rotate", "setdefault", "sort", "update"),
    )
)
"""Methods that change what they are called on."""

_LAYOUT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"""Fields of a syntax tree that follow from others, or say nothing."""

_OF_PLACE = frozenset({"__doc__", "__firstlineno__", "__static_attributes__"})
"""What the body of a class stores that is documentation, or where it stands."""


@dataclass(frozen=True, eq=False)
class File:
    """The text of a file of Python, read."""

    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def changed(self) -> frozenset[str]:
        """Names of what its functions change that is not their own.

        What is at first in them is a part of the code; what they hold later is not.
        """
        return frozenset(name for name, attribute in self._changes if not attribute)

    @cached_property
    def changed_attributes(self) -> frozenset[str]:
        """Names of attributes that its functions change."""
        return frozenset(name for name, attribute in self._changes if attribute)

    @cached_property
    def _changes(self) -> list[tuple[str, bool]]:
        functions = (node for node in ast.walk(self.tree) if isinstance(node, _FUNCTIONS))
        return [change for function in functions for change in _changes(function)]

    @cached_property
    def _codes(self) -> dict[str, list[CodeType]]:
        """Compiled functions by their qualified names."""
        # By the interpreter's own options, but none of this module's.
        found: dict[str, list[CodeType]] = {}
        for code in _nested(compile(self.tree, "", "exec", dont_inherit=True)):
            found.setdefault(code.co_qualname, []).append(code)
        return found

    @cached_property
    def _nodes(self) -> dict[tuple[int, str], list[Any]]:
        """Functions of the tree by the line and the name that their code has."""
        found: dict[tuple[int, str], list[Any]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, _FUNCTIONS):
                first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
                found.setdefault((first, getattr(node, "name", "<lambda>")), []).append(node)
        return found

    def start(self, name: str) -> list[Any]:
        """Return the statements outside of functions that give a name its value, in normal form."""
        return [
            normal(statement)
            for statement in _statements(self.tree.body)
            if name in _given(statement)
        ]

    def named(self, name: str) -> list[str]:
        """Return the names that those statements read, in order of the alphabet."""
        statements = (one for one in _statements(self.tree.body) if name in _given(one))
        nodes = (node for statement in statements for node in ast.walk(statement))
        return sorted({node.id for node in nodes if isinstance(node, ast.Name)})

    def find(self, code: CodeType) -> Any:
        """Return the normal form of the function that a loaded code was compiled from, or None."""
        loaded = byte_code(code)
        candidates = self._codes.get(code.co_qualname, [])
        found = [
            (one.co_firstlineno == code.co_firstlineno, self._normal(one))
            for one in candidates
            if byte_code(one) == loaded
        ]
        # One that stands where the loaded one stood goes before others of its name.
        found = [pair for pair in found if pair[0]] or found
        forms = [form for _, form in found if form is not None]
        same = bool(forms) and len(forms) == len(found) and all(f == forms[0] for f in forms)
        return forms[0] if same else None

    def _normal(self, code: CodeType) -> Any:
        """Return the normal form of one of this file's compiled functions."""
        nodes = self._nodes.get((code.co_firstlineno, code.co_name), [])
        if len(nodes) > 1:
            # Several on one line are told apart by where their bodies stand in it.
            positions = set(code.co_positions())
            nodes = [node for node in nodes if _position(node) in positions]
        return normal(nodes[0]) if len(nodes) == 1 else None


@dataclass(frozen=True, eq=False)
class Source:
    """What is known of a loaded function."""

    form: Any
    """Its normal form."""
    names: tuple[tuple[str, ...], ...]
    """Global names that it reads, each followed by the attributes read from it on the spot."""
    imports: tuple[tuple[str, ...], ...]
    """Modules that it imports while it runs, with leading dots, followed by the name it takes."""
    file: File | None
    """The file that it stands in; None where the source is not that of the loaded code."""


_KNOWN: dict[int, tuple[weakref.ref[CodeType], Source]] = {}


def source(code: CodeType) -> Source:
    """Return what is known of a loaded function by its code.

    It is found once for each loaded code: an edit of the file later on changes nothing.
    """
    # By what it is, not by what it equals: equal code may stand in two versions of a file.
    key = id(code)
    if key not in _KNOWN:
        gone = weakref.ref(code, lambda _: _KNOWN.pop(key, None))
        _KNOWN[key] = (gone, _read(code))
    return _KNOWN[key][1]


def normal(node: Any) -> Any:
    """Turn a syntax tree into what JSON can hold, without what does not run.

    `ast.unparse` and `ast.dump` write the same tree differently under different versions of
    Python.
    """
    if isinstance(node, ast.Constant):
        return ["Constant", *_constant(node.value)]
    if isinstance(node, ast.AST):
        fields = {
            name: normal(value)
            for name, value in ast.iter_fields(node)
            if name not in _LAYOUT and value is not None and value != []
        }
        return [type(node).__name__, fields]
    if isinstance(node, list):
        return [normal(item) for item in node if not _idle(item)]
    return node


def byte_code(code: CodeType) -> Any:
    """Turn loaded code into what JSON can hold, without line numbers, file names and docstrings."""
    steps = list(_steps(code))
    kept = []
    for n, step in enumerate(steps):
        after = steps[n + 1] if n + 1 < len(steps) else None
        if _of_place(step) or (after is not None and _of_place(after)):
            continue
        kept.append([step.opname, *_argument(step)])
    arguments = code.co_argcount + code.co_kwonlyargcount
    arguments += bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return [
        code.co_name,
        [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & 0x3AC],
        list(code.co_varnames[:arguments]),
        kept,
        code.co_exceptiontable.hex(),
    ]


def _read(code: CodeType) -> Source:
    file = _file(code.co_filename)
    form = None
    if file is not None:
        try:
            form = file.find(code)
        except (SyntaxError, ValueError, RecursionError):  # A file that is no longer Python.
            form = None
    names = sorted({name for one in _nested(code) for name in _names(one)})
    imports = sorted({name for one in _nested(code) for name in _imports(one)})
    known = byte_code(code) if form is None else form
    return Source(known, tuple(names), tuple(imports), None if form is None else file)


def _file(name: str) -> File | None:
    """Read a file; what was typed into a notebook is where tracebacks find it."""
    try:
        with tokenize.open(name) as opened:
            text = opened.read()
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError):
        text = "".join(linecache.getlines(name))
    return _of_text(text) if text else None


@lru_cache(maxsize=64)
def _of_text(text: str) -> File:
    return File(text)


def _nested(code: CodeType) -> Iterator[CodeType]:
    """The code and all code inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _steps(code: CodeType) -> Iterator[dis.Instruction]:
    """Instructions, without those that do nothing by themselves."""
    for step in dis.get_instructions(code):
        if step.opname not in ("CACHE", "EXTENDED_ARG", "NOP", "RESUME"):
            yield step


def _of_place(step: dis.Instruction) -> bool:
    return step.opname == "STORE_NAME" and step.argval in _OF_PLACE


def _argument(step: dis.Instruction) -> list[Any]:
    """What an instruction works on, with constants by value rather than by position."""
    if step.opcode in dis.hasconst or step.opname in ("LOAD_SMALL_INT", "KW_NAMES"):
        return _constant(step.argval)
    if isinstance(step.argval, str | int):
        return [step.argval]
    return [step.argrepr]


def _constant(value: Any) -> list[Any]:
    """A constant of the language: its type, and what it is."""
    kind = type(value).__name__
    if isinstance(value, CodeType):
        return [kind, byte_code(value)]
    if isinstance(value, tuple):
        return [kind, [_constant(item) for item in value]]
    if isinstance(value, frozenset):
        return [kind, sorted((_constant(item) for item in value), key=repr)]
    if isinstance(value, int) and not isinstance(value, bool):
        return [kind, hex(value)]  # Decimal digits are limited.
    return [kind, repr(value)]


def _names(code: CodeType) -> Iterator[tuple[str, ...]]:
    """Global names that a code reads, each followed by the attributes read from it."""
    steps = list(_steps(code))
    for n, step in enumerate(steps):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"):
            chain = [step.argval]
            for after in steps[n + 1 :]:
                if after.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
                    break
                chain.append(after.argval)
            yield tuple(chain)


def _imports(code: CodeType) -> Iterator[tuple[str, ...]]:
    """Modules that a code imports, with leading dots, each followed by a name it takes."""
    steps = list(_steps(code))
    for n, step in enumerate(steps):
        if step.opname == "IMPORT_NAME":
            level, taken = steps[n - 2].argval, steps[n - 1].argval
            module = "." * (level if isinstance(level, int) else 0) + step.argval
            for name in taken or ():
                yield module, name
            if not taken:
                yield (module,)


def _position(node: Any) -> tuple[int | None, ...]:
    """Where the body of a lambda stands, or the first statement of a function."""
    body = node.body if isinstance(node, ast.Lambda) else node.body[0]
    return body.lineno, body.end_lineno, body.col_offset, body.end_col_offset


def _idle(node: Any) -> bool:
    """Whether a statement is a docstring, or another constant that stands for itself."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported, without those in the bodies of others."""
    for statement in body:
        yield statement
        if not isinstance(statement, _FUNCTIONS):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, name, []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)


def _given(statement: ast.stmt) -> set[str]:
    """Names to which a statement assigns."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    else:
        return set()
    return {
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    }


def _changes(function: Any) -> Iterator[tuple[str, bool]]:
    """What a function changes that is not its own: names, and whether they are of attributes."""
    nodes = list(_inside(function))
    declared = {
        name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
    }
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    names = [argument.arg for argument in arguments if argument is not None]
    own = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own = (own | set(names)) - declared
    for name in declared:
        yield name, False
    for node in nodes:
        target = _target(node)
        if isinstance(node, ast.Attribute) and target is node and _is_self(node.value, names):
            continue  # An attribute of the object, and not of its class.
        while isinstance(target, ast.Subscript | ast.Attribute):
            if isinstance(target, ast.Attribute):
                yield target.attr, True
            target = target.value
        if isinstance(target, ast.Name) and target.id not in own:
            yield target.id, False


def _target(node: ast.AST) -> ast.AST | None:
    """What a node changes in place, if anything."""
    if isinstance(node, ast.Subscript | ast.Attribute):
        return None if isinstance(node.ctx, ast.Load) else node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value if node.func.attr in _CHANGE else None
    return None


def _is_self(node: ast.AST, names: list[str]) -> bool:
    """Whether a node is the first argument of a method."""
    return isinstance(node, ast.Name) and node.id != "cls" and node.id in names[:1]


def _inside(function: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a function, without those of functions inside it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, _FUNCTIONS):
            yield from _inside(node)
