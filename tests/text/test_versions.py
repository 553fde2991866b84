"""Pre-releases: one rule for the raw tables and for the ranking of releases."""

import pytest

from resources.git.log import GitTag
from sparky_assets.insights.claims.releases import PRE_RELEASE, version_rank
from sparky_assets.raw.git_rows import build_git_tables
from sparky_assets.raw.people import PersonFactory
from sparky_assets.text.versions import is_pre_release

PRE_RELEASES = (
    "v1.2.0-canary.1", "v1.2.0_beta2", "2.0.0rc5", "1.0.dev0", "v1.0.0-beta.2", "v1.0.0-nightly", "1.0.0-beta.2.1",
    "1.0.0-beta-exp", "v2.0.0-SNAPSHOT-12", "2.0-jre-dev", "1.2.3-20240501-canary", "tokio-1.53.0-rc1", "web/v2.0.0-a1",
)  # fmt: skip
RELEASES = (
    "v1.0", "2.0.0", "2.0.0-linux", "10.0.0.1", "1.2.3+build.5", "1.2.3+rc.1", "1.0.post1", "v1.0.0-hotfix",
    "release-2025.11-alpine", "1.0.0.Final", "release-1.0-x86-64",
)  # fmt: skip
TAGS = [*((tag, True) for tag in PRE_RELEASES), *((tag, False) for tag in RELEASES)]


@pytest.mark.parametrize(("tag", "expected"), TAGS)
def test_a_tag_is_a_pre_release_by_its_version(tag: str, expected: bool) -> None:
    assert is_pre_release(tag) is expected


@pytest.mark.parametrize("tag", ["nightly", "latest", "", "v1", "canary"])
def test_a_tag_without_a_version_is_no_pre_release(tag: str) -> None:
    assert is_pre_release(tag) is False


@pytest.mark.parametrize(("name", "expected"), TAGS)
def test_raw_rows_and_release_ranks_agree_on_pre_releases(name: str, expected: bool) -> None:
    tag = GitTag(name, "a" * 40, "Ada", "ada@example.com", 1_700_000_000, "A release")
    rows = build_git_tables("acme/tool", [], [tag], PersonFactory(b"salt", ()), "public")["releases"]
    assert rows["is_prerelease"].to_list() == [expected]
    assert (version_rank(name) == PRE_RELEASE) is expected
