"""Tests of gfe_mc.metrics."""
