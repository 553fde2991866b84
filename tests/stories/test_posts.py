"""Posts for X and LinkedIn, and the chief's note: the headline, what breaks, one quotation, and releases."""

from datetime import UTC, datetime

from sparky_assets.documents.models import Quotation
from sparky_assets.stories.models import (
    BoxMark,
    BoxRow,
    Change,
    PeriodStories,
    ReleaseNote,
    SentencePart,
    Story,
    StoryItem,
    StorySentence,
)
from sparky_assets.stories.printing.edition import EditionContent, EditionList
from sparky_assets.stories.printing.phrasing import build_plural, tell
from sparky_assets.stories.printing.products.named_rows import name_items
from sparky_assets.stories.printing.products.note import build_chief_note
from sparky_assets.stories.printing.products.posts import build_linkedin_post, build_x_post
from sparky_assets.stories.printing.sentences import count, join_names
from tests.factories.sentences import make_sentence
from tests.stories.test_edition import make_story, say


def make_row(title: str, mark: BoxMark = "Breaking", label: str = "") -> BoxRow:
    part = SentencePart(kind="title", text=title, url="https://example.org/1")
    return BoxRow(mark=mark, label=label or mark, sentences=(make_sentence("B", part, "."),))


def quote(text: str) -> StorySentence:
    quotation = Quotation(source="message:acme/tool@1", start=0, end=len(text), text=text)
    return make_sentence("Q", SentencePart(kind="quotation", text=f"“{text}”", quotation=quotation))


def make_release(number: int) -> ReleaseNote:
    return ReleaseNote(
        key=f"release:acme/tool@v{number}", repository="acme/tool", tag=f"v{number}", version=f"{number}.0", title="",
        url=None, published_at=datetime(2025, 11, 12, tzinfo=UTC), is_prerelease=False,
    )  # fmt: skip


def make_edition(*rows: BoxRow, headline: str = "Tabs are read", **parts: object) -> EditionContent:
    headings = {"headline_sentence": say(headline), "dateline_sentence": say("Date")}
    return EditionContent.model_validate({**headings, "box_rows": rows, **parts})


def list_texts(sentences: tuple[StorySentence, ...]) -> list[str]:
    return [sentence.text for sentence in sentences]


def test_named_items_leave_out_what_shares_several_names_of_code() -> None:
    titles = ("Draw `tide` maps", "Draw `tide` and `moon` maps with `pier`", "Draw `tide` with `sun` and `wind`")
    own = EditionList(heading=say("New"), items=tuple(StoryItem(sentences=(say(title),)) for title in titles))
    named = name_items(own, "Nothing", said="`tide` and `moon` are drawn.")
    assert named is not None
    assert named.text == "New: Draw `tide` with `sun` and `wind`."


def test_x_post_has_the_headline_and_one_sentence_per_mark() -> None:
    edition = make_edition(make_row("a"), make_row("b"), make_row("c", "Removed"))
    assert list_texts(build_x_post(edition, PeriodStories())) == ["Tabs are read.", "Breaking: a and b.", "Removed: c."]


def test_x_post_names_three_rows_of_a_mark_and_counts_the_rest() -> None:
    edition = make_edition(*(make_row(letter) for letter in "abcde"))
    assert list_texts(build_x_post(edition, PeriodStories())) == ["Tabs are read.", "Breaking: a, b, c, and 2 more."]


def test_x_post_has_no_links_and_names_an_advisory() -> None:
    edition = make_edition(make_row("a", "Security", "CVE-2025-1"))
    _, sentence = build_x_post(edition, PeriodStories())
    assert sentence.text == "CVE-2025-1: a."
    assert [part.url for part in sentence.parts] == [None] * len(sentence.parts)


def test_row_without_a_title_is_left_out() -> None:
    row = BoxRow(mark="Breaking", label="Breaking", sentences=(say("No title."),))
    assert list_texts(build_x_post(make_edition(row), PeriodStories())) == ["Tabs are read."]


