"""The language model's part in an insight: prompts, sessions, gates, fallback."""
