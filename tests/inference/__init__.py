"""Tests of gfe_mc.inference."""