def test_linkedin_post_has_one_quotation_and_one_line_of_thanks() -> None:
    edition = make_edition(
        make_row("a"), lede=(say("Plain."), quote("One."), quote("Two.")), people=(say("Thanks."), say("More."))
    )
    assert list_texts(build_linkedin_post(edition, PeriodStories())) == [
        "Tabs are read.",
        "Breaking: a.",
        "“One.”",
        "Thanks.",
    ]


def test_linkedin_post_repeats_no_quotation_of_the_headline() -> None:
    edition = make_edition(headline="`tabs` are read", lede=(quote("tabs are read."), quote("Two.")))
    assert list_texts(build_linkedin_post(edition, PeriodStories())) == ["`tabs` are read.", "“Two.”"]


def test_linkedin_post_without_a_quoted_lede_quotes_the_first_story() -> None:
    story = make_story(heading="Heading", brief="Tool reads tabs.", sentence="", item="", closing="")
    quoting = story.model_copy(update={"sentences": (say("Plain."), quote("One."))})
    edition = make_edition(headline="Other", stories=(quoting,))
    assert list_texts(build_linkedin_post(edition, PeriodStories())) == ["Other.", "Tool reads tabs.", "“One.”"]
    in_headline = make_edition(headline="Tool reads tabs", stories=(quoting,))
    assert list_texts(build_linkedin_post(in_headline, PeriodStories())) == ["Tool reads tabs.", "“One.”"]


def test_chief_note_separates_actions_from_risks_without_empty_lines() -> None:
    edition = make_edition(make_row("a"), make_row("b", "Blocked"), coming=(say("Next."), say("Later.")))
    note = {heading.text: line for heading, line in build_chief_note(edition, PeriodStories(), "week")}
    assert {line: list_texts(sentences) for line, sentences in note.items()} == {
        "Out": ["No release was tagged this week."],
        "Act": ["Breaking: a."],
        "Risk": ["Blocked: b."],
        "Next": ["Next."],
    }
    assert [part.url for part in note["Act"][0].parts if part.url] == ["https://example.org/1"]


def test_chief_note_names_six_releases_and_counts_the_rest() -> None:
    def tell(count: int, noun: str = "week") -> str:
        stories = PeriodStories(releases=tuple(make_release(number) for number in range(1, count + 1)))
        (line,) = build_chief_note(make_edition(), stories, noun)
        return line[1][0].text

    assert tell(0, "day") == "No release was tagged."
    assert tell(1) == "One release: tool 1.0."
    assert tell(2) == "Two releases: tool 2.0 and tool 1.0."
    assert tell(8).endswith("tool 3.0, and 2 more.")


def test_chief_note_names_the_release_that_leads_first() -> None:
    releases = (make_release(1), make_release(2), make_release(3).model_copy(update={"is_prerelease": True}))
    headline = tell("H", "headlines.release_news", project="tool", version="1.0", news="Tabs are read")
    part = make_release(4).model_copy(update={"tag": "@tool/parser@4.0", "key": "release:acme/tool@@tool/parser@4.0"})
    stories = PeriodStories(releases=(*releases, part), release_headlines={releases[0].key: headline})
    text = note_lines(make_edition(), stories)["Out"][0]
    names = ["tool 1.0", "tool 2.0", part.project, "tool 3.0"]
    assert [text.index(name) for name in names] == sorted(text.index(name) for name in names)


def test_posts_repeat_no_row_that_the_headline_begins() -> None:
    rows = [make_row("“The parsing of `lines` was rewritten and is fast”"), make_row("b", "Removed")]
    rows += [make_row("c", "Deprecated"), make_row("d", "Compatibility")]
    headline = "tool 2.0 is out: The parsing of lines was rewritten; one more breaking change"
    edition = make_edition(*rows, headline=headline)
    assert list_texts(build_x_post(edition, PeriodStories()))[1:] == [
        "Removed: b.",
        "Deprecated: c.",
        "Compatibility: d.",
    ]
    assert list_texts(build_linkedin_post(edition, PeriodStories()))[1:] == ["Removed: b.", "Deprecated: c."]


