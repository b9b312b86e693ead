"""Tests of gfe_mc.published."""
