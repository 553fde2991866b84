"""Rows of the box: what a reader must do or know before an upgrade (EDITORIAL.md, pages 1 and 2).

`documents/consequences` reads which consequences a text states. A row never says more than its record: an item of
the notes or the title of a change, what the message says about it, and what to do.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.titles import RENAMED_LABEL, SECURITY_TITLE_REASON, find_marks
from sparky_assets.documents.models import (
    Consequence,
    ConsequenceKind,
    ParsedDocument,
    Quotation,
)
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.similarity import repeats_title, shares_words
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.stories.changes import find_named_changes, index_by_number
from sparky_assets.stories.models import (
    BoxMark,
    BoxRow,
    Change,
    ReleasedChange,
    ReleaseNote,
    SentencePart,
    StorySentence,
)
from sparky_assets.stories.printing.diff_rows import add_default_rows, add_minimum_rows
from sparky_assets.stories.printing.phrasing import PhraseValue, build_fragment, tell
from sparky_assets.stories.printing.quoting import SOURCE_PHRASES, QuotationChooser, trim_references
from sparky_assets.stories.printing.releases.items import find_item_url
from sparky_assets.stories.printing.releases.noted_rows import (
    find_advisory_aliases,
    join_noted_rows,
    join_repeated_row,
)
from sparky_assets.stories.printing.releases.statements import end_early, end_statement_early
from sparky_assets.stories.printing.sentences import (
    format_title,
    join_parts,
    limit_parts,
    name_mark,
    name_release,
    name_repository,
    quotation,
    quote_sentence,
    title_link,
)
from sparky_assets.stories.titles import is_advisory_merge
from sparky_assets.text.references import find_references
from sparky_assets.text.upgrades import drops_platform

MARKS_IN_ORDER: tuple[BoxMark, ...] = (
    "Security", "Upgrade", "Fixed since", "Breaking", "Potentially breaking", "Removed", "Changed default",
    "Now an error", "Deprecated", "New minimum", "Compatibility", "Blocked",
)  # fmt: skip
MARKS_BY_KIND: Mapping[ConsequenceKind, BoxMark] = {
    "security": "Security",
    "upgrade": "Upgrade",
    "breaking": "Breaking",
    "potentially_breaking": "Potentially breaking",
    "removed": "Removed",
    "deprecated": "Deprecated",
    "changed_default": "Changed default",
    "new_minimum": "New minimum",
    "compatibility": "Compatibility",
    "now_error": "Now an error",
    "blocked": "Blocked",
}
"""The mark of each kind of consequence. A major version of a dependency has no row; it is counted."""

NO_RELEASE_TEMPLATE = "R-NOREL"
"""The template of the sentence that a change is in no release yet; the headline repeats it."""

ADVISORY_TEMPLATE = "B-ADVISORY"
"""The template of the sentence that says how the fix of an advisory is known; it is printed once."""

MAX_FIXED_RELEASES = 3
_PATCH_VERSION = re.compile(r"(?P<line>\d{1,9}\.\d{1,9})\.(?P<patch>\d{1,9})")
_FIX_WORD = re.compile(r"\b(?:bug ?)?fix(?:es|ed)?\b", re.IGNORECASE)

UNSURE_REASONS = frozenset({"says no longer", "says removed", "says not compatible", "says renamed"})
"""Reasons that hold for notes, and under a heading for users: elsewhere “was removed” is mostly said of code."""

_DROPS_PLATFORM = "drops a platform"

_FROM_ADVISORY = "title of an advisory's merge"

_MENDS_WARNING = re.compile(r"(?i)^(?:fix|silence|avoid|resolve|suppress|address|ignore|mute|handle)\w*\b.*\bdeprecat")
"""Who mends a warning about what others deprecate deprecates nothing."""

_USER_WORD = re.compile(r"\b(?:you|your|users?)\b", re.IGNORECASE)
_INTERNAL_TYPES = frozenset({"test", "ci", "build", "chore", "docs", "refactor", "style"})
_DROP_TITLE = re.compile(
    r"^(?:drop|remove|raise|require|bump minimum|increase)\b.*\b(?:python|node(?:\.?js)?|rust|msrv|go|java|php|ruby|"
    r"postgres(?:ql)?|macos|windows|glibc|django|rails)\b[ v]*\d|\bmsrv\b|\bminimum (?:supported )?\w+ version\b",
    re.IGNORECASE,
)


def build_box(
    releases: Sequence[ReleaseNote],
    changes: Sequence[Change],
    chooser: QuotationChooser,
    released: Sequence[ReleasedChange] = (),
) -> tuple[BoxRow, ...]:
    """Return the rows of the box in their order; a change has one row only.

    Args:
        releases: the releases of the period.
        changes: its changes.
        chooser: what may be quoted.
        released: changes that releases bring from before the period.
    """
    rows: list[BoxRow] = []
    used_changes: set[str] = set()
    used_texts: set[str] = set()
    aliases = find_advisory_aliases(releases, chooser)
    own_rows = (*_list_note_rows(releases, changes, chooser), *_list_change_rows(changes, chooser))
    for row in (*own_rows, *_list_released_rows(releases, released, chooser)):
        text = " ".join(sentence.text for sentence in row.sentences)
        if text in used_texts or used_changes & set(row.changes):
            continue
        used_texts.add(text)
        used_changes |= set(row.changes)
        if join_repeated_row(rows, row):
            continue
        same = next((number for number, other in enumerate(rows) if _is_same_advisory(row, other, aliases)), None)
        if same is None:
            rows.append(row)
        else:
            rows[same] = _join_rows(rows[same], row)
    rows = join_noted_rows(rows, releases, changes, chooser)
    rows = add_default_rows(rows, changes, chooser.sources, find_taken_back_changes(changes))
    rows = add_minimum_rows(rows, changes, chooser.sources)
    rows = [_drop_repetitions(row) for row in _explain_once(rows)]
    sources = [release.source for release in releases if release.source]
    documents = {source: document for source in sources if (document := chooser.get_document(source))}
    if fixed := build_fixed_row(releases, changes, documents):
        rows.append(fixed)
    return tuple(sorted(rows, key=_get_row_order))


def _explain_once(rows: Sequence[BoxRow]) -> list[BoxRow]:
    """Return the rows with the sentence about the titles of fixes of advisories in the first of them only."""
    explained: list[BoxRow] = []
    is_said = False
    for row in rows:
        kept = tuple(sentence for sentence in row.sentences if not (is_said and sentence.template == ADVISORY_TEMPLATE))
        is_said = is_said or any(sentence.template == ADVISORY_TEMPLATE for sentence in kept)
        explained.append(row.model_copy(update={"sentences": kept}))
    return explained


def _drop_repetitions(row: BoxRow) -> BoxRow:
    """Return a row without the quotations that say its title again."""
    title = next((part.text for part in row.sentences[0].parts if part.kind == "title"), "")
    own = [
        sentence
        for sentence in row.sentences[1:]
        if not title or not any(part.quotation and repeats_title(part.text, title) for part in sentence.parts)
    ]
    return row.model_copy(update={"sentences": (*row.sentences[:1], *own)})


def build_fixed_row(
    releases: Sequence[ReleaseNote], changes: Sequence[Change], documents: Mapping[str, ParsedDocument]
) -> BoxRow | None:
    """Return a row of the releases that the next patch of the same version fixed within the period; None without any.

    A release counts as fixed if the next final release of its repository raises only the patch number, and the title or
    the list of its notes says that it fixes something and names no feature, or if people changed nothing else for it
    than fixes.

    Args:
        releases: the releases of the period.
        changes: the changes of the period, with the releases that contain them.
        documents: their notes by the key of the source text.
    """
    pairs: list[tuple[ReleaseNote, ReleaseNote]] = []
    by_project: dict[tuple[str, str], list[ReleaseNote]] = {}
    for release in sorted(releases, key=lambda release: (release.published_at, release.key)):
        if not release.is_prerelease:
            by_project.setdefault((release.repository, release.project), []).append(release)
    for own_releases in by_project.values():
        for earlier, later in pairwise(own_releases):
            document = documents.get(later.source or "")
            if later.previous_tag not in {None, earlier.tag} or not _is_next_patch(earlier, later):
                continue
            if _says_fix(later, document) or _holds_only_fixes(earlier, later, changes):
                pairs.append((earlier, later))
    if not pairs:
        return None
    parts: list[PhraseValue] = []
    for earlier, later in pairs[:MAX_FIXED_RELEASES]:
        part = name_release(later)
        text = f"{name_release(earlier).text} by {later.version or later.tag}"
        parts.append(part.model_copy(update={"text": text}))
    fixed = tell("B-MARK", "box.fixed_since", releases=limit_parts(parts, len(pairs)))
    return BoxRow(mark="Fixed since", label="Fixed since", sentences=(fixed,))


def _is_next_patch(earlier: ReleaseNote, later: ReleaseNote) -> bool:
    """Return whether a version is the next but for its last number: `2.1.1` after `2.1.0`."""
    versions = [_PATCH_VERSION.fullmatch(release.version) for release in (earlier, later)]
    if versions[0] is None or versions[1] is None:
        return False
    is_same_line = versions[0]["line"] == versions[1]["line"]
    return is_same_line and int(versions[1]["patch"]) == int(versions[0]["patch"]) + 1


def _says_fix(release: ReleaseNote, document: ParsedDocument | None) -> bool:
    """Return whether the title or the list of the notes of a release says that it fixes something, and nothing new."""
    if _FIX_WORD.search(release.title):
        return True
    kinds = {item.kind for item in list_note_items(document)} if document else set()
    return "fixes" in kinds and "features" not in kinds


def _holds_only_fixes(earlier: ReleaseNote, later: ReleaseNote, changes: Sequence[Change]) -> bool:
    """Return whether all changes by people between two releases are fixes; False where none is known."""
    added = [
        change
        for change in changes
        if change.repository == later.repository
        and later.tag in change.releases
        and earlier.tag not in change.releases
        and not change.is_bot
        and change.noise is None
    ]
    return bool(added) and all(change.type == "fix" for change in added)


def tell_containment(
    rows: Sequence[BoxRow],
    changes: Sequence[Change],
    releases: Sequence[ReleaseNote],
    known_repositories: Collection[str],
    fixed_in: Mapping[tuple[str, str], Sequence[str]] = MappingProxyType({}),
) -> tuple[BoxRow, ...]:
    """Return the rows with the releases that contain their changes, as far as a reader must know them.

    Rows of advisories name the releases with the fix, or say that none has it yet. Other rows say it if the change is
    not in the release of the period: packaging's week of 26.3 warned of a removal that was merged four days later.
    Where a repository of the row is not in `known_repositories`, only the releases that do contain its changes are
    named; nothing is said where only some of them are in a release. An advisory that the commits of releases name is
    in these: redis fixes one on each release branch.
    """
    by_key = {change.key: change for change in changes}
    by_tag = {(release.repository, release.tag): release for release in releases}
    described = []
    for row in rows:
        members = [by_key[key] for key in row.changes if key in by_key]
        if row.mark == "Security" and (holding := _find_fixing(row, releases, fixed_in)):
            links = [name_release(release) for release in holding]
            sentence = tell("R-WITH", "releases.fix_in", releases=join_parts(links))
            others = [kept for kept in row.sentences if kept.template != "B-WHERE" or members]
            described.append(row.model_copy(update={"sentences": (*others, sentence)}))
            continue
        is_known = all(change.repository in known_repositories for change in members)
        if members and (row.mark != "Security" or row.label == row.mark):
            described.append(_tell_place(row, members, releases, is_known=is_known))
            continue
        if not members or not is_known:
            described.append(row)
            continue
        holding = [by_tag[change.repository, change.releases[0]] for change in members if change.releases]
        if not holding:
            sentence = tell(NO_RELEASE_TEMPLATE, "releases.unreleased")
        elif len(holding) == len(members):
            links = [name_release(release) for release in {release.key: release for release in holding}.values()]
            sentence = tell("R-WITH", "releases.in", releases=join_parts(links))
        else:
            described.append(row)
            continue
        described.append(row.model_copy(update={"sentences": (*row.sentences, sentence)}))
    return tuple(described)


def _find_fixing(
    row: BoxRow, releases: Sequence[ReleaseNote], fixed_in: Mapping[tuple[str, str], Sequence[str]]
) -> list[ReleaseNote]:
    """Return the releases whose commits name the advisory of a row, the earliest first."""
    return [
        release
        for release in sorted(releases, key=lambda release: (release.published_at, release.tag))
        if release.tag in fixed_in.get((release.repository, row.label), ())
    ][:MAX_FIXED_RELEASES]


def _tell_place(row: BoxRow, members: Sequence[Change], releases: Sequence[ReleaseNote], *, is_known: bool) -> BoxRow:
    """Return a row with where its changes are, where the latest final release of their repository may mislead.

    If none is in a release, it is not in the latest; if all are in other releases of the period, it is in those:
    fastify's week of 5.12.0 warned of what the first alpha of 6.0.0 breaks.

    Args:
        row: the row.
        members: its changes.
        releases: the releases of the period.
        is_known: whether it is known which releases contain the changes; else nothing is said about those that do not.
    """
    here = [release for release in releases if release.repository == members[0].repository]
    own = [release for release in here if not release.is_prerelease]
    if not own or len({change.repository for change in members}) > 1:
        return row
    latest = max(own, key=lambda release: (release.published_at, release.key))
    firsts = {change.releases[0] if change.releases else "" for change in members}
    holding = [release for release in here if release.tag in firsts]
    if "" not in firsts and len(holding) == len(firsts) and latest not in holding:
        links = [name_release(release) for release in holding]
        sentence = tell("R-WITH", "releases.in", releases=join_parts(links))
        return row.model_copy(update={"sentences": (*row.sentences, sentence)})
    if firsts != {""} or not is_known:
        return row
    sentence = tell("R-NOTIN", "releases.not_in", release=name_release(latest))
    return row.model_copy(update={"sentences": (*row.sentences, sentence)})


def _get_row_order(row: BoxRow) -> tuple[bool, float]:
    """Return the place of a row: in the order of the marks, but fixes without an advisory behind all others.

    New names come behind what works in another way: one release may have many, and tools find the old ones.
    """
    place: float = MARKS_IN_ORDER.index(row.mark)
    if row.label.startswith(RENAMED_LABEL):
        place = MARKS_IN_ORDER.index("New minimum") + 0.5
    return row.mark == row.label == "Security", place


def _is_same_advisory(row: BoxRow, other: BoxRow, aliases: Mapping[str, str]) -> bool:
    labels = {aliases.get(label, label) for label in (row.label, other.label)}
    return row.mark == other.mark == "Security" and len(labels) == 1 and row.label != "Security"


def _join_rows(first: BoxRow, second: BoxRow) -> BoxRow:
    """Return a row for an advisory that several changes name: the first one is printed, the others are linked."""
    link = next((part for part in second.sentences[0].parts if part.kind in {"title", "quotation"}), None)
    if link is None:
        return first
    place = second.sentences[0].parts[0]
    is_same_place = place == first.sentences[0].parts[0] or place.text == first.sentences[0].parts[0].text
    if is_same_place and link.kind == "quotation":
        # The notes of another release of the repository say it again.
        return first.model_copy(update={"changes": (*first.changes, *second.changes)})
    if any(sentence.template == ADVISORY_TEMPLATE for sentence in second.sentences):
        # The title that GitHub gives to such a merge says nothing beside the notes.
        return first.model_copy(update={"changes": (*first.changes, *second.changes)})
    text = place.text if place.kind == "datum" and not is_same_place else link.text
    linked = link.model_copy(update={"kind": "datum", "text": text, "quotation": None})
    before = next((sentence for sentence in first.sentences if sentence.template == "B-WHERE"), None)
    links = [part for part in before.parts if part.url] if before else []
    where = tell("B-WHERE", "box.also_changed", titles=join_parts([*links, linked]))
    others = tuple(sentence for sentence in first.sentences if sentence.template != "B-WHERE")
    return first.model_copy(update={"sentences": (*others, where), "changes": (*first.changes, *second.changes)})


def _list_note_rows(
    releases: Sequence[ReleaseNote], changes: Sequence[Change], chooser: QuotationChooser
) -> Iterator[BoxRow]:
    numbered = index_by_number(changes)
    stated: set[tuple[str, str]] = set()
    named: dict[tuple[str, ConsequenceKind, tuple[str, ...]], str] = {}
    by_change: dict[str, str] = {}
    # The packages of a repository repeat what they have in common; the one with its name comes first.
    for release in sorted(releases, key=lambda release: release.project != release.repository.rpartition("/")[2]):
        document = chooser.get_document(release.source)
        for consequence in find_consequences(document) if document else ():
            if document is None or consequence.kind not in MARKS_BY_KIND or consequence.statement is None:
                continue
            said = trim_references(document, consequence.statement).text
            statement = (release.repository, said.rstrip("."))
            references = (release.repository, consequence.kind, consequence.references)
            is_named = bool(consequence.references) and named.setdefault(references, release.key) != release.key
            if statement in stated or is_named:
                continue
            stated.add(statement)
            change = next(find_named_changes(numbered, release.repository, consequence.references), None)
            change = change or _find_closing(changes, release, consequence.references)
            if change and (earlier := by_change.get(change.key)):
                if shares_words(said, earlier):
                    continue
                change = None  # another item about the same change says something else
            elif change:
                by_change[change.key] = said
            yield _build_note_row(consequence, release, document, change, chooser)


def _find_closing(changes: Sequence[Change], release: ReleaseNote, references: Sequence[str]) -> Change | None:
    """Return the only change of a release that closes an issue which an item of its notes names, or has its number.

    The commits of a release branch have numbers in their titles, and are no pull requests of the default branch.
    """
    named = {reference for reference in references if re.fullmatch(r"#\d{1,7}", reference)}
    closing = [
        change
        for change in changes
        if change.repository == release.repository
        and not named.isdisjoint((*(f"#{number}" for number in change.closes), *find_references(change.raw_title)))
    ]
    return closing[0] if len(closing) == 1 and release.tag in closing[0].releases else None


def _build_note_row(
    consequence: Consequence,
    release: ReleaseNote,
    document: ParsedDocument,
    change: Change | None,
    chooser: QuotationChooser,
) -> BoxRow:
    assert consequence.statement is not None
    statement = end_statement_early(document, consequence)
    mark = MARKS_BY_KIND[consequence.kind]
    if change:
        sentences = [tell("B-MARK", "box.title", place=name_repository(change), title=title_link(change))]
        if not repeats_title(statement.text, format_title(change)):
            sentences.append(quote_sentence("Q-SAYS", "quotes.notes_about", chooser.use(statement)))
        elif consequence.action is None:
            sentences += chooser.tell(change, 1)
    else:
        sentences = [_link_statement(chooser.use(statement), release, consequence, document)]
    if consequence.action and not _is_used(consequence.action, sentences):
        action = end_early(document, trim_references(document, consequence.action))
        sentences.append(quote_sentence("Q-DO", "quotes.action", chooser.use(action)))
    elif consequence.limit and not _is_used(consequence.limit, sentences):
        limit = trim_references(document, consequence.limit)
        sentences.append(quote_sentence("Q-LIMIT", "quotes.limit", chooser.use(limit)))
    elif change and (advice := chooser.tell_action(change)):
        sentences.append(advice)
    return BoxRow(
        mark=mark,
        label=consequence.label or mark,
        sentences=tuple(sentences),
        changes=(change.key,) if change else (),
    )


def _is_used(quoted: Quotation, sentences: Sequence[StorySentence]) -> bool:
    parts = (part.quotation for sentence in sentences for part in sentence.parts if part.quotation)
    return any(map(quoted.overlaps, parts))


def _link_statement(
    statement: Quotation, release: ReleaseNote, consequence: Consequence, document: ParsedDocument
) -> StorySentence:
    """Return what the notes state, as a link to the pull request or issue that it names, or to the release."""
    url = find_item_url(release, consequence.references, document)
    part = quotation(statement).model_copy(update={"url": url})
    place = SentencePart(kind="datum", text=release.project, evidence=release.key)
    return tell("B-MARK", "box.title", place=build_fragment("labels.place", place=place), title=part)


def _trim_statement(statement: Quotation | None, chooser: QuotationChooser) -> Quotation | None:
    """Return a statement without the label and the numbers of a changelog: `**breaking:** … ([#3599])`."""
    document = chooser.get_document(statement.source) if statement else None
    is_item = document is not None and document.source.kind in {"change_note", "release_notes"}
    return trim_references(document, statement) if is_item and document and statement else statement


def _list_released_rows(
    releases: Sequence[ReleaseNote], released: Sequence[ReleasedChange], chooser: QuotationChooser
) -> Iterator[BoxRow]:
    by_key = {release.key: release for release in releases}
    for item in released:
        release = by_key[item.release]
        consequence = _choose_consequence(item.change, chooser)
        if item.is_marked and (consequence is None or MARKS_BY_KIND[consequence.kind] != "Breaking"):
            consequence = Consequence(kind="breaking", reason="! in the title")
        if consequence is None:
            continue
        row = _build_change_row(consequence, item.change, chooser)
        if not item.is_marked and consequence.reason == "title":
            # Of many changes from before the period the titles say it: `Deprecate the old setting`.
            said = tuple(sentence for sentence in row.sentences if sentence.template in {"B-MARK", "Q-DO"})
            row = row.model_copy(update={"sentences": said})
        version = release.version or release.tag
        name = tell("T", "marks.in_version", mark=name_mark(row.label, row.mark), version=version)
        # The change is none of the period: its row must not take the place of a story.
        yield row.model_copy(update={"label": name.text, "name": name, "changes": ()})


def _list_change_rows(changes: Sequence[Change], chooser: QuotationChooser) -> Iterator[BoxRow]:
    taken_back = find_taken_back_changes(changes)
    for change in changes:
        if change.is_bot or change.reverts or change.key in taken_back:
            continue
        consequence = _choose_consequence(change, chooser)
        if consequence:
            yield _build_change_row(consequence, change, chooser)


def _choose_consequence(change: Change, chooser: QuotationChooser) -> Consequence | None:
    """Return the weightiest consequence that a change states; None if it states none for sure."""
    # Documentation says what is so, in the words of a text about the past: `the option was removed in 2.0`.
    documents = [
        document for document in chooser.list_documents(change) if document.source.kind in {"message", "change_note"}
    ]
    stated: list[Consequence] = []
    for document in documents:
        stated += find_consequences(
            document, title=change.title, labels=change.labels, is_marked_breaking=change.is_marked_breaking
        )
        stated += [
            Consequence(kind="security", label=advisory, reason="names an advisory")
            for advisory in document.advisories[:1]
            if document.source.kind == "message"
        ]
    if is_advisory_merge(change.raw_title):
        named = (advisory for document in documents for advisory in document.advisories)
        stated.append(Consequence(kind="security", label=next(named, ""), reason=_FROM_ADVISORY))
    if not documents:
        stated += find_marks(change.title, change.labels, is_marked_breaking=change.is_marked_breaking)
    if _DROP_TITLE.search(change.title) and not re.match(r"(?i)docs?\b|document", change.title):
        stated.append(Consequence(kind="new_minimum", reason="title"))
    if change.type not in {"ci", "test"} and drops_platform(change.title):
        stated.append(Consequence(kind="removed", reason=_DROPS_PLATFORM))
    sections = {document.source.key: document for document in documents}
    sure = [
        item
        for item in stated
        if item.kind in MARKS_BY_KIND
        and _is_sure(item, change, sections)
        and not (item.statement and chooser.is_said(item.statement))
    ]
    if not sure:
        return None
    return min(sure, key=lambda item: (MARKS_IN_ORDER.index(MARKS_BY_KIND[item.kind]), item.statement is None))


def _is_sure(consequence: Consequence, change: Change, documents: Mapping[str, ParsedDocument]) -> bool:
    """Return whether a consequence may be printed as one of a change."""
    is_fix = change.type == "fix" or bool(re.match(r"fix", change.title, re.IGNORECASE))
    if consequence.kind == "security":
        is_stated = consequence.reason in {_FROM_ADVISORY, SECURITY_TITLE_REASON}
        return bool(consequence.label) or (is_stated and not change.is_bot and change.noise is None)
    if consequence.reason in UNSURE_REASONS:
        speaks_to_users = bool(consequence.statement and _USER_WORD.search(consequence.statement.text))
        is_for_users = speaks_to_users or _is_for_users(consequence, documents)
        return is_for_users and not is_fix and change.type not in _INTERNAL_TYPES
    if is_fix and consequence.kind == "breaking" and consequence.reason == "title":
        # `Fix: a failed update no longer deletes the state` breaks nothing.
        return False
    if consequence.kind == "deprecated" and _MENDS_WARNING.search(change.title):
        return False
    if consequence.kind in {"removed", "deprecated"} and re.match(r"(?:add|implement|support)", change.title, re.I):
        return consequence.reason == "footer"
    is_stated = consequence.reason in {"footer", "! in the title", "says that it breaks", _DROPS_PLATFORM}
    return is_stated or not (change.type in _INTERNAL_TYPES or change.noise is not None)


def _is_for_users(consequence: Consequence, documents: Mapping[str, ParsedDocument]) -> bool:
    """Return whether the author states a consequence under a heading for users."""
    statement = consequence.statement
    document = documents.get(statement.source) if statement else None
    if statement is None or document is None:
        return False
    return any(
        section.kind in {"user_facing", "breaking", "migration"} and section.start <= statement.start < section.end
        for section in document.sections
    )


def _build_change_row(consequence: Consequence, change: Change, chooser: QuotationChooser) -> BoxRow:
    mark = MARKS_BY_KIND[consequence.kind]
    # Beside the mark the label of a title says it twice: `Removed: the old map`.
    title = title_link(change, format_title(change).removeprefix(f"{mark}: "))
    sentences = [tell("B-MARK", "box.title", place=name_repository(change), title=title)]
    statement = _trim_statement(consequence.statement, chooser)
    is_advisory = consequence.kind == "security" and bool(consequence.label)
    flaw = chooser.choose(chooser.list_documents(change), "security", change) if is_advisory else None
    if flaw:
        sentences.append(quote_sentence("Q-FLAW", "quotes.flaw", chooser.use(flaw[2])))
    elif statement and not repeats_title(statement.text, format_title(change)):
        document = chooser.get_document(statement.source)
        phrase = SOURCE_PHRASES[document.source.kind if document else "message"]
        sentences.append(quote_sentence("Q-SAYS", phrase, chooser.use(statement)))
    else:
        sentences += chooser.tell(change, 1)
    if consequence.action and not _is_used(consequence.action, sentences):
        sentences.append(quote_sentence("Q-DO", "quotes.action", chooser.use(consequence.action)))
    elif action := chooser.tell_action(change):
        sentences.append(action)
    if consequence.reason == _FROM_ADVISORY:
        sentences += chooser.tell_message(change) if len(sentences) == 1 else []
        sentences.append(tell(ADVISORY_TEMPLATE, "box.advisory"))
    return BoxRow(mark=mark, label=consequence.label or mark, sentences=tuple(sentences), changes=(change.key,))
