"""Tests of gfe_mc.estimators.profiles."""
