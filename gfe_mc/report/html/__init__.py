"""The page of a study: everything that there is to see of it in one file."""
