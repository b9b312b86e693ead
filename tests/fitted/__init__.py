"""Tests of fits that are read, compared, drawn and kept."""
