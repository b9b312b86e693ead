"""The error that bad input raises: what was wrong, what came, what would work."""


class InputError(ValueError):
    """Input that cannot be used, named in a way that can be acted on.

    Parameters
    ----------
    wrong
        What was wrong, as a sentence without its full stop.
    came
        What came instead.
    remedy
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


def require_whole(name: str, value: object, least: int) -> None:
    """Raise `InputError` unless `value` is an integer of at least `least`."""
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= least
    require(fits, f"`{name}` must be a whole number", repr(value), f"Give {least} or more")
