"""Compare the scoring of sentences with editions that an editor chose, and measure notes on real repositories.

    uv run python -m benchmarks.evidence quotations EDITIONS MIRRORS    ranks of the editor's quotations
    uv run python -m benchmarks.evidence notes MIRRORS                  releases with notes, changes with a sentence

`EDITIONS` is a folder of reference editions whose Ground tables name the commit and the span of each quotation.
`MIRRORS` is a folder with bare clones as `owner+name/repo`.
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sparky_assets.documents.models import ParsedDocument, SentenceRole, SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import rank_sentences

_GROUND = re.compile(
    r"(?P<repository>[\w.-]+/[\w.-]+)[^;|]{0,40}, message of (?P<sha>[0-9a-f]{8}), l\. [\d–]+, "
    r"chars (?P<start>\d+)–(?P<end>\d+)(?:; ranked (?P<rank>\d+) of \d+(?: as (?P<role>\w+))?)?"
)

_ROLES: dict[str, SentenceRole] = {
    "effect": "effect", "fault": "fault", "why": "why", "do": "action", "figure": "figure", "security": "security",
    "voice": "voice", "risk": "risk",
}  # fmt: skip


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


def main(arguments: list[str]) -> None:
    """Print the report that the arguments ask for."""
    for line in compare_quotations(Path(arguments[1]), Path(arguments[2]), verbose="-v" in arguments):
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
