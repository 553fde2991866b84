"""A store with generated digests and stories of so many days, their weeks and months, for benchmarks of the reader."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from resources.storage import Storage
from sparky_assets.digests.compose import (
    DigestOptions,
    ProductInputs,
    build_manifest,
    render_within_limits,
    store_product,
)
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.models import Product, list_products
from sparky_assets.documents.models import Quotation, SourceText
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import Fact, Metrics
from sparky_assets.periods import Period, PeriodKind, periods_between
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.store import Audience, insights_path, metrics_path
from sparky_assets.stories.models import Change, PeriodStories, Story, StoryGroup, StoryItem, StorySentence
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.sentences import (
    join_names,
    name_repository,
    quote_sentence,
    title_link,
)

LAST = date(2025, 12, 31)
SENTENCES = {PeriodKind.DAILY: 15, PeriodKind.WEEKLY: 45, PeriodKind.MONTHLY: 90}
VERBS = ("Read", "Stop", "Cache", "Rename", "Speed up", "Document", "Test", "Retry")
CHANGES_PER_STORY = 3
LONGEST_CHAIN = 6
"""Days after which no story carries on one of the day before."""

THINGS = ("the wires", "the presses", "a morning edition", "compressed archives", "the session", "empty answers")


def made_digests(storage: Storage, days: int) -> list[Period]:
    """Write digests, insights with stories and numbers of `days` days up to the end of 2025; return their periods.

    A third of the stories carry on one of the period before. Weeks and months have their other products too.
    """
    periods = [one for kind in PeriodKind for one in periods_between(kind, LAST - timedelta(days=days - 1), LAST)]
    for period in periods:
        insight = _insight(period)
        products = [Product.DIGEST] if period.kind is PeriodKind.DAILY else list_products(period.kind)
        for product in products:
            options = DigestOptions(product, Audience.INTERNAL)
            rendered = render_within_limits(insight, options, [find_shipped_folder("templates")], "jekyll")
            inputs = ProductInputs(insight, "", {})
            store_product(storage, rendered, build_manifest(rendered, inputs, Edition(insight)), [])
        storage.write_document(insights_path(period.kind, Audience.INTERNAL), period.key, insight)
        metrics = Metrics(period=period, window=period.window("UTC"), facts=insight.facts)
        storage.write_document(metrics_path(period.kind, Audience.INTERNAL), period.key, metrics)
    return periods


def made_story_id(period: Period) -> str:
    """Return the id of the first story of a period."""
    return f"story:{next(_evidence(period)).key}"


def _insight(period: Period) -> Insight:
    commits = Fact(metric="commits", scope="all", value=SENTENCES[period.kind], unit="count", sources=("raw/commits",))
    claims = [Claim(id="headline", section="headline", repository=None, text=f"{commits.value} commits.",
                    facts=(commits.key,))]  # fmt: skip
    evidence = tuple(_evidence(period))
    claims += [
        Claim(id=f"change/{item.key}", section="change", repository=item.repository, text=f"{item.title}, by Ada.",
              evidence=(item.key,))
        for item in evidence
    ]  # fmt: skip
    changes = tuple(_change(period, item) for item in evidence)
    sources = tuple(_message(change) for change in changes)
    groups = [changes[start : start + CHANGES_PER_STORY] for start in range(0, len(changes), CHANGES_PER_STORY)]
    stories = tuple(_story(period, number, members) for number, members in enumerate(groups))
    return Insight(
        period=period, window=period.window("UTC"), mode="rules", organisation="Acme", claims=tuple(claims),
        evidence=evidence, facts=(commits,), unreadable=(), notes=(), records=len(evidence),
        stories=PeriodStories(changes=changes, stories=stories, sources=sources),
    )  # fmt: skip


def _change(period: Period, item: Evidence) -> Change:
    number = int(item.reference[1:])
    return Change(
        key=item.key, repository=item.repository, number=number, sha=f"{number:040x}", url=item.url,
        raw_title=item.title, title=item.title, author=f"Person {number % 9}", author_key=f"{number % 9:016x}",
        landed_at=datetime.combine(period.start, time(9), UTC), insertions=8, deletions=2,
        paths=(f"src/part_{number % 5}.py", "tests/test_part.py"), visibility="private",
        sources=(f"message:{item.repository}@{number:040x}",),
    )  # fmt: skip


def _message(change: Change) -> SourceText:
    return SourceText(
        key=change.sources[0], kind="message", repository=change.repository, title=change.raw_title, url=change.url,
        text=f"Change {change.number} failed for long names. A name of {change.number} letters is read in one second.",
        is_public=False, author=change.author,
    )  # fmt: skip


def _story(period: Period, number: int, members: Sequence[Change]) -> Story:
    head = members[0]
    before = period.previous()
    is_continued = number % 3 == 0 and period.start.toordinal() % LONGEST_CHAIN
    first_of_before = _pull_number(before, number * CHANGES_PER_STORY)
    quoted = [_quote(change) for change in members[:2]]
    names = join_names(dict.fromkeys(change.author or "" for change in members))
    return Story(
        group=StoryGroup(
            id=f"story:{head.key}", kind="feature", head=head.key, changes=tuple(change.key for change in members),
            repositories=tuple(sorted({change.repository for change in members})), people=("Person 1",),
            continues=f"story:pr:{head.repository}#{first_of_before}" if is_continued else None,
            continues_because="both name #12" if is_continued else "", rank=(1.0, float(number)),
        ),
        heading=tell("H-TITLE", "stories.placed", place=name_repository(head), title=title_link(head)),
        brief=tell("H-ONE", "box.title", place=name_repository(head), title=title_link(head)),
        sentences=(*quoted, tell("S-PEOPLE", "people.firsts", number=str(len(names)), people=names)),
        items=tuple(
            StoryItem(sentences=(tell("S-ITEM", "stories.title", title=title_link(change)),), changes=(change.key,))
            for change in members[1:]
        ),
        is_worth_a_section=True,
    )  # fmt: skip


def _quote(change: Change) -> StorySentence:
    text = _message(change).text
    start = text.index("A name")
    return quote_sentence("Q-SAYS", "quotes.message", Quotation(
        source=change.sources[0], start=start, end=len(text), text=text[start:]
    ))  # fmt: skip


def _pull_number(period: Period, number: int) -> int:
    return period.start.toordinal() * 100 + number


def _evidence(period: Period) -> Iterator[Evidence]:
    for number in range(SENTENCES[period.kind]):
        thing = THINGS[(number + period.start.day) % len(THINGS)]
        pull = _pull_number(period, number)
        repository = f"acme/tool-{number % 12}"
        yield Evidence(
            key=f"pr:{repository}#{pull}",
            kind="pull_request",
            repository=repository,
            reference=f"#{pull}",
            url=f"https://github.com/{repository}/pull/{pull}",
            title=f"{VERBS[number % 8]} {thing} number {number}",
            author="Ada",
            is_bot=False,
            state="merged",
            at=datetime(2025, 1, 1, 12, tzinfo=UTC),
            theme=ChangeTheme.FEATURE,
            changed_lines=10,
            visibility="private",
        )
