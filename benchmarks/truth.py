"""Recompute everything that digests print with plain `git`, and count what is wrong.

`uv run python -m benchmarks.truth --from 2025-11-03 --to 2025-11-30 CLONE...` writes the days, weeks and months inside
the range with the command line, then checks all texts. `--texts FILE... --clone NAME=PATH` checks given texts instead,
whose names should end with their period, `app-2025-W03.md`.

Checked: quotations (each “…” must be in a message, tag, note or document of a clone, both as a reader sees them), links
(each must lead to a commit, pull request, tag or file that exists), link texts (each must be the words of what it links
to), people (each name must belong to a change that its paragraph links to), containment (“is in”, “is not in”), release
contents (“contains N commits from M people since X”, “Its notes list N fixes”), lines of diffs (“in `path`, `a` became
`b`”) and minimums, the numbers of the last line, of calendars and lists, and the days on which changes landed. What a
rule here cannot judge is counted as unchecked.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from benchmarks.truth_clones import Clone, PlainCommit, SourceText, fold
from benchmarks.truth_counts import (
    LINE_END,
    NO_RELEASE,
    NUMBER,
    VERSION_TAG,
    WindowCounts,
    check_numbers,
    count_people,
    to_number,
)
from benchmarks.truth_diffs import check_diffs, check_fixes
from benchmarks.truth_notes import check_listed
from benchmarks.truth_render import is_shown_in, list_renderings, normalize, render_markdown

EDGES = ".,;:!?…()'\"-–—"
"""Marks around a word that a template may add."""
FRAME = re.compile(r"^(?:Added|Fixed|Docs|Tests|Changed|Removed|Deprecated)(?: (?:in|to) [^:]{1,60})?: ")
"""The words of a template before a title: `Fixed in rust: …`."""
LINK = re.compile(r"\[((?:[^\[\]\\]|\\.|\[[^\]]*\])*)\]\((\S+?)\)")
QUOTATION = re.compile(r"“([^“”]*)”")
CONTAINS = re.compile(
    rf"(?:contains|includes) {NUMBER} commits? from {NUMBER} (?:people|person)(?: since ([\w.+/@-]+\w))?", re.IGNORECASE
)
IN_RELEASE = re.compile(r"\b(?:is|are) (not )?in \[?(?:[\w.@/-]+ )?\[?([\w.@/+-]*\d[\w.+-]*)\]?")


@dataclass
class TruthReport:
    """Counts by kind of check, and what was wrong."""

    checked: Counter[str] = field(default_factory=Counter)
    unchecked: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def record(self, kind: str, ok: bool | None, detail: str) -> None:
        """Count one check; `ok` is None if it could not be judged."""
        if ok is None:
            self.unchecked[kind] += 1
            return
        self.checked[kind] += 1
        if not ok:
            self.wrong[kind].append(detail)

    def print(self, limit: int) -> None:
        """Print a table and the first wrong items of each kind."""
        print(f"{'kind':<16}{'checked':>9}{'wrong':>7}{'unchecked':>11}")
        for kind in sorted({*self.checked, *self.unchecked}):
            print(f"{kind:<16}{self.checked[kind]:>9}{len(self.wrong[kind]):>7}{self.unchecked[kind]:>11}")
        for kind, details in sorted(self.wrong.items()):
            for detail in details[:limit]:
                print(f"  {kind}: {detail}")


@dataclass(frozen=True)
class PrintedText:
    """A text to check and the window that it covers; no window where it is unknown."""

    path: Path
    text: str
    window: tuple[datetime, datetime] | None = None


Linked = list[tuple[Clone, PlainCommit]]
"""The commits behind a link to a change."""


@dataclass
class Section:
    """The links to changes of a section: of its heading, of the block that is read, and of all blocks before it."""

    heading: Linked = field(default_factory=list)
    before: Linked = field(default_factory=list)
    block: list[tuple[re.Match[str], Linked]] = field(default_factory=list)
    has_heading: bool = False

    @property
    def all(self) -> Linked:
        """All commits that the section has linked so far."""
        return [*self.before, *(pair for _, linked in self.block for pair in linked)]

    def find_subject(self, text: str) -> Linked:
        """Return what sentences such as `The change is from Ada` are about: the heading, in a list its first link."""
        first = next((linked for _, linked in self.block if linked), [])
        is_own = re.match(r"\s*[-*|] ", text) or not self.has_heading
        # Of a heading without a link it is not known what it is about.
        return first if is_own else self.heading


def check_text(printed: PrintedText, clones: Sequence[Clone], report: TruthReport) -> None:
    """Check one text against the clones."""
    body = re.sub(r"\A---\n.*?\n---\n", "", printed.text, flags=re.DOTALL)
    section = Section()
    for block in _split_blocks(body):
        if block.startswith("#"):
            section = Section()
        section.before, section.block = section.all, _resolve_links(block, clones, report, printed)
        if block.startswith("#"):
            section.heading, section.has_heading = section.find_subject(""), True
        _check_quotations(block, section.all, clones, report, printed)
        _check_people(block, section, clones, report, printed)
        _check_newcomers(block, clones, report, printed)
        _check_contents(block, clones, report, printed)
        for result in check_listed(block, clones, printed.path.name):
            report.record(result.kind, result.ok, result.detail)
        _check_containment(block, section, report, printed)
        for statement in check_fixes(block, clones):
            report.record("fixes", statement.ok, f"{printed.path.name}: {statement.detail}")
        for statement in check_diffs(block, section.all, clones, printed.window):
            report.record("diffs", statement.ok, f"{printed.path.name}: {statement.detail}")
    if printed.window:
        for result in check_numbers(body, WindowCounts(clones, printed.window)):
            report.record(result.kind, result.ok, f"{printed.path.name}: {result.detail}")


def _split_blocks(text: str) -> Iterator[str]:
    """Yield paragraphs, list items and headings without fenced code."""
    text = re.sub(r"(?ms)^\s*```.*?^\s*```\s*?$", "", text)
    for paragraph in re.split(r"\n\s*\n", text):
        yield from (part.strip() for part in re.split(r"\n(?=\s*[-*|] |\s*\d+\. )", paragraph) if part.strip())


def _resolve_links(
    block: str, clones: Sequence[Clone], report: TruthReport, printed: PrintedText
) -> list[tuple[re.Match[str], Linked]]:
    """Return the links of a block with the commits behind them; none for a link that is to no change."""
    links: list[tuple[re.Match[str], Linked]] = []
    for match in LINK.finditer(block):
        label, url = match.groups()
        clone = next((clone for clone in clones if f"/{clone.name}/" in unquote(url) or url.endswith(clone.name)), None)
        if clone is None:
            report.record("links", None, f"{printed.path.name}: {url}")
            continue
        kind, commits = _find_linked(clone, unquote(url), _list_revisions(clone, printed))
        report.record(
            "links", None if kind == "unknown" else kind != "missing", f"{printed.path.name}: {url} leads nowhere"
        )
        if kind == "change":
            commits = [*commits, *(brought for commit in commits for brought in clone.list_brought(commit))]
            _check_label(label, clone, commits, report, f"{printed.path.name}: [{label}]({url})", printed)
        links.append((match, [(clone, commit) for commit in commits] if kind == "change" else []))
    return links


def _find_linked(clone: Clone, url: str, revisions: list[str]) -> tuple[str, list[PlainCommit]]:
    if match := re.search(r"/(?:pull|pulls|pull-requests|merge_requests|pullrequest|issues)/(\d+)", url):
        commits = clone.commit_by_number.get(int(match[1]), [])
        is_named = bool(commits) or clone.names_number(int(match[1]), revisions)
        return ("change" if commits else "named" if is_named else "missing"), commits
    if match := re.search(r"/commits?/([0-9a-f]{7,40})", url):
        commits = [commit for sha, commit in clone.commits.items() if sha.startswith(match[1])]
        return ("change" if commits else "missing"), commits
    if match := re.search(r"/(?:releases/tag|-/tags|src/tag)/([^?#]+)", url):
        return ("tag" if match[1] in clone.tags else "missing"), []
    if match := re.search(r"/(?:blob|src|tree)/([^?#]+)", url):
        revision, _, file = match[1].partition("/")
        return ("file" if clone.git("cat-file", "-e", f"{revision}:{file}", check=False) is not None else "missing"), []
    return "unknown", []


def _check_label(  # noqa: PLR0917 - one check
    label: str, clone: Clone, commits: list[PlainCommit], report: TruthReport, detail: str, printed: PrintedText
) -> None:
    """Check that all words of a link text but its first are in the message or, in this order, in the notes.

    The first word may differ, because a template may change the verb.
    """
    text = fold(label)
    if label.startswith("“"):
        return  # It is among the quotations.
    names = {fold(name) for commit in commits for author in commit.people for name in clone.list_names(author)}
    # A long name is cut.
    if text in names or (len(text) > 60 and any(name.startswith(text) for name in names)):
        report.record("people", True, detail)
        return
    if any(text == fold(name) for name in clone.first_commit_of):
        report.record("people", False, detail)
        return
    if text == "a fix from a security advisory":
        report.record("titles", any("merge commit from fork" in fold(commit.subject) for commit in commits), detail)
        return
    text = FRAME.sub("", normalize(render_markdown(label))).casefold().removeprefix("added support for ")
    words = list(filter(None, (word.strip(EDGES) for word in text.split())))
    if len(words) < 3:
        report.record("titles", None, detail)
        return
    readings = [reading.casefold() for commit in commits for reading in list_renderings(commit.message)]
    is_said = any(all(_holds_word(reading, word) for word in words[1:]) for reading in readings)
    documents = () if is_said else clone.list_documents_with(fold(label), _list_revisions(clone, printed))
    report.record("titles", is_said or any(is_shown_in(label, source.renderings) for source in documents), detail)


def _holds_word(text: str, word: str) -> bool:
    """Return True if a text holds a word or its imperative, and not only as a part of another name: `__proto__`."""
    if not word.isalnum():
        return word.replace(" ", "") in text.replace(" ", "")  # code beside a word may lose the space between them
    return any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text) for form in _list_forms(word))


def _list_forms(word: str) -> list[str]:
    """Return a word and the imperative that a past tense may come from: `enabled` was `enable`."""
    forms = [
        word,
        word.removesuffix("d"),
        word.removesuffix("ed"),
        re.sub(r"ied$", "y", word),
        re.sub(r"(.)\1ed$", r"\1", word),
    ]
    irregular = {"wrote": "write", "rewrote": "rewrite", "made": "make", "took": "take", "gave": "give", "did": "do"}
    return [*forms, irregular.get(word, word)]


def _check_quotations(
    block: str,
    links: Sequence[tuple[Clone, PlainCommit]],
    clones: Sequence[Clone],
    report: TruthReport,
    printed: PrintedText,
) -> None:
    for quotation in QUOTATION.findall(block):
        text = fold(quotation).rstrip(".,")
        if not text:
            continue
        sources = _list_sources(text, links, clones, printed)
        readings = [is_shown_in(quotation, source.renderings) for source in sources]
        how = "altered: " if readings else ""
        report.record("quotations", any(readings), f"{printed.path.name}: {how}“{quotation[:200]}”")


def _list_sources(
    text: str, links: Sequence[tuple[Clone, PlainCommit]], clones: Sequence[Clone], printed: PrintedText
) -> Iterator[SourceText]:
    """Yield the sources that hold a folded text, the cheap ones first."""
    for clone in clones:
        yield from clone.list_messages_with(text)
    for clone, commit in links[-12:]:
        yield from clone.list_diffs_with(text, commit.sha)
    for clone in clones:
        yield from clone.list_documents_with(text, _list_revisions(clone, printed))
    for clone in clones:
        yield from clone.list_window_diffs_with(text, printed.window)


def _list_revisions(clone: Clone, printed: PrintedText) -> list[str]:
    """Return the tags of the window of a text, and the head at its end; without a window, the tags that it names."""
    if printed.window:
        end = int(printed.window[1].timestamp())
        start = int(printed.window[0].timestamp())
        times = {tag: clone.commits[sha].committed_at for tag, sha in clone.tags.items() if sha in clone.commits}
        tags = [tag for tag, at in times.items() if start <= at < end]
        head = next((commit.sha for commit in clone.first_parents if commit.committed_at < end), None)
        return [*tags, *([head] if head else [])]
    return [tag for tag in clone.tags if len(tag) > 2 and tag in printed.text]


def _check_people(
    block: str, section: Section, clones: Sequence[Clone], report: TruthReport, printed: PrintedText
) -> None:
    """Check that each author named outside of quotations and links has a part in the change that the sentence is about.

    In a list of first commits, no commit of a person may have landed in a clone before the window of the text.
    """
    text = QUOTATION.sub("", LINK.sub("", re.sub(r"`[^`]*`", "", block)))
    # A plain text is one block: only the sentences about first commits say that one was the first.
    first_parts = re.findall(r"[^.!?]*first (?:commit|change|contribution)[^.!?]*", text)
    for name in sorted({name for clone in clones for name in clone.first_commit_of if " " in name}):
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            continue
        detail = f"{printed.path.name}: {name} in {block[:100]!r}"
        if any(name in part for part in first_parts) and printed.window:
            start = printed.window[0].timestamp()
            had_landed = [name in clone.list_people_before(start) for clone in clones if name in clone.first_commit_of]
            report.record("first commits", not all(had_landed), detail)
            continue
        # The last line counts who wrote something in the window, whatever its section links.
        linked = [] if LINE_END.match(block) else _find_change_of(name, block, section)
        if not linked and printed.window:
            landed = WindowCounts(clones, printed.window).landed.values()
            linked = [(clone, commit) for clone, commit, _ in landed]
        names = {other for _, commit in linked for other in commit.people}
        same = any(not clone.list_names(name).isdisjoint(names) for clone in clones)
        if f"{name}’s entry" in text or f"{name}.’s entry" in text:  # notes name who wrote what they list
            revisions = [(clone, _list_revisions(clone, printed)) for clone in clones]
            same = same or any(clone.find_in_files(fold(f"by {name}"), own) for clone, own in revisions)
        report.record("people", same if linked else None, detail)


def _check_newcomers(block: str, clones: Sequence[Clone], report: TruthReport, printed: PrintedText) -> None:
    """Check the linked people of a sentence about first commits, who may be known under a name with other spaces."""
    if not printed.window or not re.search(r"made (?:a|their) first commit", block):
        return
    start = printed.window[0].timestamp()
    for label, url in LINK.findall(block):
        clone = next((own for own in clones if f"/{own.name}/" in url), None)
        if clone is None:
            continue
        earlier = {_fold_letters(name) for name in clone.list_people_before(start)}
        report.record("first commits", _fold_letters(label) not in earlier, f"{printed.path.name}: {label}")


def _fold_letters(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def _find_change_of(name: str, block: str, section: Section) -> Linked:
    """Return the commits that a block says are a person's: the link beside the name, else what the block is about."""
    who = re.escape(name)
    if re.search(rf"\b(?:The (?:change|fix)(?:,| is) from|It is) {who}(?!\w)", block):
        return section.find_subject(block)
    beside: Linked = []
    for match, linked in section.block:
        before, after = block[: match.start()], block[match.end() :]
        if re.match(rf"[^\[\].“]{{0,40}},? (?:from|by) {who}(?!\w)", after) or re.search(rf"{who}:? $", before):
            beside += linked
    return beside or section.all


