"""Groups with profiles over time."""
