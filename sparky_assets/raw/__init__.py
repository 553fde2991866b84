"""Stage 1, raw: events that do not move later, one partition a day.

This package holds the table schemas and turns the records of git and GitHub into rows. Counting belongs to `metrics`,
clients belong to `resources`.
"""
