"""Bodies worth reading: what is no news of its own, whose entry a line is, and which words introduce a quotation."""

import pytest

from sparky_assets.documents.models import SourceText
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.states import names_fault, tells_change, tells_result
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.printing.quoting.readers import names_code_alone
from sparky_assets.stories.titles.forms import frame_title
from sparky_assets.stories.titles.parts import normalize_title
from sparky_assets.text.references import says_only_version


@pytest.mark.parametrize(
    ("title", "noise"),
    [
        ("4.2.0 release", "version_bump"),
        ("Cherry pick 9.1.0 release notes", "changelog"),
        ("Update documentation theme", "changelog"),
        ("Fix ci", "ci"),
        ("Fix CI by addressing incompatibilities", "ci"),
        ("Adding required permissions to top level and jobs in the workflow", "ci"),
        ("Add missing semver package", "dependency"),
        ("Fixup -- both missing tsconfig.json and a couple of entries", "wip"),
        ("Correct `Capabilities` assertions in unit tests", "tests"),
        ("Don't use an arbitrary `cfg` for one test", "tests"),
        ("Add `lamp` as a dev-dependency for doctests", "tests"),
        ("Fix links in README.md", "typo"),
        ("Clearer variable names", "formatting"),
        ("Fix a warning", "formatting"),
        ("Bump LICENSE year", "changelog"),
        ("Regenerate settings.md", "generated"),
        ("Fallout from ec5326e5", "wip"),
        ("Fix anywidget deprecation warning", None),
        ("Fix tests command", None),
        ("Run JSX tests from `jsx-test-suite`", "tests"),
        ("Update dependents count", "changelog"),
        ("Add unrecognized words to expected spelling data", "typo"),
        ("Remove no longer needed workaround for Flux 2.8", "refactoring"),
        ("Upgrade to Spring Security 6.3.10", "dependency"),
        ("Next development version (v1.4.2-SNAPSHOT)", "version_bump"),
        ("3.8 changes", "version_bump"),
        ("Update minor/patch updates", "dependency"),
        ("Upgrade to night maps in 3 steps", None),
        ("Fix CI detection", None),
        ("Add missing package support", None),
        ("Fix permissions of jobs", None),
    ],
)
def test_title_of_work_on_the_project_itself_is_noise(title: str, noise: str | None) -> None:
    assert classify_noise(title) == noise


@pytest.mark.parametrize(
    ("paths", "noise"),
    [
        (["Cargo.toml", "CHANGELOG.md", "Cargo.lock"], "version_bump"),
        (["Cargo.toml", "src/rats.rs"], None),
        ([], None),
    ],
)
def test_title_with_a_version_is_a_release_by_its_paths(paths: list[str], noise: str | None) -> None:
    assert classify_noise("Unleash the rats of v0.30.1", paths=paths) == noise


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Require five letters in front, issue 12 from", "Require five letters in front"),
        ("Let the map be customized by two options:", "Let the map be customized by two options"),
        ("Log what users sign up with", "Log what users sign up with"),
        ("Fix the map when the drive isn't C:", "Fix the map when the drive isn't C:"),
    ],
)
def test_title_does_not_end_in_an_open_clause(raw: str, title: str) -> None:
    assert normalize_title(raw).title == title


@pytest.mark.parametrize(
    ("raw", "title", "scope"),
    [
        ("fix(#12): the lamp is lit at noon", "The lamp is lit at noon", ""),
        ("feat: remove the lamp from the map. Resolves:…", "Remove the lamp from the map", ""),
    ],
)
def test_number_of_an_issue_is_no_part_of_a_program(raw: str, title: str, scope: str) -> None:
    parts = normalize_title(raw)
    assert (parts.title, parts.scope) == (title, scope)


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("Extract drawLamp() from printMap, which both share.", True),
        ("Check for nil: routes, lamps, maps.", True),
        ("Improve readability by sorting the fields of the map.", True),
        ("Add a worker that draws maps while the harbour is closed.", False),
        ("Draw the lamp by drawLamp, so that users see no second lamp.", False),
        ("Rename `--map` to `--chart`.", False),
    ],
)
def test_sentence_that_orders_code_is_for_who_reads_the_diff(text: str, is_code: bool) -> None:
    document = parse_document(
        SourceText(key="m", kind="message", repository="acme/tool", text=f"Draw it\n\n{text}", title="Draw it")
    )
    (sentence,) = [own for own in document.sentences if own.text == text]
    assert names_code_alone(sentence) is is_code


@pytest.mark.parametrize(
    "text",
    [
        "This makes failures more visible to users.",
        "This is useful for drawing a map without an error.",
        "The map is drawn as long as no error is found.",
        "Handled an exception thrown by the map when the table is missing",
        "This was done to keep what failed in versions prior to 4.19.",
        "A missing map is still rejected, whatever the input.",
        "Currently a map fails to fold, but this is planned to change.",
    ],
)
def test_sentence_about_what_is_good_names_no_fault(text: str) -> None:
    assert tells_change(text) or tells_result(text) or not names_fault(text)


def test_sentence_about_work_that_is_not_done_is_refused() -> None:
    text = "It doesn't fully resolve the issue: I need to implement lamps."
    document = parse_document(
        SourceText(key="m", kind="message", repository="acme/tool", text=f"Fix maps\n\n{text}", title="Fix maps")
    )
    assert not any(sentence.is_quotable for sentence in document.sentences if sentence.text == text)


def test_item_that_ends_with_its_mending_is_a_fix() -> None:
    text = "## Improvements\n\n- Maps were lost at night. This has been fixed (#1).\n- Maps can be drawn.\n"
    document = parse_document(SourceText(key="n", kind="release_notes", repository="acme/tool", text=text))
    fixed, new = list_note_items(document)
    assert fixed.kind == "fixes"
    assert new.kind != "fixes"


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("fix: route missing after reconnect", "Fixed: Route missing after reconnect"),
        ("fix: handle missing keys", "Handle missing keys"),
        ("fix: return types of the map", "Fixed: Return types of the map"),
        ("fix: check fails on Windows", "Fixed: Check fails on Windows"),
    ],
)
def test_fix_whose_first_word_is_a_noun_is_framed(raw: str, title: str) -> None:
    assert frame_title(normalize_title(raw)) == title


@pytest.mark.parametrize(
    ("subject", "is_bare"),
    [("Bumping pier-map to Minor version 2.7.0", True), ("Bump lamp to 2.0", False), ("Maps by night 2.0", False)],
)
def test_message_of_a_tag_that_names_project_and_version_has_no_notes(subject: str, is_bare: bool) -> None:
    assert says_only_version(subject) is is_bare


def test_bare_word_over_a_paragraph_names_its_part() -> None:
    text = "Read all\n\nProblem\nThe lamp was off by one.\n\nFix\nRead one byte more."
    document = parse_document(SourceText(key="m", kind="message", repository="acme/tool", text=text, title="Read all"))
    assert [own.text for own in document.sentences][-2:] == ["The lamp was off by one.", "Read one byte more."]
