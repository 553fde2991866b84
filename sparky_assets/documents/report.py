"""The documents of a period as a report: per change and release its sentences, scores, and where each lies."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.diffs import find_diff_consequences
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import Consequence, DocumentSentence, ParsedDocument, Quotation, SourceText
from sparky_assets.documents.quotes import choose_sentence, quote
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.redact import redact_emails, redact_secrets


def build_report(window: RawWindow, library: DocumentLibrary) -> list[dict[str, Any]]:
    """Return an entry for each change, release and issue that has documents, ordered by key.

    An entry holds its key (`pr:owner/name#12`, `commit:owner/name@sha`, `release:owner/name@tag`) and its documents.
    """
    return [build_entry(subject, keys, library) for subject, keys in list_subjects(window, library).items()]


def list_subjects(window: RawWindow, library: DocumentLibrary) -> dict[str, list[str]]:
    """Return the keys of the source texts of each change, release and issue, by its key and in order.

    Nothing is parsed for it.
    """
    numbers = _map_commits(window)
    subjects: dict[str, list[str]] = {}
    for key in library:
        subjects.setdefault(_find_subject(key, numbers), []).append(key)
    return dict(sorted(subjects.items()))


def _map_commits(window: RawWindow) -> dict[str, int]:
    merged = window.pull_requests.filter(event="merged").select("repository", "commit", "number")
    return {f"{repository}@{sha}": number for repository, sha, number in merged.iter_rows() if sha}


def _find_subject(key: str, numbers: Mapping[str, int]) -> str:
    kind, _, rest = key.partition(":")
    if kind in {"notes", "guide"}:
        return f"release:{rest.partition(':')[0]}"
    if kind == "body":
        return f"pr:{rest}"
    if kind in {"issue", "readme"}:
        return key
    repository, _, place = rest.partition("@")
    sha = place.partition(":")[0]
    number = numbers.get(f"{repository}@{sha}")
    return f"pr:{repository}#{number}" if number is not None else f"commit:{repository}@{sha}"


def build_entry(subject: str, keys: list[str], library: DocumentLibrary) -> dict[str, Any]:
    """Return the entry of a change, release or issue from the keys of its source texts."""
    documents = [document for key in sorted(keys) if (document := library.get(key))]
    return {
        "key": subject,
        "title": next((_show(document.source.title) for document in documents if document.source.title), ""),
        "documents": [_build_document(document) for document in documents],
    }


def _build_diff(source: SourceText) -> dict[str, Any]:
    """Return the report of two lines of a diff: there are no sentences in them."""
    return {
        "key": source.key, "kind": source.kind, "url": source.url, "path": source.path, "heading": source.heading,
        "author": None, "first_choice": None, "sections": [], "sentences": [], "examples": [], "references": [],
        "advisories": [], "lines": [_show(line) for line in source.text.split("\n")],
        "consequences": [_build_consequence(item) for item in find_diff_consequences(source)],
    }  # fmt: skip


def _build_document(document: ParsedDocument) -> dict[str, Any]:
    source = document.source
    if source.kind == "diff":
        return _build_diff(source)
    starts = [0, *(number + 1 for number, char in enumerate(source.text) if char == "\n")]

    def find_line(offset: int) -> int:
        return source.first_line + bisect_right(starts, offset) - 1

    chosen = choose_sentence(document, None, source.title)
    return {
        "key": source.key,
        "kind": source.kind,
        "url": source.url,
        "path": source.path,
        "heading": source.heading,
        "author": source.author,
        "first_choice": chosen.number if chosen else None,
        "sections": [
            {"kind": s.kind, "heading": _show(s.heading), "line": find_line(s.start)} for s in document.sections
        ],
        "sentences": [
            _build_sentence(document, sentence)
            | {"lines": [find_line(sentence.start), find_line(max(sentence.start, sentence.end - 1))]}
            for sentence in document.sentences
        ],
        "examples": [
            {
                "language": example.language,
                "lines": [_show(line) for line in example.lines],
                "line": find_line(example.start),
            }
            for example in document.examples
        ],
        "consequences": [_build_consequence(item) for item in find_consequences(document)],
        "lines": [],
        "references": list(document.references),
        "advisories": list(document.advisories),
    }


def _build_sentence(document: ParsedDocument, sentence: DocumentSentence) -> dict[str, Any]:
    quotation = quote(document, sentence)
    return {
        "number": sentence.number,
        "text": _show(sentence.text),
        "span": [sentence.start, sentence.end],
        "section": sentence.section,
        "score": sentence.score,
        "reasons": list(sentence.reasons),
        "roles": list(sentence.roles),
        "printed_as": quotation.text if quotation else None,
    }


def _build_consequence(consequence: Consequence) -> dict[str, Any]:
    def show(quotation: Quotation | None) -> str | None:
        return quotation.text if quotation else None

    return {
        "kind": consequence.kind,
        "label": consequence.label,
        "reason": consequence.reason,
        "statement": show(consequence.statement),
        "action": show(consequence.action),
        "references": list(consequence.references),
        "old": consequence.old,
        "new": consequence.new,
    }


def _show(text: str) -> str:
    """Return a text that may be shown: a sentence that no rule lets into print may hold a secret or an address."""
    return redact_secrets(redact_emails(text))


def format_report(entries: list[dict[str, Any]], max_sentences: int) -> Iterator[str]:
    """Yield the lines of a report for a terminal: the best sentences of each document, and why.

    Args:
        entries: the report.
        max_sentences: sentences shown of each document.
    """
    for entry in entries:
        yield f"{entry['key']}  {entry['title']}".rstrip()
        for document in entry["documents"]:
            yield f"  {document['key']}  {document['url'] or ''}".rstrip()
            yield from (f"    {line}" for line in document["lines"])
            for consequence in document["consequences"]:
                yield f"    {consequence['kind']} {consequence['label']} ({consequence['reason']})"
            ranked = sorted(document["sentences"], key=lambda row: (row["printed_as"] is None, -row["score"]))
            for row in ranked[:max_sentences]:
                mark = ">" if row["number"] == document["first_choice"] else " "
                first, last = row["lines"]
                yield f"  {mark} {row['score']:3d}  lines {first}-{last}  {row['printed_as'] or row['text']}"
                yield f"         {', '.join([*row['roles'], *row['reasons']])}"
