"""A fit of one panel, ready to be read, compared, drawn and kept."""
