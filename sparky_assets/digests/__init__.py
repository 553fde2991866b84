"""Stage 4, digests: claims and facts of a period become Markdown through templates. Nothing here calls a model."""
