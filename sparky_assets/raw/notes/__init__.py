"""Rows of the table NOTES from git: what people wrote about releases and changes, and what their diffs say."""
