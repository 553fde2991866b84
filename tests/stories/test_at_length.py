"""Stories at length, for the blog post and the month: sentences in their order, days, and what followed."""

from sparky_assets.documents.models import Quotation
from sparky_assets.stories.assemble import build_material_stories, gather_material
from sparky_assets.stories.models import PeriodStories, Story
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import BLOG_LIMITS
from sparky_assets.stories.printing.verify import find_problems
from tests.stories.test_layout import build_stories_of, make_facts, make_tag
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit

GAUGE = commit(
    1,
    "Add the gauge of the harbour (#1)\n\n"
    "Sailors cannot see the depth of the harbour. You can now read the gauge, so that no ship is late.\n\n"
    "- It shows feet, and\n- it shows metres.\n\n"
    "Users can turn the gauge off with `--no-gauge`, so that no sailor is distracted. "
    "Added regression tests because every gauge fails in frost.",
)
FOLLOWER = commit(
    2,
    "Show the gauge of the harbour in metres (#2)\n\nThis follows #1. Users can now read metres instead of feet.",
    parents=(GAUGE.sha,),
)


def find_long(stories: PeriodStories) -> Story:
    return next(story for story in stories.stories if story.long_sentences).tell_at_length()


def list_quoted(story: Story) -> list[Quotation]:
    return [part.quotation for item in story.sentences for part in item.parts if part.quotation]


def test_long_story_quotes_a_message_in_the_order_of_its_text() -> None:
    story = find_long(build_stories_of(GAUGE))
    quoted = list_quoted(story)
    assert [quote.start for quote in quoted] == sorted(quote.start for quote in quoted)
    # Two sentences of one paragraph are one quotation.
    assert [quote.text for quote in quoted] == [
        "Sailors cannot see the depth of the harbour. You can now read the gauge, so that no ship is late.",
        "Users can turn the gauge off with `--no-gauge`, so that no sailor is distracted.",
    ]


def test_long_story_quotes_no_item_that_goes_on_and_nothing_about_tests() -> None:
    text = " ".join(quote.text for quote in list_quoted(find_long(build_stories_of(GAUGE))))
    assert "feet, and" not in text
    assert "regression tests" not in text


def test_long_story_says_when_its_change_landed_and_in_which_release() -> None:
    later = commit(30, "Sell lamps to ships", parents=(GAUGE.sha,))
    told = find_long(build_stories_of(later, GAUGE))
    assert told.sentences[-1].text == "The change landed on November 12."
    tags = (make_tag("v1.9.0", GAUGE.sha), make_tag("v2.0.0", later.sha))
    released = find_long(build_stories_of(later, GAUGE, tags=tags))
    assert released.sentences[-1].text == (
        "The change landed on November 12 and came out with tool 1.9.0 on the same day."
    )


def test_long_story_does_not_repeat_the_only_release() -> None:
    """Four sections of zellij 0.45.0 said one after the other that their changes came out with it."""
    later = commit(30, "Sell lamps to ships", parents=(GAUGE.sha,))
    released = find_long(build_stories_of(later, GAUGE, tags=(make_tag("v2.0.0", later.sha),)))
    assert not any("tool 2.0.0" in sentence.text for sentence in released.sentences)


def test_long_story_lists_what_followed_with_its_day_and_a_quotation() -> None:
    later = FOLLOWER._replace(committed_at=GAUGE.committed_at + 86_400)
    story = find_long(build_stories_of(later, GAUGE))
    (item,) = story.items
    title, quoted = item.sentences
    assert title.text.startswith("November 13: ") and title.text.endswith("Show the gauge of the harbour in metres.")
    assert quoted.has_quotation
    assert not any(sentence.template in {"S-FOLLOW", "S-REST"} for sentence in story.sentences)


def test_long_story_holds_nothing_that_the_records_do_not_say() -> None:
    stories = build_stories_of(FOLLOWER, GAUGE, tags=(make_tag("v2.0.0", FOLLOWER.sha),))
    edition = build_edition(stories, make_facts(), BLOG_LIMITS)
    assert edition.stories
    assert find_problems(edition.sentences, (), stories) == {}


def test_blog_post_names_a_change_with_a_section_in_no_list_of_the_release() -> None:
    stories = build_stories_of(FOLLOWER, GAUGE, tags=(make_tag("v2.0.0", FOLLOWER.sha),))
    edition = build_edition(stories, make_facts(), BLOG_LIMITS)
    written = {key for story in edition.stories for key in story.group.changes}
    assert written.isdisjoint(key for own in edition.released for item in own.items for key in item.changes)


def test_blog_post_without_a_release_opens_with_its_first_author() -> None:
    stories = build_stories_of(GAUGE, commit(30, "Sell lamps to ships", parents=(GAUGE.sha,)))
    edition = build_edition(stories, make_facts(), BLOG_LIMITS)
    (opening,) = edition.lede
    assert opening.text == (
        "“Sailors cannot see the depth of the harbour. You can now read the gauge, so that no ship is late.” "
        "That is how Ada Lovelace explains Add the gauge of the harbour."
    )
    assert edition.brief == ()
    first = edition.stories[0].sentences[0]
    assert first.text == (
        "Ada Lovelace writes: “Users can turn the gauge off with `--no-gauge`, so that no sailor is distracted.”"
    )
    assert find_problems(edition.sentences, (), stories) == {}


def test_blog_post_whose_first_story_has_one_quotation_opens_with_none() -> None:
    change = commit(1, "Fix the needle of the gauge\n\nThe needle crashed on frost.")
    edition = build_edition(
        build_stories_of(change, commit(2, "Sell lamps to ships"), commit(3, "Paint the pier")),
        make_facts(),
        BLOG_LIMITS,
    )
    assert edition.lede == ()
    assert any("crashed on frost" in sentence.text for sentence in edition.stories[0].sentences)


def test_long_story_names_the_earlier_change_that_it_carries_on() -> None:
    before = build_stories_of(GAUGE)
    earlier = [(story.group, [change]) for story in before.stories for change in before.changes]
    repository = RepositoryLog("acme/tool", "https://github.com/acme/tool", "ok", (FOLLOWER,), ())
    stories = build_material_stories(gather_material(World(WEEK, (repository,)).raw(), earlier), "UTC")
    story = find_long(stories)
    assert story.sentences[-1].text == "It carries on Add the gauge of the harbour, which landed on November 12."
    assert find_problems(story.sentences, (), stories) == {}
