"""Which stories have a section, and which are in lists."""

from dataclasses import replace
from datetime import date

import pytest

from resources.git.log import GitCommit, GitTag
from sparky_assets.documents.models import Quotation
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.assemble import build_window_stories
from sparky_assets.stories.models import PeriodStories
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS, MIN_DAY_ITEMS, EditionLimits
from sparky_assets.stories.printing.sentences import quote_sentence
from tests.factories.sentences import make_sentence
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit

NO_SECTIONS = EditionLimits(box_rows=0, stories=0, also=9, more=9, coming=0, words=900, new=9, fixed=9, doubts=2)


def build_stories_of(*commits: GitCommit, tags: tuple[GitTag, ...] = ()) -> PeriodStories:
    """Return the stories of the commits of one repository."""
    repository = RepositoryLog("acme/tool", "https://github.com/acme/tool", "ok", commits, tags)
    return build_window_stories(World(WEEK, (repository,)).raw(), "UTC")


def make_facts() -> EditionFacts:
    return EditionFacts(WEEK, "acme/tool", "UTC", 1, 0, 3, 2)


def lay_out(*commits: GitCommit, limits: EditionLimits = NO_SECTIONS) -> EditionContent:
    return build_edition(build_stories_of(*commits), make_facts(), limits)


def list_titles(edition: EditionContent) -> dict[str, list[str]]:
    return {own.title: [item.sentences[0].text for item in own.items] for own in edition.all_lists}


FIXES = (
    commit(1, "Fix the needle of the gauge\n\nThe needle crashed on frost."),
    commit(2, "Fix lost letters in the harbour\n\nLetters were silently ignored by every ship."),
)


def test_fixes_with_a_text_are_a_list_of_their_own() -> None:
    edition = lay_out(*FIXES, commit(3, "Move the old pier"))
    assert sorted(list_titles(edition)["Fixed"]) == [
        "Ada Lovelace fixed lost letters in the harbour.",
        "Ada Lovelace fixed the needle of the gauge.",
    ]
    assert [item.sentences[0].text for item in edition.also] == ["Ada Lovelace moved the old pier."]


def test_fixes_of_crashes_are_counted_in_a_list_of_their_own() -> None:
    edition = lay_out(
        *FIXES,
        commit(3, "Fix panic on an empty gauge\n\nThe gauge panicked when it was empty."),
        commit(4, "Return an error instead of panicking in the dock"),
        commit(5, "Avoid SIGABRT from a broken horn"),
        commit(6, "Add a crash reporter to the bridge\n\nThe bridge now reports crashes."),
    )
    titles = list_titles(edition)
    assert sorted(titles) == ["Fixed", "Three panics and aborts fixed"]
    assert titles["Three panics and aborts fixed"] == [
        "Ada Lovelace fixed panic on an empty gauge.",
        "From Ada Lovelace: Avoid SIGABRT from a broken horn.",
    ]
    assert len(titles["Fixed"]) == 2


def test_two_fixes_of_crashes_are_no_list_of_their_own() -> None:
    edition = lay_out(commit(3, "Fix panic on an empty gauge"), commit(5, "Avoid SIGABRT from a broken horn"), *FIXES)
    assert list(list_titles(edition)) == ["Fixed"]


def test_repository_that_began_is_in_no_list_of_fixes() -> None:
    third = commit(3, "Fix the horn of the ferry\n\nThe horn was silent because of a wrong valve.")
    stories = build_stories_of(*FIXES, third)
    began = stories.stories[0].group
    stories_told = [
        story.model_copy(update={"group": began.model_copy(update={"kind": "repository"})})
        if story.group is began
        else story
        for story in stories.stories
    ]
    edition = build_edition(stories.model_copy(update={"stories": tuple(stories_told)}), make_facts(), NO_SECTIONS)
    assert len(list_titles(edition)["Fixed"]) == 2
    assert began.changes in [item.changes for item in edition.also]


