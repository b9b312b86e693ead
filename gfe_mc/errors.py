"""The error that bad input raises: what was wrong, what came, what would work."""

from collections.abc import Iterable

import numpy as np


class InputError(ValueError):
    """Error of input that cannot be used: what was wrong, what came, what would work.

    Parameters
    ----------
    wrong : str
        What was wrong, as a sentence without its full stop.
    came : str
        What came instead.
    remedy : str
        What would work.
    """

    def __init__(self, wrong: str, came: str, remedy: str) -> None:
        super().__init__(f"{wrong}; got {came}. {remedy}.")
        self.wrong, self.came, self.remedy = wrong, came, remedy

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str]]:
        return type(self), (self.wrong, self.came, self.remedy)


def require(condition: bool, wrong: str, came: object, remedy: str) -> None:
    """Raise `InputError` unless `condition` holds."""
    if not condition:
        raise InputError(wrong, str(came), remedy)


def require_one_of(name: str, value: object, known: Iterable[object]) -> None:
    """Raise `InputError` unless `value` is one of those that are known."""
    known = list(known)
    remedy = f"Give one of {', '.join(map(str, known))}"
    require(value in known, f"`{name}` must be known", repr(value), remedy)


def require_whole(name: str, value: object, least: int) -> int:
    """Return a whole number of at least `least` as Python's own, or raise `InputError`.

    Whole numbers are Python's and NumPy's integers.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and value >= least):  # type: ignore[operator]
        raise InputError(f"`{name}` must be a whole number", repr(value), f"Give {least} or more")
    return int(value)  # type: ignore[call-overload,no-any-return]


def keep_whole(options: object, **least: int) -> None:
    """Hold options of a frozen dataclass as Python's own integers, at least so large each.

    Raises
    ------
    InputError
        One is no whole number, or too small.
    """
    for name, smallest in least.items():
        # An option that came as one of NumPy's integers must compile and print as any other.
        value = require_whole(name, getattr(options, name), smallest)
        object.__setattr__(options, name, value)


def require_generator(rng: object) -> None:
    """Raise `InputError` unless `rng` is a random generator: a seed is none."""
    require(
        isinstance(rng, np.random.Generator),
        "Randomness must come from a generator",
        repr(rng),
        "Give numpy.random.default_rng(seed)",
    )
