"""Build sentences from the table of phrases, and build them again with the phrases of another table. Pure.

Each part of a sentence knows which placeholder it fills, so that a stored sentence can be written in other words: the
stories are made once with the shipped phrases, and every product is printed with those of its owner.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from sparky_assets.documents.parse import fold_space
from sparky_assets.store import CompactModel
from sparky_assets.stories.models import SentencePart, StorySentence
from sparky_assets.text.phrases import NUMBER_GROUP, PhraseFrame, PhraseTable, load_shipped_phrases

Model = TypeVar("Model", bound=BaseModel | CompactModel)

SENTENCE_ENDS = (".", "!", "?", "…")


@dataclass(frozen=True)
class PhraseFragment:
    """A phrase inside another one: `two releases` in a list. Its parts are as those of a sentence."""

    phrase: str
    parts: tuple[SentencePart, ...]

    @property
    def text(self) -> str:
        """The fragment as plain text."""
        return "".join(part.text for part in self.parts)


PhraseValue = SentencePart | PhraseFragment | StorySentence | str
"""What fills a placeholder: a part, text that is no phrase (a date), or a phrase of its own."""

PhraseSlot = PhraseValue | Sequence[PhraseValue]


def tell(template: str, phrase: str, /, **slots: PhraseSlot) -> StorySentence:
    """Return a sentence of the shipped table.

    Args:
        template: the id of EDITORIAL.md, by which the layout knows what a sentence is about.
        phrase: its key in the table.
        slots: what fills each placeholder; one part or several.

    Raises:
        KeyError: If the table has no such phrase, or the phrase another placeholder.
    """
    return StorySentence(template=template, phrase=phrase, parts=drop_second_stop(_fill_shipped(phrase, slots)))


def build_fragment(phrase: str, /, **slots: PhraseSlot) -> PhraseFragment:
    """Return a phrase of the shipped table that is a part of others. Arguments and errors as of `tell`."""
    return PhraseFragment(phrase, tuple(_fill_shipped(phrase, slots)))


def build_plural(phrase: str, number: int, /, **slots: PhraseSlot) -> PhraseFragment:
    """Return the singular or the plural of a phrase by a number. Arguments and errors as of `tell`."""
    return build_fragment(f"{phrase}.{'one' if number == 1 else 'other'}", **slots)


def _fill_shipped(phrase: str, slots: Mapping[str, PhraseSlot]) -> list[SentencePart]:
    frame = load_shipped_phrases().frames[phrase]
    if frame.placeholders != tuple(slots) and set(frame.placeholders) != set(slots):
        raise KeyError(f"{phrase} takes {frame.placeholders} and not {tuple(slots)}")
    return _fill_frame(frame, {name: _list_values(slot) for name, slot in slots.items()})


def _list_values(slot: PhraseSlot) -> list[PhraseValue]:
    if isinstance(slot, str | SentencePart | PhraseFragment | StorySentence):
        return [slot] if slot != "" else []
    return list(slot)


def _fill_frame(frame: PhraseFrame, values: Mapping[str, Sequence[PhraseValue]]) -> list[SentencePart]:
    parts: list[SentencePart] = []
    for literal, name in frame.pieces:
        if literal:
            parts.append(_make_words(literal))
        for index, value in enumerate(values.get(name, ())):
            if isinstance(value, str):
                parts.append(_make_words(value, name))
            elif isinstance(value, SentencePart):
                parts.append(value if value.slot == name else value.model_copy(update={"slot": name}))
            else:
                parts += _nest(value, f"{name}/{index}:{value.phrase}/") if value.phrase else _relabel(value, name)
    return parts


@lru_cache(maxsize=2048)
def _make_words(text: str, slot: str = "") -> SentencePart:
    """Return words as a part. A month of 3,000 changes says the same few in each of its sentences."""
    return SentencePart(kind="words", text=text, slot=slot)


def _is_plain(part: SentencePart) -> bool:
    return part.kind == "words" and part.url is None and part.evidence is None


def _nest(value: PhraseFragment | StorySentence, prefix: str) -> Iterator[SentencePart]:
    for part in value.parts:
        slot = f"{prefix}{part.slot}"
        yield _make_words(part.text, slot) if _is_plain(part) else part.model_copy(update={"slot": slot})


def _relabel(value: PhraseFragment | StorySentence, name: str) -> Iterator[SentencePart]:
    for part in value.parts:
        yield part.model_copy(update={"slot": name})


def drop_second_stop(parts: Sequence[SentencePart]) -> tuple[SentencePart, ...]:
    """Return parts without a full stop behind a quotation that has one."""
    if len(parts) > 1 and parts[-1].kind == "words" and parts[-1].text == ".":
        before = parts[-2].text
        ends = before[:-1] if before.endswith("”") else before
        if ends.rstrip("`*_)").endswith(SENTENCE_ENDS) and before.endswith("”"):
            return tuple(parts[:-1])
    return tuple(parts)


# --- Other tables


def reword_sentence(sentence: StorySentence, table: PhraseTable) -> StorySentence:
    """Return a sentence in the words of a table.

    It stays as it is where the table has no phrase of its own for it, or was made by a version with other placeholders.
    """
    if not sentence.phrase or not table.own:
        return sentence
    parts = sentence.parts
    begins_with_count = parts[0].kind == "count"
    if begins_with_count:
        parts = (parts[0].model_copy(update={"text": _lower_first(parts[0].text)}), *parts[1:])
    reworded = _reword_parts(sentence.phrase, parts, table)
    if reworded and (begins_with_count or reworded[0].kind == "count"):
        reworded[0] = reworded[0].model_copy(update={"text": _raise_first(reworded[0].text)})
    if not sentence.text.endswith((*SENTENCE_ENDS, "”")):
        # A headline is a sentence without its stop: `web-2.0 began on Wednesday`.
        reworded = _end_without_stop(sentence.phrase, reworded)
    return sentence.model_copy(update={"parts": drop_second_stop(reworded)})


def _reword_parts(phrase: str, parts: Sequence[SentencePart], table: PhraseTable) -> list[SentencePart]:
    values: dict[str, list[PhraseValue]] = {}
    for (name, nested), group in groupby(parts, _get_place):
        if nested:
            _, _, inner = nested.partition(":")
            own = [part.model_copy(update={"slot": part.slot.removeprefix(f"{name}/{nested}/")}) for part in group]
            values.setdefault(name, []).append(PhraseFragment(inner, tuple(_reword_fragment(inner, own, table))))
        elif name:
            values.setdefault(name, []).extend(_reword_number(part, table) for part in group)
    frame = table.frames.get(phrase)
    if frame is None or not values.keys() <= set(frame.placeholders):
        return list(parts)
    return _fill_frame(frame, values) if phrase in table.own else _replace_values(parts, values)


def _get_place(part: SentencePart) -> tuple[str, str]:
    """Return the placeholder that a part fills, and the phrase in it that it belongs to; both may be empty."""
    name, _, rest = part.slot.partition("/")
    return name, rest.partition("/")[0]


def _replace_values(parts: Sequence[SentencePart], values: Mapping[str, Sequence[PhraseValue]]) -> list[SentencePart]:
    """Return parts with their own words, and with other values in the same places."""
    replaced: list[SentencePart] = []
    for name, group in groupby(parts, lambda part: part.slot.partition("/")[0]):
        if name:
            frame = PhraseFrame("", f"{{{name}}}")
            replaced += _fill_frame(frame, {name: values[name]})
        else:
            replaced += group
    return replaced


def _reword_fragment(phrase: str, parts: Sequence[SentencePart], table: PhraseTable) -> list[SentencePart]:
    """Return the parts of a phrase inside another one, which begins and ends as it did: small, and without a stop."""
    reworded = _reword_parts(phrase, parts, table)
    if phrase not in table.own or not reworded:
        return reworded
    shipped = load_shipped_phrases().frames[phrase].text
    before = "".join(part.text for part in parts)
    if shipped[:1].isupper() and before[:1].islower():
        reworded[0] = reworded[0].model_copy(update={"text": _lower_first(reworded[0].text)})
    return reworded if before.endswith(".") else _end_without_stop(phrase, reworded)


def _end_without_stop(phrase: str, parts: list[SentencePart]) -> list[SentencePart]:
    """Return the parts of a phrase without its full stop, if the shipped phrase has one."""
    frame = load_shipped_phrases().frames.get(phrase)
    if frame is None or not frame.text.endswith(".") or not parts or not parts[-1].text.endswith("."):
        return parts
    last = parts[-1].model_copy(update={"text": parts[-1].text[:-1]})
    return [part for part in (*parts[:-1], last) if part.text]


def _reword_number(part: SentencePart, table: PhraseTable) -> SentencePart | PhraseFragment:
    """Return a number in the words of a table, as a phrase of its own: `two` is `numbers.2`."""
    if part.kind != "count":
        return part
    for digits, shipped in load_shipped_phrases().list_group(NUMBER_GROUP).items():
        key = f"{NUMBER_GROUP}.{digits}"
        if key in table.own and part.text.lower() == shipped:
            text = table.own[key]
            spelled = _raise_first(text) if part.text[0].isupper() else text
            return PhraseFragment(key, (part.model_copy(update={"text": spelled, "slot": ""}),))
    return part


def lower_first(value: PhraseFragment) -> PhraseFragment:
    """Return a fragment with a small first letter, for the middle of a sentence."""
    first, *others = value.parts
    return PhraseFragment(value.phrase, (first.model_copy(update={"text": _lower_first(first.text)}), *others))


def drop_stop(sentence: StorySentence) -> PhraseFragment:
    """Return a sentence without its full stop, as a part of another one."""
    *parts, last = sentence.parts
    text = last.text.removesuffix(".") if last.kind == "words" else last.text
    return PhraseFragment(sentence.phrase, (*parts, *([last.model_copy(update={"text": text})] if text else [])))


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _raise_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def reword_model(model: Model, reword: Callable[[StorySentence], StorySentence]) -> Model:
    """Return a model with every sentence in it replaced, at any depth."""
    updates = {name: _reword_value(getattr(model, name), reword) for name in _list_fields(model)}
    changed = {name: value for name, value in updates.items() if value is not getattr(model, name)}
    return cast("Model", model.model_copy(update=changed)) if changed else model


def _list_fields(model: BaseModel | CompactModel) -> list[str]:
    if isinstance(model, BaseModel):
        return list(type(model).model_fields)
    return [field.name for field in fields(model)]  # type: ignore[arg-type]


def _reword_value(value: Any, reword: Callable[[StorySentence], StorySentence]) -> Any:
    if isinstance(value, StorySentence):
        return reword(value)
    if isinstance(value, BaseModel | CompactModel):
        return reword_model(value, reword)
    if isinstance(value, tuple):
        items = tuple(_reword_value(item, reword) for item in value)
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if isinstance(value, dict):
        return {key: _reword_value(item, reword) for key, item in value.items()}
    return value


# --- Whose words they are


def list_own_words(sentence: StorySentence, own: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words in a sentence that the owner of phrases wrote.

    Args:
        sentence: the sentence as it is printed.
        own: the phrases of the owner by key.
    """
    phrases = list_phrases(sentence)
    literals = (literal for key in phrases if key in own for literal in PhraseFrame(key, own[key]).literals)
    words = (fold_space(literal).strip(" ,;:.") for literal in literals)
    return tuple(dict.fromkeys(text for text in words if any(map(str.isalnum, text))))


