"""Tests of gfe_mc.dgp."""