def test_last_list_has_the_room_of_sections_that_are_missing() -> None:
    titles = (
        "Move the pier",
        "Draw the harbour",
        "Count the ships",
        "Paint the ferry",
        "Ring the bell",
        "Drop anchors",
    )
    limits = replace(NO_SECTIONS, stories=5, also=0, new=0, fixed=0)
    edition = lay_out(*(commit(number, title) for number, title in enumerate(titles, 1)), limits=limits)
    assert not edition.stories
    assert sum(len(item.changes) for item in edition.also) == 5


def test_titles_of_chores_are_named_nowhere_beside_others() -> None:
    titles = ("Move the pier", "Draw the harbour", "Count the ships", "chore: sort the ropes", "Ring the bell")
    limits = replace(NO_SECTIONS, stories=0, also=0, new=0, fixed=0, more=6)
    edition = lay_out(*(commit(number, title) for number, title in enumerate(titles, 1)), limits=limits)
    assert edition.more is not None and "Ring the bell" in edition.more.text
    assert "ropes" not in edition.more.text


def test_list_of_one_item_is_none() -> None:
    assert list_titles(lay_out(FIXES[0], commit(3, "Move the old pier"))) == {}


def test_doubt_of_an_author_is_worth_a_look() -> None:
    effects = "The gauge now shows users the depth. Because of it ships no longer wait, so that users can leave."
    doubt = "I have not tested the gauge in frost."
    edition = lay_out(commit(1, f"Add a gauge to the dial\n\n{effects}\n\n{doubt}"))
    (own,) = [own for own in edition.lists if own.title == "Worth a look"]
    assert own.items[0].sentences[0].text == f"Add a gauge to the dial: “{doubt}”"


def test_quotation_of_a_follower_is_not_printed_beside_the_first_change() -> None:
    edition = lay_out(
        commit(1, "Add `harbour` command (#1)"),
        commit(2, "Add `--all` to the `harbour` command (#2)\n\nThis follows #1. It fixes two bugs of the command."),
    )
    listed = [*edition.also, *(item for own in edition.lists for item in own.items)]
    items = {item.sentences[0].text: [sentence.text for sentence in item.sentences[1:]] for item in listed}
    assert not any("two bugs" in text for text in items.get("Ada Lovelace added `harbour` command.", []))


def test_limits_of_a_month_keep_room_for_lists() -> None:
    limits = DIGEST_LIMITS[PeriodKind.MONTHLY]
    assert limits.new >= limits.also
    assert limits.shorten().new < limits.new


def test_shorter_day_keeps_what_its_release_brings() -> None:
    limits = DIGEST_LIMITS[PeriodKind.DAILY]
    assert limits.shorten().at_length < limits.at_length and limits.shorten().release_items == limits.release_items
    for _ in range(20):
        limits = limits.shorten()
    assert limits.at_length == 0 and limits.stories == 1 and limits.release_items == MIN_DAY_ITEMS


# --- A release leads

ADVISORY = commit(
    3,
    "Merge commit from fork\n\nNormalize exact hosts, so that case-different variants can't bypass gated routes.",
    parents=("0" * 40,),
)
GAUGE = commit(
    4, "Add the gauge of the harbour\n\nYou can now read the tide, so that no ship is late.", parents=(ADVISORY.sha,)
)
NEEDLE = commit(
    5, "Allow a needle of brass\n\nUsers can now choose brass, because iron rusts at sea.", parents=(GAUGE.sha,)
)
TAGGED = commit(6, "Sell lamps to every ship\n\nShips can now buy lamps instead of candles.", parents=(NEEDLE.sha,))


def lay_out_release(*commits: GitCommit, tags: tuple[GitTag, ...]) -> EditionContent:
    return build_edition(build_stories_of(*commits, tags=tags), make_facts(), DIGEST_LIMITS[PeriodKind.WEEKLY])


