"""Inference methods: frozen options and `covariance(panel, fit, rng) -> Covariance`."""
