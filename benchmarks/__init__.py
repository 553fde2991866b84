"""Performance claims as programs that print a ratio measured in one run. No program asserts a time."""
