"""Verify that a finished text contains nothing but what its claims support."""
