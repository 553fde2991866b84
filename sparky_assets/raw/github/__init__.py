"""Collect one GitHub organisation: queries, responses, sweeps, rows."""
