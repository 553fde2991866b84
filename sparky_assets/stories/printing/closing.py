"""Sentences at the end of a paper: updates of dependencies, first commits, what authors doubt. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.stories.models import Change, SentencePart, StoryGroup, StoryItem, StorySentence
from sparky_assets.stories.printing.phrasing import build_fragment, tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.sentences import count, format_title, join_names, limit_parts, title_link
from sparky_assets.text.paths import is_ci_path
from sparky_assets.text.upgrades import find_major_version
from sparky_assets.text.words import short_name

MAX_DOUBTS, MAX_DOUBTED_STORIES = 4, 60
"""Doubts of authors that are kept, and stories in which they are looked for."""
MAX_NEWCOMERS = 12
MAX_DEPENDENCIES = 4
MAX_BOTS = 4
"""Bots that a sentence names; of more it names none, since each of those that it names made a part of the updates."""


def tell_dependencies(changes: Sequence[Change]) -> StorySentence | None:
    """Return the updates of dependencies by bots in one sentence: how many, and in which repositories."""
    updates = [change for change in changes if change.is_bot and change.noise == "dependency"]
    if not updates:
        return None
    bots = Counter(change.author for change in updates if change.author)
    names = [
        name.removesuffix("[bot]").capitalize() if name.startswith(("dependabot", "renovate")) else name
        for name, _ in bots.most_common()
    ]
    number = count(len(updates))
    form = "one" if len(updates) == 1 else "other"
    subject = join_names(names) if 0 < len(names) <= MAX_BOTS else [build_fragment("dependencies.bots")]
    majors: dict[str, Change] = {}
    taken_back = find_taken_back_changes(changes)
    for change in updates:
        if change.key not in taken_back and find_major_version(change.raw_title) and not _is_of_workflow(change):
            majors.setdefault(format_title(change), change)
    if not majors:
        return tell("D-MAJOR", f"dependencies.made.{form}", bots=subject, number=number)
    links = [title_link(change) for change in list(majors.values())[:MAX_DEPENDENCIES]]
    titles = limit_parts(links, len(majors))
    return tell("D-MAJOR", f"dependencies.made_major.{form}", bots=subject, number=number, titles=titles)


def _is_of_workflow(change: Change) -> bool:
    """Return whether an update is of continuous integration alone, such as `actions/checkout`: users get none of it."""
    return bool(change.paths) and all(map(is_ci_path, change.paths))


def tell_newcomers(changes: Sequence[Change], *, has_one_repository: bool) -> StorySentence | None:
    """Return who made a first commit, each linked to it."""
    firsts: dict[str, Change] = {}
    for change in changes:
        if change.is_first_contribution and change.author and not change.is_bot:
            firsts.setdefault(change.author, change)
    if not firsts:
        return None
    links = [
        SentencePart(kind="name", text=author, url=change.url, evidence=change.key)
        for author, change in sorted(firsts.items())[:MAX_NEWCOMERS]
    ]
    if len(firsts) == 1:
        change = next(iter(firsts.values()))
        if has_one_repository:
            return tell("P-NEW", "people.first", person=links[0])
        return tell("P-NEW", "people.first_in", person=links[0], repository=short_name(change.repository))
    number = count(len(firsts), starts_sentence=True)
    return tell("P-NEW", "people.firsts", number=number, people=limit_parts(links, len(firsts)))


def tell_doubts(
    groups: Sequence[StoryGroup], changes: Mapping[str, Change], chooser: QuotationChooser
) -> tuple[StoryItem, ...]:
    """Return what authors say about the risk of their own changes, of the first stories of the period."""
    taken_back = find_taken_back_changes(changes.values())
    known = changes.keys() - taken_back
    keys = [key for group in groups[:MAX_DOUBTED_STORIES] for key in group.changes if key in known]
    items: list[StoryItem] = []
    for key in keys:
        if len(items) < MAX_DOUBTS and (sentence := chooser.tell_doubt(changes[key])):
            items.append(StoryItem(sentences=(sentence,), changes=(key,)))
    return tuple(items)
