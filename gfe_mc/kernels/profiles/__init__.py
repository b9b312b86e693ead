"""Kernels of groups with profiles over time."""
