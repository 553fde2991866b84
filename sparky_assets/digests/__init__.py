"""Stage 4, digests: stories and facts of a period become texts and pictures. Nothing here calls a model."""
