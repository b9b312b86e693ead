"""Kernels of soft memberships."""
