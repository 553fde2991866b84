"""Types of stories: changes, groups of changes in order, and the sentences that are printed about them.

A printed sentence is a sequence of parts: words of a template, and slots that hold a counted number, a datum, a title
or a quotation. Every part that is not template words names what it rests on.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from resources.git.notes.guides import MAX_GUIDES
from sparky_assets.documents.models import CodeExample, Quotation, SourceText
from sparky_assets.store import CompactModel, StoredModel, compact_dataclass
from sparky_assets.text.paths import is_changelog_path, is_prose_path
from sparky_assets.text.versions import find_package_name

StoryKind = Literal[
    "release", "security", "breaking", "cross_repository", "feature", "fix", "performance", "failure", "repository",
    "dependencies", "area", "campaign", "noise",
]  # fmt: skip

NoiseClass = Literal[
    "formatting", "generated", "lock_file", "version_bump", "dependency", "changelog", "typo", "submodule", "initial",
    "wip", "merge", "ci", "tests", "refactoring",
]  # fmt: skip

BoxMark = Literal[
    "Security", "Upgrade", "Fixed since", "Breaking", "Potentially breaking", "Removed", "Changed default",
    "Now an error", "Deprecated", "New minimum", "Compatibility", "Blocked",
]  # fmt: skip


MAX_COMPLETE_PATHS = 30
"""GitHub is asked for so many paths of a pull request; a change with as many may have others."""


class DocumentedCode(StoredModel):
    """Code that a change of documents alone names for the first time, and the one commit that brought the code."""

    name: str
    """As the document has it: `--dry-run`, `read_docks`, `src/docks.py`."""
    path: str
    """The document."""
    sha: str
    title: str
    url: str | None
    landed_at: datetime

    @property
    def key(self) -> str:
        """The key of the part of a sentence that rests on it."""
        return f"origin:{self.sha}"


@compact_dataclass
class Change(CompactModel):
    """A change of a default branch: a merged pull request, or a commit that was pushed directly."""

    key: str
    """`pr:owner/name#12` or `commit:owner/name@sha`: the key of its evidence."""
    repository: str
    number: int | None
    sha: str
    url: str | None
    raw_title: str
    """First line of the message or title of the pull request, cleaned only of control characters."""
    title: str
    """Normalized title (`titles.normalize_title`): prefixes, tracker ids and numbers are off."""
    type: str = ""
    """Conventional type (`feat`), else empty."""
    scope: str = ""
    area: str = ""
    """Its scope, where its title says little without it or another change has the same title; else empty."""
    is_marked_breaking: bool = False
    trackers: tuple[str, ...] = ()
    """Ids of a tracker in the title: `WS-04`."""
    author: str | None = None
    author_key: str = ""
    is_bot: bool = False
    names_assistant: bool = False
    is_first_contribution: bool = False
    landed_at: datetime
    paths: tuple[str, ...] = ()
    new_paths: tuple[str, ...] = ()
    insertions: int | None = None
    deletions: int | None = None
    labels: tuple[str, ...] = ()
    milestone: str = ""
    references: tuple[int, ...] = ()
    """Numbers of issues and pull requests of its repository that its title or message names."""
    closes: tuple[int, ...] = ()
    reverts: str | None = None
    """The sha or key that it takes back."""
    sources: tuple[str, ...] = ()
    """Keys of its source texts, the best first: the note that came with it, its message, its documentation."""
    diffs: tuple[str, ...] = ()
    """Keys of the lines of its diff that say something for sure: another default, a raised minimum."""
    releases: tuple[str, ...] = ()
    """Tags of releases of the period that contain it, final ones first, then the earliest first."""
    copied_to: tuple[str, ...] = ()
    """Those of `releases` that hold a copy of it, on a release branch."""
    documents: DocumentedCode | None = None
    """The code that it documents, if it came with another change for sure."""
    issues: tuple[str, ...] = ()
    """Keys of the texts of the issues of its repository that it closes."""
    closes_bug: bool = False
    """Whether an issue that it closes has a label that says bug."""
    reactions: int = 0
    """Reactions to it and to the issues that it closes."""
    comments: int = 0
    """Comments on it and on the issues that it closes."""
    branch_commits: int = 0
    """Commits of the branch that its merge brought, if most are of one person; 0 where that is not known."""
    branch_began_at: datetime | None = None
    """When the first of them was written."""
    visibility: str = "public"
    noise: NoiseClass | None = None

    @property
    def holds_documents_only(self) -> bool:
        """Whether its diff holds documents and changelogs alone; False where its paths are not known to the last."""
        is_whole = 0 < len(self.paths) < MAX_COMPLETE_PATHS
        return is_whole and all(is_prose_path(path) or is_changelog_path(path) for path in self.paths)


@compact_dataclass
class StoryEdge(CompactModel):
    """Why two changes belong together."""

    first: str
    second: str
    weight: float
    reason: str


@compact_dataclass
class StoryGroup(CompactModel):
    """Changes that belong together, with their place in the order of the period."""

    id: str
    """Stable: made from the key of its earliest change."""
    kind: StoryKind
    head: str
    """Key of the change that the others name or follow; of a release, the key of the release."""
    changes: tuple[str, ...]
    repositories: tuple[str, ...]
    people: tuple[str, ...]
    shared_words: str = ""
    """The words that all titles share, if that describes the group better than the title of its head."""
    subject: str = ""
    """The word that the titles of one person’s changes share, if none of the changes follows another."""
    edges: tuple[StoryEdge, ...] = ()
    rank: tuple[float, ...] = ()
    """Sort key, smallest first."""
    reasons: tuple[str, ...] = ()
    """Why it stands where it stands: `first because its notes call it breaking`."""
    releases: tuple[str, ...] = ()
    """Keys of the releases of a release story, the latest final one first."""
    weightiest: tuple[str, ...] = ()
    """Of a new repository: the keys of its weightiest changes, the best first."""
    continues: str | None = None
    """Id of the story of an earlier period that it carries on."""
    continues_because: str = ""
    """Why it carries that one on: `both name #12`."""
    area: str = ""
    """The part of its repository that most of its changes are about, as its people call it: `resolver`."""


class ReleaseNote(StoredModel):
    """A release of the period with its notes."""

    key: str
    """`release:owner/name@tag`."""
    repository: str
    tag: str
    version: str
    title: str
    url: str | None
    published_at: datetime
    is_prerelease: bool
    has_own_date: bool = False
    """True if an annotated tag, the API or the notes give a date."""
    noted_date: date | None = None
    previous_tag: str | None = None
    last_tag: str | None = None
    """The release of its package before it in time, if it is known with its own date."""
    last_at: datetime | None = None
    commit_count: int | None = None
    person_count: int | None = None
    source: str | None = None
    """Key of the source text with its notes."""
    line: tuple[str, ...] = ()
    """Versions of the final releases of its minor version in the period, of a pre-release those of its version, the
    lowest first; empty if there is one."""
    visibility: str = "public"

    @property
    def guides(self) -> tuple[str, ...]:
        """Keys of the source texts that guides to its version may have."""
        key = self.key.replace("release:", "guide:", 1)
        return (key, *(f"{key}:{number}" for number in range(2, MAX_GUIDES + 1)))

    @property
    def latest_patch(self) -> str:
        """The version of the last release of its line, if that is another one of the period; else empty."""
        return self.line[-1] if self.line and self.line[-1] != self.version else ""

    @property
    def project(self) -> str:
        """Its package in a repository of several, else the name of the repository without its owner."""
        return find_package_name(self.tag, self.repository)


class ReleasedChange(StoredModel):
    """A change that a release of the period brings from before the period."""

    release: str
    """Key of the release."""
    change: Change
    is_marked: bool = True
    """Whether its author marked it as breaking; of the others only those of releases without notes are known."""
    rank: tuple[int, int] = (0, 0)
    """Its place among the changes of its release, smallest first."""


@compact_dataclass
class SentencePart(CompactModel):
    """A part of a sentence: template words, or a slot."""

    kind: Literal["words", "quotation", "title", "name", "count", "date", "version", "code", "datum"]
    text: str
    url: str | None = None
    evidence: str | None = None
    """Key of the evidence or source text that it rests on."""
    quotation: Quotation | None = None
    slot: str = ""
    """The placeholder that it fills: `title`; below it the phrase that it belongs to, and the placeholder of that:
    `counts/0:counts.releases.other/number`. Empty for words of the sentence's own phrase."""


