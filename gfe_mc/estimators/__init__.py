"""Estimators: frozen options and `fit(panel, rng) -> Fit`."""
