"""How many groups: criteria, paths, tests."""
