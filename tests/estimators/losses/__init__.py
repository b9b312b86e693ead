"""Tests of gfe_mc.estimators.losses."""
