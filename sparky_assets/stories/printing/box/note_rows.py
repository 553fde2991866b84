"""Rows of the box that the notes of releases state. Pure."""

import re
from collections.abc import Iterator, Sequence

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.name_lists import split_names
from sparky_assets.documents.models import Consequence, ConsequenceKind, ParsedDocument, Quotation
from sparky_assets.documents.similarity import find_code_parts, repeats_title, shares_words
from sparky_assets.stories.changes import find_named_changes, index_by_number
from sparky_assets.stories.models import BoxRow, Change, ReleaseNote, SentencePart, StorySentence
from sparky_assets.stories.printing.box.marks import MARKS_BY_KIND
from sparky_assets.stories.printing.phrasing import PhraseValue, build_fragment, tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.item_quotes import end_early, end_statement_early, trim_references
from sparky_assets.stories.printing.releases.items import find_item_url
from sparky_assets.stories.printing.sentences import (
    format_title,
    join_parts,
    name_mark,
    name_repository,
    quotation,
    quote_sentence,
    title_link,
)
from sparky_assets.text.references import find_references
from sparky_assets.text.versions import ReleaseTag, parse_release_tag
from sparky_assets.text.words import short_name


def list_note_rows(
    releases: Sequence[ReleaseNote], changes: Sequence[Change], chooser: QuotationChooser
) -> Iterator[BoxRow]:
    """Yield a row for each consequence that the notes of releases state, once for all packages of a repository."""
    numbered = index_by_number(changes)
    stated: set[tuple[str, str]] = set()
    named: dict[tuple[str, ConsequenceKind, tuple[str, ...]], tuple[str, str]] = {}
    by_change: dict[str, str] = {}
    documents = {release.key: chooser.get_document(release.source) for release in releases}
    found = {key: find_consequences(document) if document else [] for key, document in documents.items()}

    def rank(release: ReleaseNote) -> tuple[bool, int]:
        return release.project != short_name(release.repository), -len(found[release.key])

    others = _find_other_versions(releases)
    # The packages of a repository repeat what they have in common: that with its name comes first, then what says most.
    for release in sorted(releases, key=rank):
        document = documents[release.key]
        for consequence in found[release.key]:
            if document is None or consequence.kind not in MARKS_BY_KIND or consequence.statement is None:
                continue
            said = trim_references(document, consequence.statement).text
            statement = (release.repository, said.rstrip("."))
            references = (release.repository, consequence.kind, consequence.references)
            first_key, first_said = named.setdefault(references, (release.key, said))
            is_named = bool(consequence.references) and first_key != release.key and _says_no_more(said, first_said)
            if statement in stated or is_named:
                continue
            stated.add(statement)
            change = next(find_named_changes(numbered, release.repository, consequence.references), None)
            change = change or _find_closing(changes, release, consequence.references)
            if change and (earlier := by_change.get(change.key)):
                if _says_no_more(said, earlier):
                    continue
                change = None  # another item about the same change says something else
            elif change:
                by_change[change.key] = said
            row = build_note_row(consequence, release, document, change, chooser)
            yield name_version(row, release) if release.key in others and row.mark != "Security" else row


def _says_no_more(said: str, other: str) -> bool:
    """Return whether a statement about a change says what another one does, and not of other names of code.

    Of one change axum's packages say that `Form` has a new rejection type, and that `Query` has one.
    """
    codes, other_codes = set(find_code_parts(said)), set(find_code_parts(other))
    has_other_names = bool(codes and other_codes) and codes.isdisjoint(other_codes)
    return shares_words(said, other) and not has_other_names


def name_version(row: BoxRow, release: ReleaseNote) -> BoxRow:
    """Return a row whose label names the version of its release: `Breaking in 2.0.0`."""
    version = release.version or release.tag
    name = tell("T", "marks.in_version", mark=name_mark(row.label, row.mark), version=version)
    return row.model_copy(update={"label": name.text, "name": name})


def _find_other_versions(releases: Sequence[ReleaseNote]) -> set[str]:
    """Return the keys of releases beside the highest final version of their project, of another minor version.

    minijinja had 2.24.0 and 3.0.0-alpha.0 in one week: what the second one removes is in the first one.
    """
    tagged = [(release, tag) for release in releases if (tag := parse_release_tag(release.tag))]
    highest: dict[tuple[str, str], ReleaseTag] = {}
    for release, tag in tagged:
        project = (release.repository, release.project)
        best = highest.get(project)
        if best is None or (not tag.is_pre_release, tag.order) > (not best.is_pre_release, best.order):
            highest[project] = tag
    return {
        release.key
        for release, tag in tagged
        if tag.numbers[:2] != highest[release.repository, release.project].numbers[:2]
    }


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


def build_note_row(
    consequence: Consequence,
    release: ReleaseNote,
    document: ParsedDocument,
    change: Change | None,
    chooser: QuotationChooser,
) -> BoxRow:
    """Return the row of a consequence that the notes of a release state, or a guide to its version.

    Args:
        consequence: the consequence, with a statement.
        release: the release.
        document: its notes or the guide.
        change: the change of the period that it is about; None if it is known of none.
        chooser: what may be quoted.
    """
    assert consequence.statement is not None
    statement = end_statement_early(document, consequence)
    mark = MARKS_BY_KIND[consequence.kind]
    says_more = change is not None and not repeats_title(statement.text, format_title(change))
    if change and says_more and consequence.kind != "security":
        # The title of a pull request that breaks one thing may be about another: the notes say which.
        sentences = [_link_statement(chooser.use(statement), release, consequence, document, change)]
    elif change:
        sentences = [tell("B-MARK", "box.title", place=name_repository(change), title=title_link(change))]
        if says_more:
            sentences.append(quote_sentence("Q-SAYS", "quotes.notes_about", chooser.use(statement)))
        elif consequence.action is None:
            sentences += chooser.tell(change, 1)
    else:
        sentences = [_link_statement(chooser.use(statement), release, consequence, document)]
    if consequence.action and not is_quoted_in(consequence.action, sentences):
        action = end_early(document, trim_references(document, consequence.action))
        sentences.append(quote_sentence("Q-DO", "quotes.action", chooser.use(action)))
    elif consequence.limit and not is_quoted_in(consequence.limit, sentences):
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


def is_quoted_in(quoted: Quotation, sentences: Sequence[StorySentence]) -> bool:
    """Return whether sentences quote a span or a part of it."""
    parts = (part.quotation for sentence in sentences for part in sentence.parts if part.quotation)
    return any(map(quoted.overlaps, parts))


def _link_statement(
    statement: Quotation,
    release: ReleaseNote,
    consequence: Consequence,
    document: ParsedDocument,
    change: Change | None = None,
) -> StorySentence:
    """Return what the notes state, as a link to its change or what it names, or to the release."""
    url = change.url if change else find_item_url(release, consequence.references, document)
    if url == release.url and document.source.key in release.guides:
        url = document.source.url or url
    lead, names = split_names(document, statement)
    part: PhraseValue = quotation(lead).model_copy(update={"url": url})
    if names:
        part = build_fragment("labels.titled", label=part, title=join_parts([quotation(name) for name in names]))
    place = SentencePart(kind="datum", text=release.project, evidence=release.key)
    return tell("B-MARK", "box.title", place=build_fragment("labels.place", place=place), title=part)
