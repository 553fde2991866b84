"""Write the headline of a period: one string, the same in every product (EDITORIAL.md, page 1). Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from resources.git.log import names_other_package
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.periods import MONTH_NAMES, Period, PeriodKind
from sparky_assets.stories.choices import is_news
from sparky_assets.stories.models import (
    BoxMark,
    BoxRow,
    Change,
    PeriodStories,
    ReleaseNote,
    SentencePart,
    Story,
    StorySentence,
)
from sparky_assets.stories.points import is_about_code
from sparky_assets.stories.printing.announcing import NewsTitle, announce_change
from sparky_assets.stories.printing.box.marks import NO_RELEASE_TEMPLATE
from sparky_assets.stories.printing.phrasing import (
    PhraseFragment,
    PhraseValue,
    build_fragment,
    drop_stop,
    lower_first,
    tell,
)
from sparky_assets.stories.printing.releases.headline import (
    MAJOR_WEIGHT,
    MAX_HEADLINE_WORDS,
    get_version_weight,
    is_patch,
)
from sparky_assets.stories.printing.sentences import count_releases, join_parts
from sparky_assets.stories.rank import is_fix
from sparky_assets.stories.titles.forms import shorten_title
from sparky_assets.stories.titles.parts import split_area
from sparky_assets.stories.titles.verbs import starts_with_verb
from sparky_assets.text.references import find_advisories
from sparky_assets.text.subjects import CHORE_TYPES
from sparky_assets.text.versions import read_version_numbers
from sparky_assets.text.words import short_name

SECURITY_COUNTS = ("counts.advisory_fix", "counts.cve_fix", "counts.security_fix")
"""Phrases of headlines that count fixes of security."""
LOSSES: Mapping[BoxMark, int] = {"Breaking": 0, "Removed": 1, "Now an error": 1}
MAX_LOSS = 2
"""What a change takes from users, by the mark of its row: the largest loss leads, and other rows are none."""
MAX_TRIED_SECONDS = 3
"""Stories of which the first that a headline has room for is its second part."""
MIN_LARGE_NEWS = 3
"""Changes of a story that may lead though no message says more than their titles."""
_WAS_DEPRECATED = re.compile(r"(?i)\bdeprecated\b")
MAX_NAMED_RELEASES = 3
"""Releases of a project that a headline names; more are counted."""


@dataclass(frozen=True)
class EditionFacts:
    """The period of an edition and its counts, beside its stories.

    Attributes:
        period: the period.
        organisation: its name for readers.
        repositories: number of repositories that were read.
        merged: merged pull requests.
        people: people who wrote commits, co-authors included.
        previous_merged: merged pull requests of the period before; None if they are unknown.
        assisted: changes by people that name a coding assistant, and all changes by people.
    """

    period: Period
    organisation: str
    timezone: str
    repositories: int
    merged: int
    pushed: int
    people: int
    previous_merged: int | None = None
    assisted: tuple[int, int] = (0, 0)


def choose_lead_release(stories: PeriodStories) -> ReleaseNote | None:
    """Return the release that leads: one whose notes say something; final before pre-release, larger before smaller.

    If several repositories have one, the order is: a release that fixes an advisory, one that breaks something, the
    larger version, then the one whose notes list most, since the last release of a month is seldom its news.
    """
    known = [release for release in stories.releases if release.key in stories.release_headlines]
    telling = [release for release in known if _says_something(stories, release)]
    candidates: dict[str, list[ReleaseNote]] = {}
    # A version of which nothing more is known comes behind those of which there is.
    for release in telling or [own for own in known if get_version_weight(own) and not own.is_prerelease]:
        candidates.setdefault(release.repository, []).append(release)
    leads = [choose_of_project(stories, own) for own in candidates.values()]
    lead = max(leads, key=lambda release: weigh_among_repositories(stories, release), default=None)
    return None if lead and _is_less_than_shared_story(stories, lead) else lead


MIN_SHARED_REPOSITORIES = 3
"""Repositories of a first story that is larger news than one of them with a minor version without notes."""


def _is_less_than_shared_story(stories: PeriodStories, release: ReleaseNote) -> bool:
    """Return whether a release without notes is less news than what several repositories have in common.

    Five repositories moved to one tool in a week, and closed one hole: evergreen 2.1.0 is one of them.
    """
    if has_quoted_notes(stories, release) or get_version_weight(release) >= MAJOR_WEIGHT:
        return False
    first = next(iter(stories.stories), None)
    return first is not None and len(first.group.repositories) >= MIN_SHARED_REPOSITORIES


def _says_something(stories: PeriodStories, release: ReleaseNote) -> bool:
    """Return whether something is known of a release that its headline says, or its version is a major one."""
    weight = get_version_weight(release)
    return (
        (has_quoted_notes(stories, release) and bool(weight))
        or (weight == MAJOR_WEIGHT and not release.is_prerelease)
        or _has_news(stories.release_headlines[release.key])
    )


def _has_news(headline: StorySentence) -> bool:
    return ": " in headline.text


def choose_of_project(stories: PeriodStories, candidates: Sequence[ReleaseNote]) -> ReleaseNote:
    """Return the release that leads among those of one repository.

    The package with the name of its repository comes first: `axum` before `axum-extra`. Among releases of one day it is
    the newest line: Redis fixes 7.4, 7.2 and 6.2 within minutes. Among patches of one version it is the one whose notes
    say most; a patch after it is named as the one to install. A release that fixes a hole comes before a patch that
    fixes none. A later minor version does not lead before one whose notes say much more: filelock 3.30.0 lists 34 items
    and 3.31.0, two days later, two.
    """
    projects: dict[str, list[ReleaseNote]] = {}
    for release in candidates:
        projects.setdefault(release.project, []).append(release)
    if len(projects) > 1 and all(names_other_package(own.tag, own.repository) for own in candidates):
        # Of several packages the one whose notes say most leads, not the one with the larger number. What no heading
        # calls new or a fix, the last number, says nothing about which of them is more.
        leads = [choose_of_project(stories, own) for own in projects.values()]
        return max(leads, key=lambda own: (stories.release_weights.get(own.key, ())[:-1], get_release_order(own)))
    last = max(candidates, key=get_release_order)
    secure = [release for release in candidates if counts_security(stories.release_headlines[release.key])]
    if secure and last not in secure and is_patch(last):
        return max(secure, key=get_release_order)
    if not last.line or not is_patch(last):
        return max(candidates, key=lambda release: _weigh_beside(stories, release, last))
    patches = [release for release in candidates if _is_of_line(release, last)]
    return max(patches, key=lambda release: (stories.release_weights.get(release.key, ()), get_release_order(release)))


MUCH_MORE = 4
"""How many times as many items as the last release an earlier one of the same weight lists, to lead before it."""


def _weigh_beside(
    stories: PeriodStories, release: ReleaseNote, last: ReleaseNote
) -> tuple[int, tuple[bool, bool, int, date, tuple[int, ...], datetime]]:
    """Return how much a release of a project weighs beside its last one: as much, unless its notes say much more."""
    listed, listed_by_last = (_count_items(stories, own) for own in (release, last))
    own_order, last_order = get_release_order(release), get_release_order(last)
    is_comparable = release.project == last.project and own_order[:3] == last_order[:3]
    says_much_more = is_comparable and listed >= MUCH_MORE * max(listed_by_last, 1)
    return listed if says_much_more else 0, own_order


def _count_items(stories: PeriodStories, release: ReleaseNote) -> int:
    """Return how many items the notes of a release list, by its weight: three flags come before the numbers."""
    return sum(stories.release_weights.get(release.key, ())[3:])


def counts_security(headline: StorySentence) -> bool:
    """Return whether a headline says how many fixes of security a release has."""
    return any(phrase in part.slot for part in headline.parts for phrase in SECURITY_COUNTS)


def weigh_among_repositories(
    stories: PeriodStories, release: ReleaseNote
) -> tuple[bool, bool, bool, int, int, int, datetime]:
    """Return how much a release weighs among those that lead in their repositories."""
    fixes_advisory, breaks, names, *numbers, others = stories.release_weights.get(release.key) or (0, 0, 0, 0)
    weight = 2 * get_version_weight(release) + bool(names)
    flags = (not release.is_prerelease, bool(fixes_advisory), bool(breaks))
    return *flags, weight, sum(numbers), others, release.published_at


def _is_of_line(release: ReleaseNote, other: ReleaseNote) -> bool:
    own, line = (release.repository, release.project, release.line), (other.repository, other.project, other.line)
    return own == line and is_patch(release)


def get_release_order(release: ReleaseNote) -> tuple[bool, bool, int, date, tuple[int, ...], datetime]:
    """Return what orders the releases of a project: final before pre-release, then by weight, day and version."""
    numbers = read_version_numbers(release.version)
    weight = get_version_weight(release)
    is_main = not names_other_package(release.tag, release.repository)
    return not release.is_prerelease, is_main, weight, release.published_at.date(), numbers, release.published_at


def has_quoted_notes(stories: PeriodStories, release: ReleaseNote) -> bool:
    """Return whether a release has a sentence of its notes."""
    return any(sentence.has_quotation for sentence in stories.release_sentences.get(release.key, ()))


def build_headline_sentence(stories: PeriodStories, facts: EditionFacts) -> StorySentence:
    """Return the headline: the lead release and what weighs in it, else the first story, or the first two.

    A change that is in the box for its advisory does not lead: its title rarely names the problem. Behind a release of
    which only the version is known comes the first story.
    """
    release = choose_lead_release(stories)
    if release and (majors := _list_majors(stories, release)):
        return tell("H", "headlines.several_releases", releases=join_parts(majors))
    if release and _has_news(stories.release_headlines[release.key]):
        return stories.release_headlines[release.key]
    news = [story for story in stories.stories if is_news(story.group)]
    is_minor = bool(stories.releases) and _are_about_documents(news, stories)
    if not news or is_minor:
        return stories.release_headlines[release.key] if release else _name_releases(stories, facts)
    advisories = [row for row in stories.box_rows if row.mark == "Security" and find_advisories(row.label)]
    secured = {key for row in advisories for key in row.changes}
    reverts = {change.key for change in stories.changes if change.reverts} | find_taken_back_changes(stories.changes)
    not_reverted = [story for story in news if story.group.head not in reverts] or news
    outside = [story for story in not_reverted if not set(story.group.changes) <= secured]
    changes = {change.key: change for change in stories.changes}
    losses = _find_losses(stories, changes)
    weighty = [story for story in outside if _may_lead(story, changes, losses)]
    weighty = weighty or outside or not_reverted

    def rank(story: Story) -> tuple[bool, int, bool]:
        # Only the first change of a story names it: what another of its changes breaks is in the box.
        loss = MAX_LOSS if story.group.kind == "repository" else losses.get(story.group.head, MAX_LOSS)
        # Of two that break something the one leads that says more than its title.
        is_bare_loss = story.group.head in losses and not story.is_worth_a_section
        return _are_about_documents([story], stories), loss, is_bare_loss

    weighty.sort(key=rank)
    if release:
        first = drop_stop(stories.release_headlines[release.key])
        weighty.insert(0, weighty[0])
    else:
        first = _tell_first(weighty[0], changes, facts)
    seconds = [_tell_advisory(advisories[0])] if advisories else []
    seconds = seconds or [_tell_second(story, changes, facts) for story in weighty[1 : 1 + MAX_TRIED_SECONDS]]
    both = (tell("H", "headlines.two", first=first, second=second) for second in seconds)
    only = StorySentence(template="H", phrase=first.phrase, parts=first.parts)
    return next((headline for headline in both if len(headline.text.split()) <= MAX_HEADLINE_WORDS), only)


def _find_losses(stories: PeriodStories, changes: Mapping[str, Change]) -> dict[str, int]:
    """Return the changes that break or take something away, by their rows of the box: the larger loss has 0.

    What was deprecated long before is missed by few, and what titles call code by none.
    """
    losses: dict[str, int] = {}
    for row in stories.box_rows:
        loss = LOSSES.get(row.mark, MAX_LOSS)
        for key in row.changes if loss < MAX_LOSS else ():
            title = changes[key].title if key in changes else ""
            is_missed = loss == 0 or not (_WAS_DEPRECATED.search(title) or is_about_code(title))
            if is_missed:
                losses[key] = min(loss, losses.get(key, loss))
    return losses


def _may_lead(story: Story, changes: Mapping[str, Change], losses: Mapping[str, int]) -> bool:
    """Return whether a story is worth a headline: it says more than its title, users lose something, or it is large."""
    head = changes.get(story.group.head)
    if story.is_worth_a_section or head is None:
        return story.is_worth_a_section
    is_inner = head.type in {"refactor", *CHORE_TYPES} or is_about_code(head.title)
    return (head.key in losses and not is_inner) or _is_large_news(story, changes)


def _is_large_news(story: Story, changes: Mapping[str, Change]) -> bool:
    """Return whether several changes are about one thing that is new or gone, though no message says more."""
    members = [changes[key] for key in story.group.changes if key in changes]
    head = changes.get(story.group.head)
    is_large = sum(change.noise is None for change in members) >= MIN_LARGE_NEWS
    return is_large and head is not None and not is_fix(head) and announce_change(head) is not None


def _list_majors(stories: PeriodStories, release: ReleaseNote) -> list[PhraseValue]:
    """Return the major versions of several projects where no notes say what is new in that which leads."""

    def is_major(own: ReleaseNote) -> bool:
        is_final = get_version_weight(own) == MAJOR_WEIGHT and not own.is_prerelease
        return is_final and not has_quoted_notes(stories, own)

    firsts: dict[str, ReleaseNote] = {}
    for own in (release, *stories.releases):
        if is_major(own) and not names_other_package(own.tag, own.repository):
            firsts.setdefault(own.repository, own)
    is_bare = is_major(release) and not _has_news(stories.release_headlines[release.key])
    if not is_bare or not 1 < len(firsts) <= MAX_NAMED_RELEASES:
        return []
    return [build_fragment("headlines.version", project=own.project, version=own.version) for own in firsts.values()]


def _tell_first(story: Story, changes: Mapping[str, Change], facts: EditionFacts) -> PhraseFragment:
    """Return the first part of a headline, with the project and the month: `New in jq in June: trim/0`."""
    if story.group.kind == "repository" or len(story.group.repositories) > 1:
        return _shorten_brief(story)
    name = short_name(story.group.repositories[0])
    project: PhraseValue = name
    if facts.period.kind is PeriodKind.MONTHLY and facts.repositories == 1:
        month = MONTH_NAMES[facts.period.start.month - 1]
        project = build_fragment("headlines.project_in_month", project=name, month=month)
    news = _announce(story, changes)
    if news:
        return news.fill(shorten_title(news.text), project)
    brief = _shorten_brief(story)
    is_placed = project == name and brief.text.startswith(f"{name}: ")
    return brief if is_placed else build_fragment("headlines.placed", place=project, title=brief)


def _tell_second(story: Story, changes: Mapping[str, Change], facts: EditionFacts) -> PhraseFragment:
    """Return the second part of a headline: `fixed: the lock`, with the project where there are several."""
    news = _announce(story, changes)
    if not news or len(story.group.repositories) > 1:
        brief = _shorten_brief(story)
        first_word = brief.text.partition(" ")[0]
        return lower_first(brief) if starts_with_verb(brief.text) and first_word[1:].islower() else brief
    project = "" if facts.repositories == 1 else short_name(story.group.repositories[0])
    return lower_first(news.fill(shorten_title(news.text), project))


def _announce(story: Story, changes: Mapping[str, Change]) -> NewsTitle | None:
    head = changes.get(story.group.head)
    return announce_change(head) if head is not None and story.brief.template == "H-ONE" else None


def _shorten_brief(story: Story) -> PhraseFragment:
    """Return the sentence of a story that headlines repeat, without the area that the title names first."""
    # The stop of the sentence goes, and not a part of the title: `Disallow names that resolve to ..`.
    ends_with_dots = story.brief.text.endswith("...") and not story.brief.text.endswith("....")
    text = story.brief.text.removesuffix(".") if ends_with_dots else story.brief.text.rstrip(".")
    start = f"{short_name(story.group.repositories[0])}: "
    project, title = (start, text.removeprefix(start)) if text.startswith(start) else ("", text)
    if story.brief.template == "H-ONE":
        title = shorten_title(split_area(title)[1])
    elif story.brief.template == "C-BRIEF":
        title = shorten_title(title)
    if story.brief.phrase and f"{project}{title}" == text == (whole := drop_stop(story.brief)).text:
        return whole
    place = build_fragment("labels.place", place=project.removesuffix(": ")) if project else ()
    return build_fragment("stories.placed", place=place, title=title)


def _tell_advisory(row: BoxRow) -> PhraseFragment:
    """Return what a headline says about the fix of an advisory."""
    if any(sentence.template == NO_RELEASE_TEMPLATE for sentence in row.sentences):
        return build_fragment("headlines.advisory_unreleased", advisory=row.label)
    return build_fragment("headlines.advisory_landed", advisory=row.label)


def _are_about_documents(news: Sequence[Story], stories: PeriodStories) -> bool:
    """Return whether stories are all about documents alone: beside a release none of them is the headline."""
    changes = {change.key: change for change in stories.changes}
    heads = [head for story in news if (head := changes.get(story.group.head)) is not None]
    return len(heads) == len(news) and all(head.type == "docs" or head.holds_documents_only for head in heads)


def _name_version(release: ReleaseNote) -> SentencePart:
    return SentencePart(kind="version", text=release.version or release.tag, evidence=release.key)


def _name_releases(stories: PeriodStories, facts: EditionFacts) -> StorySentence:
    if not stories.releases:
        return tell("H", "headlines.housekeeping", place=facts.organisation)
    named = [release for release in stories.releases if not release.is_prerelease] or list(stories.releases)
    named.sort(key=get_release_order, reverse=True)
    if len(named) == 1:
        version = named[0].version or named[0].tag
        return tell("H", "headlines.release", project=named[0].project, version=version)
    if len(named) <= MAX_NAMED_RELEASES and len({release.project for release in named}) == 1:
        versions: list[PhraseValue] = [_name_version(release) for release in named]
        return tell("H", "headlines.releases", project=named[0].project, versions=join_parts(versions))
    counted = count_releases(named, starts_sentence=True)[0]
    return StorySentence(template="H", phrase=counted.phrase, parts=counted.parts)
