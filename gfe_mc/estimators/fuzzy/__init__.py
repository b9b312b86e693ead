"""Soft memberships."""