def make_tag(name: str, sha: str) -> GitTag:
    return GitTag(name, sha, "Ada Lovelace", "ada@example.com", TAGGED.committed_at, f"Release {name}", True)


def test_stories_are_in_brief_below_a_release_that_leads() -> None:
    edition = lay_out_release(TAGGED, NEEDLE, GAUGE, tags=(make_tag("v2.0.0", TAGGED.sha),))
    assert edition.headline.startswith("tool 2.0.0 is out: ")
    in_brief = [item.sentences[0].text for item in edition.brief]
    assert len(in_brief) == 2
    title = edition.headline.partition(": ")[2]
    assert not [text for text in in_brief if title in text]
    assert not [sentence for sentence in edition.lede if sentence.template == "R-HOLDS"]


def test_other_releases_of_the_project_are_in_the_lede_and_in_no_list() -> None:
    tags = (make_tag("v2.0.0", TAGGED.sha), make_tag("v1.9.4", GAUGE.sha))
    edition = lay_out_release(TAGGED, NEEDLE, GAUGE, tags=tags)
    assert edition.lede[-1].text == "Also out: tool 1.9.4."
    assert not [item for item in edition.also if "1.9.4" in item.sentences[0].text]


def test_fix_of_an_advisory_leads_and_says_how_it_is_known() -> None:
    edition = lay_out_release(GAUGE, ADVISORY, tags=(make_tag("v2.0.0", GAUGE.sha),))
    assert edition.headline == "tool 2.0.0 is out: one fix from a security advisory; Add the gauge of the harbour"
    (row,) = edition.box_rows
    assert (edition.box_title, row.mark) == ("Action needed", "Security")
    assert [sentence.text for sentence in row.sentences] == [
        "A fix from a security advisory.",
        "The message says: “Normalize exact hosts, so that case-different variants can't bypass gated routes.”",
        "Its title, Merge commit from fork, is the one that GitHub gives to the fix of an advisory.",
    ]
    assert not [story for story in edition.stories if "advisory" in story.heading.text]


def test_later_patch_counts_no_fix_of_an_earlier_advisory() -> None:
    later = commit(8, "Draw the lamp of the harbour in red", parents=(GAUGE.sha,))
    first, second = make_tag("v2.0.0", GAUGE.sha), make_tag("v2.0.1", later.sha)
    stories = build_stories_of(later, GAUGE, ADVISORY, tags=(first, second))
    headlines = [own.text for own in stories.release_headlines.values()]
    assert [text for text in headlines if "advisory" in text] == [text for text in headlines if "2.0.0" in text] != []


def test_two_fixes_of_advisories_say_once_how_they_are_known() -> None:
    second = commit(7, "Merge commit from fork\n\nLimit the size of each map, so that no printer is full.")
    edition = lay_out_release(second, ADVISORY, tags=())
    templates = [sentence.template for row in edition.box_rows for sentence in row.sentences]
    assert (len(edition.box_rows), templates.count("B-ADVISORY")) == (2, 1)


@pytest.mark.parametrize("title", ["Merge commit from forked history of tea", "Merge commit from the fork we keep"])
def test_other_merges_are_from_no_advisory(title: str) -> None:
    edition = lay_out_release(commit(3, title), tags=())
    assert edition.box_rows == ()


def test_last_list_is_called_also_only_behind_something() -> None:
    alone = lay_out(commit(1, "Sell lamps"), commit(2, "Paint the pier"))
    assert alone.also and not alone.has_main_part
    behind = lay_out_release(TAGGED, NEEDLE, GAUGE, tags=(make_tag("v2.0.0", TAGGED.sha),))
    assert behind.has_main_part


