"""Panels, how they are read, and public data sets."""
