"""Interactive effects."""
