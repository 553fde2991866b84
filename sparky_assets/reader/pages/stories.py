"""The page of a story that runs over several periods: what each period printed about it, and its changes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.periods import Period
from sparky_assets.reader.formatting import story_url
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.reader.pages.common import frame_version, period_from_path, render_html
from sparky_assets.reader.responses import HTML_MEDIA_TYPE, conditional_response, get_audience, get_reader
from sparky_assets.store import Audience
from sparky_assets.stories.continuing import EARLIER_PERIODS
from sparky_assets.stories.models import Change, Story
from sparky_assets.stories.printing.phrasing import reword_model, reword_sentence
from sparky_assets.text.phrases import PhraseTable

MAX_STORY_PARTS = 24
"""Stories that a page shows, before the asked one and after it."""


@dataclass(frozen=True)
class StoryPart:
    """What one period has of a story."""

    period: Period
    story: Story
    changes: tuple[Change, ...]
    has_digest: bool


def show_story(request: Request) -> Response:
    """Show one story with what it carries on, and with what carries it on."""
    reader, audience, period = get_reader(request), get_audience(request), period_from_path(request)
    library = reader.library

    def render() -> str:
        parts = load_running_story(library, audience, period, request.path_params["story"])
        if not parts:
            raise HTTPException(404, f"The {period} has no such story.")
        reworded = [
            replace(part, story=reword_model(part.story, lambda sentence: reword_sentence(sentence, reader.phrases)))
            for part in parts
        ]
        return render_html(request, "story.html.j2", {"parts": reworded, "kind": period.kind})

    # Any period may carry the story on, so the page is made again when any digest of its kind is written.
    key = ("story", library.listing_version(period.kind, audience), period, frame_version(request))
    return conditional_response(request, library.cached_page(key, render), HTML_MEDIA_TYPE)


def load_running_story(library: DigestLibrary, audience: Audience, period: Period, name: str) -> list[StoryPart]:
    """Return the parts of a story, the earliest first; empty if the period has no story of that id.

    Args:
        library: the digests.
        audience: who reads.
        period: a period in which the story is.
        name: its id in that period.
    """
    asked = next((part for part in _load_parts(library, audience, period) if part.story.group.id == name), None)
    if asked is None:
        return []
    return [*_find_earlier(library, audience, asked), asked, *_find_later(library, audience, asked)]


def list_running_stories(
    library: DigestLibrary, audience: Audience, period: Period, phrases: PhraseTable
) -> list[tuple[str, str]]:
    """Return the page and the headline of each story of a period that carries on an earlier one.

    Args:
        library: the digests.
        audience: who reads.
        period: the period.
        phrases: the phrases to write the headlines in.
    """
    insight = library.load_insight(period, audience)
    return [
        (story_url(period, story.group.id), reword_sentence(story.brief, phrases).text)
        for story in (insight.stories.stories if insight else ())
        if story.group.continues
    ]


def _load_parts(library: DigestLibrary, audience: Audience, period: Period) -> Iterator[StoryPart]:
    insight = library.load_insight(period, audience)
    if insight is None:
        return
    changes = {change.key: change for change in insight.stories.changes}
    has_digest = library.load_card(period, audience) is not None
    for story in insight.stories.stories:
        members = tuple(changes[key] for key in story.group.changes if key in changes)
        yield StoryPart(period, story, members, has_digest)


def _find_earlier(library: DigestLibrary, audience: Audience, part: StoryPart) -> list[StoryPart]:
    """Return the chain of stories that a story carries on, the earliest first."""
    chain: list[StoryPart] = []
    while part.story.group.continues and len(chain) < MAX_STORY_PARTS:
        target, period = part.story.group.continues, part.period
        found = None
        for _ in range(EARLIER_PERIODS):
            period = period.previous()
            parts = _load_parts(library, audience, period)
            found = found or next((other for other in parts if other.story.group.id == target), None)
        if found is None:
            break
        chain.insert(0, found)
        part = found
    return chain


def _find_later(library: DigestLibrary, audience: Audience, part: StoryPart) -> list[StoryPart]:
    """Return the stories that carry on a story, or one of these, the earliest first."""
    last_seen = {part.story.group.id: part.period}
    later: list[StoryPart] = []
    period = part.period.next()
    # A period without a part ends the story once no story of it can be carried on any more.
    while len(later) < MAX_STORY_PARTS and period.start <= _step(max(last_seen.values()), EARLIER_PERIODS).start:
        for other in _load_parts(library, audience, period):
            if other.story.group.continues in last_seen:
                last_seen[other.story.group.id] = period
                later.append(other)
        period = period.next()
    return later


def _step(period: Period, count: int) -> Period:
    for _ in range(count):
        period = period.next()
    return period
