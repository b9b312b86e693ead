"""The printed tables, as CSV."""
