"""Faults of publishing: each fault at each destination, tried for real.

`python -m tests.reliability` tries them all and writes docs/reliability.md.
"""
