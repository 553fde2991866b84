"""Changelogs: their headings, and the section of a version."""
