"""Tests of gfe_mc.kernels.losses."""