def test_month_prints_its_first_two_stories_and_then_larger_ones() -> None:
    text = "Previously the {0} crashed on frost; now you can read the {0}, which is 60% faster than before."
    commits = [
        commit(number, f"Show the {word}\n\n{text.format(word)}")
        for number, word in enumerate(("gauge", "wheel", "lamp"), 1)
    ]
    titles = ("Draw reel menus", "Draw reel menus at night", "Draw reel menus in ports")
    commits += [
        commit(number, f"{title}\n\nThe reel now has menus in ports.") for number, title in enumerate(titles, 4)
    ]
    stories = build_stories_of(*commits)
    sizes = [len(story.group.changes) for story in stories.stories]
    assert sizes == [1, 1, 1, 3]
    month = replace(make_facts(), period=Period(PeriodKind.MONTHLY, date(2026, 3, 1)))
    edition = build_edition(stories, month, replace(NO_SECTIONS, stories=3))
    assert [len(story.group.changes) for story in edition.stories] == [1, 1, 3]


def test_many_releases_of_a_project_are_counted_in_the_lede() -> None:
    older = [commit(number, f"Oil bolt {number}") for number in range(20, 26)]
    tags = (make_tag("v2.0.0", TAGGED.sha), *(make_tag(f"v1.9.{n}", item.sha) for n, item in enumerate(older)))
    edition = lay_out_release(TAGGED, NEEDLE, GAUGE, *older, tags=tags)
    assert edition.lede[-1].text == "Also out: six other releases, the first of them tool 1.9.0."


def test_other_release_is_quoted_and_its_items_are_not_counted() -> None:
    tags = (make_tag("v2.0.0", TAGGED.sha), make_tag("v1.9.4", GAUGE.sha))
    stories = build_stories_of(TAGGED, NEEDLE, GAUGE, tags=tags)
    other = next(release.key for release in stories.releases if release.tag == "v1.9.4")
    quoted = Quotation(source="notes:1", start=0, end=10, text="Add a lamp")
    sentences = (
        make_sentence("R-OUT", "tool 1.9.4 is out."),
        make_sentence("R-LIST", "Its notes list three fixes."),
        quote_sentence("R-ALSO", "quotes.notes_new", quoted),
    )
    quoting = stories.model_copy(update={"release_sentences": {**stories.release_sentences, other: sentences}})
    edition = build_edition(quoting, make_facts(), DIGEST_LIMITS[PeriodKind.WEEKLY])
    assert [sentence.template for sentence in edition.also[0].sentences] == ["R-OUT", "R-ALSO"]


def test_news_of_another_release_that_a_section_has_is_not_quoted() -> None:
    tags = (make_tag("v2.0.0", TAGGED.sha), make_tag("v1.9.4", GAUGE.sha))
    stories = build_stories_of(TAGGED, NEEDLE, GAUGE, tags=tags)
    other = next(release.key for release in stories.releases if release.tag == "v1.9.4")
    quoted = Quotation(source="notes:1", start=0, end=29, text="Sell lamps to every ship.")
    sentences = (make_sentence("R-OUT", "tool 1.9.4 is out."), quote_sentence("R-ALSO", "quotes.notes_new", quoted))
    quoting = stories.model_copy(update={"release_sentences": {**stories.release_sentences, other: sentences}})
    edition = build_edition(quoting, make_facts(), DIGEST_LIMITS[PeriodKind.WEEKLY])
    assert "Sell lamps to every ship" in [story.heading.text for story in edition.stories]
    assert [sentence.template for sentence in edition.also[0].sentences] == ["R-OUT"]


# --- A day


def test_day_has_five_items_at_most() -> None:
    limits = DIGEST_LIMITS[PeriodKind.DAILY]
    titles = (f"Add lamp {number} to the pier of the harbour" for number in range(8))
    edition = lay_out(*FIXES, *(commit(number, title) for number, title in enumerate(titles, 3)), limits=limits)
    listed = [*edition.also, *(item for own in edition.all_lists for item in own.items)]
    assert len(edition.stories) + sum(len(item.changes) for item in listed) == 5
    assert edition.more is None


