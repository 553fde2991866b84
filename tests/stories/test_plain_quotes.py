"""Quotations that users feel: no names of code, no tests, no mark in front, no second sentence that says the same."""

from datetime import date

import pytest

from resources.git.notes.places import is_changelog
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SentenceContext, SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import quote
from sparky_assets.documents.scores.points import judge_sentence
from sparky_assets.documents.similarity import says_alike
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.grouping.shared_words import find_shared_words
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import SentencePart
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.points import is_about_code
from sparky_assets.stories.printing.announcing import announce_change
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.sentences import simplify_quotation
from sparky_assets.stories.printing.write import StoryWriter
from sparky_assets.stories.titles.forms import shorten_title
from sparky_assets.stories.titles.parts import normalize_title
from sparky_assets.text.changelogs.sections import find_version_section
from sparky_assets.text.credits import find_own_words
from sparky_assets.text.references import find_references
from tests.stories.record_helpers import make_record
from tests.stories.test_plain_body import write_stories

CONTEXT = SentenceContext("other", False, False, "Draw the piers of a map at night")


@pytest.mark.parametrize(
    ("sentence", "is_full"),
    [
        ("`night_map.draw_all` now calls `PierList.sort_by` instead of `PierList.sort`.", True),
        ("initTime previously set minTide first and maxTide second.", True),
        ("The map of all piers at night is now drawn from `pier_list` and `tide_table` as the harbour master saw them.",
         False),
        ("`pier.styles` no longer appears in the map at all.", False),
        ("Move it to the harbour in `core/quay.py`, where the pier is drawn at night.", True),
        ("Set the night of the map in `pier.config.ts` or in tide.toml.", False),
        ("Use `--draw-night` to see the piers of a map.", False),
    ],
)  # fmt: skip
def test_sentence_full_of_names_of_code_has_fewer_points(sentence: str, is_full: bool) -> None:
    judged = judge_sentence(sentence, CONTEXT)
    assert any(reason.startswith("names much code") for reason in judged.reasons) is is_full


@pytest.mark.parametrize(
    "sentence",
    [
        "Add black-box coverage for piers, maps and harbours.",
        "Add Linux-only expect tests for piers that are lost.",
        "A regression test covers a harbour whose pier is drawn at night.",
        "Export ErrNoPier from the map so the fuzz test can use it.",
        "The TestPier_DrawRace test added last week is now stable.",
        "=Allows drawing a pier of the map.",
    ],
)
def test_sentence_about_tests_or_behind_a_mark_is_refused(sentence: str) -> None:
    assert not judge_sentence(sentence, CONTEXT).is_quotable


def test_sentence_about_a_feature_for_tests_is_quotable() -> None:
    assert judge_sentence("Add support for running tests in parallel on all piers.", CONTEXT).is_quotable
    assert judge_sentence("Add an option that shows tests of piers by name.", CONTEXT).is_quotable


def make_message(text: str, key: str = "message", kind: str = "message") -> SourceText:
    return SourceText.model_validate(
        {"key": key, "kind": kind, "repository": "acme/tool", "text": text, "title": "Draw the piers of a map"}
    )


def test_second_quotation_about_code_is_not_printed() -> None:
    text = (
        "The piers of a map can now be drawn at night, so that ships find them.\n\n"
        "`draw_night` and `draw_tide` now use `pier_list.sort` instead of `map_list.sort_all`.\n"
    )
    change = make_record(1, "Draw the piers of a map", sources=("message",)).change
    sentences = QuotationChooser(DocumentLibrary({"message": make_message(text)})).tell(change, 2)
    assert [sentence.text for sentence in sentences] == [
        "The message says: “The piers of a map can now be drawn at night, so that ships find them.”"
    ]


def test_second_quotation_that_repeats_the_first_is_not_printed() -> None:
    sources = {
        "entry": make_message("- Added a night mode that shows piers, tides and harbours.\n", "entry", "change_note"),
        "message": make_message("Add a night mode that shows harbours, tides, and piers.\n"),
    }
    change = make_record(1, "Night mode", sources=("entry", "message"), paths=("src/a.go",)).change
    assert len(QuotationChooser(DocumentLibrary(sources)).tell(change, 2)) == 1


def test_semicolon_behind_an_item_is_not_quoted() -> None:
    document = parse_document(make_message("- the pier is gone from the map;\n- the harbour is shut.\n"))
    quoted = quote(document, document.sentences[0])
    assert quoted is not None
    assert quoted.text == "the pier is gone from the map"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("~pier--draw-range~ no longer returns nil; see =pier-draw=.", "`pier--draw-range` no longer returns nil; see "
         "`pier-draw`."),
        ("From ~10ms to ~5ms.", "From ~10ms to ~5ms."),
        ("Set `a=b=c` and x=y=z.", "Set `a=b=c` and x=y=z."),
        ('See #link("https://example.org/a")[the map].', "See the map."),
    ],
)  # fmt: skip
def test_marks_of_org_and_typst_are_shown_as_code_and_text(text: str, shown: str) -> None:
    assert simplify_quotation(text) == shown


