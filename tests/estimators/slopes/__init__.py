"""Tests of gfe_mc.estimators.slopes."""
