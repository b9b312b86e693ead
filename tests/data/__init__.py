"""Tests of gfe_mc.data."""
