"""What is printed about releases beside the one that leads, and which items of notes introduce the others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.assemble import build_period_stories
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import PeriodStories, ReleaseNote
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.releases.counts import count_note_items
from sparky_assets.stories.printing.releases.headline import build_headline
from sparky_assets.stories.printing.verify import find_problems
from sparky_assets.text.versions import read_version
from tests.stories.record_helpers import make_record

BREAKING = "## Breaking\n\n- Maps without a scale are refused\n\n## New\n\n- Draw maps at night\n- Draw rivers too\n"
PIER = "## New\n\n- Add a lamp to every pier\n- Add a bell for fog\n- Allow two boats at a pier\n"


def make_release(repository: str, tag: str, day: int) -> ReleaseNote:
    return ReleaseNote(
        key=f"release:{repository}@{tag}",
        repository=repository,
        tag=tag,
        version=read_version(tag),
        title=tag,
        url=f"https://github.com/{repository}/releases/tag/{tag}",
        published_at=datetime(2025, 11, day, tzinfo=UTC),
        is_prerelease="-rc" in tag,
        source=f"notes:{repository}@{tag}",
    )


def build(notes: dict[tuple[str, str], str], records: Sequence[ChangeRecord] = ()) -> PeriodStories:
    """Return the stories of a period of releases, by repository and tag, the oldest first, and of other changes."""
    releases = [make_release(*name, day) for day, name in enumerate(notes, 11)]
    sources = {
        f"notes:{repository}@{tag}": SourceText(
            key=f"notes:{repository}@{tag}", kind="release_notes", repository=repository, text=text
        )
        for (repository, tag), text in notes.items()
    }
    for record in records:
        for key in record.change.sources:
            sources[key] = SourceText(
                key=key, kind="message", repository="acme/map", text=record.message, title=record.change.title
            )
    return build_period_stories(records, build_stories(records), releases, DocumentLibrary(sources), "UTC")


def write_edition(notes: dict[tuple[str, str], str], kind: PeriodKind = PeriodKind.WEEKLY) -> EditionContent:
    stories = build(notes)
    start = date(2025, 11, 10) if kind is PeriodKind.WEEKLY else date(2025, 11, 1)
    facts = EditionFacts(Period(kind, start), "acme", "UTC", len({name for name, _ in notes}), 0, 0, 1)
    edition = build_edition(stories, facts, DIGEST_LIMITS[kind])
    assert find_problems(edition.sentences, [], stories) == {}
    return edition


MAP_AND_PIER = {("acme/map", "v2.0.0"): BREAKING, ("acme/pier", "v1.4.0"): PIER}


def test_release_of_another_project_has_a_list_of_its_own() -> None:
    edition = write_edition(MAP_AND_PIER)
    assert edition.headline.startswith("map 2.0.0 is out")
    assert edition.lede[-1].text == "Also out: pier 1.4.0."
    own = next(own for own in edition.released if own.title == "New in pier 1.4.0")
    assert [part.url for part in own.heading.parts if part.url] == ["https://github.com/acme/pier/releases/tag/v1.4.0"]
    assert [item.sentences[0].text for item in own.items] == [
        "“Add a lamp to every pier”.", "“Add a bell for fog”.", "“Allow two boats at a pier”.",
    ]  # fmt: skip
    assert edition.also == (), "a line would say again what the list says"


def test_month_names_releases_of_other_projects_in_brief() -> None:
    edition = write_edition(MAP_AND_PIER, PeriodKind.MONTHLY)
    assert [item.sentences[0].text for item in edition.brief][:1] == [
        "pier 1.4.0 is out: Add a lamp to every pier; add a bell for fog"
    ]
    assert [own.title for own in edition.released][-1] == "New in pier 1.4.0"


def test_month_that_a_release_leads_repeats_no_headings_in_brief() -> None:
    records = [
        make_record(
            number, f"Add the {word} of a harbour", repository="acme/map", sources=(f"message:{number}",),
            message=f"Users can now draw the {word} of a harbour, which was not possible.", paths=("src/map.rs",),
        )
        for number, word in enumerate(("lamp", "wheel", "bell"), 1)
    ]  # fmt: skip
    stories = build({("acme/map", "v2.0.0"): BREAKING}, records)
    facts = EditionFacts(Period(PeriodKind.MONTHLY, date(2025, 11, 1)), "acme", "UTC", 1, 0, 3, 1)
    edition = build_edition(stories, facts, DIGEST_LIMITS[PeriodKind.MONTHLY])
    assert len(edition.stories) == 3
    assert edition.brief == ()


def test_section_begins_with_what_the_notes_say_of_its_change() -> None:
    said = "Redraw a map as soon as its lamp or its harbour changes"
    text = f"## New\n\n- {said} (#1)\n- Draw rivers too\n"
    message = "This change compares the piers of a map with their names, which users could not see before."
    title = "Draw piers by their names"
    record = make_record(
        1, title, repository="acme/map", sources=("message:1",), message=message, paths=("src/map.rs",)
    )
    stories = build({("acme/map", "v2.0.0"): text}, [record])
    facts = EditionFacts(Period(PeriodKind.WEEKLY, date(2025, 11, 10)), "acme", "UTC", 1, 0, 1, 1)
    edition = build_edition(stories, facts, DIGEST_LIMITS[PeriodKind.WEEKLY])
    assert [story.sentences[0].text for story in edition.stories] == [f"The notes say: “{said}”."]
    assert find_problems(edition.sentences, [], stories) == {}


def test_bare_item_of_the_notes_has_what_the_message_of_its_change_says() -> None:
    titles = ("Add a lamp to every pier", "Draw rivers too", "Count the gulls", "Name the harbours", "Keep the tides")
    text = "## New\n\n" + "".join(f"- {title} (#{number})\n" for number, title in enumerate(titles, 1))
    effect = "Previously a pier without a lamp could not be seen by users at night."
    record = make_record(
        4, titles[3], repository="acme/map", sources=("message:4",), message=effect.replace("pier", "harbour"),
        paths=("src/harbour.rs",),
    )  # fmt: skip
    stories = build({("acme/map", "v2.0.0"): text}, [record])
    facts = EditionFacts(Period(PeriodKind.WEEKLY, date(2025, 11, 10)), "acme", "UTC", 1, 0, 1, 1)
    edition = build_edition(stories, facts, replace(DIGEST_LIMITS[PeriodKind.WEEKLY], stories=0))
    items = [" ".join(sentence.text for sentence in item.sentences) for own in edition.released for item in own.items]
    assert "“Name the harbours”. “Previously a harbour without a lamp could not be seen by users at night.”" in items
    assert find_problems(edition.sentences, [], stories) == {}


def test_list_of_another_release_begins_with_the_prose_of_its_notes() -> None:
    prose = "The release brings night piers to every harbour that has a lamp and a keeper.\n\n"
    edition = write_edition({("acme/map", "v2.0.0"): BREAKING, ("acme/pier", "v1.4.0"): prose + PIER})
    own = next(own for own in edition.released if own.title == "New in pier 1.4.0")
    assert own.items[0].sentences[0].text.startswith("Its notes say: “The release brings night piers")


def test_patch_of_another_project_has_no_list() -> None:
    edition = write_edition({("acme/map", "v2.0.0"): BREAKING, ("acme/pier", "v1.4.1"): PIER})
    assert "New in pier 1.4.1" not in [own.title for own in edition.released]
    assert any("pier" in item.sentences[0].text for item in edition.also)


def test_lede_names_the_latest_patches_of_other_projects_too() -> None:
    edition = write_edition({**MAP_AND_PIER, ("acme/ink", "v1.4.1"): PIER, ("acme/ink", "v1.4.2"): PIER})
    assert edition.lede[-1].text == "Also out: pier 1.4.0 and ink 1.4.2."


def test_month_names_in_its_lede_what_is_out_beside_without_news() -> None:
    edition = write_edition({**MAP_AND_PIER, ("acme/ink", "v1.4.2"): PIER}, PeriodKind.MONTHLY)
    assert edition.lede[-1].text == "Also out: ink 1.4.2."


def test_patch_that_the_lede_names_has_a_line_with_an_item_of_its_notes() -> None:
    notes = "- Fixed a regression that corrupted saved maps of the sea.\n- Fixed bells\n"
    edition = write_edition({("acme/map", "v2.0.0"): BREAKING, ("acme/pier", "v1.4.1"): notes})
    assert edition.lede[-1].text == "Also out: pier 1.4.1."
    assert [sentence.has_quotation for item in edition.also for sentence in item.sentences] == [False, True]


def test_many_candidates_of_a_project_are_counted_and_the_latest_named() -> None:
    candidates = {("acme/ink", f"v3.0.0-rc.{number}"): "" for number in range(1, 5)}
    edition = write_edition({**MAP_AND_PIER, **candidates})
    line = next(text for item in edition.also if "pre-releases" in (text := item.sentences[0].text))
    assert line == "Four other pre-releases: ink 3.0.0-rc.4 and 3 more."


def test_candidate_of_a_version_that_came_out_is_no_line() -> None:
    candidate = {("acme/map", "v2.0.0-rc.1"): BREAKING, ("acme/map", "v2.1.0-rc.1"): PIER}
    printed = " ".join(sentence.text for sentence in write_edition(candidate | MAP_AND_PIER).sentences)
    assert "2.0.0-rc.1" not in printed
    assert "2.1.0-rc.1" in printed


def make_notes(text: str) -> str:
    document = parse_document(SourceText(key="n", kind="release_notes", repository="acme/tool", text=text))
    return build_headline(make_release("acme/tool", "v2.1.0", 11), document).text


ENTRIES = (
    "## Night maps\n\nThe tool draws maps at night now, with lamps where somebody lives.\n\n"
    "## Tides at the pier\n\nA pier shows the tide of the moon, and the hour of the next one.\n\n"
)


def test_entries_in_front_of_the_lists_are_what_is_new() -> None:
    text = f"{ENTRIES}## v2.1.0\n\n### Enhancements\n\n- Support one more ink\n\n### Bug fixes\n\n- Keep the scale\n"
    assert make_notes(text) == "tool 2.1.0 is out: Night maps; Tides at the pier"
    edition = write_edition({("acme/tool", "v2.1.0"): text})
    assert edition.released[0].items[0].sentences[0].text.startswith("“The tool draws maps at night now")


def test_headline_names_the_area_of_what_any_part_may_have() -> None:
    text = "### Features\n\n- lamps: Add new collector\n- piers: Add a bell for fog\n- maps: Add `--night` option\n"
    assert make_notes(text) == "tool 2.1.0 is out: lamps: add new collector; add a bell for fog; add --night option"


def test_headline_names_an_area_of_code_as_one() -> None:
    text = "### Features\n\n- [#1](https://x.example/1) `lamps.night` Add plugin\n- `agent` Accept MAP_TOKEN at night\n"
    assert make_notes(text) == "tool 2.1.0 is out: lamps.night: add plugin; agent: accept MAP_TOKEN at night"


def test_headline_of_an_item_in_brackets_begins_behind_them() -> None:
    text = "### Enhancements\n\n- [Map.Ink] Add `Map.Ink.dry/2`\n- [Map] Add `:night` option for\n"
    assert make_notes(text) == "tool 2.1.0 is out: Add Map.Ink.dry/2"


def test_list_is_cut_at_none_of_its_brackets() -> None:
    item = (
        "Add `pier check` command group with commands for `check lamp` (light), `check bell` (sound), and `check rope`"
    )
    assert make_notes(f"### Added\n\n- {item} (hemp)\n") == (
        "tool 2.1.0 is out: Add pier check command group with commands"
    )


def test_maintenance_improves_nothing() -> None:
    text = "### Enhancements made\n\n- Draw night maps\n\n### Maintenance and upkeep improvements\n\n- Pin the ruler\n"
    document = parse_document(SourceText(key="n", kind="release_notes", repository="acme/tool", text=text))
    assert count_note_items(document) == [(1, "improvement")]
    assert make_notes(text) == "tool 2.1.0 is out: Draw night maps"


def test_notes_that_name_documentation_as_improved_name_nothing_new() -> None:
    text = (
        "### Documentation improvements\n\n- Added a page about piers and lamps\n- Rename a lamp in the page of piers\n"
    )
    stories = build({("acme/tool", "v2.1.0"): text})
    texts = [sentence.text for sentence in stories.release_sentences["release:acme/tool@v2.1.0"]]
    assert not any("name as new" in text for text in texts)


def test_line_of_a_release_does_not_say_again_what_its_list_says() -> None:
    edition = write_edition({("acme/map", "v1.9.0"): PIER, ("acme/map", "v2.0.0"): BREAKING})
    listed = [item.sentences[0].text for own in edition.released for item in own.items]
    assert "“Add a lamp to every pier”." in listed
    assert not any("lamp" in sentence.text for item in edition.also for sentence in item.sentences)


def test_lede_names_new_versions_of_many_packages_and_counts_patches() -> None:
    tags = ("ink-v1.0.1", "pen-v2.3.0", "map-v4.0.0", "rope-v0.1.7", "lamp-v3.0.0", "bell-v1.1.1")
    notes = {("acme/tools", tag): "### Fixed\n\n- Keep the scale\n" for tag in tags}
    edition = write_edition(notes | {("acme/tools", "tide-v5.0.0"): BREAKING})
    assert edition.lede[-1].text == "Also out: lamp 3.0.0, map 4.0.0, pen 2.3.0, and 3 more."
    printed = " ".join(sentence.text for item in edition.also for sentence in item.sentences)
    assert "rope 0.1.7" in printed
    assert "map 4.0.0" not in printed
