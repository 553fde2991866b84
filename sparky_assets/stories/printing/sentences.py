"""Build printed sentences from templates: parts of words, counts, titles, names and quotations (EDITORIAL.md, page 2).

A builder returns a `StorySentence` whose `template` is the id of the handbook. Nothing here chooses what is printed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from html import unescape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sparky_assets.documents.models import Quotation
from sparky_assets.documents.similarity import repeats_title
from sparky_assets.documents.states import names_fault
from sparky_assets.periods import MONTH_NAMES, WEEKDAY_NAMES
from sparky_assets.stories.models import BoxMark, Change, DocumentedCode, ReleaseNote, SentencePart, StorySentence
from sparky_assets.stories.printing.announcing import announce_change
from sparky_assets.stories.printing.phrasing import (
    PhraseFragment,
    PhraseSlot,
    PhraseValue,
    build_fragment,
    build_plural,
    tell,
)
from sparky_assets.stories.titles.forms import frame_title, shorten_title
from sparky_assets.stories.titles.parts import begins_with_area, normalize_title, split_area
from sparky_assets.stories.titles.verbs import to_past
from sparky_assets.text.phrases import NUMBER_GROUP, load_shipped_phrases
from sparky_assets.text.words import short_name

MAX_NUMBER_WORD, MAX_START_NUMBER_WORD = 9, 20
"""Numbers up to which words are written in a sentence, and at its start."""


def name(text: str, evidence: str | None = None) -> SentencePart:
    """Return the name of a person."""
    return SentencePart(kind="name", text=text, evidence=evidence)


def count(number: int, *, starts_sentence: bool = False) -> SentencePart:
    """Return a number: to nine in words, at the start of a sentence to twenty in words, else in digits."""
    return SentencePart(kind="count", text=spell_number(number, starts_sentence=starts_sentence))


def spell_number(number: int, *, starts_sentence: bool = False) -> str:
    """Return a number as the paper writes it."""
    if number > (MAX_START_NUMBER_WORD if starts_sentence else MAX_NUMBER_WORD):
        return f"{number:,}"
    text = _list_number_words()[str(number)]
    return text.capitalize() if starts_sentence else text


@lru_cache(maxsize=1)
def _list_number_words() -> Mapping[str, str]:
    return load_shipped_phrases().list_group(NUMBER_GROUP)


def quotation(quoted: Quotation) -> SentencePart:
    """Return a quotation between its marks."""
    text = f"“{simplify_quotation(quoted.text)}”"
    return SentencePart(kind="quotation", text=text, evidence=quoted.source, quotation=quoted)


_EMPHASIS = re.compile(
    r"(?<![\w\\])(\*\*|__(?![a-z][a-z\d]*(?:_[a-z\d]+)*__))(?=\S)((?:(?!\1).)+?)(?<=\S)\1(?!\w)|(?<![\w\\*])\*(?=\w)([^*\n]{1,80}?)(?<=[\w.])\*(?![\w*])"
)
"""Marks of emphasis around words. `Map.__len__` without code is a name of Python, and `**lamp` begins nothing."""
_CODE = r"(?<!\\)`[^`]*`"
_LABEL = r"(?:[^\[\]\n`]|`[^`\n]{0,200}`){1,200}"
_CODE_OR_LINK = re.compile(
    rf"{_CODE}|\[(?P<label>{_LABEL})\]\([^()\s]{{1,500}}\)"
    rf"|(?<![\w\]])\[(?P<referring>{_LABEL})\]\[[^\[\]\n]{{0,80}}\](?!\()"
    r"|(?<![\w\]])\[(?P<short>`[^`\n]{1,200}`)\](?![\w(\[:])"
)
"""Code, which stays as it is, or a link; its label may hold code, as in the notes of release-please.