def test_long_titles_of_a_mark_are_separated_by_semicolons() -> None:
    edition = make_edition(*(make_row(f"Keep the tabs, and spaces, of {letter}") for letter in "abcd"))
    assert build_x_post(edition, PeriodStories())[1].text == (
        "Breaking: Keep the tabs, and spaces, of a; Keep the tabs, and spaces, of b; "
        "Keep the tabs, and spaces, of c; and one more."
    )


def test_row_behind_its_mark_has_no_second_label() -> None:
    edition = make_edition(make_row("Fixed in rust: Tie the map"), make_row("Fixed: Lock the map"))
    assert build_x_post(edition, PeriodStories())[1].text == "Breaking: rust: Tie the map; Lock the map."


def test_post_names_fewer_rows_where_three_have_no_room() -> None:
    long = "Read every line of the file until its last one has been written to the other"
    edition = make_edition(*(make_row(f"{long} {letter}") for letter in "abc"))
    assert build_x_post(edition, PeriodStories())[1].text == f"Breaking: {long} a; {long} b; and one more."


def test_headline_of_a_breaking_change_is_followed_by_its_mark() -> None:
    edition = make_edition(make_row("Read tabs as spaces"), make_row("b"), headline="tool: Read tabs as spaces")
    texts = list_texts(build_x_post(edition, PeriodStories()))
    assert texts == ["tool: Read tabs as spaces.", "The change is breaking.", "Also breaking: b."]


def test_advisory_of_the_headline_is_named_by_its_number() -> None:
    row = make_row("Bind the parser to its file", "Security", "CVE-2025-12345 in 1.2")
    edition = make_edition(row, headline="tool 1.2 is out: Bind the parser to its file")
    assert list_texts(build_x_post(edition, PeriodStories()))[1:] == ["Security: CVE-2025-12345 in 1.2."]


def test_advisory_that_the_headline_counts_is_not_repeated() -> None:
    news = build_plural("counts.advisory_fix", 4, number=count(4))
    headline = tell("H", "headlines.release_news", project="tool", version="1.2", news=news)
    edition = make_edition(make_row("A fix from a security advisory", "Security"), headline_sentence=headline)
    assert len(build_x_post(edition, PeriodStories())) == 1


def test_post_without_rows_names_what_the_release_brings() -> None:
    items = tuple({"sentences": (say(text),)} for text in ("Send empty bodies.", "Find maps.", "Tabs are read."))
    own = EditionList.model_validate({"heading": say("New in this release"), "items": items})
    texts = list_texts(build_x_post(make_edition(released=(own,)), PeriodStories()))
    assert texts == ["Tabs are read.", "New in this release: Send empty bodies and Find maps."]


def make_change(title: str, number: int = 1, author: str = "Ada", *, is_first: bool = False) -> Change:
    return Change(
        key=f"pr:acme/tool#{number}", repository="acme/tool", number=number, sha=f"{number:040}", url=None,
        raw_title=title, title=title, author=author, landed_at=datetime(2025, 11, 12, tzinfo=UTC),
        is_first_contribution=is_first, is_bot=author.endswith("[bot]"),
    )  # fmt: skip


def make_story_of(change: Change) -> Story:
    story = make_story(heading=change.title, brief=f"{change.title}.", sentence="", item="", closing="")
    group = story.group.model_copy(update={"head": change.key, "changes": (change.key,)})
    return story.model_copy(update={"group": group, "sentences": ()})


def thank(*changes: Change) -> str:
    stories = PeriodStories(changes=changes, stories=tuple(map(make_story_of, changes)))
    return build_linkedin_post(make_edition(headline="Other"), stories)[-1].text


def test_linkedin_post_thanks_a_newcomer_for_what_they_did() -> None:
    first = make_change("Fix the lock", 2, "Grace", is_first=True)
    other = make_change("Add a map", 3, "Eve", is_first=True)
    assert thank(make_change("Add a list"), first) == "Thanks to Grace, who fixed the lock (a first commit)."
    assert thank(first, other) == "Thanks to Grace, who fixed the lock (a first commit), and to one more newcomer."


def test_linkedin_post_without_newcomers_thanks_the_first_author() -> None:
    assert thank(make_change("Add a list"), make_change("Fix the lock", 2)) == "Thanks to Ada, who added a list."
    assert thank(make_change("No more tabs")) == "Thanks to Ada for “No more tabs”."
    bot = make_change("Bump it", 2, "dependabot[bot]")
    assert thank(bot, make_change("Add a list")) == "Thanks to Ada, who added a list."


