"""The error that bad input raises: what was wrong, what came, what would work."""

import math
from collections.abc import Iterable

import numpy as np

LARGEST = 2**53
"""Largest whole number of an option: compiled code counts in 64 bits, and adds such numbers."""


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

    Examples
    --------
    >>> from gfe_mc import GroupedEffects, InputError
    >>> try:
    ...     GroupedEffects(n_units=2, n_periods=5, n_groups=3, separation=1.0)
    ... except InputError as error:
    ...     print([error.wrong, error.came, error.remedy])
    ['There must be no more groups than units', '3 groups for 2 units', 'Use fewer groups']
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
    there = not isinstance(value, np.ndarray) and value in known
    require(there, f"`{name}` must be known", repr(value), remedy)


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
        One is no whole number, too small, or larger than compiled code can count.
    """
    for name, smallest in least.items():
        # An option that came as one of NumPy's integers must compile and print as any other.
        value = require_whole(name, getattr(options, name), smallest)
        require(
            value <= LARGEST, f"`{name}` must be a number to count to", value, f"Give {LARGEST:_}"
        )
        object.__setattr__(options, name, value)


def require_generator(rng: object) -> None:
    """Raise `InputError` unless `rng` is a random generator: a seed is none."""
    require(
        isinstance(rng, np.random.Generator),
        "Randomness must come from a generator",
        repr(rng),
        "Give numpy.random.default_rng(seed)",
    )


def is_number(value: object) -> bool:
    """Return whether a value is a finite real number, of Python's or NumPy's own."""
    number = isinstance(value, int | float | np.integer | np.floating)
    if not number or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)  # type: ignore[arg-type]
    except OverflowError:  # A whole number beyond all floating ones.
        return False


def keep_names(options: object, *names: str) -> None:
    """Hold options of a frozen dataclass that are names as tuples of text.

    Raises
    ------
    InputError
        One is no tuple or list of text.
    """
    for name in names:
        value = getattr(options, name)
        require(
            isinstance(value, tuple | list) and all(isinstance(one, str) for one in value),
            f"`{name}` must be a tuple of names",
            repr(value),
            'Give such as ("x1",), or ()',
        )
        object.__setattr__(options, name, tuple(value))


def require_flags(options: object, *names: str) -> None:
    """Raise `InputError` unless options are True or False: text that says no is no False."""
    for name in names:
        value = getattr(options, name)
        require(
            isinstance(value, bool | np.bool_),
            f"`{name}` must be True or False",
            repr(value),
            "Give one of them",
        )
