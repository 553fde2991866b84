"""Breaking changes that a release brings from before its period, from real git repositories to the page."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from resources.git.release_commits import find_breaking, find_landings
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.assemble import build_window_stories
from sparky_assets.stories.models import PeriodStories, ReleaseNote, StoryItem
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.products.posts import build_x_post
from sparky_assets.stories.printing.releases.contents import build_contents_headline
from sparky_assets.stories.printing.sentences import title_link
from sparky_assets.stories.printing.verify import find_problems
from tests.factories.git_repositories import ADA, DEPENDABOT, History, Who, at
from tests.raw.test_collection import read
from tests.stories.record_helpers import make_record

WEEK = TimeWindow(at("2025-11-10T00:00"), at("2025-11-17T00:00"), "UTC")
SHA = "a" * 40


def make_history(
    *messages: str,
    last: str = "Add the moon to the tide map",
    who: Who = ADA,
    files: Mapping[str | bytes, str | bytes | None] | None = None,
) -> History:
    """Return v1.0.0, the commits of a month, and v2.0.0 on the last commit, in the week."""
    history = History()
    history.commit("Begin", at("2025-09-01T08:00"))
    history.tag("v1.0.0", when=at("2025-09-01T09:00"), message="v1.0.0")
    for number, message in enumerate(messages):
        history.commit(message, at(f"2025-10-{number % 28 + 1:02d}T08:00"))
    history.commit(last, at("2025-11-12T08:00"), files, author=who)
    history.tag("v2.0.0", when=at("2025-11-12T09:00"))
    return history


def make_noted_history(notes: str, *messages: str) -> History:
    """Return v1.0.0, commits on the first days of the week, and v2.0.0 on the commit that writes its notes."""
    history = History()
    history.commit("Begin", at("2025-09-01T08:00"))
    history.tag("v1.0.0", when=at("2025-09-01T09:00"))
    for day, message in enumerate(messages, 11):
        history.commit(message, at(f"2025-11-{day}T08:00"))
    history.commit("Write notes", at("2025-11-14T08:00"), {"CHANGELOG.md": notes})
    history.tag("v2.0.0", when=at("2025-11-14T09:00"))
    return history


def build_stories(history: History, folder: Path) -> PeriodStories:
    folder.mkdir(exist_ok=True)
    path = history.at_path(folder / "tool", origin="https://github.com/acme/tool")
    tables = read(path, window=WEEK).tables
    return build_window_stories(RawWindow(**tables), "UTC")


def lay_out(stories: PeriodStories) -> EditionContent:
    period = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
    facts = EditionFacts(period, "acme/tool", "UTC", 1, 0, 3, 1)
    edition = build_edition(stories, facts, DIGEST_LIMITS[PeriodKind.WEEKLY])
    assert find_problems(edition.sentences, [], stories) == {}
    return edition


def list_rows(stories: PeriodStories) -> list[tuple[str, str]]:
    return [(row.label, " ".join(sentence.text for sentence in row.sentences)) for row in lay_out(stories).box_rows]


def test_release_brings_the_breaking_changes_of_weeks_before(tmp_path: Path) -> None:
    footer = "feat: read the map from a file\n\nBREAKING CHANGE: The option `--map` takes a path now."
    stories = build_stories(make_history("feat!: drop support for Python 3.8 (#7)", "fix: mend it", footer), tmp_path)
    assert list_rows(stories) == [
        (
            "Breaking in 2.0.0",
            "Read the map from a file. The message says: “The option `--map` takes a path now.”",
        ),
        ("Breaking in 2.0.0", "Drop support for Python 3.8."),
    ]
    link = stories.box_rows[1].sentences[0].parts[-2]
    assert link.url is not None
    assert link.url.endswith(f"/commit/{stories.released[1].change.sha}")
    assert lay_out(stories).headline == "tool 2.0.0 is out: Read the map from a file; one more breaking change"
    assert lay_out(stories).lede[1].text == (
        "Two of its changes are marked as breaking: Read the map from a file and Drop support for Python 3.8."
    )


def test_release_with_notes_of_what_breaks_has_rows_of_these(tmp_path: Path) -> None:
    notes = "## 2.0.0\n\n### Breaking\n\n- Python 3.8 is gone\n"
    history = make_history("feat!: drop support for Python 3.8", files={"CHANGELOG.md": notes})
    assert [label for label, _ in list_rows(build_stories(history, tmp_path))] == ["Breaking"]


def test_pre_release_brings_what_came_after_the_pre_release_before(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-09-01T08:00"))
    history.tag("v1.0.0", when=at("2025-09-01T09:00"))
    history.commit("feat!: drop the old map", at("2025-10-01T08:00"))
    history.tag("v2.0.0-beta.1", when=at("2025-10-01T09:00"))
    history.commit("feat!: drop the old harbour", at("2025-10-02T08:00"))
    history.commit("Add the moon to the tide map", at("2025-11-12T08:00"))
    history.tag("v2.0.0-beta.2", when=at("2025-11-12T09:00"))
    assert list_rows(build_stories(history, tmp_path / "beta")) == [
        ("Breaking in 2.0.0-beta.2", "Drop the old harbour.")
    ]
    history.tag("v2.0.0", when=at("2025-11-12T10:00"))
    titles = ["Drop the old harbour.", "Drop the old map."]
    assert list_rows(build_stories(history, tmp_path / "final")) == [("Breaking in 2.0.0", text) for text in titles]


def test_rows_beyond_the_box_are_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    stories = build_stories(make_history(*(f"feat!: drop the map of pier {number}" for number in range(116))), tmp_path)
    edition = lay_out(stories)
    labels = [row.label for row in edition.box_rows]
    assert labels == ["Breaking in 2.0.0"] * 8 + ["Also breaking in 2.0.0"] * 41
    assert [row.rows for row in edition.box_rows] == [1] * 48 + [68]
    rest = edition.box_rows[-1]
    assert len(rest.sentences[0].text.split("; ")) == 61
    assert rest.sentences[0].text.endswith("; and eight more.")
    assert rest.sentences[0].parts[-2].url == "https://github.com/acme/tool/compare/v1.0.0...v2.0.0"
    assert build_x_post(edition, stories)[1].text == (
        "Breaking: Drop the map of pier 114; Drop the map of pier 113; Drop the map of pier 112; and 112 more."
    )


def test_equal_titles_of_two_scopes_are_two_rows(tmp_path: Path) -> None:
    stories = build_stories(make_history("fix(map)!: remove old names", "fix(dock)!: remove old names"), tmp_path)
    assert len({text for _, text in list_rows(stories)}) == 2


def test_update_of_a_bot_is_no_breaking_change_of_a_release(tmp_path: Path) -> None:
    history = make_history("fix: mend it", last="chore(deps)!: bump a\n\nBREAKING CHANGE: theirs", who=DEPENDABOT)
    assert not [item for item in build_stories(history, tmp_path).released if item.is_marked]


@pytest.mark.parametrize(
    ("messages", "subjects"),
    [
        (["feat!: drop a (#1)", "fix(x)!: drop b", "feat: add c"], ["feat!: drop a (#1)", "fix(x)!: drop b"]),
        # What users do not meet breaks nothing of theirs: rustup marked three changes of its tests.
        (
            ["refactor(test)!: pass a", "test(cli)!: drop b", "ci!: run c", "refactor(latest)!: d"],
            ["refactor(latest)!: d"],
        ),
        (["feat: a\n\nBREAKING CHANGE: b", "feat: c\n\nBREAKING CHANGES: none"], ["feat: a"]),
        (["feat: a\n\nBREAKING-CHANGE: no longer reads b"], ["feat: a"]),
        (["feat: a\n\nThis is no BREAKING CHANGE: at all"], []),
        (["feat: a\n\nBREAKING CHANGE: nothing, all arguments have default values."], []),
        (["feat: a\n\nBREAKING CHANGE: no longer reads maps"], ["feat: a"]),
        # The newest first: a copy of a stable branch has another number.
        (["feat!: drop a (#9)", "feat!: drop a (#1)"], ["feat!: drop a (#9)"]),
        (['Revert "feat!: drop a (#1)" (#2)', "feat!: drop a (#1)"], []),
        ([f"Revert it\n\nThis reverts commit {SHA}.", f"{SHA}|feat!: drop a"], []),
        (["revert: feat!: drop a", "feat!: drop a"], []),
        (['Revert "Revert "feat!: drop a"" (#3)', 'Revert "feat!: drop a" (#2)', "feat!: drop a"], ["feat!: drop a"]),
        (["feat!: drop a (#3)", 'Revert "feat!: drop a" (#2)', "feat!: drop a (#1)"], ["feat!: drop a (#3)"]),
        (["fix!: " + "y" * 100_000], ["fix!: " + "y" * 4994]),
        ([f"feat!: drop {number}" for number in range(600)], []),
    ],
)
def test_breaking_commits_are_marked_by_their_authors(messages: list[str], subjects: list[str]) -> None:
    pairs = [
        message.split("|") if "|" in message else [f"{number:040x}", message] for number, message in enumerate(messages)
    ]
    assert [commit.subject for commit in find_breaking((sha, message) for sha, message in pairs)] == subjects


def test_release_without_notes_says_what_it_holds_from_before_the_period(tmp_path: Path) -> None:
    messages = (
        "images: Deprecate the old lamp",
        "Add a map of the harbour",
        "Add a map of the river",
        "Add a map of the tide",
        "Bump ink from 1.0 to 1.1",
    )
    stories = build_stories(make_history(*messages, last="Polish the pier"), tmp_path)
    edition = lay_out(stories)
    assert edition.headline == "tool 2.0.0 is out: Deprecate the old lamp"
    assert [sentence.text for sentence in edition.lede[1:2]] == [
        "Among its changes: Add a map of the tide and Add a map of the river."
    ]
    assert edition.trends[0].text == "tool 2.0.0 contains six commits from one person since 1.0.0."
    assert list_rows(stories) == [("Deprecated in 2.0.0", "images: Deprecate the old lamp.")]
    lists = {own.title: [item.sentences[0].text for item in own.items] for own in edition.all_lists}
    assert "Also in 2.0.0" not in lists


def test_merge_of_the_branch_of_a_version_brings_what_landed_there(tmp_path: Path) -> None:
    history = History()
    first = history.commit("Begin", at("2025-09-01T08:00"))
    history.tag("v1.0.0", when=at("2025-09-01T09:00"), message="v1.0.0")
    side = history.commit("Add a map of the tide", at("2025-11-11T08:00"), branch="next", parents=[first])
    side = history.commit("Add a map of the river", at("2025-11-11T09:00"), branch="next", parents=[side])
    merge = "Merge pull request #5 from acme/next\n\nnext"
    history.commit(merge, at("2025-11-12T08:00"), parents=[first, side])
    history.tag("v1.1.0", when=at("2025-11-12T09:00"))
    stories = build_stories(history, tmp_path)
    assert sorted(item.change.title for item in stories.released) == ["Add a map of the river", "Add a map of the tide"]
    assert lay_out(stories).headline == "tool 1.1.0 is out: Add a map of the river"


def test_list_of_a_release_without_notes_repeats_neither_box_nor_lede(tmp_path: Path) -> None:
    maps = [f"Add a map of the {place}" for place in ("harbour", "river", "tide", "pier", "moon")]
    edition = lay_out(build_stories(make_history(*maps, "Remove the `--old` option", last="Polish the pier"), tmp_path))
    (listed,) = [own for own in edition.all_lists if own.title == "Also in 2.0.0"]
    assert [item.sentences[0].text for item in listed.items] == [
        "Add a map of the tide.", "Add a map of the river.", "Add a map of the harbour.",
    ]  # fmt: skip


def test_release_without_notes_lists_what_messages_of_its_changes_say(tmp_path: Path) -> None:
    why = "The map of the harbour is drawn once, so that ships no longer wait for it."
    messages = [f"Add a map of the harbour\n\n{why}", *(f"Add a map of the {place}" for place in ("river", "tide"))]
    edition = lay_out(build_stories(make_history(*messages, last="Polish the pier"), tmp_path))
    (listed,) = [own for own in edition.all_lists if own.title == "In 2.0.0"]
    texts = [item.sentences[0].text for item in listed.items]
    assert f"Add a map of the harbour: “{why}”" in texts
    assert len(texts) == 3
    assert not any("Among its changes" in sentence.text for sentence in edition.lede)


def test_release_with_notes_says_what_its_notes_say(tmp_path: Path) -> None:
    files: dict[str | bytes, str | bytes | None] = {
        "CHANGELOG.md": "# Changelog\n\n## 2.0.0\n\n- Add a lamp to the pier\n\n## 1.0.0\n\n- Begin\n"
    }
    history = make_history("Deprecate the old lamp", "Add a map", last="Release 2.0.0", files=files)
    stories = build_stories(history, tmp_path)
    assert stories.released == ()
    assert stories.box_rows == ()


@pytest.mark.parametrize(("messages", "subjects"), [
    (("Add a map",), ["Add a map"]),
    (("Merge pull request #7 from ada/maps\n\nAdd a map\n\nWith rivers.", "wip"), ["Add a map (#7)"]),
    (('Revert "Add a map"\n\nThis reverts commit x.', "Add a map"), []),
    (("", "Add a map"), ["Add a map"]),
    (("Revert remove old lamps (#9)", "Draw old maps", "Removed support for lamp3 and older lamps. (#5)"),
     ["Draw old maps"]),
])  # fmt: skip
def test_landings_are_the_commits_of_the_branch_of_a_release(messages: tuple[str, ...], subjects: list[str]) -> None:
    commits = {
        str(number): ([str(number + 1), *(["side"] if message.startswith("Merge") else [])], message)
        for number, message in enumerate(messages)
        if message != "wip"
    }
    assert [commit.subject for commit in find_landings("0", commits)] == subjects


def test_release_with_links_in_place_of_notes_says_what_it_holds(tmp_path: Path) -> None:
    notes = "# Changelog\n\n## 2.0.0\n\n_NuGet Packages:_\n* https://www.nuget.org/packages/Tool/2.0.0\n"
    files: dict[str | bytes, str | bytes | None] = {"CHANGELOG.md": notes}
    history = make_history("Support lamps by mail", last="Polish the pier", files=files)
    assert lay_out(build_stories(history, tmp_path)).headline == "tool 2.0.0 is out: Support lamps by mail"


def test_landings_of_a_merge_of_copies_are_the_copies() -> None:
    commits = {
        "release": (["merge"], "Release 2.0.0"),
        "merge": (["base", "copy2"], "Cherry-picks for 2.0.0-RC.1 (#121)"),
        "copy2": (["feature"], "Mend the lock"),
        "feature": (["copy1", "side"], "Merge pull request #7 from ada/maps\n\nAdd a map"),
        "side": (["copy1"], "wip"),
        "copy1": (["base"], "Mend the lamp"),
        "base": (["gone"], "Add a pier"),
    }
    landed = find_landings("release", commits)
    assert [commit.subject for commit in landed] == [
        "Release 2.0.0", "Mend the lock", "Add a map (#7)", "Mend the lamp", "Add a pier",
    ]  # fmt: skip


def test_patch_without_notes_of_many_fixes_leads_with_the_worst(tmp_path: Path) -> None:
    faults = ("Lamp flickers", "Compact corrupts old maps", "Panic of the pier", "Buoy drifts", "Clock is late")
    edition = lay_out(build_stories(make_patches(*faults), tmp_path))
    assert edition.headline == "tool 1.0.1 is out; fixed: Compact corrupts old maps"
    assert edition.lede[1].text == (
        "In it: Fixed: Compact corrupts old maps, Fixed: panic of the pier, and three more changes."
    )
    assert len(edition.released[0].items) == 3


def test_patch_without_notes_of_few_fixes_does_not_lead(tmp_path: Path) -> None:
    edition = lay_out(build_stories(make_patches("Lamp flickers", "Buoy drifts"), tmp_path))
    assert "1.0.1" not in edition.headline


def make_patches(*faults: str) -> History:
    """Return v1.0.0, fixes from before the week, another line of work in the week, and v1.0.1 without notes."""
    history = History()
    history.commit("Begin", at("2025-09-01T08:00"))
    history.tag("v1.0.0", when=at("2025-09-01T09:00"))
    for number, fault in enumerate(faults, 3):
        history.commit(f"[FIXED] {fault} (#{number})", at(f"2025-10-{number:02d}T08:00"))
    history.tag("v1.0.1", when=at("2025-11-12T09:00"))
    history.commit("Add the moon to the tide map", at("2025-11-13T08:00"))
    return history


def test_security_fix_of_a_release_without_notes_is_its_headline(tmp_path: Path) -> None:
    title = (
        "Fix the security issue where a reader of one map of the harbour could watch all maps of every other harbour"
    )
    edition = lay_out(build_stories(make_patches(title, "Lamp flickers"), tmp_path))
    assert edition.headline == "tool 1.0.1 is out: one security fix"
    assert [(row.label, row.sentences[0].text) for row in edition.box_rows] == [("Security in 1.0.1", f"{title}.")]
    assert edition.box_title == "Action needed"


def test_changes_of_documents_are_not_what_a_release_without_notes_holds(tmp_path: Path) -> None:
    history = make_history("Add the pier to the list of projects", "Update README.md with a lamp", "Draw maps at night")
    assert [item.change.title for item in build_stories(history, tmp_path).released] == ["Draw maps at night"]


def test_tags_of_go_modules_at_the_commit_of_a_release_are_no_releases(tmp_path: Path) -> None:
    history = make_patches("Lamp flickers")
    history.tag("v1.0.2", when=at("2025-11-14T09:00"))
    for module in ("api", "client/pkg"):
        history.tag(f"{module}/v1.0.2", when=at("2025-11-14T09:00"))
    assert [release.tag for release in build_stories(history, tmp_path).releases] == ["v1.0.0", "v1.0.1", "v1.0.2"]


def test_two_tags_of_one_version_at_one_commit_are_one_release(tmp_path: Path) -> None:
    history = make_patches("Lamp flickers")
    history.tag("v1.0.2", when=at("2025-11-14T09:00"))
    history.tag("1.0.2", when=at("2025-11-14T09:00"))
    history.tag("lamp-1.0.2", when=at("2025-11-14T09:00"))
    history.tag("lamp_oil/1.0.2", when=at("2025-11-14T09:00"))
    history.tag("lamp-oil-1.0.2", when=at("2025-11-14T09:00"))
    tags = [release.tag for release in build_stories(history, tmp_path).releases]
    assert tags == ["v1.0.0", "v1.0.1", "lamp-1.0.2", "lamp-oil-1.0.2", "v1.0.2"]


def test_removal_that_a_title_labels_is_a_row_with_one_label(tmp_path: Path) -> None:
    history = make_history(last="[REMOVED] JSONP callback in monitoring endpoints")
    label, text = list_rows(build_stories(history, tmp_path))[0]
    assert label == "Removed"
    assert text.startswith("JSONP callback in monitoring endpoints.")


def test_fix_of_what_happens_no_longer_breaks_nothing(tmp_path: Path) -> None:
    history = make_history(last="fix: Failed update of a stream no longer deletes its state")
    assert list_rows(build_stories(history, tmp_path)) == []


def test_change_that_the_lede_quotes_from_notes_is_in_no_list(tmp_path: Path) -> None:
    notes = (
        "## 2.0.0\n\n### New features\n\n- Draw the map of the harbour at night, see #7\n"
        "- The option `--ignore-failure` now takes a list of the exit codes to ignore (e.g. 1), see #8\n"
        "- A gauge of the tides, see #9\n"
    )
    history = make_noted_history(
        notes, "Draw maps by lamp (#7)", "Support several codes in --ignore-failure (#8)", "Gauge (#9)"
    )
    edition = lay_out(build_stories(history, tmp_path))
    assert any("--ignore-failure" in item.sentences[0].text for own in edition.released for item in own.items)
    also = [sentence.text for item in edition.also for sentence in item.sentences]
    assert not any("--ignore-failure" in text for text in also)


def test_change_of_an_item_in_the_headline_is_in_no_list(tmp_path: Path) -> None:
    notes = (
        "## 2.0.0\n\nFeatures:\n\n- Add `--no-lamps` and warn about lamps by default (#7)\n\n"
        "Bug fixes:\n\n- Show the tide in files (#8)\n"
    )
    history = make_noted_history(notes, "Warn about lamps by default (#7)", "Print tides of the harbour (#8)")
    edition = lay_out(build_stories(history, tmp_path))
    assert "warn about lamps by default" in edition.headline
    assert not any("lamps" in sentence.text for item in edition.also for sentence in item.sentences)


def test_change_whose_words_the_lede_quotes_is_in_no_list(tmp_path: Path) -> None:
    notes = (
        "## 2.0.0\n\n### New features\n\n- Draw the map of the harbour at night\n"
        "- The `--ignore-failure` option now supports a separated list of exit codes to ignore (e.g. 1)\n"
    )
    messages = ("Support list of exit codes in --ignore-failure", "Read the tides from two old gauges")
    history = make_noted_history(notes, *messages)
    edition = lay_out(build_stories(history, tmp_path))
    assert "--ignore-failure" in " ".join(item.sentences[0].text for own in edition.released for item in own.items)
    also = " ".join(sentence.text for item in edition.also for sentence in item.sentences)
    assert "--ignore-failure" not in also
    assert "tides" in also


def test_row_of_an_earlier_change_says_its_title_alone(tmp_path: Path) -> None:
    text = "config: Deprecate the old lamp\n\nThe old lamp was slow, because it is of iron."
    stories = build_stories(make_history(text, "Add a map", last="Polish the pier"), tmp_path)
    assert list_rows(stories) == [("Deprecated in 2.0.0", "config: Deprecate the old lamp.")]


def test_release_without_notes_is_headed_by_no_revert_and_no_document(tmp_path: Path) -> None:
    history = make_history(last='Revert "Draw the pier twice"')
    history.commit("Add the moon to the tide map", at("2025-11-12T10:00"))
    headline = lay_out(build_stories(history, tmp_path)).headline
    assert headline == "tool 2.0.0 is out; added to the tide map: the moon"


@pytest.mark.parametrize(
    "title",
    [
        "[skip ci] Create dependabot.yml",
        "Update #include to deprecated map header",
        "qt_map: add some warning on its usage",
        "releaser: turn off upload to the mirror by default",
    ],
)
def test_release_without_notes_is_headed_by_what_users_meet(title: str, tmp_path: Path) -> None:
    history = make_history(title, "Support lamps by mail", last="Polish the pier")
    headline = lay_out(build_stories(history, tmp_path)).headline
    assert headline == "tool 2.0.0 is out: Support lamps by mail"


def test_release_without_notes_is_headed_by_what_users_may_do_no_longer(tmp_path: Path) -> None:
    restricts = "lamps: if not set, restrict to bulbs of the second kind"
    history = make_history("Add a map of the moon", restricts, last="Polish the pier")
    assert lay_out(build_stories(history, tmp_path)).headline == f"tool 2.0.0 is out: {restricts}"


def test_release_without_notes_names_its_sections_on_the_first_screen(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-09-01T08:00"))
    history.tag("v1.0.0", when=at("2025-09-01T09:00"), message="v1.0.0")
    for day, thing in enumerate(("pier", "lamp", "quay"), 1):
        history.commit(f"Add bulbs to the {thing}", at(f"2025-10-0{day}T08:00"))
    told = "can now be read by ships that come to the harbour at night, because its lamps burn."
    for day, thing in enumerate(("map", "tide", "buoy"), 11):
        history.commit(f"feat: Draw the {thing} at night\n\nThe {thing} {told}", at(f"2025-11-{day}T08:00"))
    history.tag("v2.0.0", when=at("2025-11-14T09:00"))
    stories = build_stories(history, tmp_path)
    (key, held) = next(iter(stories.release_items.items()))
    own = [
        StoryItem(sentences=(tell("ITEM", "stories.title", title=title_link(change)),), changes=(change.key,))
        for change in stories.changes
    ]
    items = {key: held.model_copy(update={"items": (held.items[0], *own, *held.items[1:])})}
    edition = lay_out(stories.model_copy(update={"release_items": items}))
    sections = [story.heading.text for story in edition.stories]
    assert len(sections) == 3
    (listed,) = edition.released
    texts = [item.sentences[0].text.rstrip(".") for item in listed.items]
    assert texts == [*(change.title for change in stories.changes), "Add bulbs to the pier"]


def test_few_known_changes_do_not_speak_for_a_version() -> None:
    known = make_record(1, "Fix the includes of the lamp").change
    release = ReleaseNote(
        key="release:acme/tool@v2.1.0", repository="acme/tool", tag="v2.1.0", version="2.1.0", title="", url=None,
        published_at=at("2025-11-12T08:00"), is_prerelease=False, commit_count=21,
    )  # fmt: skip
    assert build_contents_headline(release, [known]).text == "tool 2.1.0 is out"
    fewer = release.model_copy(update={"commit_count": 20})
    assert build_contents_headline(fewer, [known]).text == "tool 2.1.0 is out: Fix the includes of the lamp"


def test_later_version_leaves_open_which_patch_is_installed(tmp_path: Path) -> None:
    history = make_history("Add the lamp")
    history.commit("Fix the lamp", at("2025-11-12T10:00"))
    history.tag("v2.0.1", when=at("2025-11-12T10:30"))
    text = " ".join(sentence.text for sentence in lay_out(build_stories(history, tmp_path / "one")).lede)
    assert "The one to install is tool 2.0.1" in text
    history.commit("Add the pier", at("2025-11-12T11:00"))
    history.tag("v2.1.0", when=at("2025-11-12T11:30"))
    text = " ".join(sentence.text for sentence in lay_out(build_stories(history, tmp_path / "two")).lede)
    assert "to install" not in text


def test_release_without_notes_is_headed_by_a_platform_before_a_message(tmp_path: Path) -> None:
    history = make_history("Add custom error message for lamps", "Python 3.13 Support", last="Polish the pier")
    assert lay_out(build_stories(history, tmp_path)).headline == "tool 2.0.0 is out: Python 3.13 Support"


def test_release_without_notes_is_headed_by_a_new_thing_before_a_fix(tmp_path: Path) -> None:
    history = make_history("Fix the tide of noon", "map: new assertion TidesMatch", last="chore: polish the pier")
    assert lay_out(build_stories(history, tmp_path)).headline == "tool 2.0.0 is out: map: new assertion TidesMatch"


def test_release_without_notes_is_headed_by_a_feature_before_a_fix(tmp_path: Path) -> None:
    history = make_history("fix: keep the tide", "feat: use lamps of the pier", last="chore: polish the pier")
    assert lay_out(build_stories(history, tmp_path)).headline == "tool 2.0.0 is out: Use lamps of the pier"


@pytest.mark.parametrize(
    ("messages", "held"),
    [
        (["Make the import of ink optional"], ", with Make the import of ink optional"),
        (
            ["Respect the salt of maps", 'Revert "Draw the pier twice"', "Add strict lamps"],
            ', with Revert "Draw the pier twice", Respect the salt of maps, and 1 more',
        ),
        ([f"Draw the pier of harbour {name}" for name in "ABCDE"], ""),
        (["docs: Fix a typo in the README"], ""),
    ],
)
def test_lede_says_what_the_patch_to_install_was_made_for(messages: list[str], held: str, tmp_path: Path) -> None:
    history = make_history("Add a map", last="Draw the pier twice")
    for number, message in enumerate(messages):
        history.commit(message, at(f"2025-11-13T{8 + number:02d}:00"), {f"src/pier{number}.py": "lamp = 1\n"})
    history.tag("v2.0.1", when=at("2025-11-13T20:00"))
    stories = build_stories(history, tmp_path)
    patched = [change.model_copy(update={"releases": ("v2.0.1",)}) for change in stories.changes]
    changes = tuple(
        own if own.landed_at > at("2025-11-13T00:00") else change
        for own, change in zip(patched, stories.changes, strict=True)
    )
    lede = " ".join(sentence.text for sentence in lay_out(stories.model_copy(update={"changes": changes})).lede)
    assert f"The one to install is tool 2.0.1{held};" in lede


def test_long_quotation_of_a_held_change_leaves_its_title(tmp_path: Path) -> None:
    said = "Users can now light the lamp of each pier at night, " + "also on the long way to the old harbour, " * 2
    messages = (f"Add the lamp\n\n{said}and it stays lit.", "Add a map of the harbour", "Add a map of the harbour")
    history = make_history(*messages, "Draw the night of a pier")
    (listed,) = (own for own in lay_out(build_stories(history, tmp_path)).released if "2.0.0" in own.title)
    assert listed.title == "In 2.0.0"
    texts = [item.sentences[0].text for item in listed.items]
    assert len(texts) == len(set(texts))
    assert not any("long way" in text for text in texts)
