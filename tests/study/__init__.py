"""Tests of gfe_mc.study."""