def _check_contents(block: str, clones: Sequence[Clone], report: TruthReport, printed: PrintedText) -> None:
    shown = re.sub(r"[\u200b\u2060\\]", "", printed.text)
    for match in CONTAINS.finditer(block):
        detail = f"{printed.path.name}: {match[0]!r}"
        revisions = [
            (clone, tag)
            for clone in clones
            for tag in _list_tags(clone, printed.window)
            if _is_shown(clone, tag, shown)
        ]
        expected = (to_number(match[1]), to_number(match[2]))
        if not revisions:
            report.record("contents", None, detail)
            continue
        counted = {counts for clone, tag in revisions for counts in _count_contents(clone, tag, match[3])}
        report.record("contents", expected in counted if counted else None, f"{detail}; counted {sorted(counted)[:6]}")


def _list_tags(clone: Clone, window: tuple[datetime, datetime] | None) -> list[str]:
    """Return the tags of a clone with their date in a window; without a window all."""
    if window is None:
        return list(clone.tags)
    start, end = (instant.timestamp() for instant in window)
    return [tag for tag, at in clone.tag_times.items() if start <= at < end]


def _is_shown(clone: Clone, tag: str, text: str) -> bool:
    """Return True if a text names a tag: as it is, as its version, or as package and version, `cli 3.0.1`."""
    parts = re.match(r"(.+?)[-@/_]v?(\d.*)$", tag)
    return _find_version(clone, tag) in text or (parts is not None and f"{parts[1]} {parts[2]}" in text)


