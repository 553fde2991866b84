"""Check that a finished text holds nothing but what its claims support."""
