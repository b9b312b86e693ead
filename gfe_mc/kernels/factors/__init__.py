"""Kernels of interactive effects: factors over time with loadings of units."""
