"""Types of parsed texts: source texts, sections, sentences and quotations.

A span is a pair of character offsets into `SourceText.text`, the text exactly as it is stored. A quotation is valid
only if `text[start:end]`, with white space folded, equals the words that are printed.
"""

from typing import Literal, NamedTuple

from sparky_assets.store import StoredModel

SourceKind = Literal[
    "release_notes",
    "change_note",
    "message",
    "issue",
    "readme",
    "description",
    "documentation",
    "help_text",
    "diff",
    "test",
]
"""Kind of a source text: the notes of a release; a changelog entry that a change added; the message of a commit or the
body of a pull request; an issue; the README; documentation or a help text that a change added; a line of a diff, the
removed one behind `-` and the added one behind `+`; a test that a change added."""

SectionKind = Literal[
    "summary", "what", "why", "user_facing", "breaking", "deprecated", "removed", "security", "migration", "usage",
    "performance", "fixes", "features", "skipped", "other",
]  # fmt: skip
"""Kind of a section by its heading and place. `skipped` holds test plans, checklists, templates and bots' summaries."""

SentenceRole = Literal["effect", "fault", "why", "action", "figure", "security", "voice", "risk"]
"""What a sentence says: the effect for users, what went wrong before, the reason, what to do, a measured figure, the
flaw of a security fix, an opinion in the first person, or a doubt of the author."""


GUIDE_HEADING = "Upgrade guide > "
"""What is in front of the headings of a guide on how to come to a version."""


class SourceText(StoredModel):
    """A text as it is stored, with the place that it came from."""

    key: str
    """`message:owner/name@sha`, `body:owner/name#12`, `notes:owner/name@tag`, `note:owner/name@sha:path`, `issue:…`,
    `readme:owner/name`, `description:owner/name`."""
    kind: SourceKind
    repository: str
    text: str
    title: str = ""
    """Title of the change, issue or release: sentences that repeat it are not printed."""
    url: str | None = None
    path: str | None = None
    blob: str | None = None
    """Git object of `path`, where the text was read from a file."""
    heading: str = ""
    """Headings above the text in `path`, joined with ` > `: `Unreleased > Fixed`."""
    first_line: int = 1
    """Line of `path` at which the text begins."""
    is_public: bool = True
    author: str | None = None
    """The person whose words these are; None where several wrote it or an assistant did."""

    @property
    def is_guide(self) -> bool:
        """Whether it is what a guide says on how to come to a version."""
        return self.heading.startswith(GUIDE_HEADING)


class Quotation(StoredModel):
    """An exact span of a source text. `text` is the span with white space folded."""

    source: str
    start: int
    end: int
    text: str

    def overlaps(self, other: "Quotation") -> bool:
        """Return whether two quotations share characters of one source text."""
        return self.source == other.source and self.start < other.end and other.start < self.end


class DocumentSection(StoredModel):
    """A section of a document. The first one has no heading and holds what stands before the first heading."""

    kind: SectionKind
    heading: str
    start: int
    end: int
    entry: int | None = None
    """Index of the section whose heading is the entry of notes that this one belongs to: `### Night maps (#12)` below
    `## New features`; its own index for that section itself."""
    level: int = 0
    """Level of its heading, from 1; 7 for a bold line or a label, and 0 where it has none of its own."""


class DocumentSentence(StoredModel):
    """A sentence, list item or table cell of a document, with its score and roles (EDITORIAL.md, page 4)."""

    number: int
    start: int
    end: int
    text: str
    section: int
    """Index of its section."""
    is_list_item: bool = False
    is_cell: bool = False
    """Whether it is in a cell of a table."""
    is_heading: bool = False
    """Whether it is the heading of an entry of notes, which says what the entry is about."""
    opens_block: bool = False
    continues_item: bool = False
    """Whether it is in a further paragraph of a list item."""
    """True for the first sentence of a paragraph or list item."""
    score: int = 0
    reasons: tuple[str, ...] = ()
    """Why it has this score: `figure +5`, `hype -4`."""
    roles: tuple[SentenceRole, ...] = ()
    is_quotable: bool = True
    """False if a rule refuses it: secrets, addresses, line counts as praise."""


class CodeExample(StoredModel):
    """A fenced block of a document: its lines exactly as they stand, at most ten."""

    language: str
    lines: tuple[str, ...]
    source: str
    start: int
    end: int
    section: int = 0


class ParsedDocument(StoredModel):
    """A parsed source text."""

    source: SourceText
    sections: tuple[DocumentSection, ...]
    sentences: tuple[DocumentSentence, ...]
    examples: tuple[CodeExample, ...] = ()
    references: tuple[str, ...] = ()
    """Issues and pull requests that it names: `#12`, `owner/name#12`."""
    advisories: tuple[str, ...] = ()
    """CVE and GHSA ids that it names."""
    breaking: tuple[Quotation, ...] = ()
    """Texts of `BREAKING CHANGE:` footers and of breaking sections."""


class NoteItem(StoredModel):
    """A list item of notes: its heading, its span, and the issues and pull requests that it names."""

    heading: str
    kind: SectionKind
    section: int
    start: int
    end: int
    text: str
    sentences: tuple[int, ...]
    """Numbers of its sentences in the document."""
    references: tuple[str, ...] = ()
    label: str = ""
    """The word in front of it, in lower case: `fixed` of `**Fixed:** …`."""
    leads_on: bool = False
    """Whether it ends with a colon and others are nested in it: `New in the map:`."""
    is_nested: bool = False
    """Whether it is nested in an item that leads on to it: `Support for proxies` says little alone."""
    is_detail: bool = False
    """Whether it is nested in an item that says something by itself: what `Sort the map (#12)` holds is part of it."""
    is_step: bool = False
    """Whether it is such a detail in a numbered list, which says how to use what the item above brings."""
    scope: str = ""
    """The component that it is listed below: `s3` over `Fix listing`."""


ConsequenceKind = Literal[
    "security", "breaking", "potentially_breaking", "removed", "deprecated", "changed_default", "new_minimum",
    "major_version", "compatibility", "now_error", "blocked", "upgrade",
]  # fmt: skip
"""What an upgrade may need to know."""


class Consequence(StoredModel):
    """Something that breaks, or that a reader must know or do, with the words that say so."""

    kind: ConsequenceKind
    label: str = ""
    """More exact than the kind: an id (`CVE-2024-1234`), a key of a manifest (`requires-python`)."""
    reason: str
    """Why it is one: `BREAKING CHANGE footer`, `section Removed`."""
    statement: Quotation | None = None
    """The words that say it; None where a mark (`!`, a label) or a manifest says it."""
    action: Quotation | None = None
    """What to do."""
    limit: Quotation | None = None
    """What the fix of an advisory changes for users, by the notes."""
    example: CodeExample | None = None
    references: tuple[str, ...] = ()
    """Issues and pull requests that it names, else whole shas of commits."""
    old: str = ""
    new: str = ""
    """Values before and after, of a default or a minimum."""
    path: str | None = None


class SentenceContext(NamedTuple):
    """Where a sentence stands.

    Attributes:
        section: kind of its section.
        opens_block: True for the first sentence of a paragraph or item.
        is_list_item: True in a list.
        title: title of the change, for words that both share.
        skip_reason: why the parser set it apart: `checklist`; empty if it did not.
        follows_title: True for the first sentence of a message: its `This` is what the title says, which is printed.
        opens_section: True for the first sentence below a heading.
    """

    section: SectionKind
    opens_block: bool
    is_list_item: bool
    title: str
    skip_reason: str = ""
    follows_title: bool = False
    opens_section: bool = False