def _find_version(clone: Clone, tag: str) -> str:
    """Return the version of a tag without the prefix that it has in its repository: `jq-1.8.0` is 1.8.0."""
    return re.sub(rf"(?i)^(?:{re.escape(clone.name.rpartition('/')[2])}[-@/])?v?(?=\d)", "", tag)


def _count_contents(clone: Clone, tag: str, since: str | None) -> Iterator[tuple[int, int]]:
    """Yield commits and people between a tag and the tag that the text names, else each possible previous tag."""
    start = re.sub(r"\d.*", "", tag)
    candidates = {other for other in clone.tags if since and other != tag and other in {since, start + since}}
    candidates = candidates or {other for other in clone.tags if since and _find_version(clone, other) == since}
    if not candidates and since:
        return  # Another package of the repository has the version that the text names.
    if not candidates:
        previous = clone.git("describe", "--tags", "--abbrev=0", f"{tag}^", check=False).strip()
        candidates = {previous, *(other for other in clone.tags if other != tag and other[:3] == tag[:3])} - {""}
    for other in list(candidates)[:40]:
        shas = clone.git("rev-list", f"{clone.tags.get(other, other)}..{clone.tags[tag]}", check=False).split()
        commits = [clone.commits[sha] for sha in shas if sha in clone.commits]
        for own in (commits, [commit for commit in commits if len(commit.parents) < 2]):
            yield from ((len(commits), number) for number in count_people(own, co_authors=False))


