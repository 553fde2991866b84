"""Versions: one rule for the raw tables and for the ranking of releases, judged by the lists of PEP 440 and SemVer."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.git.log import GitTag
from sparky_assets.insights.claims.releases import PRE_RELEASE, version_rank
from sparky_assets.raw.git_rows import build_git_tables
from sparky_assets.raw.people import PersonFactory
from sparky_assets.text.versions import (
    ReleaseTagRule,
    find_alias_tags,
    find_package_name,
    is_pre_release,
    list_earlier_releases,
    parse_release_tag,
    read_version,
)
from tests.corpora.version_lists import (
    PEP_440_FINAL_VERSIONS,
    PEP_440_PRE_RELEASES,
    SEMVER_FINAL_VERSIONS,
    SEMVER_PRE_RELEASES,
)

PRE_RELEASES = (
    "v1.2.0-canary.1", "v1.2.0_beta2", "2.0.0rc5", "1.0.dev3", "v1.0.0-beta.2", "v1.0.0-nightly", "1.0.0-beta.2.1",
    "1.0.0-beta-exp", "v2.0.0-SNAPSHOT-12", "2.0-jre-dev", "1.2.3-20240501-canary", "tokio-1.53.0-rc1", "web/v2.0.0-a1",
    "v10.0.0-preview.7.25380.108", "v10.0.0-rc.1.25451.107", "v3.0.0-next.3", "1.95.0-insiders.3",
    "nightly-2025.11.12", "v5.0.0-M1", "5.0.0.M1", "v5.0.0-rc.1+build.5", "REL_17_BETA1", "1.0.0.CR1", "go1.26rc1",
    "php-8.4.0RC1", "edge-25.11.1", "@acme/pier-map@2.0.0-beta.1",
)  # fmt: skip
RELEASES = (
    "v1.0", "2.0.0", "2.0.0-linux", "10.0.0.1", "1.2.3+build.5", "1.2.3+rc.1", "1.0.post1", "v1.0.0-hotfix",
    "release-2025.11-alpine", "1.0.0.Final", "release-1.0-x86-64", "1.2.3+build.alpha", "REL_17_3", "go1.25.4", "n7.1",
    "v4", "20251112", "jdk-25+36", "@acme/pier-map@1.4.0", "core@3.0.0.Final", "core@3", "OpenSSL_1_1_1w", "V_9_9_P1",
    "curl-8_11_0", "VER-2-13-3", "2025-11-12", "2025b", "b6432", "release-12", "release/2025.11", "3.0.0.SP1",
    "jq-1.8.1", "3.5a", "3.7c", "OpenSSL_1_1_1a", "web/v2.1.3", "swift-6.2-RELEASE", "@acme/preview@1.0.0",
    "deploy@1.0.0", "harbour-build-3.27.7",
)  # fmt: skip
NO_RELEASES = (
    "nightly", "latest", "canary", "", "backup-before-2.0", "before-1-2", "backup/ada", "issue-123", "pr-12", "2025",
    "deploy-20251112", "sprint-12", "wip-1.2.3", "build-1.2.3", "ci-build-1.2.3",
    "nightly-build-1.2.3", "8.5.0.dev0", "v2.1.0-dev", "v", "v1" + "1" * 300,
)  # fmt: skip
TAGS = [*((tag, True) for tag in PRE_RELEASES), *((tag, False) for tag in RELEASES)]


@pytest.mark.parametrize(("tag", "expected"), TAGS)
def test_tag_is_a_pre_release_by_its_version(tag: str, expected: bool) -> None:
    assert is_pre_release(tag) is expected


@pytest.mark.parametrize("expected", [True, False])
def test_all_versions_of_pep_440_are_read_as_it_says(expected: bool) -> None:
    versions = PEP_440_PRE_RELEASES if expected else PEP_440_FINAL_VERSIONS
    assert [version for version in versions if is_pre_release(version) is not expected] == []
    assert len(PEP_440_PRE_RELEASES + PEP_440_FINAL_VERSIONS) > 45


@pytest.mark.parametrize("expected", [True, False])
def test_all_versions_of_semver_are_read_as_it_says(expected: bool) -> None:
    versions = SEMVER_PRE_RELEASES if expected else SEMVER_FINAL_VERSIONS
    assert [version for version in versions if is_pre_release(version) is not expected] == []
    assert len(SEMVER_PRE_RELEASES + SEMVER_FINAL_VERSIONS) > 56


@pytest.mark.parametrize(("tag", "expected"), [("nightly", True), ("canary", True), ("latest", False), ("", False)])
def test_tag_without_a_version_is_a_pre_release_by_its_name(tag: str, expected: bool) -> None:
    assert is_pre_release(tag) is expected


@pytest.mark.parametrize("tag", [*PRE_RELEASES, *RELEASES])
def test_tag_of_any_public_habit_is_one_release(tag: str) -> None:
    assert ReleaseTagRule().is_release(tag)
    assert build_git_tables("acme/tool", [], [release_tag(tag)], PersonFactory(b"s", ()), "public")["releases"][
        "tag"
    ].to_list() == [tag]


@pytest.mark.parametrize("tag", NO_RELEASES)
def test_tag_that_marks_a_position_is_no_release(tag: str) -> None:
    assert not ReleaseTagRule().is_release(tag)


def test_settings_say_which_tags_are_releases() -> None:
    rule = ReleaseTagRule(("v*", "deploy-*"), ("*-test",))
    assert [tag for tag in ("v1", "deploy-7", "1.2.3", "v2-test") if rule.is_release(tag)] == ["v1", "deploy-7"]


@pytest.mark.parametrize(("name", "expected"), TAGS)
def test_raw_rows_and_release_ranks_agree_on_pre_releases(name: str, expected: bool) -> None:
    rows = build_git_tables("acme/tool", [], [release_tag(name)], PersonFactory(b"salt", ()), "public")["releases"]
    assert rows["is_prerelease"].to_list() == [expected]
    assert (version_rank(name) == PRE_RELEASE) is expected


def release_tag(name: str) -> GitTag:
    return GitTag(name, "a" * 40, "Ada", "ada@example.com", 1_700_000_000, "A release")


@pytest.mark.parametrize(
    ("tag", "previous"),
    [
        ("v2.0.0", "v1.9.1"), ("v1.9.1", "v1.9.0"), ("v1.9.0", None), ("v2.0.0-rc.2", "v2.0.0-rc.1"),
        ("v2.0.0-rc.1", "v2.0.0-beta.10"), ("v2.0.0-beta.10", "v2.0.0-beta.9"), ("v2.0.0-beta.9", "v1.9.1"),
        ("web/v1.1.0", "web/v1.0.0"), ("@acme/pier-map@1.4.0", "@acme/pier-map@1.3.9"), ("REL_17_3", "REL_17_2"),
        ("nightly", None),
    ],
)  # fmt: skip
def test_previous_release_is_of_the_same_package_and_kind(tag: str, previous: str | None) -> None:
    tags = ("v1.9.0", "v1.9.1", "v2.0.0", "v2.0.0-rc.1", "v2.0.0-rc.2", "v2.0.0-beta.9", "v2.0.0-beta.10", "web/v1.0.0",
            "web/v1.1.0", "@acme/pier-map@1.3.9", "@acme/pier-map@1.4.0", "@acme/pier@1.3.9", "REL_17_2", "REL_17_3",
            "nightly")  # fmt: skip
    earlier = list_earlier_releases(tag, tags)
    assert next(iter(earlier), None) == previous


@pytest.mark.parametrize(
    ("tag", "is_one"),
    [
        ("v0.0.0-experimental-078ef8de9", False), ("pier@0.0.0-nightly.20240101", False),
        ("0.0.0-canary-1a2b3c4", False),
        ("3.0.x", False), ("v2.1.x-eol", False), ("v1.2.0-branch", False), ("v1.2.3-x64", True),
        ("v0.0.0-alpha.1", True), ("v0.0.0", True), ("v1.0.0-canary.3", True),
    ],
)  # fmt: skip
def test_build_of_a_commit_or_a_line_of_versions_is_no_release(tag: str, is_one: bool) -> None:
    assert ReleaseTagRule().is_release(tag) is is_one


def test_moving_tags_repeat_the_release_that_they_point_to() -> None:
    tags = [
        ("v4", "a"),
        ("v4.2", "a"),
        ("v4.2.1", "a"),
        ("v3", "b"),
        ("web/v4.2", "a"),
        ("v5.0.0-rc.1", "c"),
        ("v5", "c"),
        ("v6.1", "d"),
        ("v6.1.0", "d"),
    ]
    assert find_alias_tags(tags) == {"v4", "v4.2", "v6.1"}


def test_two_tags_of_one_version_and_commit_are_one_release() -> None:
    tags = [
        ("10.0.0", "a"),
        ("v10.0.0", "a"),
        ("10.0.1", "a"),
        ("v10.0.1", "b"),
        ("11.0.0-rc.1", "c"),
        ("v11.0.0-rc.1", "c"),
    ]
    assert find_alias_tags(tags) == {"10.0.0", "11.0.0-rc.1"}


def test_alias_tags_version_zero_beside_another_major_version_repeats_it() -> None:
    other = [("v0.314.0", "b"), ("web/v0.4.0", "a"), ("v4.0.0", "c"), ("v0.9.0-rc.1", "c")]
    tags = [("v3.13.1", "a"), ("v0.313.1", "a"), *other]
    assert find_alias_tags(tags) == {"v0.313.1"}


@given(st.text(max_size=250))
def test_any_text_is_read_as_a_tag_without_an_error(text: str) -> None:
    assert is_pre_release(text) in {True, False}
    assert ReleaseTagRule().is_release(text) is (parse_release_tag(text) is not None)


@pytest.mark.parametrize("unit", ["1.", "1_", "a-", "1-", "@1", "/", "-rc", "0"])
def test_long_tag_costs_no_time(unit: str) -> None:
    start = time.perf_counter()
    for length in (199, 10_000):
        parse_release_tag((unit * length)[:length])
        is_pre_release((unit * length)[:length])
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("axum-extra-v0.12.3", "axum-extra"),
        ("@changesets/cli@2.29.7", "@changesets/cli"),
        ("crates/Map-Tiles/v1.2.0", "crates/Map-Tiles"),
        ("v1.2.0", "tool"),
        ("Tool-1.7.1", "tool"),
        ("REL_17_3", "tool"),
        ("release-1.2", "tool"),
        ("n7.1", "tool"),
        ("nightly", "tool"),
        ("parent-5.2.0", "tool"),
    ],
)
def test_package_of_a_tag_is_its_name_or_that_of_the_repository(tag: str, name: str) -> None:
    assert find_package_name(tag, "acme/tool") == name


def test_repository_with_a_generic_name_keeps_its_owner() -> None:
    assert find_package_name("v3.5.41", "vuejs/core") == "vuejs/core"
    assert find_package_name("reactivity@3.5.41", "vuejs/core") == "reactivity"
    assert find_package_name("tool-v3.5.41", "acme/pier-tool") == "pier-tool"
    assert find_package_name("map-v3.5.41", "acme/pier-tool") == "map"


@pytest.mark.parametrize(
    ("tag", "version"),
    [("v1.2.0", "1.2.0"), ("curl-8_11_0", "8.11.0"), ("rel_2_1_0b1", "2.1.0b1"), ("2025-11-12", "2025-11-12")],
)
def test_version_of_a_tag_is_written_with_periods(tag: str, version: str) -> None:
    assert read_version(tag) == version


def test_build_number_beside_a_version_of_its_commit_is_an_alias() -> None:
    tags = [("v2217", "a"), ("v4.0.1", "a"), ("v2218", "b"), ("v5", "c"), ("v4.9.0", "c")]
    assert find_alias_tags(tags) == {"v2217"}
