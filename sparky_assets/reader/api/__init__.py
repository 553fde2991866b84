"""JSON API of the reader."""
