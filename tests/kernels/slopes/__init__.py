"""Tests of gfe_mc.kernels.slopes."""
