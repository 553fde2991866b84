"""Printing of stories: the sentences, the box, the texts of releases, the layout of each product, and their check."""
