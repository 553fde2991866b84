"""Publishing to a folder: files below it, in one run each, through no link and beside no case twin."""

from pathlib import Path

import pytest

from resources.errors import GitError, PostError
from resources.folder import read_below, write_folder
from resources.git.objects import CommitSpec


def write(folder: Path, files: dict[str, bytes | None], *, dry_run: bool = False) -> bool:
    """Write files, and return whether any of them changed."""
    return write_folder(folder, CommitSpec(files, "Publish"), folder.parent / "lock", dry_run=dry_run).is_new


def test_files_are_written_once_with_their_folders(tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert write(site, {"2025/day.md": b"# Day\n", "index.md": b"# Index\n"})
    assert (site / "2025/day.md").read_bytes() == b"# Day\n"
    assert not write(site, {"2025/day.md": b"# Day\n", "index.md": b"# Index\n"})


def test_file_without_content_is_deleted(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write(site, {"day.md": b"1", "week.md": b"2"})
    assert write(site, {"day.md": None})
    assert [path.name for path in site.iterdir()] == ["week.md"]
    assert not write(site, {"day.md": None})


def test_dry_run_has_the_diff_and_writes_nothing(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write(site, {"day.md": b"old\n"})
    result = write_folder(site, CommitSpec({"day.md": b"new\n"}, "Publish"), tmp_path / "lock", dry_run=True)
    assert result.is_new
    assert "-old\n+new\n" in result.diff
    assert (site / "day.md").read_bytes() == b"old\n"


@pytest.mark.parametrize("path", ["../day.md", "/etc/day.md", "a/../../day.md"])
def test_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(GitError):
        write(tmp_path / "site", {path: b"1"})
    assert not list(tmp_path.rglob("day.md"))


def test_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    site, outside = tmp_path / "site", tmp_path / "outside"
    site.mkdir()
    outside.mkdir()
    (site / "2025").symlink_to(outside)
    with pytest.raises(PostError, match="2025: is a symbolic link"):
        write(site, {"2025/day.md": b"1"})
    assert list(outside.iterdir()) == []


def test_name_that_differs_only_in_case_is_refused(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write(site, {"Day.md": b"1"})
    with pytest.raises(PostError, match=r"day\.md.*Day\.md|Day\.md.*day\.md"):
        write(site, {"day.md": b"2"})


def test_file_in_place_of_a_folder_is_a_readable_error(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write(site, {"2025": b"a file"})
    with pytest.raises(PostError, match="cannot be written"):
        write(site, {"2025/day.md": b"1"})


def test_missing_file_is_read_as_none(tmp_path: Path) -> None:
    (tmp_path / "day.md").write_bytes(b"1")
    assert read_below(tmp_path, "day.md") == b"1"
    assert read_below(tmp_path, "week.md") is None
    assert read_below(tmp_path, ".") is None
