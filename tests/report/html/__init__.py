"""The page of a study, and a browser to look at it."""