@compact_dataclass
class StorySentence(CompactModel):
    """A sentence in print. `template` is its id in EDITORIAL.md, page 2."""

    template: str
    phrase: str = ""
    """Its key in the table of phrases (`text/phrases.py`); empty if the table has no phrase for it."""
    parts: tuple[SentencePart, ...]

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(part.text for part in self.parts)

    @property
    def has_quotation(self) -> bool:
        """Whether a part of it is quoted."""
        return any(part.quotation for part in self.parts)

    def names_person(self, person: str | None) -> bool:
        """Return whether a part of it is the name of a person."""
        return any(part.kind == "name" and part.text == person for part in self.parts)


class BoxRow(StoredModel):
    """A row of the box: what a reader must do or know before an upgrade."""

    mark: BoxMark
    label: str
    """The printed mark; it may be more exact than `mark`: `CVE-2024-23337`."""
    name: StorySentence | None = None
    """The label as a phrase, where it is more than the mark: `Breaking in 2.0`."""
    sentences: tuple[StorySentence, ...]
    example: CodeExample | None = None
    changes: tuple[str, ...] = ()
    rows: int = 1
    """How many rows it is: what the box has no room for is one row that names each."""

    @property
    def is_further(self) -> bool:
        """Whether it names rows for which the box has no room, so that a label above it may be its own."""
        return self.sentences[0].template == "B-REST"


