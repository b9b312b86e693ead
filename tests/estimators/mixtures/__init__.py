"""Tests of gfe_mc.estimators.fuzzy."""
