"""Issues that changes close: their words are printed as theirs, with a link, and only where they may be read."""

from datetime import UTC, datetime
from typing import Any

from sparky_assets.store import Audience
from sparky_assets.stories.assemble import build_window_stories
from sparky_assets.stories.models import PeriodStories
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import EditionLimits
from sparky_assets.stories.printing.verify import find_problems
from tests.factories.github_week import BOT, issue, pull, raw_of
from tests.strategies.git_history import WEEK

TOOL, URL = "acme/tool", "https://github.com/acme/tool"
FAULT = "The gauge crashes on lists without docks."
AT = datetime(2025, 11, 12, 9, tzinfo=UTC)


def close(
    number: int, body: str = FAULT, repository: str = TOOL, labels: tuple[str, ...] = (), title: str = "No docks"
) -> dict[str, Any]:
    return {"repository": repository, "number": number, "title": title, "body": body, "labels": list(labels)}


def build_stories(
    *closed: dict[str, Any], title: str = "Fix empty lists", body: str = "", issues: list[dict[str, Any]] | None = None
) -> PeriodStories:
    merged = pull(5, title) | {"commit": "5" * 40, "at": AT, "body": body, "closing_issues": list(closed)}
    return build_window_stories(raw_of(pull_requests=[merged], issues=issues or []), "UTC")


def list_texts(stories: PeriodStories) -> list[str]:
    return [sentence.text for sentence in stories.stories[0].sentences]


def test_problem_of_a_closed_issue_is_quoted_as_the_words_of_the_issue() -> None:
    stories = build_stories(close(7))
    (sentence, origin) = stories.stories[0].sentences
    assert sentence.text == f"#7 reports: “{FAULT}”"
    assert (sentence.parts[0].text, sentence.parts[0].url) == ("#7", f"{URL}/issues/7")
    assert origin.text == "The fix is from Ada."
    assert stories.changes[0].issues == ("issue:acme/tool#7",)
    assert find_problems([sentence], (), stories) == {}


def test_link_to_an_issue_that_is_not_quoted_is_a_problem() -> None:
    stories = build_stories(close(7))
    sentence = stories.stories[0].sentences[0]
    other = sentence.parts[0].model_copy(update={"url": f"{URL}/issues/8"})
    altered = sentence.model_copy(update={"parts": (other, *sentence.parts[1:])})
    assert find_problems([altered], (), stories) == {0: f"a link that no record has: {URL}/issues/8"}


def test_issue_is_silent_where_the_change_says_what_went_wrong() -> None:
    body = "The list crashed because its docks were read before they were there."
    assert list_texts(build_stories(close(7), body=body))[0] == f"What went wrong: “{body}”"


def test_effect_of_a_fix_comes_behind_the_report_and_is_not_added_by_it() -> None:
    body = "Empty lists now print one line for users of the gauge."
    texts = list_texts(build_stories(close(7), body=body))
    assert texts[:2] == [f"#7 reports: “{FAULT}”", f"Ada writes: “{body}”"]


def test_request_of_an_issue_follows_the_effect_of_a_feature() -> None:
    request = "It would be nice to print all docks in one go."
    body = "The command `docks` now prints all docks of a list."
    texts = list_texts(build_stories(close(7, request), title="Add the command docks", body=body))
    assert texts[:2] == [f"Ada writes: “{body}”", f"#7 asks: “{request}”"]


def test_title_of_an_issue_without_a_problem_is_a_link_after_quotations() -> None:
    body = "The command `docks` now prints all docks of a list."
    closed = close(7, "See the forum.", title="Print docks for a harbor in one go")
    stories = build_stories(closed, title="Add the command docks", body=body)
    (_, sentence) = stories.stories[0].sentences
    assert sentence.text == "The change closes the issue Print docks for a harbor in one go."
    assert sentence.parts[1].url == f"{URL}/issues/7"
    assert find_problems([sentence], (), stories) == {}
    other = sentence.parts[1].model_copy(update={"text": "Print docks"})
    altered = sentence.model_copy(update={"parts": (sentence.parts[0], other)})
    assert find_problems([altered], (), stories) == {0: "not the title of its issue: Print docks"}


def test_title_of_an_issue_is_no_story_by_itself() -> None:
    stories = build_stories(close(7, "See the forum.", title="Print docks for a harbor in one go"))
    assert [sentence.text for sentence in stories.stories[0].sentences] == ["The fix is from Ada."]


def test_bug_label_makes_a_change_a_fix() -> None:
    body = "Empty lists now print one line for users of the gauge."
    closed = close(7, labels=("C-bug",))
    stories = build_stories(closed, title="Read empty lists", body=body)
    assert stories.changes[0].closes_bug
    assert list_texts(stories)[0] == f"#7 reports: “{FAULT}”"


def test_issue_of_another_repository_or_of_a_bot_is_not_quoted() -> None:
    assert build_stories(close(7, repository="acme/other")).changes[0].issues == ()
    row = issue(7, "No docks", body=FAULT, author=BOT, reactions=2, comments=1)
    stories = build_stories(close(7), issues=[row])
    assert stories.changes[0].issues == ()


def test_reactions_and_comments_of_an_issue_count_for_its_change() -> None:
    row = issue(7, "No docks", body=FAULT, reactions=12, comments=3, event="closed", at=AT)
    change = build_stories(close(7), issues=[row]).changes[0]
    assert (change.reactions, change.comments) == (12, 3)


def test_issue_of_a_private_repository_is_not_in_the_public_window() -> None:
    merged = pull(5, "Fix empty lists", visibility="private") | {
        "commit": "5" * 40,
        "at": AT,
        "closing_issues": [close(7)],
    }
    window = raw_of(pull_requests=[merged], issues=[issue(7, "No docks", body=FAULT, visibility="private")])
    public = build_window_stories(window.for_audience(Audience.PUBLIC, ()), "UTC")
    assert (public.sources, public.changes) == ((), ())


def test_name_of_a_withheld_person_is_not_in_the_words_of_an_issue() -> None:
    closed = close(7, "Cyd says that the gauge crashes on lists.")
    merged = pull(5, "Fix empty lists") | {"commit": "5" * 40, "at": AT, "closing_issues": [closed]}
    window = raw_of(pull_requests=[merged]).for_audience(Audience.PUBLIC, ("Cyd",))
    (quoted,) = (source.text for source in build_window_stories(window, "UTC").sources if source.kind == "issue")
    assert quoted == "someone says that the gauge crashes on lists."


def test_list_of_fixes_prints_the_report_of_the_issue() -> None:
    fixes = [
        pull(number, title, commit=f"{number}" * 40, closing_issues=[close(number + 50, fault)])
        for number, title, fault in (
            (5, "Fix the colors of lists", FAULT),
            (6, "Fix lost letters", "Some ships silently ignore the bags."),
        )
    ]
    stories = build_window_stories(raw_of(pull_requests=fixes), "UTC")
    limits = EditionLimits(box_rows=0, stories=0, also=9, more=9, coming=0, words=900, new=9, fixed=9, doubts=2)
    (own,) = build_edition(stories, EditionFacts(WEEK, TOOL, "UTC", 1, 2, 0, 2), limits).lists
    texts = {" ".join(sentence.text for sentence in item.sentences) for item in own.items}
    assert f"Ada fixed the colors of lists. #55 reports: “{FAULT}”" in texts
