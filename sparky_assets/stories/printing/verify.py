"""Verify the sentences of stories against the records: each part must be what it rests on. Pure.

A quotation must be an exact span of its source text, a title the words of its change, a link the page of its record, a
name the author of a change of the period. The words of templates need no record. This runs on the parts that a manifest
stores, when a text is made and again before it is published.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from sparky_assets.documents.diffs import find_diff_consequences
from sparky_assets.documents.models import CodeExample, SourceText
from sparky_assets.documents.quotes import is_valid_quotation
from sparky_assets.insights.evidence import build_commit_url, build_issue_url, build_pull_request_url
from sparky_assets.stories.models import Change, DocumentedCode, PeriodStories, SentencePart, StorySentence
from sparky_assets.stories.printing.sentences import (
    build_comparison_url,
    format_day,
    format_origin_title,
    format_title,
    simplify_quotation,
)
from sparky_assets.stories.titles.forms import tell_past
from sparky_assets.text.clean import clean_title
from sparky_assets.text.words import short_name

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class StoryVerifier:
    """Verifies sentences against the stories of a period."""

    stories: PeriodStories

    @cached_property
    def _changes(self) -> Mapping[str, Change]:
        return {change.key: change for change in (*self._earlier_changes, *self.stories.changes)}

    @cached_property
    def _earlier_changes(self) -> tuple[Change, ...]:
        """The changes from before the period: what releases bring, and what stories carry on."""
        return (*(item.change for item in self.stories.released), *self.stories.carried_on)

    @cached_property
    def _sources(self) -> Mapping[str, str]:
        return {source.key: source.text for source in self.stories.sources}

    @cached_property
    def _issue_titles(self) -> Mapping[str, str]:
        return {source.key: source.title for source in self.stories.sources if source.kind == "issue"}

    @cached_property
    def _diffs(self) -> Mapping[str, SourceText]:
        return {source.key: source for source in self.stories.sources if source.kind == "diff"}

    @cached_property
    def _urls(self) -> set[str]:
        """Pages that a sentence may link to: of changes, releases, and what the notes name below them."""
        pages = [change.url for change in self._changes.values()] + [release.url for release in self.stories.releases]
        pages += [source.url for source in self.stories.sources if source.kind == "issue"]
        pages += map(build_comparison_url, self.stories.releases)
        pages += [origin.url for origin in self._origins.values()]
        return {url for url in pages if url}

    @cached_property
    def _origins(self) -> Mapping[str | None, DocumentedCode]:
        """The changes that brought what changes of documents alone document."""
        return {change.documents.key: change.documents for change in self.stories.changes if change.documents}

    @cached_property
    def _files(self) -> set[str]:
        """Pages of the files, at a commit, that an example is from, and of guides to the versions of releases."""
        guides = {key for release in self.stories.releases for key in release.guides}
        sources = (
            source
            for source in self.stories.sources
            if source.kind in {"documentation", "test"} or source.key in guides
        )
        return {source.url.partition("#L")[0] for source in sources if source.url}

    @cached_property
    def _example_places(self) -> Mapping[str | None, tuple[str, str]]:
        """Path and name of the documentation and tests that examples are from, as they are printed."""
        examples = (source for source in self.stories.sources if source.kind in {"documentation", "test"})
        return {source.key: (f"`{source.path}`", f"`{source.heading}`") for source in examples}

    @cached_property
    def _roots(self) -> set[str]:
        return {url.partition("/releases/tag/")[0] for url in self._urls if "/releases/tag/" in url}

    @cached_property
    def _people(self) -> set[str]:
        # A quotation may be of a commit of a pull request that another person opened.
        own = {source.author for source in self.stories.sources if source.author}
        return own | {change.author for change in self.stories.changes if change.author}

    def verify(self, sentence: StorySentence) -> Iterator[str]:
        """Yield what a sentence says and the records do not."""
        for part in sentence.parts:
            yield from self._verify_part(part)

    def _verify_part(self, part: SentencePart) -> Iterator[str]:
        if part.url and not self._is_known_page(part.url):
            yield f"a link that no record has: {part.url}"
        if origin := self._origins.get(part.evidence):
            if not _is_of_origin(part, origin):
                yield f"not of the change that brought the code: {part.text[:120]}"
        elif part.kind == "quotation":
            yield from self._verify_quotation(part)
        elif part.kind == "title":
            yield from self._verify_title(part)
        elif part.kind == "code" and not self._is_in_diff(part):
            yield f"code that no diff has: {part.text[:120]}"
        elif part.kind == "datum" and part.evidence in self._example_places:
            if part.text not in self._example_places[part.evidence]:
                yield f"not the place of an example: {part.text[:120]}"
        elif part.kind == "name" and not self._is_person(part.text):
            yield f"a name that no change has: {part.text}"

    def _is_known_page(self, url: str) -> bool:
        name = url.rpartition("/")[2]
        if url in self._urls or url.partition("#L")[0] in self._files:
            return True
        if name.isdecimal():
            builders = (build_pull_request_url, build_issue_url)
            return any(url == build(root, int(name)) for root in self._roots for build in builders)
        is_named = len(name) == 40 and any(name in text for text in self._sources.values())
        return is_named and any(url == build_commit_url(root, name) for root in self._roots)

    def _verify_quotation(self, part: SentencePart) -> Iterator[str]:
        quoted = part.quotation
        text = self._sources.get(quoted.source) if quoted else None
        if quoted is None or text is None or not is_valid_quotation(quoted, text):
            yield f"not quoted exactly: {part.text[:120]}"
        # A period that an earlier version printed shows marks of markup that this version leaves out.
        elif f"“{simplify_quotation(quoted.text)}”" not in {part.text, simplify_quotation(part.text)}:
            yield f"not the text of its quotation: {part.text[:120]}"

    def _is_in_diff(self, part: SentencePart) -> bool:
        """Return whether code is a value or line of the lines of a diff, the path that they are from, or a new file."""
        source = self._diffs.get(part.evidence or "")
        code = part.text[1:-1]
        if (change := self._changes.get(part.evidence or "")) is not None:
            return part.text == f"`{code}`" and code in change.new_paths
        if source is None or part.text != f"`{code}`" or not code.strip():
            return False
        consequences = find_diff_consequences(source)
        stated = {value for item in consequences for value in (item.label, item.old, item.new, item.path)}
        return code in stated

    def _verify_title(self, part: SentencePart) -> Iterator[str]:
        issue_title = self._issue_titles.get(part.evidence or "")
        if issue_title is not None:
            if part.text != clean_title(issue_title):
                yield f"not the title of its issue: {part.text[:120]}"
            return
        change = self._changes.get(part.evidence or "")
        if change is None:
            yield f"a title of no change: {part.text[:120]}"
            return
        titles = {change.raw_title, change.title, format_title(change), format_title(change, is_short=True)}
        past = tell_past(change.raw_title)
        repository = short_name(change.repository)
        if (
            part.text not in titles
            and part.text not in {past, repository, "was reverted"}
            and not _has_same_words(part.text, change.raw_title)
        ):
            yield f"not the title of its change: {part.text[:120]}"

    def _is_person(self, name: str) -> bool:
        return name in self._people or any(f"{name.lower()}[bot]" == person.lower() for person in self._people)

    def verify_example(self, example: CodeExample) -> Iterator[str]:
        """Yield what is wrong with a code block: its lines must be in its source text."""
        text = self._sources.get(example.source, "")
        if any(line.strip() and line.strip() not in text for line in example.lines):
            yield f"a code block that no text has: {example.lines[0][:80]}"


def _is_of_origin(part: SentencePart, origin: DocumentedCode) -> bool:
    """Return whether a part is the name, title or date of documented code. Which day it was depends on the timezone."""
    if part.kind == "date":
        instants = (origin.landed_at + timedelta(hours=hours) for hours in (-12, 0, 14))
        days = {format_day(instant, "UTC", with_year=year) for instant in instants for year in (False, True)}
        return part.text in days and part.url is None
    if part.kind == "code":
        return part.text == f"`{origin.name}`" and part.url is None
    return part.kind == "title" and part.text == format_origin_title(origin) and part.url == origin.url


def _has_same_words(text: str, title: str) -> bool:
    """Return whether the words of a text are words of a title in the same order."""
    remaining = iter(_WORD.findall(title.lower()))
    return all(word in remaining for word in _WORD.findall(text.lower()))


def find_problems(
    sentences: Sequence[StorySentence], examples: Sequence[CodeExample], stories: PeriodStories
) -> dict[int, str]:
    """Return the first problem of each sentence by its index; a code block has the index behind the sentences."""
    verifier = StoryVerifier(stories)
    problems: dict[int, str] = {}
    for number, sentence in enumerate(sentences):
        if message := next(verifier.verify(sentence), None):
            problems[number] = message
    for number, example in enumerate(examples, len(sentences)):
        if message := next(verifier.verify_example(example), None):
            problems[number] = message
    return problems
