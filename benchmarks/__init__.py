"""Each performance claim as a program that prints a ratio measured in one run. Nothing here asserts a time."""