The address may be elsewhere in the file: `[the map][map]`, or for code alone ``[`Map`]``. Other words in brackets stay
as they are: `[sea-orm-macros] Call …` names a part, `[a-m-z]` is a range, and `[tool-map]` a table.
"""
_CODE_MASK = "\ufffc"
"""The character for an object in a text, in place of code while marks around it are read."""
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


_ROLE = re.compile(
    r"(?:(?<!`):[a-z][\w:+-]{1,30}:|(?<![`$\w]){[a-z][\w:+-]{1,30}})"
    r"`(?P<short>[~!])?(?P<text>[^`<\s][^`<]*?)(?:\s*<[^`>]*>)?`"
)
"""A reference of Sphinx with a text and a target, or `~` for the last name of a path.

It is ``:meth:`draw` `` in reStructuredText, and ``{meth}`draw` `` in MyST.
"""
_RST_LINK = re.compile(r"(?<!`)`(?P<text>[^`<\n][^`<]{0,200}?)\s<[^>`\s]{1,500}>`_{1,2}")
"""A link of reStructuredText: `` `Direct URL <https://…>`_ ``."""
_ASCIIDOC_LINK = re.compile(r"(?<![\w`])(?:link|xref):[^\s\[\]]{1,300}\[(?P<text>[^\[\]\n]{1,200})\]")
"""A link of AsciiDoc: `xref:maps.adoc#night[night maps]`."""
_ASCIIDOC_CODE = re.compile(r"`\+([^`+\n]{1,200})\+`")
"""Code of AsciiDoc in which nothing is replaced: `` `+map(*)+` ``."""
_SHORT_REFERENCE = re.compile(r"(?<![`\w])`~(?:[A-Za-z_]\w{0,59}\.){1,8}(?P<name>\w{1,60}(?:\(\))?)`(?!`)")
"""A reference without a role, of which Sphinx shows the last name: `` `~Map.draw()` ``."""
_SUBSTITUTION = re.compile(r"(?<![\w|`])\|(?P<name>[A-Za-z][\w.]{1,60})\|(?![\w|`])")
"""A name of reStructuredText that its documentation shows as a link: `|st.text|`."""
_NUMBERED_ROLE = re.compile(
    r":(?P<role>pep|rfc|cve|cwe|issue|pr|pull|gh|ticket|bug|ghpull|ghissue):"
    r"`#?(?P<number>\d[\d-]{0,15})(?:#section-(?P<section>[\d.]{1,12}))?`",
    re.IGNORECASE,
)
_NUMBERED_NAMES = {"pep": "PEP ", "rfc": "RFC ", "cve": "CVE-", "cwe": "CWE-"}
"""What is before the number of a role of Sphinx that links a standard, an advisory, or an issue: ``:rfc:`9110` ``."""
_ORG_CODE = re.compile(
    r"(?<![\w~/`\\])(?P<mark>[~=])(?P<code>[\w:*&<%#@-][^~=`\n]{0,80}?(?<=[\w)*>!?-]))(?P=mark)(?![\w~=])"
)
"""Code of Org: `~map-draw~`, `=map-draw=`."""
_TYPST_LINK = re.compile(r"#link\((?:\"[^\"\n]{1,300}\"|<[^<>\n]{1,100}>)\)\[(?P<text>[^\[\]\n]{1,200})\]")
"""A link of Typst: `#link("https://example.org")[the map]`."""
_DOUBLE_TICKS = re.compile(r"``(?=\S)([^`]+?)``")


def _show_role(match: re.Match[str]) -> str:
    text = match["text"].strip()
    return f"`{text.rpartition('.')[2] if match['short'] == '~' else text}`"


def _show_numbered(match: re.Match[str]) -> str:
    section = f" Section {match['section']}" if match["section"] else ""
    return f"{_NUMBERED_NAMES.get(match['role'].lower(), '#')}{match['number']}{section}"


def simplify_quotation(text: str) -> str:
    """Return a quotation without emphasis marks, escapes and the addresses of its links; no word is dropped.

    Code and references of Sphinx are shown as its own documentation shows them: ``:class:`~a.b.Range` `` is `Range`.
    """
    # `[Map][Pier] keep it` names two parts, and links to no place that is named elsewhere.
    if areas := _AREAS_IN_FRONT.match(text):
        return f"{areas[0]}{simplify_quotation(text[areas.end() :])}"
    text = _RST_LINK.sub(lambda match: str(match["text"]), _NUMBERED_ROLE.sub(_show_numbered, text))
    text = _ASCIIDOC_CODE.sub(r"`\1`", _ASCIIDOC_LINK.sub(lambda match: str(match["text"]), text))
    text = _SHORT_REFERENCE.sub(r"`\g<name>`", _DOUBLE_TICKS.sub(r"`\1`", _ROLE.sub(_show_role, text)))
    text = _TYPST_LINK.sub(lambda match: str(match["text"]), text)
    parts = re.split(f"({_CODE})", text)
    parts[::2] = [_SUBSTITUTION.sub(r"\g<name>", _ORG_CODE.sub(r"`\g<code>`", part)) for part in parts[::2]]
    text = "".join(parts)
    text = _CODE_OR_LINK.sub(lambda match: match["label"] or match["referring"] or match["short"] or match[0], text)
    # Emphasis may be around code, so that code is replaced by letters of its length until the marks are gone.
    codes = re.findall(_CODE, text)
    masked = _EMPHASIS.sub(_show_emphasized, re.sub(_CODE, _CODE_MASK, text))
    parts = re.split(f"({_CODE_MASK})", masked)
    parts[::2] = [_ENTITY.sub(_show_entity, _ESCAPE.sub(r"\1", part)) for part in parts[::2]]
    parts[1::2] = codes
    return "".join(parts)


_AREAS_IN_FRONT = re.compile(r"(?:\[[A-Za-z][\w-]{1,40}\]){2,6} (?=\S)")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,20}|#\d{2,5}|#[xX][0-9A-Fa-f]{2,5});")


def _show_entity(match: re.Match[str]) -> str:
    """Return the character of an entity of HTML; the entity where that cannot be seen."""
    shown = unescape(match[0]).replace("\xa0", " ")
    return shown if shown.isprintable() else match[0]


def _show_emphasized(match: re.Match[str]) -> str:
    return str(match[2] or match[3])


def title_link(change: Change, text: str | None = None) -> SentencePart:
    """Return the title of a change as a link to it; `text` is another form of the same title."""
    return SentencePart(kind="title", text=text or format_title(change), url=change.url, evidence=change.key)


def tell_documented(change: Change, code: DocumentedCode, timezone: str) -> StorySentence:
    """Return with which change the code came that a change of documents alone documents."""
    names, origin, day = name_origin(change, code, timezone)
    return tell("S-DOCS2", "stories.documents", code=names, title=origin, date=day)


def name_origin(change: Change, code: DocumentedCode, timezone: str) -> tuple[SentencePart, SentencePart, SentencePart]:
    """Return the name of documented code, the change that it came with as a link, and the day of that."""
    zone = ZoneInfo(timezone)
    is_other_year = code.landed_at.astimezone(zone).year != change.landed_at.astimezone(zone).year
    day = format_day(code.landed_at, timezone, with_year=is_other_year)
    return (
        SentencePart(kind="code", text=f"`{code.name}`", evidence=code.key),
        SentencePart(kind="title", text=format_origin_title(code), url=code.url, evidence=code.key),
        SentencePart(kind="date", text=day, evidence=code.key),
    )


def format_origin_title(code: DocumentedCode) -> str:
    """Return the title of the change that brought documented code, framed for print like that of any change."""
    return frame_title(normalize_title(code.title))


def tell_news(change: Change, *, names_repository: bool, is_short: bool = False, area: str = "") -> list[PhraseValue]:
    """Return the title of a change as news, as a link behind its label: `New in caddy: [a map]`, else `caddy: [title]`.

    The area that the title names first is a place too: `cli: add a map` is `New in cli: [a map]`.

    Args:
        change: the change.
        names_repository: whether the text is about several repositories.
        is_short: whether a long title ends early.
        area: the part of the repository to name too; empty for none.
    """
    news = announce_change(change, has_place=True)
    own_area = change.area or split_area(normalize_title(change.raw_title).title)[0]
    if own_area and news and news.is_placed:
        news = None  # `Added to the engines` names a place already
    is_placed = begins_with_area(change.title) or bool(news and news.is_placed)
    part = area if not is_placed and _adds_to_title(area, change) else ""
    part = own_area if news and own_area else part
    place = _name_place(change, part, names_repository=names_repository)
    if news is None:
        link = title_link(change, format_title(change, is_short=is_short))
        return [build_fragment("labels.place", place=place), link] if place else [link]
    return [news.fill(title_link(change, shorten_title(news.text) if is_short else news.text), place)]


def _name_place(change: Change, area: str, *, names_repository: bool) -> list[SentencePart]:
    """Return the repository and the area of a change, as far as they are named; nothing without either."""
    named = ", ".join(name for name in (short_name(change.repository) if names_repository else "", area) if name)
    return [SentencePart(kind="datum", text=named, evidence=change.key)] if named else []


def _adds_to_title(area: str, change: Change) -> bool:
    """Return whether a title does not hold the words of an area already: `tide-map` of `Add a map` does."""
    title = set(re.findall(r"[a-z0-9]+", f"{change.area} {change.raw_title}".lower()))
    return bool(set(re.findall(r"[a-z0-9]+", area.lower())) - title)


def name_repository(change: Change) -> PhraseFragment:
    """Return the short name of the repository of a change and a colon, for in front of its title."""
    return build_fragment("labels.place", place=_name_place(change, "", names_repository=True))


def name_mark(label: str, mark: BoxMark) -> PhraseFragment | str:
    """Return the label of a row: the phrase of its mark, or what is more exact, such as the number of an advisory."""
    return build_fragment(f"marks.{mark.lower().replace(' ', '_')}") if label == mark else label


def name_person(change: Change) -> list[PhraseFragment]:
    """Return the author of a change for behind its title: `, from Ada`; nothing without one."""
    return [build_fragment("stories.by", person=name(change.author, change.key))] if change.author else []


def repository_link(change: Change) -> SentencePart:
    """Return the short name of the repository of a change, as a link to the change."""
    return SentencePart(kind="title", text=short_name(change.repository), url=change.url, evidence=change.key)


def name_release(release: ReleaseNote) -> SentencePart:
    """Return the project and version of a release as a link to it."""
    text = f"{release.project} {release.version or release.tag}"
    return SentencePart(kind="version", text=text, url=release.url, evidence=release.key)


def build_comparison_url(release: ReleaseNote) -> str | None:
    """Return the page of the commits between a release and the one before it; None where no forge is known for it."""
    root, separator, tag = (release.url or "").partition("/releases/tag/")
    if not separator or not release.previous_tag:
        return None
    return f"{root}/compare/{quote(release.previous_tag, safe='')}...{tag}"


def count_releases(
    releases: Sequence[ReleaseNote], *, starts_sentence: bool = False, is_other: bool = False
) -> list[PhraseFragment]:
    """Return how many releases and pre-releases there are, as items of a list: `two releases`, `one pre-release`.

    Args:
        releases: the releases to count.
        starts_sentence: whether the first number begins a sentence.
        is_other: whether there are others beside these: `two other releases`.
    """
    early = sum(release.is_prerelease for release in releases)
    counted: list[PhraseFragment] = []
    for number, noun in ((len(releases) - early, "releases"), (early, "prereleases")):
        if number:
            phrase = f"counts.{'other_' if is_other and not counted else ''}{noun}"
            starts = starts_sentence and not counted
            counted.append(build_plural(phrase, number, number=count(number, starts_sentence=starts)))
    return counted


_ABOUT_DOCUMENTS = re.compile(
    r"(?i)\bdoc(?:s|ument\w*)?\b|readme|changelog|\.(?:md|rst|txt)\b|\b(?:guides?|manual|tutorial|typos?|spelling|faq|notes?"
    r"|plan|roadmap|report|website|blog|wording|grammar|license|authors|contributing|status|summary|deprecat\w+)\b"
)
"""Words of a title that say that a change is about documents."""


def format_title(change: Change, *, is_short: bool = False) -> str:
    """Return the title of a change for print: framed, behind its area, and shortened on demand.

    `Sixel image preview` whose diff holds documents alone is no preview: it is framed as documentation.

    A title without a letter or digit says nothing, and plain text drops its backticks: the number or sha is printed.
    """
    parts = normalize_title(change.raw_title)
    # What breaks is mostly no fault that was mended: `fix(map)!: names are optional`.
    is_state = change.is_marked_breaking and parts.type == "fix" and not names_fault(parts.title)
    title = parts.title if is_state else frame_title(parts)
    # `Fixed in conda: …` names the area already.
    area = "" if change.area and title.startswith(f"Fixed in {change.area}: ") else change.area
    if is_state and not area and parts.scope and parts.scope.lower() not in title.lower():
        area = parts.scope
    if not any(character.isalnum() for character in title):
        return f"#{change.number}" if change.number is not None else change.sha[:7]
    if area:
        title = f"{area}: {title}"
    if change.holds_documents_only and not _ABOUT_DOCUMENTS.search(title):
        title = f"Docs: {title}"
    return shorten_title(title) if is_short else title


_AREA_PREFIX = re.compile(r"(?P<area>[A-Za-z][\w-]{1,24})(?P<rest>/[\w:.-]{1,30})?: +(?=\S+ \S)")


def split_title(change: Change) -> tuple[str, str]:
    """Return the area that a printed title names first, and the rest; of `ie/zoom: Add extractor` the area is `ie`."""
    title = format_title(change)
    match = _AREA_PREFIX.match(title)
    if match is None or match["area"].lower() in {"docs", "tests", "fixed"}:
        return "", title
    rest = title[match.end() :]
    return match["area"], f"{match['rest'][1:]}: {rest}" if match["rest"] else rest


def join_parts(parts: Sequence[PhraseValue]) -> list[PhraseValue]:
    """Return parts with commas between them: `a, b, and c`, `a and b`."""
    joined: list[PhraseValue] = []
    for number, part in enumerate(parts):
        if number:
            is_last = number == len(parts) - 1
            joined.append(
                build_fragment("lists.two" if len(parts) == 2 else "lists.last" if is_last else "lists.comma")
            )
        joined.append(part)
    return joined


def limit_parts(parts: Sequence[PhraseValue], total: int) -> list[PhraseValue]:
    """Return the first parts of a list as a list, and how many more there are: `a, b, and 12 more`."""
    more = total - len(parts)
    return join_parts([*parts, build_fragment("lists.more", number=str(more))] if more > 0 else parts)


MAX_LISTED_LINKS = 8
"""Links of a list; more are counted."""


def tell_others(changes: Sequence[Change], phrase: str = "stories.others") -> StorySentence:
    """Return changes as links in a sentence, and how many more there are.

    Args:
        changes: the changes, the best first.
        phrase: the key of the sentence.
    """
    links = [title_link(change) for change in changes[:MAX_LISTED_LINKS]]
    return tell("S-REST", phrase, titles=limit_parts(links, len(changes)))


def join_names(people: Iterable[str]) -> list[PhraseValue]:
    """Return the names of people as a list."""
    return join_parts([name(person) for person in people])


def quote_sentence(template: str, phrase: str, quoted: Quotation) -> StorySentence:
    """Return a quotation in a phrase: `Why: “…”`. Its label is left out if the sentence brings its own word."""
    own_phrase = "quotes.bare" if _brings_own_word(phrase, quoted.text) else phrase
    return tell(template, own_phrase, quotation=quotation(quoted))


_NUMBER_BEHIND = re.compile(r"\s*[(\[]*#\d{1,7}\b")


def repeats_change(text: str, change: Change) -> bool:
    """Return whether a quotation says no more than the title of a change does, whatever numbers and names follow it."""
    text = simplify_quotation(text)
    start = text[: match.start()] if (match := _NUMBER_BEHIND.search(text)) and match.start() else text
    if start.strip(" .").casefold() == change.title.casefold():
        return True
    return any(repeats_title(said, title) for said in {text, start} for title in (change.title, change.raw_title))


def join_quotations(sentences: Sequence[StorySentence]) -> list[StorySentence]:
    """Return quotations about a change, of which the second of one text has no label if that is the first one's too.

    `Why: “…” Why: “…”` says one word twice.
    """
    joined: list[StorySentence] = []
    for sentence in sentences:
        before = sentences[len(joined) - 1] if joined else None
        own = [part for part in sentence.parts if part.quotation]
        if before and len(own) == 1 and _list_labels(before) == _list_labels(sentence):
            joined.append(tell("Q-BARE", "quotes.bare", quotation=own[0]))
        else:
            joined.append(sentence)
    return joined


def _list_labels(sentence: StorySentence) -> list[str | None]:
    """Return the words of a quotation's sentence beside the quotation, and the text that it is from."""
    parts = (part.quotation.source if part.quotation else part.text for part in sentence.parts)
    return [text for text in parts if text != "."]  # a quotation may end with the period


