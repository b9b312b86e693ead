"""What produced a result: its parameters, and the code of what is not the package's own.

A result of the package's own classes is known by their type names and parameters, and by the
version of the computation. Classes and functions from anywhere else (a study's file, a notebook, a
module beside them) are known by their code as well. Of a function that is: its source without
comments, docstrings and layout; its defaults; what it closes over; and the functions, classes and
module-level values that it names, those of such modules too, all the way down. Of a class: its
methods, properties, attributes, defaults of its fields, and bases.

No part of it are names of modules and files and places in them, what the code does not name, and
the versions of installed packages, but for classes of theirs whose objects are parameters. What is
reached by computed names (`getattr(module, name)`, `globals()`) is not seen, nor are data files.

A module-level value counts by what it holds. One that functions of its file change while they run
(a cache, a counter) and one that has no parameters to be known by (a logger, an open file) count by
the statements that made them, so that running a study does not change what it is. Those statements
are looked for in the file of the code that names the value. What functions do to a value that they
are given, rather than name, is not seen: such a value counts by what it holds.

Identities are made where the files are. Code that travelled to another machine has no source there.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import importlib
import importlib.util
import operator
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    FunctionType,
    GenericAlias,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

import numpy as np

from gfe_mc.canonical import digest, form, not_endless
from gfe_mc.origin import Origin, origin, origin_of, top, version
from gfe_mc.source import File, Source, source


def identity(value: Any) -> str:
    """SHA-256 of what a value is: its parameters, and the code of all that is foreign in it.

    Where nothing is foreign it is the value's `fingerprint`. Functions, too, are known by their
    code.

    Raises
    ------
    InputError
        As `canonical`, but for functions.
    """
    codes: dict[type, Any] = {}

    def known(part: Any) -> Any:
        if _is_function(part):
            return {"code": digest(_Description().of(part))}
        kind = type(part)
        if kind not in codes:
            codes[kind] = _beside(kind)
        plain = form(part, known)
        return plain if codes[kind] is None else {"known": plain, **codes[kind]}

    with not_endless():
        return digest(known(value))


def _beside(kind: type) -> dict[str, Any] | None:
    """What a value is known by beside its parameters, by its type; None if nothing."""
    origin = origin_of(kind)
    if origin == Origin.FOREIGN:
        return {"code": digest(_Description().of(kind))}
    if origin == Origin.INSTALLED and top(kind) != "numpy":
        return {"version": version(top(kind))}
    return None


def _is_function(value: Any) -> bool:
    """Whether a value is a function, bare or wrapped, and not an object with parameters."""
    if isinstance(value, partial | MethodType):
        return True
    data = isinstance(value, type | GenericAlias) or dataclasses.is_dataclass(value)
    return callable(value) and not data and hasattr(value, "__name__")


_BY_TEXT = (
    complex,
    bytes,
    range,
    slice,
    decimal.Decimal,
    fractions.Fraction,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    np.dtype,
    type(...),
    type(NotImplemented),
)
"""Types whose values are known by how they are written."""

_GETTERS = (operator.attrgetter, operator.itemgetter, operator.methodcaller)

_GENERATED = frozenset({"_abc_impl", "_is_protocol", "_is_runtime_protocol"})
"""Attributes that classes are given, and that are not functions."""


_OF_TUPLES = ("__new__", "_make", "_replace", "_asdict", "__repr__", "__getnewargs__")


class _Description:
    """A description of code and values by what JSON can hold; it never fails.

    Functions, classes and modules are described where they are met first, and numbered: what comes
    back to them, as recursion does, says the number.
    """

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        # Numbers go by the addresses of objects, which must not be used again meanwhile.
        self._held: list[Any] = []
        self._within: list[int] = []
        self._starting: list[tuple[int, str]] = []
        self._folder = ""
        self._opaque = False

    def of(self, value: Any) -> Any:
        """Describe anything."""
        if id(value) in self._within:
            return {"within": len(self._within) - self._within.index(id(value))}
        self._within.append(id(value))
        try:
            return self._of(value)
        finally:
            self._within.pop()

    def _of(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return self._module(value)
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, FunctionType):
            return self._function(value)
        if _is_function(value):
            return self._wrapped(value)
        return self._value(value)

    def _value(self, value: Any) -> Any:
        """Describe a value: by what it holds, or else by its type."""
        if isinstance(value, str):
            return self._located(value)
        if isinstance(value, PurePath):
            return {"path": self._located(str(value))}
        if isinstance(value, _BY_TEXT):
            return {"type": type(value).__name__, "text": repr(value)}
        if isinstance(value, re.Pattern):
            return {"pattern": self.of(value.pattern), "flags": value.flags}
        if isinstance(value, _GETTERS):
            return {"getter": type(value).__name__, "of": self.of(value.__reduce__()[1])}
        if isinstance(value, set | frozenset):
            return {"set": sorted((self.of(item) for item in value), key=digest)}
        if isinstance(value, SimpleNamespace):
            return {"namespace": self.of(vars(value))}
        kind = type(value)
        if isinstance(value, Mapping) and not all(isinstance(key, str) for key in value):
            pairs = [[self.of(key), self.of(value[key])] for key in value]
            return self._as(kind, {"pairs": sorted(pairs, key=digest)})
        try:
            return self._as(kind, form(value, self.of))
        except Exception:  # A value of any kind: it may refuse to be looked at in any way.
            self._opaque = True
            return self._as(kind, {"type": kind.__qualname__})

    def _as(self, kind: type, plain: Any) -> Any:
        """A value's description with that of its class, where the class is foreign."""
        if origin_of(kind) != Origin.FOREIGN:
            return plain
        return {"known": plain, "class": self._class(kind)}

    def _located(self, text: str) -> Any:
        """A text; the path of a file beside the code is relative, as the code may be anywhere."""
        beside = self._folder and text.startswith(self._folder)
        if beside and text[len(self._folder) :][:1] in ("", os.sep):
            return {"beside": text[len(self._folder) :].replace(os.sep, "/")}
        return text

    def _met(self, value: Any) -> int | None:
        """Return the number of what was met before; give it one otherwise."""
        if id(value) in self._numbers:
            return self._numbers[id(value)]
        self._numbers[id(value)] = len(self._numbers)
        self._held.append(value)
        return None

    @contextmanager
    def _beside(self, path: Any) -> Iterator[None]:
        """Take paths as relative to the folder of a file meanwhile."""
        before = self._folder
        self._folder = os.path.dirname(os.path.abspath(path)) if isinstance(path, str) else ""
        try:
            yield
        finally:
            self._folder = before

    # Functions

    def _wrapped(self, value: Any) -> Any:
        """Describe what wraps a function, or a function that is not written in Python."""
        if isinstance(value, partial):
            inside = [value.func, list(value.args), dict(value.keywords)]
            return {"partial": [self.of(part) for part in inside]}
        if isinstance(value, MethodType):
            return {"method": [self.of(value.__func__), self.of(value.__self__)]}
        for name in ("py_func", "__wrapped__"):  # Numba's functions; caches.
            inner = getattr(value, name, None)
            if isinstance(inner, FunctionType):
                return self.of(inner)
        owner = getattr(value, "__self__", None)
        if isinstance(value, BuiltinFunctionType) and not isinstance(owner, ModuleType | None):
            return {"name": f"{type(owner).__qualname__}.{value.__name__}"}
        return {"name": f"{top(value)}.{getattr(value, '__qualname__', value.__name__)}"}

    def _function(self, function: FunctionType) -> Any:
        number = self._met(function)
        if number is not None:
            return {"again": number}
        foreign = origin_of(function) == Origin.FOREIGN
        cells = dict(self._cells(function))
        if not foreign and "<" not in function.__qualname__:
            # A decorator's, say: what it wraps may be foreign.
            held = cells | vars(function)
            inside = {name: _foreign_within(part) for name, part in held.items()}
            inside = {name: self.of(cell) for name, cell in inside.items() if cell}
            name = str(function.__globals__.get("__name__", "")).partition(".")[0]
            return _without_empty({"name": f"{name}.{function.__qualname__}", "cells": inside})
        known = source(function.__code__)
        changed = known.file.changed if known.file is not None else ()
        with self._beside(function.__globals__.get("__file__")):
            described = {
                "function": known.form,
                "defaults": [self.of(value) for value in function.__defaults__ or ()],
                "keywords": {
                    name: self.of(value)
                    for name, value in sorted((function.__kwdefaults__ or {}).items())
                },
                "cells": {
                    name: {"state": []} if name in changed else self.of(cell)
                    for name, cell in cells.items()
                },
                "uses": self._uses(function, known) if foreign else {},
            }
        return _without_empty(described)

    @staticmethod
    def _cells(function: FunctionType) -> Iterator[tuple[str, Any]]:
        """What a function closes over, by name."""
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=False
        ):
            try:
                yield name, cell.cell_contents
            except ValueError:  # Nothing in it yet.
                yield name, None

    def _uses(self, function: FunctionType, known: Source) -> dict[str, Any]:
        """Describe the global values that a function names, and the modules that it imports."""
        names, uses = function.__globals__, {}
        for name, *attributes in known.names:
            if name in names and not _dunder(name):
                path, value = self._follow([name], names[name], attributes)
                alone = len(path) == 1 and not isinstance(value, ModuleType | FunctionType | type)
                described = self._global(function, name, known) if alone else self.of(value)
                uses[".".join(path)] = described
        for module, *taken in known.imports:
            found = _imported(module, str(names.get("__package__") or ""))
            if found is not None:
                path, value = self._follow([f"import {module}"], found, taken)
                uses[".".join(path)] = self.of(value)
        return uses

    @staticmethod
    def _follow(path: list[str], value: Any, attributes: list[str]) -> tuple[list[str], Any]:
        """Go from a foreign module to what is read from it: the names on the way, and the value."""
        for name in attributes:
            foreign = isinstance(value, ModuleType) and origin_of(value) == Origin.FOREIGN
            if not foreign or not hasattr(value, name):
                break
            path, value = [*path, name], getattr(value, name)
        return path, value

    def _global(self, function: FunctionType, name: str, known: Source) -> Any:
        """Describe a module-level value: by what it holds, or by the statements that made it."""
        value = function.__globals__[name]
        if known.file is not None and name in known.file.changed:
            return {"state": self._start(function, name, known.file)}
        described, opaque = self._seen(partial(self.of, value))
        if not opaque or known.file is None:
            return described
        return {"type": described, "start": self._start(function, name, known.file)}

    def _seen(self, describe: Callable[[], Any]) -> tuple[Any, bool]:
        """Describe something, and say whether there is something in it that is not known."""
        before, self._opaque = self._opaque, False
        described = describe()
        opaque, self._opaque = self._opaque, before
        return described, opaque

    def _start(self, function: FunctionType, name: str, file: File) -> Any:
        """Describe the statements that made a module-level value, and the values they name."""
        place = (id(function.__globals__), name)
        if place in self._starting:
            return {"start of": name}
        self._starting.append(place)
        names = function.__globals__
        uses = {
            other: self.of(names[other])
            for other in file.named(name)
            if other in names and other != name and not _dunder(other)
        }
        self._starting.pop()
        return _without_empty({"statements": file.start(name), "uses": uses})

    # Classes and modules

    def _class(self, kind: type) -> Any:
        if origin_of(kind) != Origin.FOREIGN:
            return {"name": f"{top(kind)}.{kind.__qualname__}"}
        number = self._met(kind)
        if number is not None:
            return {"again": number}
        with self._beside(getattr(sys.modules.get(kind.__module__), "__file__", None)):
            described = {
                "class": kind.__name__,
                "bases": [self._class(base) for base in kind.__bases__ if base is not object],
                "kind": [] if type(kind) is type else [self._class(type(kind))],
                "fields": self._fields(kind),
                "members": self._members(kind),
            }
        return _without_empty(described)

    def _fields(self, kind: type) -> dict[str, Any]:
        """Describe the defaults of a class's own options, which its code may leave them at."""
        if "__dataclass_fields__" not in vars(kind):
            return {}
        missing, described = dataclasses.MISSING, {}
        for field in dataclasses.fields(kind):
            if field.compare and field.default is not missing:
                described[field.name] = self.of(field.default)
            elif field.compare and field.default_factory is not missing:
                described[field.name] = {"made by": self.of(field.default_factory)}
        return described

    def _members(self, kind: type) -> dict[str, Any]:
        if issubclass(kind, enum.Enum):
            members = {name: self.of(one._value_) for name, one in kind.__members__.items()}
        else:
            members = {}
        functions = [function for function in map(_bare, vars(kind).values()) if function]
        files = [source(function.__code__).file for function in functions]
        file = next((file for file in files if file is not None), None)
        for name, member in sorted(vars(kind).items()):
            if name in members or _is_generated(kind, name, member):
                continue
            if file is not None and name in file.changed_attributes and _bare(member) is None:
                members[name] = {"state": file.start(name)}
                continue
            described, opaque = self._seen(partial(self._member, member))
            start = {"type": described, "start": [] if file is None else file.start(name)}
            members[name] = start if opaque else described
        return members

    def _member(self, member: Any) -> Any:
        if isinstance(member, staticmethod | classmethod):
            return {type(member).__name__: self.of(member.__func__)}
        if isinstance(member, property):
            return {"property": [self.of(f) for f in (member.fget, member.fset, member.fdel)]}
        if isinstance(member, functools.cached_property):
            return {"property": [self.of(member.func)]}
        if isinstance(member, functools.partialmethod):
            inside = [member.func, list(member.args), dict(member.keywords)]
            return {"partial": [self.of(part) for part in inside]}
        return self.of(member)

    def _module(self, module: ModuleType) -> Any:
        """Describe a module that is used as a whole."""
        if origin_of(module) != Origin.FOREIGN:
            return {"module": module.__name__}
        number = self._met(module)
        if number is not None:
            return {"again": number}
        with self._beside(getattr(module, "__file__", None)):
            return {
                "contents": {
                    name: self.of(value)
                    for name, value in sorted(vars(module).items())
                    if not _dunder(name)
                }
            }


