"""The claims of an insight, one module a subject."""
