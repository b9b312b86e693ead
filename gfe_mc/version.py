"""The version of the package, and of the numbers that it computes."""

__version__ = "0.2.0"

COMPUTATION = 2
"""Raised whenever the same study would give other numbers; results of another one are refused."""
