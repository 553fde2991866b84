"""Tokens counted without a tokenizer: what a server counted before tells when a prompt was cut."""

from resources.llm.base import TokenMeter, compute_safe_bytes


def test_a_cut_prompt_shows_only_once_enough_was_learned() -> None:
    assert compute_safe_bytes(1000) == 2550
    meter = TokenMeter()
    for tokens in (200, 250, 400, 250, 260):
        assert not meter.is_likely_truncated(1000, 1)
        meter.record_usage(1000, tokens)
    assert meter.is_likely_truncated(1000, 149)
    assert not meter.is_likely_truncated(1000, 200)