def test_day_tells_its_story_at_length_without_naming_the_day_again() -> None:
    fix = commit(
        1,
        "Fix the needle of the gauge\n\nThe needle crashed on frost, because its axle is of iron. The axle is now of "
        "brass.\n\nUsers now see the needle of the gauge in every frost, instead of a wrong tide.",
    )
    (story,) = lay_out(fix, commit(2, "Move the old pier"), limits=DIGEST_LIMITS[PeriodKind.DAILY]).stories
    quoted = [part.quotation for sentence in story.sentences for part in sentence.parts if part.quotation]
    assert [quote.start for quote in quoted] == sorted(quote.start for quote in quoted)
    assert "instead of a wrong tide" in quoted[-1].text
    assert story.sentences[0].text.startswith("What went wrong, in Ada Lovelace’s words: “The needle crashed")
    assert not any("landed on" in sentence.text for sentence in story.sentences)


def test_one_change_beside_housekeeping_is_not_said_to_be_alone() -> None:
    only = commit(1, "Add a gauge to the dial")
    edition = lay_out(only, commit(2, "Bump ink from 1.0 to 1.1"))
    assert edition.lede[0].text.startswith("Besides housekeeping, one change: Add a gauge to the dial")
    assert lay_out(only).lede[0].text.startswith("One change: Add a gauge to the dial")


def test_month_lists_new_abilities_by_titles_alone() -> None:
    told = commit(1, "Fix the lamp of the pier\n\nPreviously the lamp of the pier was lost when users drew it.")
    titles = ("Add a night map", "Add `--moon` option", "Add some checks on sizes", "Introduce a lamp::draw macro")
    commits = [told, *(commit(number, title) for number, title in enumerate(titles, 2))]
    period = Period(PeriodKind.MONTHLY, date(2025, 11, 1))
    facts = EditionFacts(period, "acme/tool", "UTC", 1, 0, 5, 1)
    edition = build_edition(build_stories_of(*commits), facts, DIGEST_LIMITS[PeriodKind.MONTHLY])
    (listed,) = [own for own in edition.all_lists if own.title == "New"]
    assert sorted(item.sentences[0].text for item in listed.items) == ["Add `--moon` option.", "Add a night map."]


@pytest.mark.parametrize(("number", "kind", "in_brief"), [
    (3, PeriodKind.MONTHLY, 0), (5, PeriodKind.MONTHLY, 5), (5, PeriodKind.WEEKLY, 0),
])  # fmt: skip
def test_long_month_begins_in_brief(number: int, kind: PeriodKind, in_brief: int) -> None:
    things = ("gauge", "needle", "anchor", "buoy", "keel")[:number]
    commits = [
        commit(place, f"Allow a {thing} of brass\n\nUsers can now choose a {thing} of brass, because iron rusts.")
        for place, thing in enumerate(things, 1)
    ]
    start = date(2025, 11, 1) if kind is PeriodKind.MONTHLY else date(2025, 11, 10)
    facts = EditionFacts(Period(kind, start), "acme/tool", "UTC", 1, 0, number, 1)
    edition = build_edition(build_stories_of(*commits), facts, DIGEST_LIMITS[kind])
    assert len(edition.stories) == number
    assert len(edition.brief) == in_brief


def test_story_whose_first_change_the_box_has_is_not_listed_again() -> None:
    # Odin, November 2024: two of three changes were rows of the box, and the list had the first of them again.
    edition = lay_out(
        commit(1, "Make `#lamp` types an error in parsing"),
        commit(2, "Remove `#lamp` types from the compiler"),
        commit(3, "Use no `#lamp` types in the marshaller"),
        commit(4, "Add a gauge to the dial\n\nThe gauge shows what users could not see before."),
        limits=DIGEST_LIMITS[PeriodKind.WEEKLY],
    )
    assert [row.mark for row in edition.box_rows] == ["Removed", "Now an error"]
    listed = [*edition.also, *(item for own in edition.all_lists for item in own.items)]
    assert not [item for item in listed if "#lamp" in item.sentences[0].text]
