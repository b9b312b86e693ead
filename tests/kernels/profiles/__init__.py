"""Tests of gfe_mc.kernels.profiles."""