def attribute_message(sentences: Sequence[StorySentence], author: str) -> list[StorySentence]:
    """Return quotations with the author of a message in front of its first one: `Ada writes: “…”`."""
    attributed = list(sentences)
    for number, sentence in enumerate(sentences):
        if sentence.phrase == SAYS_PHRASE:
            quoted = next(part for part in sentence.parts if part.quotation)
            attributed[number] = tell("Q-WHO", "quotes.person", person=name(author), quotation=quoted)
            break
    return attributed


def drop_author(sentence: StorySentence, author: str | None) -> StorySentence:
    """Return `The message says: “…”` for `Ada writes: “…”` where Ada is named already."""
    if sentence.template != "Q-WHO" or not sentence.names_person(author):
        return sentence
    return tell("Q-SAYS", SAYS_PHRASE, quotation=next(part for part in sentence.parts if part.quotation))


SAYS_PHRASE = "quotes.message"
"""The phrase that says that a message is quoted, and not whose it is."""


def _brings_own_word(phrase: str, text: str) -> bool:
    first = text.partition(" ")[0].strip("`*_").lower().rstrip(",")
    return phrase == "quotes.before" and first in {"previously", "before", "formerly"}


def did_sentence(change: Change) -> StorySentence:
    """Return who did what: `Ada [added a map].`, else `From Ada: [a map].`, else the title alone.

    The area that a title names first goes in front: `In admin, Ada [removed the host check].`
    """
    author = change.author
    area, title = split_area(normalize_title(change.raw_title).title)
    area = change.area or area
    past = to_past(title)
    if author and past and not change.is_bot:
        slots: dict[str, PhraseSlot] = {"person": name(author, change.key), "title": title_link(change, past)}
        if area:
            slots["part"] = SentencePart(kind="datum", text=area, evidence=change.key)
        return tell("S-DID", "stories.did_in_part" if area else "stories.did", **slots)
    if author and not change.is_bot:
        return tell("S-FROM", "stories.from", person=name(author, change.key), title=title_link(change))
    return tell("ITEM", "stories.title", title=title_link(change))


def format_day(instant: datetime | date, timezone: str, *, with_year: bool = False) -> str:
    """Return a day: `September 12`, with the year on demand."""
    day = instant.astimezone(ZoneInfo(timezone)).date() if isinstance(instant, datetime) else instant
    return f"{MONTH_NAMES[day.month - 1]} {day.day}" + (f", {day.year}" if with_year else "")


def format_weekday(instant: datetime, timezone: str) -> str:
    """Return the weekday of an instant."""
    return WEEKDAY_NAMES[instant.astimezone(ZoneInfo(timezone)).weekday()]


def capitalize_first(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]
