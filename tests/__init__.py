"""Tests; the folders mirror those of gfe_mc."""
