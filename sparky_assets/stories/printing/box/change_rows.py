"""Rows of the box that changes state by themselves: in titles, messages, labels and changelog entries. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence

from sparky_assets.documents.consequences.changed_names import SAYS_RENAMED
from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.titles import SECURITY_TITLE_REASON, find_marks
from sparky_assets.documents.models import Consequence, ParsedDocument, Quotation
from sparky_assets.documents.quotes import quote
from sparky_assets.documents.similarity import repeats_title
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.stories.models import BoxRow, Change, ReleasedChange, ReleaseNote
from sparky_assets.stories.noise import is_branch_merge
from sparky_assets.stories.printing.box.marks import ADVISORY_TEMPLATE, MARKS_BY_KIND, MARKS_IN_ORDER
from sparky_assets.stories.printing.box.note_rows import is_quoted_in, name_version
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.quoting.labels import SOURCE_PHRASES
from sparky_assets.stories.printing.releases.item_quotes import trim_references
from sparky_assets.stories.printing.sentences import format_title, name_repository, quote_sentence, title_link
from sparky_assets.stories.rank import is_fix
from sparky_assets.stories.titles.parts import is_advisory_merge
from sparky_assets.text.paths import is_of_tooling
from sparky_assets.text.subjects import CHORE_TYPES
from sparky_assets.text.upgrades import drops_platform, names_security, removes_own_tool, tells_hole

MIN_STATEMENT_WORDS = 2
"""Words of a statement that say more behind a title than one name."""

UNSURE_REASONS = frozenset({"says no longer", "says removed", "says not compatible", SAYS_RENAMED})
"""Reasons that hold for notes, and under a heading for users: elsewhere “was removed” is mostly said of code."""

_DROPS_PLATFORM = "drops a platform"

_FROM_ADVISORY = "title of an advisory's merge"

_TELLS_HOLE = "message tells a hole"

_MENDS_WARNING = re.compile(r"(?i)^(?:fix|silence|avoid|resolve|suppress|address|ignore|mute|handle)\w*\b.*\bdeprecat")
"""A title about a warning that others raise by a deprecation; the change deprecates nothing."""

_USER_WORD = re.compile(r"\b(?:you|your|users?)\b", re.IGNORECASE)

_INTERNAL_TYPES = CHORE_TYPES | {"docs", "refactor"}

_LOWERS = re.compile(r"(?i).{0,40}\b(?:reduce|lower|decrease|relax|downgrade)[sd]?\b")
"""A title about a minimum that is lower than before: `Reduce MSRV to 1.70`."""
_DROP_TITLE = re.compile(
    r"^(?:drop|remove|raise|require|bump minimum|increase)\b.*\b(?:python|node(?:\.?js)?|rust|msrv|go|java|php|ruby|"
    r"postgres(?:ql)?|macos|windows|glibc|django|rails)\b[ v]*\d"
    r"(?![\d.]* (?:deprecat|warning|notice|polyfill|workaround|code|check|syntax|shim))"
    r"|\bmsrv\b|\bminimum (?:supported )?\w+ version\b"
    r"|^(?:requires?|drop(?:s|ped)? support for(?: anything below)?) (?:at least )?"
    r"(?:elixir|erlang|otp|ghc|swift|scala|zig|crystal)[ v]*\d[\d.]*\+?(?![\d.]*\+? in )"
    r"|\bto require (?:python|node(?:\.?js)?|rust|go|java|php|ruby|elixir|otp|ghc|swift|scala|zig|crystal)[ v]*\d"
    r"|^(?:set|bump|raise|increase|update)\w* (?:the )?"
    r"(?:minimum_\w+|minimum (?:required |supported )?(?!tested\b)(?:\w+ ){1,3}version) (?:.{1,40} )?to \S{0,4}\d",
    re.IGNORECASE,
)


_OF_PROJECT = re.compile(
    r"(?i)\bdoc(?:s|ument\w*)?\b|\breadme\b"
    r"|\b(?:from|in|on|for|of) (?:the |our )?(?:ci|tests?|test \w+|matrix|workflows?|github actions?|travis|tox)\b"
)
"""Titles about what a project writes or tests: `Remove Python 3.5 from doc`."""


def _trim_statement(statement: Quotation | None, chooser: QuotationChooser) -> Quotation | None:
    """Return a statement without the label and the numbers of a changelog: `**breaking:** … ([#3599])`."""
    document = chooser.get_document(statement.source) if statement else None
    is_item = document is not None and document.source.kind in {"change_note", "release_notes"}
    return trim_references(document, statement) if is_item and document and statement else statement


def list_released_rows(
    releases: Sequence[ReleaseNote], released: Sequence[ReleasedChange], chooser: QuotationChooser
) -> Iterator[BoxRow]:
    """Yield the rows of what releases bring from before the period; their labels name the version."""
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
        # The change is none of the period: its row must not take the place of a story.
        yield name_version(row, release).model_copy(update={"changes": ()})


def list_change_rows(changes: Sequence[Change], chooser: QuotationChooser) -> Iterator[BoxRow]:
    """Yield the rows of the changes of the period by people that are in place at its end."""
    taken_back = find_taken_back_changes(changes)
    for change in changes:
        # The merge of a branch names what all that it brings is about.
        if change.is_bot or change.reverts or change.key in taken_back or is_branch_merge(change.title):
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
    # The type says that the hole is closed: `fix: path traversal in names of plugins`.
    if change.type == "fix" and not change.is_bot and names_security(f"fix {change.title}"):
        stated.append(Consequence(kind="security", reason=SECURITY_TITLE_REASON))
    if hole := _find_hole(change, documents):
        stated.append(Consequence(kind="security", reason=_TELLS_HOLE, statement=hole))
    is_lower = bool(_LOWERS.match(change.title))
    if _DROP_TITLE.search(change.title) and not (is_lower or _OF_PROJECT.search(change.title) or is_fix(change)):
        stated.append(Consequence(kind="new_minimum", reason="title"))
    if change.type not in {"ci", "test"} and drops_platform(change.title) and not removes_own_tool(change.title):
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


def _find_hole(change: Change, documents: Sequence[ParsedDocument]) -> Quotation | None:
    """Return what the message of a fix says that a hole let people do; None without it."""
    if change.is_bot or not is_fix(change):
        return None
    messages = [document for document in documents if document.source.kind == "message"]
    telling = (
        (document, sentence)
        for document in messages
        for sentence in document.sentences
        if sentence.is_quotable and tells_hole(sentence.text)
    )
    return next((quoted for document, sentence in telling if (quoted := quote(document, sentence))), None)


def _is_sure(consequence: Consequence, change: Change, documents: Mapping[str, ParsedDocument]) -> bool:
    """Return whether a consequence may be printed as one of a change."""
    begins_as_fix = change.type == "fix" or bool(re.match(r"fix", change.title, re.IGNORECASE))
    if consequence.kind == "security":
        is_stated = consequence.reason in {_FROM_ADVISORY, SECURITY_TITLE_REASON, _TELLS_HOLE}
        is_stated = is_stated and not is_of_tooling(change.paths)
        return bool(consequence.label) or (is_stated and not change.is_bot and change.noise is None)
    if consequence.reason in UNSURE_REASONS:
        speaks_to_users = bool(consequence.statement and _USER_WORD.search(consequence.statement.text))
        is_for_users = speaks_to_users or _is_for_users(consequence, documents)
        return is_for_users and not begins_as_fix and change.type not in _INTERNAL_TYPES
    if begins_as_fix and consequence.kind == "breaking" and consequence.reason == "title":
        # `Fix: a failed update no longer deletes the state` breaks nothing.
        return False
    is_of_project = consequence.kind == "removed" and removes_own_tool(change.title)
    if is_of_project or (consequence.kind == "deprecated" and _MENDS_WARNING.search(change.title)):
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
    elif (
        statement
        and len(statement.text.split()) >= MIN_STATEMENT_WORDS
        and not repeats_title(statement.text, format_title(change))
    ):
        document = chooser.get_document(statement.source)
        phrase = SOURCE_PHRASES[document.source.kind if document else "message"]
        sentences.append(quote_sentence("Q-SAYS", phrase, chooser.use(statement)))
    else:
        sentences += chooser.tell(change, 1)
    if consequence.action and not is_quoted_in(consequence.action, sentences):
        sentences.append(quote_sentence("Q-DO", "quotes.action", chooser.use(consequence.action)))
    elif action := chooser.tell_action(change):
        sentences.append(action)
    if consequence.reason == _FROM_ADVISORY:
        sentences += chooser.tell_message(change) if len(sentences) == 1 else []
        sentences.append(tell(ADVISORY_TEMPLATE, "box.advisory"))
    return BoxRow(mark=mark, label=consequence.label or mark, sentences=tuple(sentences), changes=(change.key,))