def _check_containment(block: str, section: Section, report: TruthReport, printed: PrintedText) -> None:
    path, text = printed.path, QUOTATION.sub("", block)
    links = section.find_subject(block)
    if NO_RELEASE.search(text) and printed.window and links:
        released = [_is_released(clone, commit.sha, printed.window[1]) for clone, commit in links]
        report.record("containment", not any(released), f"{path.name}: {block[:90]!r}")
    for match in IN_RELEASE.finditer(text):
        tags = [(clone, commit, tag) for clone, commit in links for tag in clone.tags if _names_version(tag, match[2])]
        if not tags:
            report.record("containment", None, f"{path.name}: {match[0]}")
            continue
        contained = [clone.is_contained(commit.sha, tag) for clone, commit, tag in tags]
        ok = not any(contained) if match[1] else any(contained)
        report.record("containment", ok, f"{path.name}: {match[0]!r} in {block[:90]!r}")


def _is_released(clone: Clone, sha: str, end: datetime) -> bool:
    """Return True if a version tag of before an instant holds a commit."""
    tags = [tag for tag, at in clone.tag_times.items() if at < end.timestamp() and VERSION_TAG.fullmatch(tag)]
    return any(clone.is_contained(sha, tag) for tag in tags)


def _names_version(tag: str, version: str) -> bool:
    return tag.lower().removeprefix("v").endswith(version.lower().removeprefix("v"))


