"""Groups with profiles over time under a loss other than squares: binary outcomes, counts."""
