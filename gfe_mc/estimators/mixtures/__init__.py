"""Finite mixtures of groups with profiles over time."""