def write_texts(clones: Sequence[Path], first: date, last: date, home: Path) -> None:
    """Write all days, weeks and months that are completely inside a range with the command line."""
    settings = home / "truth.toml"
    repositories = ", ".join(f'"{clone.resolve()}"' for clone in clones)
    settings.write_text(
        f'home = "{home}/home"\n[periods]\nstart = {first}\n'
        f"[sources.git]\nfetch = false\nrepositories = [{repositories}]\n"
        "[collection]\nallow_partial = true\n"
    )
    command = [str(Path(sys.executable).with_name("sparky")), "--config", str(settings), "backfill", f"{first}..{last}"]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    if completed.returncode:
        print(f"backfill {first}..{last}: {completed.stderr.strip()[-2000:]}", file=sys.stderr)


def read_texts(home: Path) -> Iterator[PrintedText]:
    """Yield the texts below a home with the windows that their file names give."""
    for path in sorted((home / "home/store/digests").rglob("*")):
        if path.suffix not in {".md", ".txt"} or not path.is_file():
            continue
        kind = next((kind for kind in ("daily", "weekly", "monthly") if kind in str(path)), "daily")
        start = date.fromisoformat(path.stem[:10]) if len(path.stem) >= 10 else None
        if start is None:
            continue
        days = {"daily": 1, "weekly": 7}.get(kind) or _count_days_of_month(start)
        yield PrintedText(path, path.read_text(), _build_window(start, days))