def test_linkedin_post_without_newcomers_thanks_the_people_of_the_release() -> None:
    release = make_release(2).model_copy(update={"commit_count": 43, "person_count": 23, "is_prerelease": False})
    headline = tell("H", "headlines.release_news", project="tool", version="2.0", news="Tabs are read")
    stories = PeriodStories(
        changes=(make_change("Add a list"),), releases=(release,), release_headlines={release.key: headline}
    )
    sentence = build_linkedin_post(make_edition(headline_sentence=headline), stories)[-1]
    assert sentence.text == "Thanks to the 23 people behind the 43 commits of tool 2.0."


def test_x_post_without_a_release_says_what_the_headline_means() -> None:
    story = make_story(heading="Heading", brief="Tool reads tabs.", sentence="", item="", closing="")
    quoting = story.model_copy(update={"sentences": (say("Plain."), quote("Tabs were lost."))})
    edition = make_edition(headline="tool: Tool reads tabs", stories=(quoting,))
    texts = list_texts(build_x_post(edition, PeriodStories()))
    assert texts == ["tool: Tool reads tabs.", "“Tabs were lost.”"]


def note_lines(edition: EditionContent, stories: PeriodStories) -> dict[str, list[str]]:
    return {label.text: list_texts(line) for label, line in build_chief_note(edition, stories, "week")}


def test_chief_note_without_a_release_says_what_landed() -> None:
    changes = (make_change("Add a list of all tabs"), make_change("Fix the lock", 2))
    stories = PeriodStories(changes=changes, stories=tuple(map(make_story_of, changes)))
    edition = make_edition(headline="tool: Fix the lock", stories=stories.stories)
    landed = ["No release was tagged this week.", "Landed: Add a list of all tabs."]
    assert note_lines(edition, stories) == {"Out": landed}


def test_chief_note_names_releases_that_were_fixed_since() -> None:
    row = BoxRow(mark="Fixed since", label="Fixed since", sentences=(say("tool 1.0 by 1.1."),))
    assert note_lines(make_edition(row), PeriodStories())["Act"] == ["Fixed since: tool 1.0 by 1.1."]


def test_chief_note_names_three_newcomers_and_ends_with_counts() -> None:
    people = tell("P-NEW", "people.firsts", number=count(5, starts_sentence=True), people=join_names("ABCDE"))
    edition = make_edition(people=(people,), counts=say("Nine changes."))
    lines = note_lines(edition, PeriodStories())
    assert lines["People"] == ["Five people made their first commit: A, B, C, and 2 more."]
    assert lines["Numbers"] == ["Nine changes."]
    assert "Numbers" not in note_lines(make_edition(counts=say("Nine."), coming=(say("Next."),)), PeriodStories())


def test_x_post_counts_rows_of_which_none_has_room() -> None:
    long = " ".join(["Statements are committed automatically unless a transaction is open"] * 4)
    edition = make_edition(*(make_row(f"{long} {letter}") for letter in "abcd"))
    assert list_texts(build_x_post(edition, PeriodStories())) == ["Tabs are read.", "Breaking: four changes."]


def test_linkedin_post_names_fewer_rows_where_three_are_too_long() -> None:
    long = " ".join(["Statements are committed automatically unless a transaction is open"] * 4)
    edition = make_edition(*(make_row(f"{long} {letter}") for letter in "abcd"))
    texts = list_texts(build_linkedin_post(edition, PeriodStories()))
    assert texts[1] == f"Breaking: {long} a; {long} b; and two more."


def test_chief_note_names_fewer_rows_where_a_line_is_too_long() -> None:
    long = " ".join(["Statements are committed automatically unless a transaction is open"] * 2)
    edition = make_edition(*(make_row(f"{long} {letter}") for letter in "abcd"))
    (line,) = note_lines(edition, PeriodStories())["Act"]
    assert line == f"Breaking: {long} a; {long} b; and two more."


