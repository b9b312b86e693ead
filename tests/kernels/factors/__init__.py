"""Kernels of interactive effects."""