def test_number_within_the_link_of_an_item_is_not_quoted() -> None:
    text = "[1234: &#91;GH-12&#93; Draw the piers](https://example.org/pull/1234) thanks to @ada"
    start, end = find_own_words(text)
    assert text[start:end] == "Draw the piers"


def test_component_of_several_words_is_no_title_of_its_item() -> None:
    text = "**Harbour Data Explorer Scaler**: Remove the keys of old lamps ([#12](https://example.org/pull/12))"
    start, end = find_own_words(text)
    assert text[start:end] == "Remove the keys of old lamps"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("fix(map, pier): draw piers behind lamps (fixes #7) by @ada in #8", "draw piers behind lamps"),
        ("Mend a regression of piers caused by #7.", "Mend a regression of piers caused by #7."),
        ("`[map-cli, map-core]` Add a flag for all piers ([#7](https://x.org/pull/7))", "Add a flag for all piers"),
        ("Sell maps [\\#7](https://x.org/a/pull/7) [[a](https://x.org/a/labels/a)] ([ada](https://github.com/ada))",
         "Sell maps"),
    ],
)  # fmt: skip
def test_packages_and_labels_around_an_item_are_none_of_its_words(text: str, own: str) -> None:
    start, end = find_own_words(text)
    assert text[start:end] == own


def test_component_of_code_stays_in_front_of_its_item() -> None:
    text = "**`DOCK` / `UNDOCK`**: move several ships at once, in one call ([#12](https://example.org/pull/12))"
    start, end = find_own_words(text)
    assert text[start:end] == "**`DOCK` / `UNDOCK`**: move several ships at once, in one call"


def test_entity_of_a_bracket_is_no_reference() -> None:
    assert find_references("&#91;GH-12&#93; Draw the piers (#7)") == ("#7",)


def test_changelog_of_a_series_is_a_changelog() -> None:
    assert is_changelog("docs/CHANGELOG.4")
    assert is_changelog("CHANGES.12")
    assert not is_changelog("CHANGES.night")


def test_words_that_say_when_are_no_heading_of_changes() -> None:
    assert not find_shared_words(["Build the pier on first access", "Draw the map on first access"])
    assert find_shared_words(["Build the pier of a night map", "Draw the quay of a night map"]) == "night map"


def test_org_file_that_only_names_its_mode_has_headings() -> None:
    text = "# -*- mode: org -*-\n* v0.2.0   2026-08-01\n\n- Draw piers.\n\n* v0.1.0   2026-07-01\n\n- Maps.\n"
    section = find_version_section(text, "v0.2.0")
    assert section is not None
    assert section.text == "- Draw piers."


@pytest.mark.parametrize(
    ("title", "noise"),
    [
        ("Update badges", "wip"),
        ("Introduce pier group to CODEOWNERS", "changelog"),
        ("Merge release 3.2.3 into 3.3.x", "merge"),
        ("Security upgrade pier-dom from 6.30.2 to 6.30.4", "dependency"),
        ("Drop deprecated typing imports from oinspect", "formatting"),
        ("Modernize remaining type aliases in pier.py", "formatting"),
        ("pier-get(all): Cosmetics", "formatting"),
        ("tests/test_pier.py: convert classes to functions", "tests"),
        ("Harden ruff and mypy configuration", "formatting"),
        ("Fix go-version for CI", "ci"),
        ("Disable the spinner in CI", None),
        ("Extend dependency on typing-extensions to old versions", None),
        ("Add type hints support to the map", None),
        ("Update owners of piers in the map", None),
    ],
)
def test_title_of_a_chore_is_noise(title: str, noise: str | None) -> None:
    assert classify_noise(title) == noise


@pytest.mark.parametrize(
    ("title", "change_type", "is_news"),
    [
        ("Remove hot-path closures of the map", "", False),
        ("Remove no-op lines from the map", "", False),
        ("Remove the tide table", "perf", False),
        ("Remove the tide table", "", True),
    ],
)
def test_removal_that_no_user_meets_is_no_news(title: str, change_type: str, is_news: bool) -> None:
    change = make_record(1, title, type=change_type).change
    assert (announce_change(change) is not None) is is_news


def test_titles_lose_loose_ends_and_are_cut_at_no_open_bracket() -> None:
    assert normalize_title("Draw the piers of a map,").title == "Draw the piers of a map"
    assert normalize_title("Add details to messages..").title == "Add details to messages"
    assert normalize_title("And so on ...").title == "And so on ..."
    title = "Fix the version bound of the maps (warnings of all piers (and harbours at night)) again"
    assert shorten_title(title) == "Fix the version bound of the maps"


VERBS = [f"Defer the {name} import" for name in ("pier", "map", "tide", "harbour", "ship", "night", "lamp")]


