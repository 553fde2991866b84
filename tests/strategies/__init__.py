"""Hypothesis strategies that several packages of tests share."""
