"""Stories: which changes belong together, which matter, and what is printed about each."""