def test_linkedin_post_names_no_story_again_that_it_quotes() -> None:
    story = make_story(heading="Heading", brief="Pr 2825.", sentence="", item="", closing="")
    quoting = story.model_copy(update={"sentences": (quote("Tabs were lost."),)})
    texts = list_texts(build_linkedin_post(make_edition(headline="Other", stories=(quoting,)), PeriodStories()))
    assert texts == ["Other.", "Pr 2825.", "“Tabs were lost.”"]
    change = make_change("Pr 2825")
    stories = PeriodStories(changes=(change,), stories=(make_story_of(change),))
    assert len(build_linkedin_post(make_edition(headline="Other"), stories)) == 1


def test_headline_of_two_changes_says_which_one_breaks() -> None:
    headline = "tool: Fixed in logs: Cap the size of all logs; Read every tab as four spaces"
    edition = make_edition(
        make_row("Read every tab as four spaces"),
        make_row("Fixed in logs: Cap the size of all logs", "Changed default"),
        headline=headline,
    )
    texts = list_texts(build_x_post(edition, PeriodStories()))
    assert texts == [f"{headline}.", "The second of these changes is breaking."]


def test_advisory_and_its_backports_are_named_once() -> None:
    rows = (make_row(text, "Security", label) for text, label in (
        ("Bind the parser", "CVE-2025-12345"), ("Backport of the parser", "CVE-2025-12345 in 1.2"),
    ))  # fmt: skip
    edition = make_edition(*rows)
    assert list_texts(build_x_post(edition, PeriodStories()))[1:] == ["CVE-2025-12345: Bind the parser."]
    assert note_lines(edition, PeriodStories())["Risk"] == ["CVE-2025-12345: Bind the parser."]


def test_post_names_no_single_row_by_its_count() -> None:
    long = " ".join(["Statements are committed automatically unless a transaction is open"] * 4)
    rows = (make_row(long, "Security", "CVE-2025-12345"), make_row("b", "Security", "CVE-2025-12346"))
    assert list_texts(build_x_post(make_edition(*rows), PeriodStories()))[1:] == ["CVE-2025-12346: b."]


def test_post_names_a_minimum_of_several_repositories_once() -> None:
    rows = [make_minimum("go", "1.25.0"), make_minimum("go", "1.25.0"), make_minimum("node", "22")]
    assert list_texts(build_x_post(make_edition(*rows), PeriodStories()))[1:] == ["New minimum: go 1.25.0 and node 22."]


def make_minimum(key: str, value: str) -> BoxRow:
    parts = (SentencePart(kind="code", text=key), SentencePart(kind="code", text=value))
    return BoxRow(mark="New minimum", label="New minimum", sentences=(make_sentence("B-MANIFEST", *parts),))


def test_post_names_no_row_by_a_version_alone() -> None:
    assert len(build_x_post(make_edition(make_row("v2")), PeriodStories())) == 1
    (_, sentence) = build_x_post(make_edition(make_row("v2"), make_row("No more tabs")), PeriodStories())
    assert sentence.text == "Breaking: No more tabs and 1 more."


def test_linkedin_post_quotes_no_change_of_which_it_has_said_nothing() -> None:
    changes = (make_change("Read tabs as spaces"), make_change("Keep the map open", 2))
    first, second = map(make_story_of, changes)
    first = first.model_copy(update={"sentences": (quote("Tabs were lost."),)})
    second = second.model_copy(update={"sentences": (quote("The map was shut."),)})
    rows = [make_row(letter).model_copy(update={"changes": (changes[0].key,)}) for letter in "abcd"]
    stories = PeriodStories(changes=changes, stories=(first, second))
    texts = list_texts(build_linkedin_post(make_edition(*rows, headline="Other", stories=(first, second)), stories))
    assert texts[:3] == ["Other.", "Breaking: a, b, c, and 1 more.", "Keep the map open."]
    assert "“Tabs were lost.”" not in texts


