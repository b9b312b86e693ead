"""What came of an attack."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Counts:
    """How many tries ended how.

    Attributes
    ----------
    good, bad : Counter, optional
        Tries by how they ended.
    examples : list of str, optional
        What was seen in the first bad ones.
    """

    good: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """Number of tries."""
        return self.good.total() + self.bad.total()

    def well(self, how: str) -> None:
        """Count a try that ended as it must."""
        self.good[how] += 1

    def badly(self, how: str, seen: object = "") -> None:
        """Count a try that did not."""
        self.bad[how] += 1
        if len(self.examples) < 20:
            self.examples.append(f"{how}: {seen}")

    def __str__(self) -> str:
        """A line for each way to end, the bad ones with examples."""
        lines = [f"{number:6} {how}" for how, number in sorted(self.good.items())]
        lines += [f"{number:6} BAD: {how}" for how, number in sorted(self.bad.items())]
        return "\n".join([f"{self.tried:6} tried", *lines, *self.examples])
