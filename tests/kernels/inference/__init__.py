"""Tests of gfe_mc.kernels.inference."""
