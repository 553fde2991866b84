"""Tests of the documents: parsing, scores, quotations, notes."""
