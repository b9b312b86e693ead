"""Figures, by matplotlib: of studies from their datasets, of single fits from their summaries."""
