"""Stage 2, metrics: numbers computed from the raw days of a window, in polars. No words, no model, no other digest."""
