"""Data generating processes: frozen parameters and `draw(rng) -> Sample`."""
