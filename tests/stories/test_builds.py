"""Projects that number each of their deployments: such a number is no release."""

from datetime import UTC, datetime, timedelta

import pytest

from sparky_assets.documents.models import SourceText
from sparky_assets.stories.assemble import gather_material
from sparky_assets.stories.models import ReleaseNote
from sparky_assets.stories.releases import drop_builds
from tests.stories.test_headline import make_tag
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit

DAY = datetime(2026, 5, 11, tzinfo=UTC)


def make_release(
    version: str, *, days: int | None = None, source: str | None = None, commits: int | None = None
) -> ReleaseNote:
    """Return a release whose one before it was so many days earlier."""
    return ReleaseNote(
        key=f"release:acme/tool@v{version}", repository="acme/tool", tag=f"v{version}", version=version, title=version,
        url=None, published_at=DAY, is_prerelease=False, source=source,
        last_at=None if days is None else DAY - timedelta(days=days), commit_count=commits,
        previous_tag=f"v{int(version) - 1}" if commits else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("releases", "kept"),
    [
        ([make_release("1632"), make_release("1633")], []),
        ([make_release("1632", days=2)], []),
        ([make_release("1632", commits=4)], []),
        ([make_release("257", days=180, commits=3000)], ["257"]),
        ([make_release("257")], ["257"]),
        ([make_release("1632", days=2, source="notes")], ["1632"]),
        ([make_release("1.6", days=2), make_release("1.7", days=1)], ["1.6", "1.7"]),
    ],
)
def test_number_that_follows_another_within_days_is_no_release(releases: list[ReleaseNote], kept: list[str]) -> None:
    """alphagov/frontend 1632 was the headline of a week in which it had eleven such tags."""
    notes = SourceText(key="notes", kind="release_notes", repository="acme/tool", text="Draw the map at night.\n")
    assert [release.version for release in drop_builds(releases, {"notes": notes})] == kept


def test_deployments_of_one_repository_hide_no_release_of_another() -> None:
    """Whether a change is in a release stays known of a repository that has releases, beside one with deployments."""
    plain, deployed = (
        RepositoryLog(name, f"https://github.com/{name}", "ok", (commit(number, f"Draw {name}"),), tags)
        for number, name, tags in (
            (1, "acme/tool", (make_tag("v1.2.0", 1),)),
            (2, "acme/site", (make_tag("v1632", 2), make_tag("v1633", 2))),
        )
    )
    material = gather_material(World(WEEK, (plain, deployed)).raw())
    assert [release.tag for release in material.releases] == ["v1.2.0"]
    assert "acme/site" not in material.known_containment
    alone = gather_material(World(WEEK, (plain,)).raw())
    assert material.known_containment == alone.known_containment == {"acme/tool"}