def _count_days_of_month(first: date) -> int:
    return ((first.replace(day=28) + timedelta(days=4)).replace(day=1) - first).days


def _build_window(start: date, days: int) -> tuple[datetime, datetime]:
    begin = datetime(start.year, start.month, start.day, tzinfo=UTC)
    return begin, begin + timedelta(days=days)


def find_window(path: Path) -> tuple[datetime, datetime] | None:
    """Return the window that the name of a text ends with, `app-2025-W03.md`, `2025-01`, or `2025-01-13`."""
    match = re.search(r"(?:^|\D)(\d{4})-(?:W(\d\d)|(\d\d)-(\d\d)|(0[1-9]|1[0-2]))$", path.stem)
    if match is None:
        return None
    year = int(match[1])
    if match[2]:
        return _build_window(date.fromisocalendar(year, int(match[2]), 1), 7)
    if match[3]:
        return _build_window(date(year, int(match[3]), int(match[4])), 1)
    first = date(year, int(match[5]), 1)
    return _build_window(first, _count_days_of_month(first))


def find_name(path: Path) -> str:
    """Return owner/name of a clone from its origin, else from its folders."""
    url = subprocess.run(
        ["git", "-C", str(path), "config", "remote.origin.url"], capture_output=True, text=True, check=False
    ).stdout.strip()
    parts = re.split(r"[/:]", (url or str(path)).removesuffix("/").removesuffix(".git"))
    return "/".join(parts[-2:])


def main() -> None:
    """Run the checks and print the report; exit code 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", nargs="*", type=Path)
    parser.add_argument("--from", dest="first", type=date.fromisoformat)
    parser.add_argument("--to", dest="last", type=date.fromisoformat)
    parser.add_argument("--texts", nargs="*", type=Path, default=[])
    parser.add_argument("--clone", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--home", type=Path, help="folder in which to keep what is written; by default none is kept")
    parser.add_argument("--show", type=int, default=20, help="wrong items of each kind to print")
    arguments = parser.parse_args()
    clones = [Clone(path, find_name(path)) for path in arguments.clones]
    clones += [Clone(Path(path), name) for name, _, path in (pair.partition("=") for pair in arguments.clone)]
    report = TruthReport()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.texts:
            texts: list[PrintedText] = [
                PrintedText(path, path.read_text(), find_window(path)) for path in arguments.texts
            ]
        else:
            home = arguments.home or Path(folder)
            home.mkdir(parents=True, exist_ok=True)
            write_texts([clone.path for clone in clones], arguments.first, arguments.last, home)
            texts = list(read_texts(home))
        for printed in texts:
            check_text(printed, clones, report)
        print(f"{len(texts)} texts of {len(clones)} clones")
    report.print(arguments.show)
    raise SystemExit(1 if any(report.wrong.values()) else 0)


if __name__ == "__main__":
    main()
