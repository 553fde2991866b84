"""What is quoted about a change: the choice of sentences, their labels, and examples of code."""
