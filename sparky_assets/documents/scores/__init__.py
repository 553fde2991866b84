"""What a sentence says and is worth: its points with reasons, its roles, and why it is not quoted."""
