"""The way of methods to the workers: pickled, a user's own classes by value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cloudpickle

from gfe_mc.errors import InputError
from gfe_mc.study.faults import require_fault, summary
from gfe_mc.study.method import DESIGN, FIT, PARAMETERS, Keyed, Part

if TYPE_CHECKING:
    from gfe_mc.study.replicate import Work


def pack(works: Sequence[Work]) -> bytes:
    """Pickle work for its way to the workers, a user's own classes by value.

    Raises
    ------
    InputError
        Something in it cannot be pickled.
    """
    try:
        return _pickled(list(works))
    except BaseException as error:
        require_fault(error)
        for work in works:
            require_packable(work.keyed)
        raise _refusal("What is run", error) from error


@lru_cache(maxsize=64)
def unpacked(packed: bytes) -> list[Work]:
    """Return the work that `pack` pickled."""
    works: list[Work] = cloudpickle.loads(packed)
    return works


def require_packable(keyed: Keyed) -> None:
    """Refuse what cannot be sent to workers of a method, by the name of what it is.

    The package's own can be.

    Raises
    ------
    InputError
        Something in it cannot be pickled.
    """
    for who, value in _foreign(keyed):
        try:
            _pickled(value)
        except BaseException as error:
            require_fault(error)
            raise _refusal(who, error) from error


def _foreign(keyed: Keyed) -> Iterator[tuple[str, Any]]:
    """What of a method may be anything, and what it is called."""
    method, place = keyed.method, keyed.place
    name, where = ("", "") if place is None else (f" `{place.estimator}`", f" of cell {place.cell}")
    if FIT in keyed.apart:
        yield f"Estimator{name}{where}", method.estimator
    if PARAMETERS in keyed.apart:
        yield "The parameters of a study", method.parameters
    for key, inference in method.inference.items():
        if Part("inference", key) in keyed.apart:
            yield f"Inference method `{key}`{where}", inference
    for key, metric in method.record.items():
        if Part("metric", key) in keyed.apart:
            yield f"Metric `{key}`", metric
    if DESIGN in keyed.apart:
        yield f"The design{where}", method.dgp


def _pickled(value: Any) -> bytes:
    packed: bytes = cloudpickle.dumps(value)
    return packed


def _refusal(who: str, error: BaseException) -> InputError:
    return InputError(
        f"{who} must be one that can be sent to workers",
        f"{summary(error)} when it was pickled",
        "Keep what cannot be (open files, locks, generators) out of its options and of what its "
        "functions use, and make it where it is needed",
    )