def test_titles_of_one_person_with_one_rare_verb_are_one_story() -> None:
    records = [make_record(number, title, paths=(f"src/{number}.go",)) for number, title in enumerate(VERBS, 1)]
    records.append(make_record(20, "Show the quay of a map", author="bob", paths=("src/quay.go",)))
    groups = build_stories(records)
    (group,) = [group for group in groups if group.subject]
    assert len(group.changes) == len(VERBS)
    changes = {record.change.key: record.change for record in records}
    story = StoryWriter(changes, QuotationChooser(DocumentLibrary({})), "UTC", has_one_repository=True).write(group)
    assert story.heading.text == "Seven “Defer” changes from ada"
    assert story.brief.text == "Seven “Defer” changes from ada."


def test_titles_with_a_verb_of_every_project_are_no_story() -> None:
    records = [
        make_record(number, title.replace("Defer", "Add"), paths=(f"src/{number}.go",))
        for number, title in enumerate(VERBS, 1)
    ]
    assert not any(group.subject.endswith("…") for group in build_stories(records))


def test_title_that_is_a_label_is_replaced_by_its_entry() -> None:
    entry = make_message("- Tide inference now handles piers without a name at night.\n", "entry", "change_note")
    record = make_record(1, "Try tide infer", sources=("entry",), paths=("src/a.go",))
    chooser = QuotationChooser(DocumentLibrary({"entry": entry}))
    story = StoryWriter({record.change.key: record.change}, chooser, "UTC", has_one_repository=True).write(
        build_stories([record])[0]
    )
    assert story.heading.text == "“Tide inference now handles piers without a name at night.”"
    assert all(isinstance(part, SentencePart) for part in story.heading.parts)


def test_title_about_code_alone_is_recognised() -> None:
    for title in ("Add a map.kill helper", "map: dedup the piers", "Fix a wrong name in a docstring"):
        assert is_about_code(title)
    for title in ("Add a night mode", "Reject names of environment variables", "Remove the tide table"):
        assert not is_about_code(title)


def test_fixes_of_one_subject_are_called_fixes() -> None:
    titles = [f"Fix a panic of the {name} reader" for name in ("pier", "tide", "quay")]
    records = [make_record(number, title, paths=(f"src/{number}.go",)) for number, title in enumerate(titles, 1)]
    records += [
        make_record(number, f"Show the {name} in blue", author="bob", paths=(f"doc/{number}.c",))
        for number, name in enumerate(("lamp", "buoy", "mole", "dock"), 10)
    ]
    changes = {record.change.key: record.change for record in records}
    writer = StoryWriter(changes, QuotationChooser(DocumentLibrary({})), "UTC", has_one_repository=True)
    headings = [writer.write(group).heading.text for group in build_stories(records)]
    assert not any("panic changes" in heading for heading in headings)


def test_note_of_a_step_says_too_little() -> None:
    text = "The map was drawn by day alone.\n\n- add flags in draw map cmd\n"
    document = parse_document(make_message(text))
    assert "note of a step -1" in document.sentences[-1].reasons


def test_sentence_without_its_subject_is_a_fragment() -> None:
    assert "fragment -6" in judge_sentence("would fail and say that keys of piers are not allowed.", CONTEXT).reasons
    assert "fragment -6" not in judge_sentence("Is the pier drawn at night, or by day as it was.", CONTEXT).reasons


def test_two_quotations_that_share_most_of_their_words_say_alike() -> None:
    first = "Add night, tide and weather options to the map section to tune its timers."
    second = "Adds night, tide and weather options to the map section, which were constants, as `NIGHT` and `TIDE`."
    assert says_alike(first, second)
    assert not says_alike(
        "The pier was lost at night when a ship left.", "Ships that leave at night now keep their pier."
    )


def make_titles(*titles: str) -> EditionContent:
    records = [
        make_record(number, title, author=f"person{number}", paths=(f"src/{number}.go",))
        for number, title in enumerate(titles, 1)
    ]
    facts = EditionFacts(
        Period(PeriodKind.WEEKLY, date(2026, 3, 9)), "acme/tool", "UTC", 1, 0, len(titles), len(titles)
    )
    return build_edition(write_stories(records), facts, DIGEST_LIMITS[PeriodKind.WEEKLY])


def test_titles_alone_are_listed_by_what_they_say() -> None:
    edition = make_titles(
        "Add a night mode to maps", "Allow quays without a name", "Fix the colour of lamps", "Fix a lost buoy",
        "Draw ships in blue",
    )  # fmt: skip
    assert [own.title for own in edition.lists] == ["New", "Fixed"]
    assert [len(own.items) for own in edition.lists] == [2, 2]


def test_unchanged_behavior_is_no_news_but_a_default_is() -> None:
    fault = "says that nothing changes -4"
    assert fault in judge_sentence("No functional change is intended, the map only draws less.", CONTEXT).reasons
    assert (
        fault not in judge_sentence("The night is off by default (no behavior change for old maps).", CONTEXT).reasons
    )
