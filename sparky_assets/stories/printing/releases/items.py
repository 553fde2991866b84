"""List what the notes of a release name as new or fixed, with the page of each item. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from sparky_assets.documents.models import NoteItem, ParsedDocument, Quotation
from sparky_assets.documents.note_kinds import (
    guess_item_kind,
    guess_kind_by_verb,
    is_highlight,
    is_internal,
    is_patch_without_fix,
)
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.similarity import find_code_parts, find_content_stems, names_all
from sparky_assets.insights.evidence import build_commit_url, build_issue_url, build_pull_request_url
from sparky_assets.stories.changes import find_named_changes
from sparky_assets.stories.models import Change, ReleaseItems, ReleaseNote, SentencePart, StoryItem, StorySentence
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.counts import has_feature_heading, is_counted_feature
from sparky_assets.stories.printing.releases.item_quotes import quote_briefly
from sparky_assets.stories.printing.releases.shortening import OPEN_END
from sparky_assets.stories.printing.releases.summary import ITEM_TEMPLATE
from sparky_assets.stories.printing.releases.weights import drop_overview, find_introduced, list_news, stands_alone
from sparky_assets.stories.printing.sentences import name_release, quotation
from sparky_assets.stories.titles.parts import capitalize_title
from sparky_assets.stories.titles.verbs import starts_with_verb
from sparky_assets.text.credits import drop_component
from sparky_assets.text.phrases import load_shipped_phrases
from sparky_assets.text.references import names_issue
from sparky_assets.text.versions import read_version_numbers
from sparky_assets.text.words import rank_harm

MAX_SHORT_NOTES = 8
"""Items of notes that are one list where they have less than two features: a fix alone would hide the rest."""
MIN_HEADED_ITEMS = 3
"""Items under a heading such as `New functions` from which they are a list by themselves."""
MIN_LISTED_ITEMS, MAX_LISTED_ITEMS, MAX_ITEM_WORDS = 2, 12, 30
"""Items of a list of what a release brings, and words of each."""
MAX_HARM_RANK = 2
"""Rank of harm of a fix that saves its readers from neither a loss nor a crash."""
MIN_PART_SHARE = 0.5
"""Share of the words of an item that a highlight has, from which the item is a part of it."""
_TYPE_LABELS = frozenset({"types", "typings", "typescript"})
"""Labels of items that only those who check types notice."""
_NEW_KIND = re.compile(r"(?i)new(?: [a-z-]+){1,3}")
"""A heading of notes that names what is new: `New functions`."""


def list_release_items(
    release: ReleaseNote,
    chooser: QuotationChooser,
    numbered: Mapping[tuple[str, str], Change],
    *,
    has_one_repository: bool = True,
    said: Sequence[StorySentence] = (),
) -> tuple[ReleaseItems | None, ReleaseItems | None]:
    """Return two lists of what the notes of a release say; None for a list without items.

    The first is what they list as new, else as fixed, else all, and has two items at least. The second is what they
    list as fixed beside what is new, the worst faults first; one alone is listed with those of other releases. Items
    that are quoted elsewhere are left out. Two releases may list the same, so that quotations are not remembered here.

    Args:
        release: the release.
        chooser: the quotations of the period.
        numbered: the changes of the period by repository and number.
        has_one_repository: whether the period has one repository alone; else titles name the release.
        said: the sentences about the release. An item that one of them quotes is listed too: below a list no such
            sentence is printed.
    """
    document = chooser.get_document(release.source)
    if document is None:
        return None, None
    own_items = drop_overview(document, list_note_items(document))
    own_items = [item for item in own_items if not is_internal(item) and stands_alone(item)]
    phrase, chosen = _choose_listed(document, own_items)
    listed = None
    instead = tuple(part.quotation for own in said if own.template == ITEM_TEMPLATE for part in own.parts)
    quote = partial(_quote_items, release, document, chooser=chooser, numbered=numbered, instead=instead)
    items = quote(chosen, labels_fixes=phrase == ALL_PHRASE)
    # Of two items one may be a row of the box: the other is a list by itself (dry-validation 1.11).
    is_rest = len(items) == 1 and phrase == ALL_PHRASE and len(chosen) >= MIN_LISTED_ITEMS
    if len(items) >= MIN_LISTED_ITEMS or is_rest:
        is_heading = phrase not in load_shipped_phrases().frames
        named = None if is_heading else _name_list(release, phrase, items, has_one_repository=has_one_repository)
        listed = named or ReleaseItems(title=phrase, items=items)
    if len(chosen) < MIN_LISTED_ITEMS:
        chosen = ()
    elif phrase in {FIXED_PHRASE, ALL_PHRASE}:
        return listed, None
    others = [item for item in own_items if item not in chosen]
    # Without a heading or label of fixes the verbs say what is fixed: black 26.5.0 lists by areas.
    get_kind = _get_kind if any(item.kind == "fixes" for item in own_items) else guess_item_kind
    repaired = [item for item in others if get_kind(item) == "fixes" or _is_highlighted_fix(item)]
    fixed = quote(sorted(repaired, key=lambda item: (not is_highlight(item), _rank_fix(item))))
    named_fixes = _name_list(release, FIXED_PHRASE, fixed, has_one_repository=has_one_repository) if fixed else None
    return listed, named_fixes


_BRACKETED_PART = re.compile(r"^\[[\w ./,-]{2,40}\]:?\s+")
"""The part that an item names first in brackets: `[night] Bump the map to v1.6`."""
_MAJOR_UPDATE = re.compile(r"(?i)\b(?:bump|upgrade|update)[sd]? .{2,60}\bv?\d+\.0(?:\.0)?\W*$")
"""An update to a major version, which notes name for their readers: `Upgrade to connection_pool 3.0`."""


def _quote_items(
    release: ReleaseNote,
    document: ParsedDocument,
    chosen: Sequence[NoteItem],
    *,
    chooser: QuotationChooser,
    numbered: Mapping[tuple[str, str], Change],
    instead: Sequence[Quotation | None] = (),
    labels_fixes: bool = False,
) -> tuple[StoryItem, ...]:
    """Return items of notes that nothing else quotes, each with the page of its change.

    With `labels_fixes` an item below a heading of fixes that names only its fault is behind the word “Fixed”. What is
    quoted `instead` of a list does not count.
    """
    items: list[StoryItem] = []
    highlights: list[str] = []
    texts: set[str] = set()
    for item in chosen:
        quoted = quote_briefly(document, document.sentences[item.sentences[0]])
        # `@ada for improving the map` thanks a person.
        if quoted is None or len(quoted.text.split()) > MAX_ITEM_WORDS or quoted.text.startswith("@"):
            continue
        is_quoted = not any(own and own.overlaps(quoted) for own in instead) and chooser.is_quoted(quoted)
        # A list of details names each item of the summary again.
        is_cut = quoted.text.count("(") > quoted.text.count(")")  # `Dependency updates (#12, #13` of many numbers
        if is_quoted or is_cut or quoted.text in texts or OPEN_END.search(quoted.text):
            continue
        texts.add(quoted.text)
        # `HTTP/2 and SOCKS proxies for the handler` among the highlights says what two items below it say each.
        if any(_is_part(quoted.text, text) for text in highlights):
            continue
        highlights += [quoted.text] if is_highlight(item) else []
        plain = _BRACKETED_PART.sub("", drop_component(quoted.text))
        if classify_noise(plain) is not None and not _MAJOR_UPDATE.search(quoted.text):
            continue
        change = next(find_named_changes(numbered, release.repository, item.references), None)
        url = change.url if change else find_item_url(release, item.references, document)
        part = quotation(quoted).model_copy(update={"url": url})
        changes = (change.key,) if change else ()
        sentence = tell("Q-BARE", "quotes.bare", quotation=part)
        if labels_fixes and item.kind == "fixes" and not starts_with_verb(quoted.text.lstrip("`*_[")):
            sentence = tell("LABEL", "quotes.fixed", quotation=part)
        elif item.scope:
            scope = SentencePart(kind="datum", text=item.scope, evidence=document.source.key)
            sentence = tell("Q-ITEM", "quotes.titled", title=scope, quotation=part)
        items.append(StoryItem(sentences=(sentence,), changes=changes))
        if len(items) == MAX_LISTED_ITEMS:
            break
    return tuple(items)


def _is_part(text: str, highlight: str) -> bool:
    """Return whether a highlight says what an item does: it has all its names of code and most of its words."""
    stems = find_content_stems(text)
    has_names = bool(find_code_parts(text)) and names_all(highlight, text)
    return has_names and len(stems & find_content_stems(highlight)) >= MIN_PART_SHARE * len(stems)


def _get_kind(item: NoteItem) -> str:
    return item.kind


def _name_list(
    release: ReleaseNote, phrase: str, items: tuple[StoryItem, ...], *, has_one_repository: bool
) -> ReleaseItems:
    # Beside the patch to install, `this release` may be either.
    if has_one_repository and not release.latest_patch:
        return ReleaseItems(title=tell("T", phrase).text, phrase=phrase, items=items)
    heading = name_list_of(release, phrase)
    return ReleaseItems(title=heading.text, phrase=phrase, heading=heading, items=items)


def name_list_of(release: ReleaseNote, phrase: str, *, is_linked: bool = False) -> StorySentence:
    """Return the title of a list that names its release: `New in helix 25.07`.

    Args:
        release: the release.
        phrase: the key of the title without it; empty for a heading of the notes, which names what is new.
        is_linked: whether the name leads to the page of the release, where nothing before it does.
    """
    named = name_release(release) if is_linked else f"{release.project} {release.version or release.tag}"
    return tell("T", _PHRASES_WITH_RELEASE[phrase or NEW_PHRASE], release=named)


def join_fixes(releases: Sequence[ReleaseNote], fixes: Mapping[str, ReleaseItems]) -> ReleaseItems | None:
    """Return what several releases fix as one list, the latest first: fastapi had fourteen in a week.

    Args:
        releases: the releases of a project that do not lead.
        fixes: what releases fix, by the key of the release.
    """
    fixing = [(release, listed) for release in releases if (listed := fixes.get(release.key))]
    if len(fixing) < MIN_LISTED_ITEMS:
        return None
    fixing.sort(key=lambda pair: read_version_numbers(pair[0].version or pair[0].tag) or ())
    first, last = fixing[0][0], fixing[-1][0]
    versions = {"first": first.version or first.tag, "last": last.version or last.tag}
    heading = tell("T", "sections.fixed_in_several", project=last.project, **versions)
    items: dict[tuple[frozenset[str], ...], StoryItem] = {}
    for item in (own for _, listed in reversed(fixing) for own in listed.items):
        # Patches of several lines have one fix in other words: `in count and cursor`, `on count and cursor()`.
        text = item.sentences[0].text
        items.setdefault((frozenset(find_content_stems(text)), frozenset(re.findall(r"\d+", text))), item)
    return ReleaseItems(title=heading.text, heading=heading, items=tuple(items.values()))


NEW_PHRASE, FIXED_PHRASE, ALL_PHRASE = (
    "sections.new_in_release",
    "sections.fixed_in_release",
    "sections.from_the_notes",
)
_PHRASES_WITH_RELEASE = {
    NEW_PHRASE: "sections.new_in",
    FIXED_PHRASE: "sections.fixed_in",
    ALL_PHRASE: "sections.from_the_notes_of",
}


def _choose_listed(document: ParsedDocument, items: Sequence[NoteItem]) -> tuple[str, Sequence[NoteItem]]:
    """Return the key of the title of a list and its items: what headings or labels call new or fixed, else verbs."""
    introduced = find_introduced(document, items)
    has_news = len(list_news(document, items)) >= MIN_LISTED_ITEMS
    for get_kind in (_get_kind, guess_item_kind):
        if get_kind is guess_item_kind and _are_mostly_plain(items):
            # Jinja's notes have no headings, and five fixes of 22 by their verbs: its authors put what matters first.
            break
        features = list_news(document, items, by_verb=get_kind is guess_item_kind)
        fixes = sorted(
            (item for item in items if get_kind(item) == "fixes" and not is_patch_without_fix(item)), key=_rank_fix
        )
        # What the notes call features comes first; `New languages` is less.
        features.sort(key=lambda item: not (is_counted_feature(item) or item.start in introduced))
        by_heading = Counter(item.heading for item in features if _NEW_KIND.fullmatch(item.heading))
        for heading, number in by_heading.most_common(0 if has_feature_heading(features) else 1):
            # The notes say what kind of thing is new: items of other headings, such as the build, are less.
            if number >= (MIN_LISTED_ITEMS if number == len(features) else MIN_HEADED_ITEMS):
                return capitalize_title(heading), [item for item in features if item.heading == heading]
        if len(items) <= MAX_SHORT_NOTES and len(features) < MIN_LISTED_ITEMS and len(items) > len(fixes):
            return ALL_PHRASE, sorted(items, key=lambda item: (item.label in _TYPE_LABELS, get_kind(item) == "fixes"))
        if has_news and get_kind is not guess_item_kind and len(features) == 1:
            continue  # one item has the label `Feat:`, and others add something too
        if len(features) == 1 and len(fixes) >= MIN_LISTED_ITEMS:
            return ALL_PHRASE, [*features, *fixes]
        for phrase, chosen in ((NEW_PHRASE, features), (FIXED_PHRASE, fixes)):
            if phrase == FIXED_PHRASE and has_news and get_kind is not guess_item_kind:
                continue  # `Added a command` without a heading, in front of `Bug fixes`
            if len(chosen) >= MIN_LISTED_ITEMS:
                return phrase, chosen
    # Click's notes have no headings: two new things that their verbs name are behind ten adjustments.
    return ALL_PHRASE, sorted(items, key=lambda item: guess_item_kind(item) != "features")


def _are_mostly_plain(items: Sequence[NoteItem]) -> bool:
    """Return whether notes have no headings, and verbs do not say of most of their items what they are."""
    plain = [item for item in items if guess_item_kind(item) == "other"]
    return len(plain) * 2 > len(items) and not any(item.heading or item.kind != "other" for item in items)


def _is_highlighted_fix(item: NoteItem) -> bool:
    """Return whether an item is a fix by its verb, below `Highlights`, which holds what is new too."""
    return is_highlight(item) and guess_kind_by_verb(item) == "fixes"


def _rank_fix(item: NoteItem) -> int:
    """Return where a fix stands: losses of data and holes first, then crashes; all others as the notes have them."""
    return min(rank_harm(item.text), MAX_HARM_RANK)


def find_item_url(release: ReleaseNote, references: Sequence[str], document: ParsedDocument) -> str | None:
    """Return the page of the pull request, issue or commit that an item of the notes names, else of the release."""
    url = release.url
    own = (reference.removeprefix(release.repository) for reference in references)
    number = next((reference[1:] for reference in own if re.fullmatch(r"#\d+", reference)), "")
    root = url.partition("/releases/tag/")[0] if url and "/releases/tag/" in url else None
    if number:
        is_issue = names_issue(document.source.text, int(number))
        return (build_issue_url if is_issue else build_pull_request_url)(root, int(number)) or url
    shas = [reference for reference in references if "#" not in reference]
    return (build_commit_url(root, shas[0]) if shas else None) or url
