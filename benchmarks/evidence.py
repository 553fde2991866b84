"""Compare the scoring of sentences with editions that an editor chose, and measure notes on real repositories.

    uv run python -m benchmarks.evidence quotations EDITIONS MIRRORS    ranks of the editor's quotations
    uv run python -m benchmarks.evidence notes MIRRORS 2024-01-01 2025-01-01    notes and sentences

`EDITIONS` is a folder of reference editions whose Ground tables name the commit and the span of each quotation.
`MIRRORS` is a folder with bare clones as `owner+name/repo`.
"""

import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from resources.errors import GitError
from resources.git.diffs.read import read_diffs
from resources.git.log import read_commits, read_tags
from resources.git.notes.read import read_notes
from resources.git.repository import GitRepository, open_repository
from sparky_assets.documents.models import DocumentSentence, ParsedDocument, SentenceRole, SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import choose_sentence, quote, rank_sentences
from sparky_assets.documents.scores.points import count_sentence_words
from sparky_assets.documents.similarity import repeats_title
from sparky_assets.raw.notes.diffs import build_diff_rows
from sparky_assets.raw.notes.releases import build_note_rows

_GROUND = re.compile(
    r"(?P<repository>[\w.-]+/[\w.-]+)[^;|]{0,40}, message of (?P<sha>[0-9a-f]{8}), l\. [\d–]+, "
    r"chars (?P<start>\d+)–(?P<end>\d+)(?:; ranked (?P<rank>\d+) of \d+(?: as (?P<role>\w+))?)?"
)

_ROLES: dict[str, SentenceRole] = {
    "effect": "effect", "fault": "fault", "why": "why", "do": "action", "figure": "figure", "security": "security",
    "voice": "voice", "risk": "risk",
}  # fmt: skip


MIN_PROSE_WORDS = 5

_REFERENCE = re.compile(r"(?i),?\s*(?:closes|fixes|refs|see)?:?\s*#\d+")


class EditorQuotation(NamedTuple):
    """A quotation of a message in an edition, with its rank by the editor's own program."""

    repository: str
    sha: str
    start: int
    end: int
    rank: int
    role: str


def read_quotations(folder: Path) -> list[EditorQuotation]:
    """Return the different ranked quotations of messages in the Ground tables of a folder of editions."""
    quotations: dict[EditorQuotation, None] = {}
    for path in sorted(folder.glob("*.md")):
        for match in _GROUND.finditer(path.read_text()):
            if match["rank"]:
                quotations[
                    EditorQuotation(
                        match["repository"], match["sha"], int(match["start"]), int(match["end"]), int(match["rank"]),
                        match["role"] or "",
                    )
                ] = None  # fmt: skip
    return list(quotations)


def read_message(mirrors: Path, repository: str, sha: str) -> str:
    """Return the raw message of a commit."""
    git_dir = mirrors / repository.replace("/", "+") / "repo"
    command = ["git", "-C", str(git_dir), "show", "-s", "--format=%B", sha]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode("utf-8", "replace").rstrip("\n")


def parse_message(repository: str, sha: str, message: str) -> tuple[ParsedDocument, int]:
    """Return the document of a message without its first line, and the offset of the document in the message."""
    subject, _, _ = message.partition("\n")
    body = message[len(subject) :].lstrip()
    offset = len(message) - len(body)
    title = re.sub(r"\s*\(#\d+\)$", "", subject)
    source = SourceText(
        key=f"message:{repository}@{sha}", kind="message", repository=repository, text=body, title=title
    )
    return parse_document(source), offset


def find_rank(document: ParsedDocument, start: int, end: int, role: str) -> int | None:
    """Return the place of the sentence at a span among the sentences of its role; None if it is not among them."""
    for number, sentence in enumerate(rank_sentences(document, _ROLES.get(role)), start=1):
        overlap = min(end, sentence.end) - max(start, sentence.start)
        if overlap >= 0.5 * min(end - start, sentence.end - sentence.start):
            return number
    return None


def compare_quotations(folder: Path, mirrors: Path, *, verbose: bool) -> Iterator[str]:
    """Yield the lines of a report: how high the scoring ranks the quotations of the editions."""
    ranks: Counter[int] = Counter()
    quotations = read_quotations(folder)
    for quotation in quotations:
        try:
            message = read_message(mirrors, quotation.repository, quotation.sha)
        except subprocess.CalledProcessError:
            yield f"missing: {quotation.repository} {quotation.sha}"
            continue
        document, offset = parse_message(quotation.repository, quotation.sha, message)
        rank = find_rank(document, quotation.start - offset, quotation.end - offset, quotation.role)
        ranks[rank or 0] += 1
        if verbose and (rank is None or rank > 3 or rank > quotation.rank):
            text = " ".join(message[quotation.start : quotation.end].split())
            place = f"{quotation.repository} {quotation.sha} {quotation.role or 'any'}"
            yield f"{place} editor {quotation.rank} ours {rank}: {text}"
            for sentence in rank_sentences(document, _ROLES.get(quotation.role))[:3]:
                yield f"      {sentence.score} {sentence.text[:150]} {sentence.reasons}"
            for sentence in document.sentences:
                if sentence.start < quotation.end - offset and quotation.start - offset < sentence.end:
                    yield f"   -> {sentence.score} {sentence.text[:100]} {sentence.reasons} {sentence.roles}"
    total = sum(ranks.values())
    two, three = ranks[1] + ranks[2], ranks[1] + ranks[2] + ranks[3]
    yield f"{total} quotations: {ranks[1]} first, {two} in the first two, {three} in three, {ranks[0]} not found"


