"""Scores of single replications, and summaries over replications."""
