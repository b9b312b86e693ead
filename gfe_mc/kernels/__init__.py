"""Compiled code: arrays in, arrays out; all randomness comes from the generator passed in."""
