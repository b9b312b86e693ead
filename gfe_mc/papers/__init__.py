"""What the studies of one paper share."""
