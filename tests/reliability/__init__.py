"""Attacks on what is finished: each counts what came of it, and a part of each is a test."""