def test_thanks_repeat_neither_the_headline_nor_the_news() -> None:
    said = make_change("Fix the lock of the map", is_first=True)
    other = make_change("Add a map of the moon", 2, "Grace")
    headline = "tool: Fix the lock of the map"

    def write(*changes: Change) -> str:
        stories = PeriodStories(changes=changes, stories=tuple(map(make_story_of, changes)))
        return build_linkedin_post(make_edition(headline=headline), stories)[-1].text

    assert write(said, other) == "Thanks to Grace, who added a map of the moon."
    assert write(said) == "Thanks to Ada, whose first commit this is."
    assert write(said.model_copy(update={"is_first_contribution": False})) == "Thanks to Ada for this change."


def test_posts_without_sections_name_what_else_is_new() -> None:
    changes = (make_change("Fix the lock"), make_change("Add a map of the moon", 2), make_change("Tidy the list", 3))
    items = tuple(StoryItem(sentences=(say(change.title),), changes=(change.key,)) for change in changes)
    stories = PeriodStories(changes=changes, stories=tuple(map(make_story_of, changes)))
    edition = make_edition(headline="tool 2.0 is out: Fix the lock", also=items)
    texts = list_texts(build_x_post(edition, stories))
    assert texts == ["tool 2.0 is out: Fix the lock.", "Also: Add a map of the moon."]


def test_chief_note_names_what_landed_by_its_title_and_releases_by_version() -> None:
    changes = (make_change("Add a list of all tabs"), make_change("Restore the lock", 2))
    stories = PeriodStories(
        changes=changes, stories=tuple(map(make_story_of, changes)),
        releases=tuple(make_release(number) for number in (1, 3, 2)),
    )  # fmt: skip
    story = stories.stories[0].model_copy(update={"brief": make_sentence("H-ONE", "New: a list of all tabs.")})
    out = note_lines(make_edition(headline="Other", stories=(story,)), stories)["Out"]
    assert out == ["Three releases: tool 3.0, tool 2.0, and tool 1.0.", "Landed: Add a list of all tabs."]


def test_chief_note_of_a_smaller_size_names_less() -> None:
    stories = PeriodStories(releases=tuple(make_release(number) for number in range(1, 9)))
    edition = make_edition(*(make_row(letter) for letter in "abcd"))
    lines = {label.text: list_texts(line) for label, line in build_chief_note(edition, stories, "week", shortened=2)}
    assert lines["Out"] == ["Eight releases: tool 8.0, tool 7.0, and 6 more."]
    assert lines["Act"] == ["Breaking: a and 3 more."]


def test_linkedin_post_quotes_no_headline_behind_several_rows() -> None:
    change = make_change("Read tabs as spaces")
    story = make_story_of(change).model_copy(update={"sentences": (quote("Tabs were lost."),)})
    stories = PeriodStories(changes=(change,), stories=(story,))
    edition = make_edition(make_row("a"), make_row("b"), headline="tool: Read tabs as spaces", stories=(story,))
    assert "“Tabs were lost.”" not in list_texts(build_linkedin_post(edition, stories))


def test_x_post_counts_no_rows_behind_others() -> None:
    long = " ".join(["Statements are committed automatically unless a transaction is open"] * 4)
    rows = (make_row("a"), *(make_row(f"{long} {letter}", "Removed") for letter in "ab"))
    assert list_texts(build_x_post(make_edition(*rows), PeriodStories())) == ["Tabs are read.", "Breaking: a."]


def test_short_headline_is_not_repeated_by_the_row_that_it_is_from() -> None:
    edition = make_edition(make_row("Deprecate `lamp`"), headline="Deprecated in tool: `lamp`")
    assert list_texts(build_x_post(edition, PeriodStories()))[1:] == ["The change is breaking."]
    edition = make_edition(make_row("Require Dart 3.3", "New minimum"), headline="tool 1.0.5 is out: require Dart 3.3")
    assert list_texts(build_x_post(edition, PeriodStories()))[1:] == []


def test_post_counts_no_rows_that_the_headline_counts() -> None:
    long = " ".join(["Statements are committed automatically unless a transaction is open"] * 4)
    edition = make_edition(
        *(make_row(f"{long} {letter}") for letter in "abcd"),
        headline="tool 2.0 is out: Read every tab as spaces; three more breaking changes",
    )
    assert len(build_x_post(edition, PeriodStories())) == 1
