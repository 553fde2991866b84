"""Charts and cover pictures of a digest."""