def _foreign_within(cell: Any) -> list[Any]:
    """Foreign functions and classes in what a wrapper has: itself, or what it dispatches to."""
    held = [*cell.values()] if isinstance(cell, Mapping) else [cell]
    kinds = FunctionType | type
    return [one for one in held if isinstance(one, kinds) and origin_of(one) == Origin.FOREIGN]


def _without_empty(described: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in described.items() if part not in ({}, [])}


def _dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _bare(member: Any) -> FunctionType | None:
    """The function in a member of a class, if it is one."""
    if isinstance(member, property):
        member = member.fget
    if isinstance(member, functools.cached_property):
        member = member.func
    if isinstance(member, staticmethod | classmethod):
        member = member.__func__
    return member if isinstance(member, FunctionType) else None


def _is_generated(kind: type, name: str, member: Any) -> bool:
    """Whether a member was not written, but made with the class from what is described anyway."""
    if isinstance(member, MemberDescriptorType | GetSetDescriptorType) or name in _GENERATED:
        return True
    function = _bare(member)
    if function is not None:
        code = function.__code__
        made = code.co_qualname.startswith("__create_fn__") or _of_tuple(kind, name)
        # What enumerations and protocols are given differs between versions of Python.
        given = function.__globals__.get("__name__") in ("dataclasses", "enum", "typing")
        return made or given
    if _dunder(name):
        return not isinstance(member, property) and not _is_function(member)
    if name in getattr(kind, "__dataclass_fields__", {}):
        return True
    if issubclass(kind, enum.Enum):
        return name.startswith("_") and name.endswith("_")
    return _of_tuple(kind, name) or type(member).__name__ == "_tuplegetter"


def _of_tuple(kind: type, name: str) -> bool:
    """Whether a member is what every named tuple has."""
    return "_fields" in vars(kind) and issubclass(kind, tuple) and name in _OF_TUPLES


def _imported(name: str, package: str) -> ModuleType | None:
    """Return a foreign module that a function imports when it runs; None if it is not foreign.

    It is imported for this, as it would be: what is described must not depend on whether the
    function has run.
    """
    try:
        full = importlib.util.resolve_name(name, package)
        loaded = sys.modules.get(full)
        if loaded is not None:
            return loaded if origin_of(loaded) == Origin.FOREIGN else None
        spec = importlib.util.find_spec(full.partition(".")[0])
        if spec is None or origin(full, spec.origin) != Origin.FOREIGN:
            return None
        return importlib.import_module(full)
    except Exception:  # Importing runs any code; that it fails is for the function to say.
        return None
