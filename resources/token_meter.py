"""How many bytes a token holds, guessed first and learned from what a server counts: there is no tokenizer at hand."""

import threading

DEFAULT_BYTES_PER_TOKEN = 3.0
"""Bytes a token before anything is known. English with JSON around it has 3.5 to 4.5 in common vocabularies."""


SAFETY_FACTOR = 0.85


MAX_SAMPLES = 200


MIN_SAMPLES = 5


MIN_EXPECTED_TOKEN_SHARE = 0.6
"""An answer that counted less than this share of the tokens expected was written after its prompt had been cut."""


def compute_safe_bytes(tokens: int) -> int:
    """Bytes that fit into so many tokens, guessed once: a guess that learned would split the same texts anew."""
    return max(0, int(tokens * DEFAULT_BYTES_PER_TOKEN * SAFETY_FACTOR))


class TokenMeter:
    """Learns from every answer of one model. Safe to be used by several threads."""

    def __init__(self) -> None:
        self._bytes_per_token: list[float] = []
        self._lock = threading.Lock()

    def record_usage(self, size_bytes: int, tokens: int) -> None:
        """A prompt of `size` bytes had so many tokens."""
        if size_bytes > 0 and tokens > 0:
            with self._lock:
                self._bytes_per_token = [*self._bytes_per_token[-MAX_SAMPLES + 1 :], size_bytes / tokens]

    def is_likely_truncated(self, size_bytes: int, tokens: int) -> bool:
        """Whether a prompt of `size` bytes must have had far more tokens than the server says it read."""
        ratios = sorted(self._bytes_per_token)
        if len(ratios) < MIN_SAMPLES:
            return False
        return tokens < MIN_EXPECTED_TOKEN_SHARE * size_bytes / ratios[len(ratios) // 2]
