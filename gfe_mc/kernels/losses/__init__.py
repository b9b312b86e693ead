"""Kernels of groups whose outcomes have a loss other than squares."""
