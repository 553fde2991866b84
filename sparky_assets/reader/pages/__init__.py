"""HTML pages of the reader."""
