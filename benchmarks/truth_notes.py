"""What the notes of a release list, recounted for `benchmarks.truth`. Shares no code with the product.

`Its notes list three breaking changes and two fixes.` is compared with the section of the version in the changelogs of
its tag, and with the tag's message. Who counts otherwise may be right too: items may be nested, and a sentence may say
that something was removed. So each number must lie between the items whose heading or label says their kind in so many
words, and all lines that name the kind anywhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.truth_clones import NOTE_FILES, Clone
from benchmarks.truth_counts import NUMBER, CheckResult, to_number

LISTED = re.compile(r"\b[Ii]ts notes list ([^.“”]+)\.")
PIECE = re.compile(rf"{NUMBER} ([A-Za-z ]+)", re.IGNORECASE)
ADVISORY = re.compile(r"\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|(?:RUSTSEC|PYSEC)-\d{4}-\d+)", re.IGNORECASE)
LIST_ITEM = re.compile(r"^(\s*)(?:[-*+•]|\d{1,3}[.)])\s+(\S.*)$")
LABEL = re.compile(
    r"^(?:\*\*|__|\[)?([A-Za-z]{3,12})(?: change)?(?:\([^()]{1,40}\))?(!)?(?:\*\*:|:\*\*|__:|:__|\]:?|:)\s"
)
PREFIX = re.compile(r"(?i)^(?:@?[\w./-]*?[a-z][\w./-]*?[-@/_])?v?(?=\d)")
"""What a tag has before its version: `v`, `jq-`, `axum-extra-v`, `@scope/name@`."""
MAX_FILES = 60


@dataclass(frozen=True)
class ListedKind:
    """A kind of item. A heading or label that is all `name` says it in so many words; `sign` says it somehow."""

    name: str
    sign: str

    def is_named_by(self, text: str) -> bool:
        """Return True if a heading or label is the name of the kind."""
        return bool(re.fullmatch(rf"(?i)\W*(?:{self.name})\W*", text))

    def is_signed_by(self, text: str) -> bool:
        """Return True if a heading or line names the kind anywhere."""
        return bool(re.search(rf"(?i){self.sign}", text))


KINDS = {
    "breaking change": ListedKind(r"breaking(?: changes?)?", r"break|no longer|dropp?(?:s|ed)? support|!:|incompatib"),
    "potentially breaking change": ListedKind(r"potentially breaking(?: changes?)?", r"(?:potential|may).*break"),
    "removal": ListedKind(r"removed|removals?", r"remov|delet|drop"),
    "deprecation": ListedKind(r"deprecated|deprecations?", r"deprecat"),
    "new feature": ListedKind(r"(?:new )?features?|feat|added|new", r"feat|add|new|implement|introduc|support"),
    "improvement": ListedKind(r"enhancements?|improvements?|improved", r"enhance|improve"),
    "fix": ListedKind(r"(?:bug ?)?fix(?:es|ed)?|bugs? fixed", r"fix|bug"),
}  # fmt: skip


@dataclass(frozen=True)
class ListedLine:
    """A line of notes with all headings above it; `depth` counts the list items that it is nested in, None: no item."""

    text: str
    headings: tuple[str, ...]
    depth: int | None


def check_listed(block: str, clones: Sequence[Clone], name: str) -> Iterator[CheckResult]:
    """Yield a result for each count that a block says notes list.

    Args:
        block: a paragraph, which names the release.
        clones: the clones of which a release may be meant.
        name: name of the text, for messages.
    """
    text = re.sub(r"\s+", " ", block)
    for match in LISTED.finditer(text):
        before = text[: match.start()]
        meant = [(clone, tag) for clone in clones for tag in clone.tags if _names(before, tag)]
        linked = [(clone, tag) for clone, tag in meant if f"/{tag})" in before]
        sections = [section for release in linked or meant for section in find_sections(*release)]
        for piece in filter(None, map(PIECE.fullmatch, re.split(r",? and |, ", match[1]))):
            printed, what = to_number(piece[1]), piece[2]
            bounds = [bound for section in sections if (bound := count_listed(section, what))]
            ok = any(low <= printed <= high for low, high in bounds) if bounds else None
            yield CheckResult("listed", ok, f"{name}: {piece[0]!r} in {match[0]!r}; counted {sorted(set(bounds))[:6]}")


def _names(text: str, tag: str) -> bool:
    words = (tag, PREFIX.sub("", tag))
    return any(re.search(rf"(?<![\w.]){re.escape(word)}(?![\w-]|\.\d)", text) for word in words)


def find_sections(clone: Clone, tag: str) -> list[str]:
    """Return the texts that may be the notes of a tag: its message, and what changelogs say below its version."""
    names = clone.git("ls-tree", "-r", "--name-only", tag, check=False).splitlines()
    files = [path for path in names if NOTE_FILES.search(path) and not re.search(r"(?i)readme", path)]
    package = re.match(r"@?([\w./-]+?)[-@/_]v?\d", tag)
    own = [path for path in files if package and package[1] in path.split("/")]
    texts = [clone.git("show", f"{tag}:{path}", check=False) for path in (own or files)[:MAX_FILES]]
    message = clone.git("for-each-ref", f"refs/tags/{tag}", "--format=%(if)%(taggerdate)%(then)%(contents)%(end)")
    sections = [section for text in texts for section in _cut_sections(text, PREFIX.sub("", tag))]
    return sections or ([message] if any(LIST_ITEM.match(line) for line in message.splitlines()) else [])


def _cut_sections(text: str, version: str) -> Iterator[str]:
    """Yield the text between each heading that names a version and the next such heading of its level.

    Redis underlines versions and the kinds below them alike.
    """
    lines = text.splitlines()
    headings = list(_list_headings(lines))
    named = re.compile(rf"(?i)(?<![\w.]){re.escape(version)}(?![\w-]|\.\d)")
    for number, (start, level, heading) in enumerate(headings):
        if named.search(heading):
            following = headings[number + 1 :]
            ends = (at for at, other, text in following if other <= level and re.search(r"\d+\.\d", text))
            end = next(ends, len(lines))
            yield "\n".join(lines[start + 1 : end])


def _list_headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield (line, level, text) of the headings: `## New`, a line above `----`, a line that is all bold, `Fixes:`."""
    underlines: list[str] = []
    is_code = False
    for number, (line, following) in enumerate(pairwise([*lines, ""])):
        is_code ^= line.lstrip().startswith("```")
        if is_code or not line.strip():
            continue
        if match := re.match(r"(#{1,6})\s+(.*)", line):
            yield number, len(match[1]), match[2].strip("# ")
        elif re.fullmatch(r"([=~^\"'*+-])\1{2,}\s*", following) and line[0] not in "=~^-*+ \t":
            underlines += [following[0]] * (following[0] not in underlines)
            yield number, 1 + underlines.index(following[0]), line.strip()
        elif match := re.fullmatch(r"(?:\*\*|__)([^*_]{3,60}?):?(?:\*\*|__):?\s*", line):
            yield number, 7, match[1]
        elif re.fullmatch(r"[A-Z][\w ]{2,50}:\s*", line):
            yield number, 8, line.strip(" :")


