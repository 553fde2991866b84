"""What the body of a paper leaves out or says once: scopes, labels, people, releases, housekeeping."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from sparky_assets.documents.library import DocumentLibrary, read_messages
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.scores.roles import names_doubt
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.assemble import build_period_stories
from sparky_assets.stories.changes import ChangeRecord, build_plain_record
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import Change, PeriodStories, ReleaseNote
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.points import compute_points
from sparky_assets.stories.printing.announcing import announce_change
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.sentences import did_sentence, format_title, repeats_change, split_title
from sparky_assets.stories.titles.forms import shorten_title
from tests.stories.record_helpers import make_record
from tests.stories.test_released import build_stories as build_released_stories
from tests.stories.test_released import lay_out, make_history

PUBLISHED = datetime(2026, 3, 12, tzinfo=UTC)


def read_change(subject: str, message: str = "") -> Change:
    record = build_plain_record(
        "acme/tool", "a" * 40, subject, message, landed_at=PUBLISHED, urls={}, visibility="public"
    )
    return record.change.model_copy(update={"author": "Ada"})


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("[ie/pier] Add extractor", "ie/pier: Add extractor"),
        ("[ie/pier:moon] Fix extractor", "ie/pier:moon: Fix extractor"),
        ("feat(inputs.pier): allow messages longer than 64 KiB", "inputs.pier: Allow messages longer than 64 KiB"),
        ("fix(lock): include task tools", "lock: Include task tools"),
        ("fix(core): handle an empty path in a request of the pier", "Handle an empty path in a request of the pier"),
        ("[ie/pier] Fix the login of the pier", "Fix the login of the pier"),
        ("fix(deps): read maps", "Read maps"),
        ("fix(conda): wrong order of packages", "Fixed in conda: wrong order of packages"),
        ("[cleanup] Remove the RTSP support", "Remove the RTSP support"),
        ("ENH: add the moon to maps", "Add the moon to maps"),
        ("FEAT Add the moon to maps", "Add the moon to maps"),
        ("FIX protocol of old maps", "FIX protocol of old maps"),
        ("feat : add the moon to maps", "Add the moon to maps"),
        ("Copy all maps to fix #12 (#13)", "Copy all maps"),
        ('improvement: support "night" maps', 'Support "night" maps'),  # ash
        ("Copy maps with enough lamps to avoid #1549", "Copy maps with enough lamps to avoid #1549"),  # ghostty
        ("12225 Draw maps of the moon", "Draw maps of the moon"),
        ("2024 Maps of the moon", "2024 Maps of the moon"),
        ("#13002 Improve the logging of maps", "Improve the logging of maps"),
        ("ref(maps,piers): Move crumbs to the pier", "Move crumbs to the pier"),
        ("bug: abort the installer on errors", "Abort the installer on errors"),
        ("Fix PIER-9760 Digest login: the address is empty", "Fix Digest login: the address is empty"),
        ("Fix UTF-8 Digest login of maps", "Fix UTF-8 Digest login of maps"),
        (r"Read the map (#17)\n\nMaps of the moon were lost", "Read the map"),
    ],
)
def test_title_that_says_little_alone_keeps_its_scope(subject: str, title: str) -> None:
    assert format_title(read_change(subject)) == title


def test_person_did_something_in_the_scope_that_a_title_needs() -> None:
    assert did_sentence(read_change("[ie/pier] Add extractor")).text == "In ie/pier, Ada added extractor."


@pytest.mark.parametrize(
    ("subject", "area", "rest"),
    [
        ("[ie/pier] Add extractor", "ie", "pier: Add extractor"),
        ("registry: add the moon", "registry", "add the moon"),
        ("import: add the moon", "import", "add the moon"),
        ("Add the moon", "", "Add the moon"),
    ],
)
def test_area_of_a_printed_title_is_the_first_part_of_its_scope(subject: str, area: str, rest: str) -> None:
    assert split_title(read_change(subject)) == (area, rest)


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("Support share URLs", True),
        ("[Support share URLs](https://github.com/acme/tool/commit/e7b5d68f)", True),
        ("Support share URLs (#12) by ada (With fixes in", True),
        ("Share URLs work without a login now", False),
    ],
)
def test_quotation_of_a_title_with_numbers_and_people_says_the_title(text: str, is_said: bool) -> None:
    assert repeats_change(text, read_change("[ie/pier] Support share URLs")) is is_said


def test_item_of_the_notes_that_repeats_a_short_title_is_no_heading() -> None:
    change = read_change("[ie/pier] Add extractor")
    notes = SourceText(
        key="notes", kind="release_notes", repository="acme/tool", title="1.0", text="- **pier**: Add extractor\n"
    )
    document = parse_document(notes)
    place = {change.key: (notes.key, document.sentences[0].start)}
    chooser = QuotationChooser(DocumentLibrary({notes.key: notes}), note_items=place)
    assert chooser.quote_instead_of_title(change) is None
    assert chooser.tell(change, 2) == []


def test_title_that_ends_with_a_preposition_is_not_cut_there() -> None:
    title = "Add fallback for when the impersonation of the moon is unavailable"
    assert shorten_title(title) == title


def test_name_of_code_alone_is_news() -> None:
    news = announce_change(read_change("ENH: adding magnetic_laplacian_matrix"))
    assert news
    assert news.fill(news.text).text == "New: magnetic_laplacian_matrix"


MESSAGE = (
    "The lock of the harbour was lost because readers of the pier overwrote it.\n\n"
    "The lock was broken because each reader of the harbour wrote an index of its own.\n"
)


def write_stories(
    records: list[ChangeRecord], *texts: SourceText, releases: tuple[ReleaseNote, ...] = ()
) -> PeriodStories:
    groups = build_stories(records, releases)
    library = DocumentLibrary({text.key: text for text in texts})
    return build_period_stories(records, groups, releases, library, "UTC", known_containment={"acme/tool"})


def make_message(text: str, author: str | None = "ada") -> SourceText:
    return SourceText(
        key="message", kind="message", repository="acme/tool", text=text, title="Add the lock", author=author
    )


def test_second_quotation_with_the_same_label_has_none() -> None:
    text = (
        "Why the lock: because readers of the harbour lock lost maps of the pier so that they failed.\n\n"
        "The harbour lock exists because a reader of the pier must wait for all others.\n"
    )
    record = make_record(9, "Add the lock of the harbour", sources=("message",))
    library = DocumentLibrary({"message": make_message(text, None)})
    told = [sentence.text for sentence in QuotationChooser(library).tell(record.change, 2)]
    assert len(told) == 2
    assert told[0].startswith("Why: “")
    assert told[1].startswith("“")


def test_first_quotation_of_a_message_names_its_only_author_once() -> None:
    text = "The command `dock` now prints all docks of a harbour for users.\n"
    record = make_record(9, "Add the command dock", sources=("message",))
    (story,) = write_stories([record], make_message(text)).stories
    assert [sentence.text for sentence in story.sentences] == [f"ada writes: “{text.strip()}”"]


def test_message_of_several_people_is_followed_by_who_made_the_change() -> None:
    text = "The command `dock` now prints all docks of a harbour for users.\n"
    record = make_record(9, "Add the command dock", sources=("message",))
    (story,) = write_stories([record], make_message(text, None)).stories
    assert [sentence.text for sentence in story.sentences] == [
        f"The message says: “{text.strip()}”",
        "The change is from ada.",
    ]


def test_text_of_a_merge_has_no_author() -> None:
    columns = {
        "repository": ["acme/tool"] * 2,
        "sha": ["a", "b"],
        "subject": ["Merge it", "Draw it"],
        "body": ["The map of the moon is drawn.", "The map of the moon is drawn."],
        "visibility": ["public"] * 2,
        "author": [{"name": "Ada", "login": None, "is_bot": False}] * 2,
        "co_authors": [[], []],
        "is_merge": [True, False],
    }
    assert [text.author for text in read_messages(pl.DataFrame(columns), {})] == [None, "Ada"]


def make_release(tag: str) -> ReleaseNote:
    return ReleaseNote(
        key=f"release:acme/tool@{tag}", repository="acme/tool", tag=tag, version=tag[1:], title=tag, url=None,
        published_at=PUBLISHED, is_prerelease=False,
    )  # fmt: skip


def test_release_that_holds_most_changes_is_not_named_in_each_story() -> None:
    names = ["moon", "pier", "harbour", "gulls"]
    messages = [
        make_message(f"The command `{name}` now prints the {name} for all users.").model_copy(
            update={"key": f"message{number}"}
        )
        for number, name in enumerate(names)
    ]
    tags = [("v1.0.0",), ("v1.0.0",), ("v1.0.1",), ()]
    titles = ["Add the command moon", "Draw a pier", "Show the harbour names", "Count gulls"]
    records = [
        make_record(number, titles[number], sources=(f"message{number}",), releases=tags[number]) for number in range(4)
    ]
    stories = write_stories(records, *messages, releases=(make_release("v1.0.0"), make_release("v1.0.1")))
    closing = {story.group.head[-1]: story.sentences[-1].text for story in stories.stories if story.group.changes}
    assert closing["0"].startswith("ada writes: ")
    assert closing["2"] == "The change, from ada, is in tool 1.0.1."
    assert closing["3"] == "The change, from ada, is in no release yet."


@pytest.mark.parametrize(
    ("title", "noise"),
    [
        ("Remove traling curlybrace", "typo"),
        ("Remove the trailing comma", "typo"),
        ("Test with Go 1.24", "tests"),
        ("Update facade docblocks", "typo"),
        ("Fix incorrect godoc comments on WithVersionCheck", "typo"),
        ("Fix minor mistakes", "wip"),
        ("Follow-up on #1737", "wip"),
        ("core: add contributors", "changelog"),
        ("Prepared the 3.95.19 release", "version_bump"),
        ("Bumped version", "version_bump"),
        ("Update assets", "generated"),
        ("Mix format", "formatting"),
        ("index-hbs.md: add some missing periods", "typo"),
        ("[ci] use pnpm v12", "ci"),
        ("Some improvements of comments, of code, and loops", "wip"),
        ("Update the assets of the pier", None),
        ("Fix parsing of a trailing comma in maps", None),
        ("Fix minor mistakes in the tide of the moon", None),
        ("Add a comma to the list of docks", None),
    ],
)
def test_title_of_housekeeping_is_noise(title: str, noise: str | None) -> None:
    assert classify_noise(title) == noise


def test_change_that_keeps_behavior_by_its_message_has_fewer_points() -> None:
    title = "Consolidate the commands of the harbour"
    plain = make_record(1, title, message="The commands of the harbour are in one file now.")
    kept = make_record(1, title, message="The commands are in one file now. Behavior is unchanged.")
    assert compute_points(kept).points == compute_points(plain).points - 3


def test_release_without_notes_leads_with_news_and_has_no_housekeeping(tmp_path: Path) -> None:
    history = make_history(
        "Remove traling curlybrace", "fix: keep the map", "fix: keep the gulls", "fix: keep the pier",
        "fix: keep the tide", "chore: remove the old note",
        "Test with Go 1.24", "docs: mend links to tutorials", "Support charts of the moon", "feat: print gulls",
        'Revert "feat: print gulls"',
        last="Fix the gauge of the pier",
    )  # fmt: skip
    edition = lay_out(build_released_stories(history, tmp_path))
    assert edition.headline == "tool 2.0.0 is out: Support charts of the moon"
    listed = [item.sentences[0].text for own in edition.released for item in own.items]
    assert len(listed) == 3
    assert all(text.startswith("Keep the ") for text in listed)


def test_changes_that_name_one_area_are_one_item() -> None:
    titles = ["registry: add the moon", "registry: read piers", "registry: use gulls", "Draw the harbour"]
    records = [make_record(number, title) for number, title in enumerate(titles)]
    edition = lay_out_week(write_stories(records))
    assert [item.sentences[0].text for item in edition.also] == [
        "In registry: add the moon, read piers, and use gulls.",
        "From ada: Draw the harbour.",
    ]


def lay_out_week(stories: PeriodStories) -> EditionContent:
    facts = EditionFacts(Period(PeriodKind.WEEKLY, date(2026, 3, 9)), "acme/tool", "UTC", 1, 0, 3, 2)
    return build_edition(stories, facts, DIGEST_LIMITS[PeriodKind.WEEKLY])


@pytest.mark.parametrize(
    ("title", "rules"),
    [
        ("Factor out the linking of variables", {"restructures", "inner"}),
        ("Migrate matching.py to the new lookups", {"restructures", "inner"}),
        ("Migrate the lookups of the pier", {"inner"}),
        ("Migrate all maps to new_charts when asked", {"restructures", "inner"}),
        ("Move the moon to the top of the chart", set()),
    ],
)
def test_title_about_how_code_is_divided_has_fewer_points(title: str, rules: set[str]) -> None:
    assert {rule.name for rule in compute_points(make_record(1, title)).rules} - {"size"} == rules


@pytest.mark.parametrize(
    ("paths", "is_sample"),
    [(["examples/pier.rs"], True), (["examples/pier.rs", "src/pier.rs"], False), (["examples.rs"], False)],
)
def test_change_of_examples_alone_has_fewer_points(paths: list[str], is_sample: bool) -> None:
    rules = {rule.name for rule in compute_points(make_record(1, "Draw the pier", paths=paths)).rules}
    assert ("samples" in rules) is is_sample


@pytest.mark.parametrize(
    ("sentence", "is_doubt"),
    [
        ("I believe that the harbour should have more gulls.", False),
        ("I believe that this may not work at night.", True),
        ("I have not tested the gauge on a pier.", True),
    ],
)
def test_doubt_says_what_may_go_wrong(sentence: str, is_doubt: bool) -> None:
    assert names_doubt(sentence) is is_doubt


def test_story_of_divided_code_without_a_word_about_it_has_no_section() -> None:
    text = "The gauge of the pier now prints its height for all users.\n"
    first = make_record(1, "Factor out the gauge of the pier with colors")
    second = make_record(2, "Fix the gauge of the pier with colors", sources=("message",), references=(1,))
    (story,) = write_stories([first, second], make_message(text)).stories
    assert any(sentence.has_quotation for sentence in story.sentences)
    assert not story.is_worth_a_section