def measure_notes(mirrors: Path, since: datetime, until: datetime) -> Iterator[str]:
    """Yield a line per repository: releases of a period with notes, changes with prose that yield a sentence, cost."""
    for git_dir in sorted(mirrors.glob("*/repo")):
        name = git_dir.parent.name.replace("+", "/")
        started = time.perf_counter()
        repository = open_repository(git_dir, name=name)
        tags = list(read_tags(repository))
        notes = read_notes(repository, tags, since, until)
        rows = build_note_rows(notes, name, "public")
        seconds = time.perf_counter() - started
        releases = [tag for tag in tags if since.timestamp() <= tag.tagged_at < until.timestamp()]
        with_notes = rows.filter(pl.col("kind") == "release")
        # uv had no changelog before 0.1.9: ten of its tags of 2024 have no notes to find.
        noted_tags = set(with_notes["tag"])
        keeping = sum(bool(release.files) or release.tag in noted_tags for release in notes.releases)
        from_files = with_notes.filter(pl.col("path").is_not_null()).height
        changes = rows.height - with_notes.height
        yield (
            f"{name}: {with_notes.height} of {keeping} releases with a changelog or message have notes ({from_files} "
            f"from a changelog; {len(releases)} tags in all), "
            f"{changes} notes of changes, {seconds:.1f} s"
        )
        started, used = time.perf_counter(), time.process_time()
        lines = build_diff_rows(read_diffs(repository, since, until), name, "public")["kind"].value_counts()
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(lines.iter_rows())) or "nothing"
        yield (
            f"    diffs say {kinds}; {time.perf_counter() - started:.1f} s "
            f"({time.process_time() - used:.1f} s of a core here)"
        )
        try:
            yield _measure_sentences(repository, name, since, until)
        except GitError as error:
            yield f"    not readable to the end: {error}"


def _measure_sentences(repository: GitRepository, name: str, since: datetime, until: datetime) -> str:
    started, used = time.perf_counter(), time.process_time()
    with_prose = with_sentence = altered = 0
    for commit in read_commits(repository, since, until):
        subject, _, body = commit.message.strip().partition("\n")
        body = body.strip()
        if len(commit.parents) > 1 or len(body.split()) < 12 or "[bot]" in commit.author_name:
            continue
        document, _ = parse_message(name, commit.sha, f"{subject}\n\n{body}")
        if not any(_says_more(document, sentence, subject) for sentence in document.sentences):
            continue
        with_prose += 1
        paths = [file.path for file in commit.files or ()]
        sentence = choose_sentence(document, None, subject, paths=paths)
        if sentence is not None and (quotation := quote(document, sentence)):
            with_sentence += 1
            altered += " ".join(document.source.text[quotation.start : quotation.end].split()) != quotation.text
    seconds, used = time.perf_counter() - started, time.process_time() - used
    return (
        f"    {with_sentence} of {with_prose} messages with prose yield a sentence, {altered} quotations altered, "
        f"{seconds:.1f} s ({used:.1f} s of a core), "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most"
    )


def _says_more(document: ParsedDocument, sentence: DocumentSentence, title: str) -> bool:
    """Return whether a sentence says something beside the title.

    A squash lists the subjects of its commits, of which the first is mostly the title; the later ones do not speak for
    the change (EDITORIAL.md, page 3).
    """
    is_apart = document.sections[sentence.section].kind == "skipped"
    is_long = count_sentence_words(sentence.text) >= MIN_PROSE_WORDS
    text = _REFERENCE.sub("", sentence.text)
    return sentence.is_quotable and not is_apart and is_long and not repeats_title(text, title)


def main(arguments: list[str]) -> None:
    """Print the report that the arguments ask for."""
    if arguments[0] == "notes":
        since = datetime.fromisoformat(arguments[2]).replace(tzinfo=UTC)
        until = datetime.fromisoformat(arguments[3]).replace(tzinfo=UTC)
        lines = measure_notes(Path(arguments[1]), since, until)
    else:
        lines = compare_quotations(Path(arguments[1]), Path(arguments[2]), verbose="-v" in arguments)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
