"""Test corpora: hostile titles, and sentences with a planted fault."""
