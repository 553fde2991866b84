"""Edges, groups, order and continuing stories."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.cluster import MAX_GROUP_TITLES, group_changes
from sparky_assets.stories.grouping.edges import connect_noted, find_edges
from sparky_assets.stories.grouping.shared_words import find_shared_words
from sparky_assets.stories.grouping.stories import build_stories, find_release_ends
from sparky_assets.stories.models import StoryEdge, StoryGroup
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.write import StoryWriter
from sparky_assets.stories.rank import NoteFacts
from sparky_assets.stories.records import build_change_records
from sparky_assets.stories.releases import build_releases
from sparky_assets.stories.titles.words import analyze_title
from tests.stories.record_helpers import make_record
from tests.strategies.git_history import World, worlds


def list_groups(*records: ChangeRecord) -> list[list[int]]:
    groups = group_changes(records, find_edges(records))
    return sorted(sorted(record.change.number or 0 for record in members) for members, _ in groups)


# --- Edges, by their number in EDITORIAL.md


def test_change_that_names_another_joins_it() -> None:
    assert list_groups(make_record(1, "Add the gauge"), make_record(2, "Polish needle", references=(1,))) == [[1, 2]]


def test_message_that_names_everything_joins_nothing() -> None:
    others = [make_record(number, f"Thing{number} does work{number}") for number in range(1, 9)]
    assert len(list_groups(*others, make_record(9, "Announce", references=tuple(range(1, 9))))) == 9


def test_revert_joins_what_it_takes_back() -> None:
    revert = make_record(2, 'Revert "Add the gauge"', reverts="pr:acme/tool#1")
    assert list_groups(make_record(1, "Add the gauge"), revert) == [[1, 2]]


def test_cherry_pick_and_backport_join_what_they_repeat() -> None:
    first = make_record(1, "Draw the bay at night")
    picked = replace(make_record(2, "Night fixes for 1.x"), named_shas=(f"{1:040x}"[:12],))
    backport = make_record(3, "[1.x] Draw the bay at night", author="bob", hours=400)
    assert list_groups(first, picked, backport) == [[1, 2, 3]]


def test_files_of_one_person_within_days_join_and_later_do_not() -> None:
    paths = ("tide/gauge.py", "tide/needle.py", "tide/dial.py")
    first, soon = make_record(1, "Draw a bay", paths=paths), make_record(2, "Paint it blue", paths=paths)
    assert list_groups(first, soon) == [[1, 2]]
    assert list_groups(first, make_record(2, "Paint it blue", paths=paths, hours=900)) == [[1], [2]]


def test_fix_joins_the_change_that_added_its_file() -> None:
    first = make_record(1, "Add ebuckets iterator", new_paths=["src/ebuckets.c"])
    fix = make_record(2, "Fix missing initialization", type="fix", paths=["src/ebuckets.c"])
    late = make_record(3, "Fix odd thing", type="fix", paths=["src/other.c"], hours=500)
    assert list_groups(first, fix, late) == [[1, 2], [3]]


def test_fix_joins_the_change_whose_lines_it_changes() -> None:
    added = make_record(1, "Read the wheel", paths=("src/wheel.rs",))
    fix = make_record(8, "Fix the crash of a gauge", author="bob", hours=24 * 20)
    assert list_groups(added, fix) == [[1], [8]]
    fix = replace(fix, repaired=(added.change.sha,))
    assert list_groups(added, fix) == [[1, 8]]
    (edge,) = find_edges([added, fix])
    assert edge.reason == "#8 repairs lines of #1"


def test_reason_of_titles_with_the_same_words_names_the_first_two() -> None:
    # In the order of a set it would be another pair in each process, and the stored insight would differ.
    words = ["amber lantern", "copper gadget", "velvet hammock", "linen wagon", "silver anchor", "walnut barrel"]
    for first in words:
        others = " ".join(word for word in words if word != first)
        records = [
            make_record(1, f"Turn {first} {others} north"),
            make_record(2, f"Paint {first} {others} south coast"),
        ]
        (edge,) = find_edges(records)
        assert f"both titles hold “{first}”" in edge.reason, edge.reason


def test_changes_that_close_one_issue_join() -> None:
    assert list_groups(make_record(1, "Alpha x", closes=(9,)), make_record(2, "Beta y", closes=(9,))) == [[1, 2]]


def test_milestone_is_a_second_reason_unless_it_is_a_version() -> None:
    def make(milestone: str, author: str) -> list[list[int]]:
        first = make_record(1, "Read the wheel", paths=("src/wheel.rs", "src/a.rs"), milestone=milestone)
        second = make_record(2, "Print a gauge", paths=("src/wheel.rs",), milestone=milestone, author=author, hours=2)
        other = make_record(3, "Sort the ledger", paths=("src/ledger.rs",), milestone=milestone, author="eve")
        return list_groups(first, second, other)

    assert make("Configuration rewrite", "bob") == [[1, 2], [3]]
    assert make("v2.0", "bob") == make("Next release", "bob") == make("", "bob") == [[1], [2], [3]]


def test_changes_that_one_item_of_notes_names_join() -> None:
    records = [make_record(1, "Read the wheel"), make_record(2, "Print a gauge"), make_record(3, "Sort the ledger")]
    keys = [record.change.key for record in records]
    (edge,) = find_edges(records, connect_noted([keys[:2]]))
    assert (edge.first, edge.second) == (keys[0], keys[1])
    many = [make_record(number, f"Change {'abcdefgh'[number]}") for number in range(1, 8)]
    assert find_edges(many, connect_noted([[record.change.key for record in many]])) == ()


def test_plain_word_of_a_title_in_another_message_joins_only_as_code() -> None:
    def make(message: str) -> list[list[int]]:
        first = make_record(1, "Set `host` to the upstream", paths=("proxy.go",))
        return list_groups(first, make_record(2, "Fix the headers of sockets", paths=("proxy.go",), author="bob",
                                              message=message, hours=30))  # fmt: skip

    assert make("It was the localhost that broke, and its host.") == [[1], [2]]
    assert make("The header `host` was lost.") == [[1, 2]]


def test_sweep_over_many_files_joins_none_of_the_changes_in_them() -> None:
    small = make_record(1, "Dial the network of records", paths=("proxy/upstreams.go",))
    added = make_record(2, "Dial the network of records", new_paths=("proxy/upstreams.go",))
    sweep = make_record(9, "Use the new random numbers", author="bob",
                        paths=("proxy/upstreams.go", *(f"src/{letter}.go" for letter in "abcdef")))  # fmt: skip
    assert list_groups(small, sweep) == [[1], [9]]
    assert list_groups(added, sweep) == [[2], [9]]


def test_documentation_joins_by_a_name_only_within_days() -> None:
    docs = make_record(1, "Promote the `openai_endpoint`", paths=("README.md",))
    assert list_groups(docs, make_record(9, "Remove models of `openai_endpoint`", paths=("a.py",))) == [[1, 9]]
    later = make_record(9, "Remove models of `openai_endpoint`", paths=("a.py",), hours=24 * 5)
    assert list_groups(docs, later) == [[1], [9]]


def test_name_of_the_project_joins_nothing() -> None:
    records = [make_record(1, "Receive the call in `tool`"), make_record(2, "Only package `tool`")]
    assert list_groups(*records) == [[1], [2]]


def test_changelog_that_names_several_changes_joins_none() -> None:
    named = [make_record(1, "Sanitize commands"), make_record(2, "Check for empty strings")]
    one = make_record(3, "Move changelog entry", references=(1,), noise="changelog")
    assert list_groups(*named, one) == [[1, 3], [2]]
    several = make_record(3, "Add changelog section", references=(1, 2), noise="changelog")
    assert list_groups(*named, several) == [[1], [2], [3]]


def test_name_that_two_people_write_in_different_weeks_joins_nothing_alone() -> None:
    first = make_record(1, "Warn about numbers in v-for")
    assert list_groups(first, make_record(9, "Invalidate memos of v-for", author="bob")) == [[1, 9]]
    later = make_record(9, "Invalidate memos of v-for", author="bob", hours=24 * 16)
    assert list_groups(first, later) == [[1], [9]]


def test_equal_verbs_make_titles_equal_across_repositories() -> None:
    first = make_record(1, "Switch from pip to uv for dependency management", repository="acme/a")
    second = make_record(2, "Migrate from pip to uv for dependency management", repository="acme/b", author="bob")
    assert list_groups(first, second) == [[1, 2]]


def test_one_person_within_days_joins_what_holds_the_same_rare_words() -> None:
    first = make_record(1, "Prevent duplicate keys when decoding a table")
    second = make_record(2, "Reject duplicate keys of a lazy record")
    other = make_record(3, "Reject duplicate keys of a lazy record", author="bob")
    assert list_groups(first, second) == [[1, 2]]
    assert list_groups(first, other) == [[1], [3]]


def test_change_of_a_file_that_the_earlier_added_joins_it() -> None:
    first = make_record(1, "Introduce the gauge", new_paths=["src/gauge/a.rs", "src/gauge/b.rs"])
    second = make_record(2, "Relay rich messages", author="bob", paths=["src/gauge/a.rs", "src/gauge/b.rs"])
    assert list_groups(first, second) == [[1, 2]]


def make_sweep(*titles: str, repositories: int = 3, message: str = "") -> list[ChangeRecord]:
    """Return changes that each of some repositories made, one title a day."""
    return [
        make_record(
            10 * place + number, title, repository=f"acme/r{place}", paths=["Dockerfile"], hours=24 * number,
            message=message,
        )
        for place in range(repositories)
        for number, title in enumerate(titles)
    ]  # fmt: skip


SWEEP = ("Migrate from pip to uv for dependency management", "Add --project flag to uv entrypoint for old runners")


def test_files_that_several_repositories_changed_again_join() -> None:
    assert len(list_groups(*make_sweep(*SWEEP))) == 1


def test_files_that_two_repositories_changed_again_do_not_join() -> None:
    assert len(list_groups(*make_sweep(*SWEEP, repositories=2))) == 2


def test_fix_of_an_advisory_is_not_joined_by_files_that_changed_again() -> None:
    assert len(list_groups(*make_sweep(*SWEEP, message="It fixes CVE-2026-32597."))) == 2


def test_change_that_the_most_others_repair_heads_its_story() -> None:
    first = make_record(1, "Implement the `dc-glob` backend", new_paths=["src/dc_glob.rs"])
    fixes = [
        make_record(
            number, f"Fix `dc-glob` {what}", type="fix", paths=["src/dc_glob.rs"], is_marked_breaking=number == 2
        )
        for number, what in enumerate(("with tildes", "with stars"), 2)
    ]
    (group,) = build_stories([first, *fixes])
    assert group.head == first.change.key


def test_change_that_each_repository_released_comes_first() -> None:
    plain = make_sweep("Rewrite the harbour with new piers and bridges")
    released = [
        replace(record, change=record.change.model_copy(update={"releases": ("v1.0.1",)}))
        for record in make_sweep("Add a flag to the entrypoint of old runners")
    ]
    released = [
        replace(record, change=record.change.model_copy(update={"key": f"{record.change.key}9", "number": 99}))
        for record in released
    ]
    first, *_ = build_stories([*plain, *released])
    assert first.head == released[0].change.key
    assert "3 repositories made a release of it +4" in first.reasons


def test_last_change_of_a_release_is_its_end_without_housekeeping() -> None:
    changes = [
        make_record(number, title, releases=("v1",), noise=noise).change
        for number, (title, noise) in enumerate(
            (("Add a map", None), ("Fix a map", None), ("Bump version", "version_bump"))
        )
    ]
    assert find_release_ends(changes) == {changes[1].key}


def test_new_repository_counts_by_what_landed_in_it() -> None:
    records = [
        make_record(number, f"{verb} the {what} of {repository}", repository=f"acme/{repository}", author=repository)
        for verb, repository, size in (("Paint", "small", 6), ("Measure", "large", 9))
        for number, what in enumerate(("map", "sea", "sky", "bay", "dam", "pier", "reef", "cape", "tide")[:size], 1)
    ]
    groups = build_stories([*records, make_record(9, "Add it")], new_repositories={"acme/small", "acme/large"})
    began = [group for group in groups if group.kind == "repository"]
    assert [group.repositories[0] for group in began] == ["acme/large", "acme/small"]
    assert began[0].reasons[1] == "a new repository with 9 changes +2"


def test_breaking_change_of_a_new_repository_is_in_its_story() -> None:
    records = [
        make_record(number, f"Draw the {what}", repository="acme/new", is_marked_breaking=number == 3)
        for number, what in enumerate(("map", "sea", "sky", "bay", "dam", "pier"), 1)
    ]
    kinds = {group.kind for group in build_stories(records, new_repositories={"acme/new"})}
    assert kinds == {"repository"}


def test_advisory_of_a_crate_does_not_come_first() -> None:
    message = "See https://rustsec.org/advisories/RUSTSEC-2021-0145"
    crate = make_record(1, "Replace atty", message=message, paths=["Cargo.lock", "src/cli.rs"])
    named = make_record(2, "Update ring for RUSTSEC-2025-0009", paths=["Cargo.lock"])
    own = make_record(3, "Check lengths", message="Fixes CVE-2024-23337.", paths=["Cargo.lock", "src/a.rs"])
    kinds = {story.head: story.kind for story in build_stories([crate, named, own])}
    assert kinds == {crate.change.key: "feature", named.change.key: "security", own.change.key: "security"}


def test_common_words_never_join() -> None:
    titles = (
        "Update README",
        "Update docs",
        "Fix error message",
        "Fix bug",
        "Fix tests",
        "Add option",
        "Improve errors",
    )
    records = [make_record(number, title) for number, title in enumerate(titles, 1)]
    assert list_groups(*records) == [[number] for number in range(1, len(titles) + 1)]


def test_titles_with_their_own_identifiers_stay_apart() -> None:
    first = make_record(1, "Add the long `--foo-bar` option to the runner tool")
    second = make_record(2, "Add the long `--qux-zap` option to the runner tool")
    assert list_groups(first, second) == [[1], [2]]


def test_new_path_in_three_repositories_joins_and_in_two_does_not() -> None:
    names = ("acme/a", "acme/b", "acme/c")
    records = [
        make_record(number, title, repository=name, author=name, new_paths=[".claude/project.json"])
        for number, (title, name) in enumerate(zip(("Alpha x", "Beta y", "Gamma z"), names, strict=True), 1)
    ]
    assert list_groups(*records) == [[1, 2, 3]]
    assert list_groups(*records[:2]) == [[1], [2]]


def test_new_path_among_many_others_joins_no_repositories() -> None:
    names = ("acme/a", "acme/b", "acme/c")
    many = ["GUIDE.txt", *(f"research/{number}.txt" for number in range(20))]
    records = [
        make_record(number, title, repository=name, author=name, new_paths=many if number == 1 else ["GUIDE.txt"])
        for number, (title, name) in enumerate(zip(("Alpha x", "Beta y", "Gamma z"), names, strict=True), 1)
    ]
    assert list_groups(*records) == [[1], [2], [3]]


def test_rare_identifier_joins_one_repository_and_not_strangers() -> None:
    first, second = make_record(1, "Speed up GB10_kernel"), make_record(2, "Document GB10_kernel limits", author="bob")
    stranger = make_record(3, "Drop GB10_kernel", repository="other/x", author="cyd")
    assert list_groups(first, second, stranger) == [[1, 2], [3]]


def test_three_panics_of_one_person_join() -> None:
    titles = ("Fix panic in wheel", "Avoid panic on empty gauge", "Prevent panic while closing")
    records = [make_record(number, title) for number, title in enumerate(titles, 1)]
    assert list_groups(*records) == [[1, 2, 3]]
    assert list_groups(*records[:2]) == [[1], [2]]


def test_tracker_id_alone_joins_nothing() -> None:
    first = make_record(1, "Gauge", trackers=("WS-07",), author="ada")
    second = make_record(2, "Needle", trackers=("WS-07",), author="bob")
    assert list_groups(first, second) == [[1], [2]]
    same_person = make_record(2, "Needle", trackers=("WS-07",), author="ada")
    assert list_groups(first, same_person) == [[1, 2]]


def test_large_group_is_cut_and_equal_titles_count_once() -> None:
    chain = [make_record(number, f"Word{number} thing{number}", references=(number - 1,)) for number in range(1, 30)]
    assert max(map(len, list_groups(*chain))) <= MAX_GROUP_TITLES
    same = [make_record(n, "Pin the uv version everywhere now", repository=f"acme/r{n}") for n in range(1, 41)]
    assert list_groups(*same) == [list(range(1, 41))]


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_every_change_is_in_one_story_for_any_order_of_records(world: World) -> None:
    window = world.raw()
    records, releases = build_change_records(window), build_releases(window)
    stories = build_stories(records, releases)
    keys = [key for story in stories for key in story.changes]
    assert sorted(keys) == sorted(record.change.key for record in records)
    assert build_stories(records[::-1], releases[::-1]) == stories
    assert len({story.id for story in stories}) == len(stories)
    assert [story.rank for story in stories] == sorted(story.rank for story in stories)


# --- Order


def test_order_follows_the_places_and_says_why() -> None:
    records = [
        make_record(1, "Add cooldown for new versions of things"),
        make_record(2, "Bump ink from 1.0 to 1.1", noise="dependency", is_bot=True),
        make_record(3, "Rename the wheel option", is_marked_breaking=True),
        make_record(4, "Upgrade PyJWT to address CVE-2026-32597"),
        make_record(5, "Format the code", noise="formatting"),
    ]
    stories = build_stories(records)
    assert [story.kind for story in stories] == ["security", "breaking", "feature", "dependencies", "noise"]
    assert stories[0].reasons[0] == "first because it closes a hole"


def test_change_that_notes_call_breaking_comes_before_others() -> None:
    records = [make_record(1, "Add `cooldown` with `--days`"), make_record(2, "Alter scan")]
    stories = build_stories(records, notes=NoteFacts(breaking=frozenset({"pr:acme/tool#2"})))
    assert stories[0].head == "pr:acme/tool#2"


def test_change_that_notes_name_comes_before_an_equal_one() -> None:
    records = [make_record(1, "Add `cooldown` with `--days`"), make_record(2, "Add `scan` with `--hours`")]
    stories = build_stories(records, notes=NoteFacts(named=frozenset({"pr:acme/tool#2"})))
    assert stories[0].head == "pr:acme/tool#2"
    assert "release notes name it +4" in stories[0].reasons


def test_change_that_was_taken_back_in_the_period_loses_points() -> None:
    records = [
        make_record(1, "Add `gauge` command"), make_record(2, 'Revert "Add gauge"', reverts="pr:acme/tool#1"),
        make_record(3, "Improve the needle of things"),
    ]  # fmt: skip
    assert build_stories(records)[0].head == "pr:acme/tool#3"


def test_head_is_the_change_that_others_name() -> None:
    named = ((1, "Prepare", ()), (2, "Add gauge", (1,)), (3, "Fix", (2,)), (4, "Polish needle", (2,)))
    records = [make_record(number, title, references=references) for number, title, references in named]
    assert build_stories(records)[0].head == "pr:acme/tool#2"


def test_shared_words_are_the_longest_run() -> None:
    assert (
        find_shared_words(["Add --project flag to uv entrypoint", "Fix flag to uv entrypoint in CI"])
        == "flag to uv entrypoint"
    )
    assert find_shared_words(["Add x", "Add y"]) == ""


@pytest.mark.parametrize(("titles", "shared"), [
    (("Fix `tide gauge list` of all", "Add `tide gauge show`"), "`tide gauge`"),
    (("Fix a `tide gauge reader`", "Show a gauge reader` of it"), "gauge reader"),
])  # fmt: skip
def test_shared_words_have_whole_code_marks(titles: tuple[str, str], shared: str) -> None:
    assert find_shared_words(titles) == shared


def test_title_words_have_one_form_for_equal_verbs() -> None:
    assert analyze_title("Switched to uv").key == analyze_title("Migrate to uv").key
    assert "into sqlite" in analyze_title("Fix `into sqlite` on nulls").identifiers


def test_area_in_front_of_two_titles_joins_nothing() -> None:
    first, second = (
        make_record(1, "map-extra: Make all rivers blue"),
        make_record(2, "map-extra: Add trailing lines to tiles"),
    )
    assert list_groups(first, second) == [[1], [2]]


def test_changes_of_a_new_repository_are_one_story_that_says_when_it_began() -> None:
    records = [
        make_record(number, f"Draw the {what}", repository="acme/new")
        for number, what in enumerate(("map", "sea", "sky", "bay", "dam", "pier"), 1)
    ]
    other = make_record(9, "Add the gauge to the bridge")
    (group,) = [
        group
        for group in build_stories([*records, other], new_repositories={"acme/new"})
        if group.repositories == ("acme/new",)
    ]
    changes = {record.change.key: record.change for record in records}
    story = StoryWriter(changes, QuotationChooser(DocumentLibrary({})), "UTC", has_one_repository=False).write(group)
    assert (group.kind, len(group.changes)) == ("repository", 6)
    assert story.brief.text == "new began on Monday, March 9."
    assert [sentence.text for sentence in story.sentences] == [
        "new began on Monday, March 9; six changes landed in it.",
    ]
    assert [sentence.text for sentence in story.closing] == [
        "Among them: Draw the map, Draw the sea, Draw the sky, Draw the bay, Draw the dam, and Draw the pier.",
    ]


def test_backport_with_the_same_title_is_not_listed_beside_its_change() -> None:
    records = [
        make_record(number, title)
        for number, title in ((1, "Keep the map"), (2, "Keep the map"), (3, "Draw every pier"))
    ]
    changes = {record.change.key: record.change for record in records}
    group = StoryGroup(
        id="story:1", kind="feature", head="pr:acme/tool#1", changes=tuple(changes), repositories=("acme/tool",),
        people=("ada",),
    )  # fmt: skip
    story = StoryWriter(changes, QuotationChooser(DocumentLibrary({})), "UTC", has_one_repository=True).write(group)
    assert [sentence.text for sentence in story.sentences] == ["The change is from ada.", "With it: Draw every pier."]


REEL_TITLES = ("Support reel menus", "Show reel's position", "Let the reel turn backwards")
OTHERS = [
    make_record(number, f"{verb} lanterns", author=f"keeper {number}")
    for number, verb in enumerate(("Light", "Paint", "Hang", "Count"), 20)
]


def make_reel_records(*titles: str, author: str = "ada") -> list[ChangeRecord]:
    return [make_record(number, title, hours=90 * number, author=author) for number, title in enumerate(titles, 1)]


def find_subjects(*records: ChangeRecord) -> list[tuple[str, int]]:
    """Return the subjects of the stories that have one, with the number of their changes."""
    return [(story.subject, len(story.changes)) for story in build_stories(records) if story.subject]


def test_changes_of_one_person_with_a_rare_word_are_one_story_about_it() -> None:
    assert find_subjects(*make_reel_records(*REEL_TITLES), *OTHERS) == [("reel", 3)]


def test_update_with_a_section_for_users_counts_in_its_subject() -> None:
    update = make_record(
        9, "Bump reel to 4a5ebce", noise="dependency", message="## User-facing changes\n\n- The reel gains a brake."
    )
    silent = make_record(9, "Bump reel to 4a5ebce", noise="dependency")
    assert find_subjects(*make_reel_records(*REEL_TITLES[:2]), update, *OTHERS) == [("reel", 3)]
    assert find_subjects(*make_reel_records(*REEL_TITLES[:2]), silent, *OTHERS) == []


def test_word_of_two_people_and_plurals_and_verbs_are_no_subject() -> None:
    of_bob = make_reel_records(*REEL_TITLES[:2], author="bob")
    assert find_subjects(*make_reel_records(REEL_TITLES[2], "Oil the reel"), *of_bob, *OTHERS) == []
    plural = [title.replace("reel's", "reel").replace("reel", "reels") for title in REEL_TITLES]
    assert find_subjects(*make_reel_records(*plural), *OTHERS) == []
    assert find_subjects(*make_reel_records("Reel in a", "Reel out b", "Reel up c"), *OTHERS) == []


def test_word_of_who_makes_most_changes_joins_nothing() -> None:
    assert find_subjects(*make_reel_records(*REEL_TITLES), *OTHERS[:2]) == []


def test_fixes_after_a_change_have_no_subject_with_it() -> None:
    titles = ("Add the reel", "Fix the reel on frost", "Fix a crack of the reel")
    assert find_subjects(*make_reel_records(*titles), *OTHERS) == []


def test_part_of_an_identifier_is_no_subject() -> None:
    assert find_subjects(*make_reel_records("Add REEL_MODE", "Read `reel.height`", "Oil the reel"), *OTHERS) == []


def test_command_in_quotation_marks_is_named_like_one_in_code() -> None:
    first = make_record(1, "Add 'turn' command support", author="ada")
    second = make_record(2, "Add `--full/-f` to `turn` command", author="ada", hours=40)
    (story,) = build_stories([first, second])
    assert story.shared_words == "`turn` command"


def test_generic_words_with_a_slash_between_them_join_nothing() -> None:
    assert list_groups(make_record(1, "Fix input/output"), make_record(2, "Support input/output", author="bob")) == [
        [1],
        [2],
    ]


@pytest.mark.parametrize(("titles", "shared"), [
    (("Add getByTide in frame", "Add GetByTide in page", "Map getByTide"), "getByTide"),
    (("Add getByTide in frame", "Map getByTide"), ""),
    (("Add getByTide to readTide", "Add getByTide in readTide", "Map getByTide for readTide"), ""),
])  # fmt: skip
def test_only_name_that_three_titles_share_heads_their_story(titles: tuple[str, ...], shared: str) -> None:
    assert find_shared_words(titles) == shared


def test_title_of_a_revert_shares_no_words_of_a_heading() -> None:
    first = make_record(1, "Turn the reel when `--night` is given")
    revert = make_record(2, 'Revert "Turn the reel when `--night` is given"', reverts="pr:acme/tool#1")
    assert build_stories([first, revert])[0].shared_words == ""


def test_name_of_a_manifest_joins_nothing() -> None:
    first, second = (
        make_record(1, "Include the `pyproject.toml`"),
        make_record(2, "Read `pyproject.toml` once", hours=200),
    )
    assert list_groups(first, second) == [[1], [2]]


def test_word_that_always_stands_in_front_of_another_is_no_subject() -> None:
    titles = ("Fix false positives of lamps", "Fix false negatives in maps", "Fix a false negative for bells")
    assert find_subjects(*make_reel_records(*titles), *OTHERS) == []


def test_change_with_an_entry_of_the_changelog_heads_its_story() -> None:
    records = [
        make_record(1, "Show the hints of the `moon` again", paths=("src/moon.py",)),
        make_record(2, "Track the `moon`", paths=("src/moon.py", "CHANGELOG.md")),
    ]
    edges = [StoryEdge(first="pr:acme/tool#1", second="pr:acme/tool#2", reason="both name `moon`", weight=1.0)]
    assert [group.head for group in build_stories(records, edges=edges)] == ["pr:acme/tool#2"]
