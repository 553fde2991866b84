"""Tokens counted without a tokenizer: what a server counted before tells when a prompt was cut."""

from resources.token_meter import TokenMeter, safe_bytes


def test_a_cut_prompt_shows_only_once_enough_was_learned() -> None:
    assert safe_bytes(1000) == 2550
    meter = TokenMeter()
    for tokens in (200, 250, 400, 250, 260):
        assert not meter.looks_cut(1000, 1)
        meter.learn(1000, tokens)
    assert meter.looks_cut(1000, 149)
    assert not meter.looks_cut(1000, 200)
