"""Posts for X and LinkedIn, and the chief's note: the headline, what breaks, one quotation, and releases."""

from datetime import UTC, datetime

from sparky_assets.documents.models import Quotation
from sparky_assets.stories.models import BoxMark, BoxRow, PeriodStories, ReleaseNote, SentencePart, StorySentence
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.posts import build_chief_note, build_linkedin_post, build_x_post
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


def test_x_post_has_the_headline_and_one_sentence_per_mark() -> None:
    edition = make_edition(make_row("a"), make_row("b"), make_row("c", "Removed"))
    assert list_texts(build_x_post(edition)) == ["Tabs are read.", "Breaking: a and b.", "Removed: c."]


def test_x_post_names_three_rows_of_a_mark_and_counts_the_rest() -> None:
    edition = make_edition(*(make_row(letter) for letter in "abcde"))
    assert list_texts(build_x_post(edition)) == ["Tabs are read.", "Breaking: a, b, c, and 2 more."]


def test_x_post_has_no_links_and_names_an_advisory() -> None:
    edition = make_edition(make_row("a", "Security", "CVE-2025-1"))
    _, sentence = build_x_post(edition)
    assert sentence.text == "CVE-2025-1: a."
    assert [part.url for part in sentence.parts] == [None] * len(sentence.parts)


def test_row_without_a_title_is_left_out() -> None:
    row = BoxRow(mark="Breaking", label="Breaking", sentences=(say("No title."),))
    assert list_texts(build_x_post(make_edition(row))) == ["Tabs are read."]


def test_linkedin_post_has_one_quotation_and_one_line_of_thanks() -> None:
    edition = make_edition(
        make_row("a"), lede=(say("Plain."), quote("One."), quote("Two.")), people=(say("Thanks."), say("More."))
    )
    assert list_texts(build_linkedin_post(edition)) == ["Tabs are read.", "Breaking: a.", "“One.”", "Thanks."]


def test_linkedin_post_repeats_no_quotation_of_the_headline() -> None:
    edition = make_edition(headline="`tabs` are read", lede=(quote("tabs are read."), quote("Two.")))
    assert list_texts(build_linkedin_post(edition)) == ["`tabs` are read.", "“Two.”"]


def test_linkedin_post_without_a_quoted_lede_quotes_the_first_story() -> None:
    story = make_story(heading="Heading", brief="Tool reads tabs.", sentence="", item="", closing="")
    quoting = story.model_copy(update={"sentences": (say("Plain."), quote("One."))})
    edition = make_edition(headline="Other", stories=(quoting,))
    assert list_texts(build_linkedin_post(edition)) == ["Other.", "Tool reads tabs.", "“One.”"]
    in_headline = make_edition(headline="Tool reads tabs", stories=(quoting,))
    assert list_texts(build_linkedin_post(in_headline)) == ["Tool reads tabs.", "“One.”"]


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
    assert tell(2) == "Two releases: tool 1.0 and tool 2.0."
    assert tell(8).endswith("tool 6.0, and 2 more.")


def test_posts_repeat_no_row_that_the_headline_begins() -> None:
    rows = [make_row("“The parsing of `lines` was rewritten and is fast”"), make_row("b", "Removed")]
    rows += [make_row("c", "Deprecated"), make_row("d", "Compatibility")]
    headline = "tool 2.0 is out: The parsing of lines was rewritten; one more breaking change"
    edition = make_edition(*rows, headline=headline)
    assert list_texts(build_x_post(edition))[1:] == ["Removed: b.", "Deprecated: c.", "Compatibility: d."]
    assert list_texts(build_linkedin_post(edition))[1:] == ["Removed: b.", "Deprecated: c."]
