"""Generators of synthetic slides."""
