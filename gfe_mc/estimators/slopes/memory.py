"""What estimators of slopes by groups compute of a panel, computed once for all of them.

A study gives one sample to many methods, and each begins with the same cross-products. They are
remembered beside the panel rather than on it: nothing that copies, pickles, compares or identifies
a panel sees them, and they go when it goes. Only what is read-only is remembered; a panel whose
arrays were opened is computed again each time. One arrangement of regressors is held at a time,
so that what is held of a panel never grows.

Threads that ask for the same panel at once may both compute; what they find is the same. Nothing
is locked, as a lock that another thread holds when a process forks is never released in the child.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from gfe_mc.data.panel import Panel

Value = TypeVar("Value")


@dataclass(frozen=True)
class _Held(Generic[Value]):
    """The last that was computed of a panel, and from what options."""

    options: Hashable
    value: Value


class Memory(Generic[Value]):
    """One kind of result, that of the last options for each panel that is alive.

    A result must not hold the panel, and is not to be written to.
    """

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[Panel, _Held[Value]] = WeakKeyDictionary()

    def of(self, panel: Panel, options: Hashable, compute: Callable[[], Value]) -> Value:
        """Return what `compute` returns, or has returned for this panel and these options.

        Parameters
        ----------
        panel : Panel
            By which object it is, not by its content.
        options : hashable
            All that the result depends on beside the panel.
        compute : callable
            Without arguments; what it raises is raised, and not remembered.
        """
        if type(panel) is not Panel or panel.y.flags.writeable or panel.x.flags.writeable:
            return compute()
        held = self._held.get(panel)
        if held is None or held.options != options:
            held = _Held(options, compute())
            self._held[panel] = held
        return held.value
