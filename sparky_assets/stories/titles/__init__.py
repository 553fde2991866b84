"""Titles of changes: their parts, their verbs, the forms in which they are printed, and their words for matching."""
