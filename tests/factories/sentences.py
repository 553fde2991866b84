"""Sentences of any words, for tests of what reads sentences."""

from sparky_assets.stories.models import SentencePart, StorySentence


def make_sentence(template: str, *parts: SentencePart | str) -> StorySentence:
    """Return a sentence that is in no table of phrases; a text is words."""
    words = (SentencePart(kind="words", text=part) if isinstance(part, str) else part for part in parts)
    return StorySentence(template=template, parts=tuple(words))
