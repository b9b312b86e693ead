"""Tests of gfe_mc.kernels.fuzzy."""
