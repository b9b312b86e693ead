"""Modules beside a study's file: imported under a name of the study's own, and never in the way."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

_LOCK = threading.RLock()
"""Imports of one study at a time: they share the interpreter's list of modules."""

_PACKAGE = Path(__file__).resolve().parents[1]


@contextmanager
def importing_beside(path: Path, prefix: str) -> Iterator[list[ModuleType]]:
    """Let the file at `path` import modules and packages of its folder, for as long as this holds.

    `import helpers` then finds helpers.py beside the file, as if the file were run by Python, and
    names it PREFIX.helpers: two studies may have helpers of one name, and neither is in the way of
    an installed module. The standard library and modules that are installed and loaded come first.
    Neither `sys.path` nor what other code imports is changed.

    Yields
    ------
    list of modules
        Those that were imported, in the order in which they were.
    """
    with _LOCK:
        finder = _Finder(path.resolve().parent, prefix)
        names = [name for name in list(sys.modules) if finder.hides(name)]
        hidden = {name: sys.modules.pop(name) for name in names}
        sys.meta_path.insert(0, finder)
        try:
            yield finder.made
        finally:
            sys.meta_path.remove(finder)
            for name in finder.aliases:
                sys.modules.pop(name, None)
            sys.modules.update(hidden)


class _Finder(MetaPathFinder):
    """Finds what is in a folder, under names of the folder's own."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self.folder, self.prefix = folder, prefix
        self.names = _importable(folder) - sys.stdlib_module_names
        self.aliases: list[str] = []
        self.made: list[ModuleType] = []

    def hides(self, name: str) -> bool:
        """Whether a loaded module has the name of one in the folder, and is not installed."""
        top = name.partition(".")[0]
        if top not in self.names:
            return False
        file = getattr(sys.modules.get(top), "__file__", None)
        if file is None:
            return True
        installed = {"site-packages", "dist-packages"} & set(Path(file).parts)
        return not installed and not Path(file).resolve().is_relative_to(_PACKAGE)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module of the folder is, under its name there."""
        if fullname.partition(".")[0] not in self.names:
            return None
        found = PathFinder.find_spec(fullname, [str(self.folder)] if path is None else path, target)
        if found is None or found.origin is None or not isinstance(found.loader, SourceFileLoader):
            return found
        name = f"{self.prefix}.{fullname}"
        return spec_from_file_location(
            name,
            found.origin,
            loader=_Loader(name, found.origin, fullname, self),
            submodule_search_locations=found.submodule_search_locations,
        )


class FromSource(SourceFileLoader):
    """Loads a file as it is now: one that was edited in the same second may look as compiled."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the file."""
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class _Loader(FromSource):
    """Loads a module that goes by two names while the study is read."""

    def __init__(self, fullname: str, path: str, alias: str, finder: _Finder | None = None) -> None:
        super().__init__(fullname, path)
        self._alias, self._finder = alias, finder

    def exec_module(self, module: ModuleType) -> None:
        """Run the module; who imports it by its plain name meanwhile gets this one."""
        if self._finder is not None:
            sys.modules[self._alias] = module
            self._finder.aliases.append(self._alias)
            self._finder.made.append(module)
        super().exec_module(module)

    def __reduce__(self) -> tuple[type[_Loader], tuple[str, str, str]]:
        # A module that travels by value takes its loader along, which needs no finder there.
        return type(self), (self.name, self.path, self._alias)


def _importable(folder: Path) -> set[str]:
    """Names of the modules and packages in a folder."""
    files = {file.stem for file in folder.glob("*.py")}
    packages = {file.parent.name for file in folder.glob("*/__init__.py")}
    # Names such as __main__ are the interpreter's.
    return {name for name in files | packages if name.isidentifier() and name[:2] != "__"}
