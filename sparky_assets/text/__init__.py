"""Pure functions on text: redact, clean, escape, split into words."""
