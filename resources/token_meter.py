"""How many bytes a token holds, guessed first and learned from what a server counts: there is no tokenizer at hand."""

import threading

FIRST_GUESS = 3.0
"""Bytes a token before anything is known. English with JSON around it has 3.5 to 4.5 in common vocabularies."""
MARGIN = 0.85
REMEMBERED = 200
LEARNED_AFTER = 5
CUT_BELOW = 0.6
"""An answer that counted less than this share of the tokens expected was written after its prompt had been cut."""


def safe_bytes(tokens: int) -> int:
    """Bytes that fit into so many tokens, guessed once: a guess that learned would split the same texts anew."""
    return max(0, int(tokens * FIRST_GUESS * MARGIN))


class TokenMeter:
    """Learns from every answer of one model. Safe to be used by several threads."""

    def __init__(self) -> None:
        self._ratios: list[float] = []
        self._lock = threading.Lock()

    def learn(self, size: int, tokens: int) -> None:
        """A prompt of `size` bytes had so many tokens."""
        if size > 0 and tokens > 0:
            with self._lock:
                self._ratios = [*self._ratios[-REMEMBERED + 1 :], size / tokens]

    def looks_cut(self, size: int, tokens: int) -> bool:
        """Whether a prompt of `size` bytes must have had far more tokens than the server says it read."""
        ratios = sorted(self._ratios)
        if len(ratios) < LEARNED_AFTER:
            return False
        return tokens < CUT_BELOW * size / ratios[len(ratios) // 2]
