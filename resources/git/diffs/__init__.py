"""Diffs: reading them and their hunks, whose lines they change, and where code comes from."""
