"""Several patches of one version in a period, and items of notes that do not speak for all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.stories.assemble import build_period_stories
from sparky_assets.stories.models import PeriodStories, ReleaseNote, StorySentence
from sparky_assets.stories.printing.headline import choose_lead_release
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.headline import weigh_notes
from sparky_assets.stories.printing.releases.layout import lay_out_release, list_other_releases
from sparky_assets.stories.printing.releases.summary import tell_release
from sparky_assets.stories.printing.verify import find_problems
from sparky_assets.stories.releases import drop_repeated_notes, name_lines

FIXES = "### Fixes\n\n- Fix the crash of night maps on empty piers.\n- Keep the colour of a pier that was renamed.\n"
FEATURES = "### Features\n\n- Add `--night` to print night maps.\n- Add `--tide` to print tides.\n"
SMALL = "### Fixes\n\n- Keep the order of piers in the index of a harbour.\n"


LONG = "Keep the order of piers in the index of a harbour that was renamed in the night of a spring tide."


def make_release(version: str, hour: int, *, is_prerelease: bool = False) -> ReleaseNote:
    return ReleaseNote(
        key=f"release:acme/tool@v{version}", repository="acme/tool", tag=f"v{version}", version=version,
        title=version, url=f"https://github.com/acme/tool/releases/tag/v{version}",
        published_at=datetime(2026, 3, 9, hour, tzinfo=UTC), is_prerelease=is_prerelease,
        source=f"notes:acme/tool@v{version}",
    )  # fmt: skip


def build(notes: Sequence[tuple[str, str]], *, is_prerelease: bool = False) -> PeriodStories:
    releases = name_lines(
        [make_release(version, hour, is_prerelease=is_prerelease) for hour, (version, _) in enumerate(notes)]
    )
    sources = {
        f"notes:acme/tool@v{version}": SourceText(
            key=f"notes:acme/tool@v{version}", kind="release_notes", repository="acme/tool", text=text
        )
        for version, text in notes
    }
    stories = build_period_stories([], [], releases, DocumentLibrary(sources), "UTC")
    told = [sentence for sentences in stories.release_sentences.values() for sentence in sentences]
    assert find_problems([*told, *stories.release_headlines.values()], [], stories) == {}
    return stories


def tell_lede(stories: PeriodStories) -> tuple[StorySentence, ...]:
    release = choose_lead_release(stories)
    return lay_out_release(stories, release, set(), (6, 4), with_brief=False, has_rows=False).lede


@pytest.mark.parametrize(
    ("notes", "lead", "headline"),
    [
        # The last one has no notes: the first one says what is new, the last one is the one to install.
        ([("2.1.1", FIXES), ("2.1.2", ""), ("2.1.3", "")], "2.1.1", "tool 2.1.1 to 2.1.3 are out: Fix the crash"),
        ([("2.1.1", FEATURES), ("2.1.2", SMALL)], "2.1.1", "tool 2.1.1 and 2.1.2 are out: Add --night"),
        ([("2.1.1", SMALL), ("2.1.2", FEATURES)], "2.1.2", "tool 2.1.2 is out: Add --night"),
        ([("2.1.0", FEATURES), ("2.1.1", SMALL)], "2.1.0", "tool 2.1.0 is out: Add --night"),
        ([("2.1.9", FEATURES), ("2.1.10", SMALL)], "2.1.9", "tool 2.1.9 and 2.1.10 are out: Add --night"),
        ([("2.0.4", FEATURES), ("2.1.1", SMALL)], "2.1.1", "tool 2.1.1 is out"),
    ],
)
def test_patch_whose_notes_say_most_leads(notes: list[tuple[str, str]], lead: str, headline: str) -> None:
    stories = build(notes)
    release = choose_lead_release(stories)
    assert release is not None
    assert release.version == lead
    assert stories.release_headlines[release.key].text.startswith(headline)


def test_patch_to_install_is_named_behind_the_one_that_leads() -> None:
    stories = build([("2.1.1", FIXES), ("2.1.2", ""), ("2.1.3", "")])
    lede = [sentence.text for sentence in tell_lede(stories)]
    assert lede[-1] == "The one to install is tool 2.1.3; also out: tool 2.1.2."
    only = build([("2.1.1", FIXES), ("2.1.2", "")])
    assert tell_lede(only)[-1].text == "The one to install is tool 2.1.2."
    latest = build([("2.1.1", SMALL), ("2.1.2", FEATURES)])
    assert tell_lede(latest)[-1].text == "Also out: tool 2.1.1."


def test_list_of_an_earlier_patch_names_its_release() -> None:
    features = "".join(f"- Add `--{name}` to print {name}s of a harbour.\n" for name in ("pier", "tide", "map", "buoy"))
    stories = build([("2.1.1", f"### Features\n\n{features}"), ("2.1.2", "")])
    heading = stories.release_items["release:acme/tool@v2.1.1"].heading
    assert heading is not None
    assert heading.text == "New in tool 2.1.1"


def test_pre_release_and_final_release_are_of_no_line() -> None:
    early = make_release("2.1.1-beta.1", 1, is_prerelease=True)
    assert not any(release.line for release in name_lines([early, make_release("2.1.1", 2)]))


def test_pre_release_whose_notes_say_most_leads_those_of_its_version() -> None:
    stories = build([("3.0.0-next.9", FEATURES), ("3.0.0-next.10", SMALL)], is_prerelease=True)
    release = choose_lead_release(stories)
    assert release is not None
    assert stories.release_headlines[release.key].text.startswith("tool 3.0.0-next.9 and 3.0.0-next.10 are out: Add")
    assert tell_lede(stories)[-1].text == "The latest is tool 3.0.0-next.10."


@pytest.mark.parametrize(
    ("notes", "sentence"),
    [
        (FIXES, "Its notes list two fixes, among them “Keep the colour of a pier that was renamed.”"),
        (f"### Fixes\n\n- {LONG}\n", f"Its notes say: “{LONG}”"),
        (
            "- Keep the order of piers in the index.\n- Draw the night of a pier that cannot be lit at all.\n",
            "Among what its notes list: “Draw the night of a pier that cannot be lit at all.”",
        ),
    ],
)
def test_item_of_a_list_does_not_speak_for_all_notes(notes: str, sentence: str) -> None:
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=notes)
    release = make_release("2.1.1", 1).model_copy(update={"source": "notes"})
    told = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    assert sentence in [own.text for own in told]
    assert sum("Its notes list" in own.text for own in told) <= 1


def test_patch_without_security_does_not_lead_before_a_release_with_it() -> None:
    security = (
        "### Security\n\n- CVE-2026-12345: Keep the key of a pier secret.\n"
        "- CVE-2026-12346: Keep the key of a harbour secret.\n"
    )
    stories = build([("1.2.3", security), ("1.3.1", SMALL)])
    lead = choose_lead_release(stories)
    assert lead is not None and lead.version == "1.2.3"
    minor = choose_lead_release(build([("1.2.3", security), ("1.3.0", FEATURES)]))
    assert minor is not None and minor.version == "1.3.0"


def test_notes_that_two_packages_share_are_those_of_the_main_one() -> None:
    main = make_release("3.10.0", 1)
    package = make_release("3.10.0", 0).model_copy(
        update={"key": "release:acme/tool@tool-cli-3.10.0", "tag": "tool-cli-3.10.0", "source": "notes:cli"}
    )
    sources = {
        own.source: SourceText(key=own.source, kind="release_notes", repository="acme/tool", text=FEATURES)
        for own in (main, package)
        if own.source
    }
    assert [own.source for own in drop_repeated_notes([package, main], sources)] == [None, main.source]
    sources["notes:cli"] = sources["notes:cli"].model_copy(update={"text": SMALL})
    assert drop_repeated_notes([package, main], sources) == (package, main)


def test_minor_version_with_few_items_does_not_lead_before_one_with_many() -> None:
    many = "".join(f"- Add a lamp to the {place} pier\n" for place in ("first", "old", "new", "long", "far", "last"))
    many += "- Keep the colour of a pier that was renamed\n- Draw empty piers\n"
    few = "- Support maps of the sea\n- Keep the order of piers\n"
    lead = choose_lead_release(build([("1.3.0", many), ("1.4.0", few)]))
    assert lead is not None and lead.version == "1.3.0"
    later = choose_lead_release(build([("1.3.0", few), ("1.4.0", few)]))
    assert later is not None and later.version == "1.4.0"


def test_patch_that_is_fixing_something_is_no_feature_of_its_line() -> None:
    source = SourceText(
        key="notes", kind="release_notes", repository="acme/tool", text="- Fixing release build issue\n"
    )
    assert weigh_notes(parse_document(source))[2] == 0


def test_patches_that_the_lede_names_beside_the_one_to_install_are_no_line() -> None:
    stories = build([("2.1.0", FEATURES), *((f"2.1.{number}", "") for number in range(1, 6))])
    lede = tell_lede(stories)[-1].text
    assert lede.startswith("The one to install is tool 2.1.5; also out: tool 2.1.4")
    assert list_other_releases(stories, choose_lead_release(stories), 5, set(), []) == []
