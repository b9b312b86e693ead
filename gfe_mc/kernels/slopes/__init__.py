"""Kernels of groups by slopes."""
