"""Releases in print: their headline, the sentences about them, and the items of their notes."""
