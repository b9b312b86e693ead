"""Tests of gfe_mc.clusters."""
