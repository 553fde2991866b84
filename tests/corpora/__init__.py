"""Texts that attack: hostile titles, and sentences with a planted fault."""
