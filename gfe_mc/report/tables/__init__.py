"""Tables of studies: one file a table."""
