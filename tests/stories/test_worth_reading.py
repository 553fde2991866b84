"""Bodies worth reading: what is no news of its own, whose entry a line is, and which words introduce a quotation."""

import pytest

from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.titles.parts import normalize_title


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
def test_title_with_a_version_is_a_release_if_only_manifests_and_notes_change(
    paths: list[str], noise: str | None
) -> None:
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