def list_phrases(sentence: StorySentence) -> tuple[str, ...]:
    """Return the keys of the phrases that a sentence is made of."""
    nested = [piece.partition(":")[2] for part in sentence.parts for piece in part.slot.split("/") if ":" in piece]
    return tuple(dict.fromkeys(key for key in (sentence.phrase, *nested) if key))


def find_foreign_words(sentence: StorySentence, own: Mapping[str, str]) -> Iterator[str]:
    """Yield the words of a sentence that are not those of the phrase that it names.

    Args:
        sentence: the sentence as it is printed.
        own: the phrases by key that are checked; others are not.
    """
    yield from _find_foreign_words(sentence.phrase, sentence.parts, own)


def _find_foreign_words(phrase: str, parts: Sequence[SentencePart], own: Mapping[str, str]) -> Iterator[str]:
    for (name, nested), group in groupby(parts, _get_place):
        if nested:
            inner = [part.model_copy(update={"slot": part.slot.removeprefix(f"{name}/{nested}/")}) for part in group]
            yield from _find_foreign_words(nested.partition(":")[2], inner, own)
    if phrase in own:
        words = "".join(part.text for part in parts if not part.slot).removesuffix(".")
        expected = "".join(PhraseFrame(phrase, own[phrase]).literals).removesuffix(".")
        if _lower_first(words) != _lower_first(expected):
            yield f"not the words of the phrase {phrase}: {words[:120]}"