def read_lines(section: str) -> Iterator[ListedLine]:
    """Yield the lines of a section of notes with their headings and depth."""
    lines = section.splitlines()
    headings_by_line = {number: (level, text) for number, level, text in _list_headings(lines)}
    above: list[tuple[int, str]] = []
    indents: list[int] = []
    for number, line in enumerate(lines):
        if heading := headings_by_line.get(number):
            above = [*(pair for pair in above if pair[0] < heading[0]), heading]
            indents = []
        elif match := LIST_ITEM.match(line):
            indents = [*(indent for indent in indents if indent < len(match[1])), len(match[1])]
            yield ListedLine(match[2], tuple(text for _, text in above), len(indents) - 1)
        elif line.strip():
            yield ListedLine(line.strip(), tuple(text for _, text in above), None)


def count_listed(section: str, what: str) -> tuple[int, int] | None:
    """Return the least and the greatest number of a kind that notes list; None for a kind that is not known."""
    lines = list(read_lines(section))
    singular = re.sub(r"(?<=fix)es$|(?<!s)s$", "", what.lower())
    if singular in {"cve fix", "security fix"}:
        ids = {match[0].upper() for line in lines for match in ADVISORY.finditer(line.text)}
        cves = {name for name in ids if name.startswith("CVE-")}
        naming = [line for line in lines if ADVISORY.search(line.text) or re.search(r"(?i)securit", line.text)]
        if singular == "cve fix":
            return len(cves), len(cves)
        return min(len(ids), len(naming)), max(len(ids), len(naming))
    kind = KINDS.get(singular)
    if kind is None:
        return None
    # What is listed below a release candidate and again below the release is one thing.
    own = {line.text: line for line in lines if line.depth == 0 and not ADVISORY.search(line.text)}
    least = [line for line in own.values() if _says_kind(line, kind)]
    most = {line.text for line in lines if any(kind.is_signed_by(text) for text in (*line.headings, line.text))}
    return len(least), max(len(least), len(most))


def _says_kind(line: ListedLine, kind: ListedKind) -> bool:
    """Return True if the label of an item, or else the heading directly above it, is the name of a kind."""
    label = LABEL.match(line.text)
    if label and label[2]:
        return kind is KINDS["breaking change"]
    if label and any(other.is_named_by(label[1]) for other in KINDS.values()):
        return kind.is_named_by(label[1])
    return bool(line.headings) and kind.is_named_by(line.headings[-1])
