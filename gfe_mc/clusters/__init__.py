"""Where the workers are."""
