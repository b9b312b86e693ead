"""Tests of gfe_mc.report.tables."""
