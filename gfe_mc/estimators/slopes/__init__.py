"""Groups by slopes."""
