"""Tests of gfe_mc.papers."""
