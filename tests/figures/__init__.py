"""Tests of gfe_mc.figures."""