@compact_dataclass
class StoryItem(CompactModel):
    """A list item of a story or section: its sentences, and an example under it."""

    sentences: tuple[StorySentence, ...]
    changes: tuple[str, ...] = ()


@compact_dataclass
class Story(CompactModel):
    """A story in print: a heading, sentences, list items, an example, and the group that it tells."""

    group: StoryGroup
    heading: StorySentence
    brief: StorySentence
    """The heading as a sentence, for headlines, lists and posts."""
    sentences: tuple[StorySentence, ...]
    items: tuple[StoryItem, ...] = ()
    """List items below the sentences."""
    closing: tuple[StorySentence, ...] = ()
    """Sentences below the list and the example."""
    example: CodeExample | None = None
    example_lead: StorySentence | None = None
    """Where the example is from; it is printed above it."""
    long_sentences: tuple[StorySentence, ...] = ()
    """What a long text prints in place of `sentences`; empty for a story that has nothing more."""
    long_items: tuple[StoryItem, ...] = ()
    """Its other changes by their days, for a long text."""
    long_closing: tuple[StorySentence, ...] = ()
    is_worth_a_section: bool = False
    """True if it has something to say beyond its title; else it is listed."""

    def tell_at_length(self) -> "Story":
        """Return the story as a long text prints it; itself where there is nothing more."""
        if not self.long_sentences:
            return self
        text = {"sentences": self.long_sentences, "items": self.long_items, "closing": self.long_closing}
        return self.model_copy(update=text)

    @property
    def is_taken_back(self) -> bool:
        """Whether its change is not in place at the end of the period."""
        return self.brief.template == "S-RETURNS"


class ReleaseItems(StoredModel):
    """What the notes of a release list as new, or as fixed, under a title."""

    title: str
    """As the notes have it, or the section name of `phrase`."""
    phrase: str = ""
    """The key of its title in the table of phrases; empty for a heading of the notes."""
    heading: StorySentence | None = None
    """Its title as a phrase with placeholders."""
    items: tuple[StoryItem, ...]


def _read_headlines(values: Any) -> Any:
    """Return headlines as sentences: those of an earlier version are texts."""
    if not isinstance(values, Mapping):
        return values
    return {key: make_plain_sentence("H", value) if isinstance(value, str) else value for key, value in values.items()}


def make_plain_sentence(template: str, text: str) -> StorySentence:
    """Return a sentence of one text from the records, which no phrase is in."""
    return StorySentence(template=template, parts=(SentencePart(kind="datum", text=text),))


class PeriodStories(StoredModel):
    """Everything that the products of a period print: made once, and laid out for each product."""

    changes: tuple[Change, ...] = ()
    releases: tuple[ReleaseNote, ...] = ()
    released: tuple[ReleasedChange, ...] = ()
    """Changes that releases bring and that are no changes of the period: those of weeks before it."""
    carried_on: tuple[Change, ...] = ()
    """Changes of earlier periods that stories carry on, as far as a sentence names them."""
    stories: tuple[Story, ...] = ()
    """The stories in their order, without housekeeping and updates of dependencies."""
    release_sentences: dict[str, tuple[StorySentence, ...]] = Field(default_factory=dict)
    """Sentences about each release, by its key: that it was released, then what its notes say."""
    known_containment: tuple[str, ...] = ()
    """Repositories with a release of which `Change.releases` is complete: what is in none is in no release yet."""
    release_headlines: Annotated[dict[str, StorySentence], BeforeValidator(_read_headlines)] = Field(
        default_factory=dict
    )
    """The headline of each release that can lead, from its notes or contents: `jq 1.8.0 is out: three CVE fixes`."""
    release_weights: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    """How much the notes of each release say, by its key, for a choice among patches of one version."""
    release_items: dict[str, ReleaseItems] = Field(default_factory=dict)
    """What is new in each release, or fixed, by its key: items that no story, row or sentence quotes."""
    release_fixes: dict[str, ReleaseItems] = Field(default_factory=dict)
    """What is fixed in each release beside what is new in it, by its key; the worst faults first."""
    noted: dict[str, Quotation] = Field(default_factory=dict)
    """What sentences about releases quote of the item of notes that is about one change, by the key of the change."""
    box_rows: tuple[BoxRow, ...] = ()
    coming: tuple[StorySentence, ...] = ()
    """What the notes say about the future."""
    trends: tuple[StorySentence, ...] = ()
    """At most two sentences about numbers that no earlier period had; their parts name facts of the insight."""
    doubts: tuple[StoryItem, ...] = ()
    """What authors say about the risk of their own changes."""
    dependencies: StorySentence | None = None
    newcomers: StorySentence | None = None
    sources: tuple[SourceText, ...] = ()
    """The source texts that the sentences quote, exactly as they were stored."""
