"""Tests of gfe_mc.selection."""
