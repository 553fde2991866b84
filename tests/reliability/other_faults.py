"""Faults of folders and submodules, and files that a destination must never hold."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resources.errors import GitError, ResourceError
from resources.git.local import Publisher
from sparky_assets.errors import DataError
from tests.factories.git_repositories import git, head
from tests.factories.published_store import Desk
from tests.fakes.git_servers import bare, hook
from tests.reliability.git_world import PAGE, folder_of
from tests.reliability.registry import REFUSED, one_sentence, scenario

BLOG = "content/blog/2025/11/week-2025-46.md"


# --- A folder


@scenario("folder", "the same content again")
def folder_again(tmp: Path) -> str:
    assert folder_of(tmp / "site").is_new
    page = tmp / "site" / PAGE
    before = page.stat().st_mtime_ns
    assert not folder_of(tmp / "site").is_new
    assert page.stat().st_mtime_ns == before
    return "written once"


@scenario("folder", "a symbolic link out of it")
def folder_link(tmp: Path) -> str:
    (tmp / "outside").mkdir()
    (tmp / "site").mkdir()
    (tmp / "site" / "content").symlink_to(tmp / "outside")
    with pytest.raises(ResourceError) as caught:
        folder_of(tmp / "site")
    one_sentence(caught.value, "is a symbolic link")
    assert not list((tmp / "outside").iterdir())
    return "refused in one sentence; nothing outside touched"


@scenario("folder", "a name that differs only in case")
def folder_case(tmp: Path) -> str:
    (tmp / "site" / "Content").mkdir(parents=True)
    with pytest.raises(ResourceError) as caught:
        folder_of(tmp / "site")
    one_sentence(caught.value, "differ only in case")
    return "refused in one sentence; nothing written"


@scenario("folder", "it cannot be written")
def folder_blocked(tmp: Path) -> str:
    (tmp / "site" / "content").mkdir(parents=True)
    (tmp / "site" / "content" / "blog").write_text("a file where a folder has to be")
    with pytest.raises(ResourceError) as caught:
        folder_of(tmp / "site")
    one_sentence(caught.value, "cannot be written")
    (tmp / "site" / "content" / "blog").unlink()
    assert folder_of(tmp / "site").is_new
    return "refused in one sentence; written by the next run"


# --- A submodule


@contextlib.contextmanager
def family(tmp: Path) -> Iterator[tuple[Path, Path, Desk]]:
    """Return a docs repository, its parent with the submodule `docs`, and a publisher."""
    docs, parent = bare(tmp / "docs.git"), bare(tmp / "parent.git")
    work = tmp / "work"
    git(tmp, "clone", "--quiet", str(parent), str(work))
    git(work, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(docs), "docs")
    git(work, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "Add the docs")
    git(work, "push", "--quiet", "origin", "HEAD:main")
    yield (
        docs,
        parent,
        Desk(
            tmp,
            {"url": f"file://{docs}", "parent_url": f"file://{parent}", "parent_path": "docs", "products": ["digest"]},
        ),
    )


def bumped(docs: Path, parent: Path, desk: Desk, bumps: int = 1) -> None:
    assert git(parent, "ls-tree", "main", "docs").split()[:3] == ["160000", "commit", head(docs, "main")]
    assert (
        git(parent, "log", "--format=%s", "main").splitlines()[:bumps]
        == ["Bump docs: Publish the weekly digest of 2025-W46"] * bumps
    )
    tips = head(docs, "main"), head(parent, "main")
    assert not desk.publish().has_changes
    assert (head(docs, "main"), head(parent, "main")) == tips


@scenario("git, submodule", "the same content again")
def submodule_again(tmp: Path) -> str:
    with family(tmp) as (docs, parent, desk):
        assert desk.publish().has_changes
        bumped(docs, parent, desk)
        return "one commit in each"


@scenario("git, submodule", "the parent refuses after the docs were pushed")
def parent_refuses(tmp: Path) -> str:
    with family(tmp) as (docs, parent, desk):
        file = hook(parent, "not today")
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "not today")
        file.unlink()
        desk.publish()
        bumped(docs, parent, desk)
        assert git(docs, "log", "--format=%H", "main", "--", BLOG).count("\n") == 1
        return "refused in one sentence; the next run bumps: one commit in each"


@scenario("git, submodule", "the parent has no such submodule")
def no_submodule(tmp: Path) -> str:
    docs, parent = bare(tmp / "docs.git"), bare(tmp / "parent.git")
    place = {"url": f"file://{docs}", "parent_url": f"file://{parent}", "parent_path": "docs"}
    with pytest.raises(DataError) as caught:
        Desk(tmp, place).publish()
    one_sentence(caught.value, "has no submodule at docs", "git submodule add")
    return "refused in one sentence; the docs are published, once"


# --- Any remote


def holding(tmp: Path, line: str) -> Path:
    """Return a remote with one additional entry: a symbolic link, a file."""
    remote = bare(tmp / "docs.git")
    work = tmp / "work"
    git(tmp, "clone", "--quiet", str(remote), str(work))
    mode, name, content = line.split(" ", 2)
    sha = git(work, "hash-object", "-w", "--stdin", data=content.encode()).strip()
    git(work, "update-index", "--add", "--cacheinfo", f"{mode},{sha},{name}")
    git(work, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "More")
    git(work, "push", "--quiet", "origin", "HEAD:main")
    return remote


@scenario("git, any remote", "a symbolic link on the way")
def remote_link(tmp: Path) -> str:
    remote = holding(tmp, "120000 content ../../etc")
    with pytest.raises(DataError) as caught:
        Desk(tmp, {"url": f"file://{remote}"}).publish()
    one_sentence(caught.value, "content is a symbolic link")
    return "refused in one sentence; nothing published"


@scenario("git, any remote", "a name that differs only in case")
def remote_case(tmp: Path) -> str:
    remote = holding(tmp, "100644 Content/blog/x.md theirs")
    with pytest.raises(DataError) as caught:
        Desk(tmp, {"url": f"file://{remote}"}).publish()
    one_sentence(caught.value, "differ only in case")
    return "refused in one sentence; nothing published"


@scenario("git, any remote", "a branch that is not there")
def no_branch(tmp: Path) -> str:
    remote = bare(tmp / "docs.git")
    with pytest.raises(DataError) as caught:
        Desk(tmp, {"url": f"file://{remote}", "branch": "gh-pages"}).publish()
    one_sentence(caught.value, "has no branch gh-pages")
    git(remote, "branch", "gh-pages", "main")
    Desk(tmp, {"url": f"file://{remote}", "branch": "gh-pages"}).publish()
    return REFUSED


@scenario("git, any remote", "commits cannot be signed")
def cannot_sign(tmp: Path) -> str:
    remote = bare(tmp / "docs.git")
    desk = Desk(tmp, {"url": f"file://{remote}"})
    unable = Publisher(author_name="S", author_email="s@localhost", signing="ssh", signing_key="/nowhere/key",
                       clones=str(tmp / "clones"))  # fmt: skip
    with pytest.raises(GitError) as caught:
        from resources.git.objects import CommitSpec
        from resources.git.remote import RemoteRepository

        RemoteRepository(f"file://{remote}", "main", tmp / "clone.git").publish(
            CommitSpec({"a.md": b"x"}, "A"), unable.author
        )
    one_sentence(caught.value)
    assert desk.publish().has_changes
    return REFUSED


# --- All destinations


@scenario("every destination", "one of three refuses")
def one_of_three(tmp: Path) -> str:
    refusing = bare(tmp / "refusing.git")
    file = hook(refusing, "not today")
    places: list[dict[str, Any]] = [{"name": "first"}, {"name": "second", "url": f"file://{refusing}"},
              {"name": "third", "kind": "folder", "path": tmp / "site"}]  # fmt: skip
    desk = Desk(tmp, *places)
    with pytest.raises(DataError) as caught:
        desk.publish()
    one_sentence(caught.value, "not today", "Served: first, third")
    assert (tmp / "site" / BLOG).exists()
    file.unlink()
    desk.publish()
    assert git(refusing, "log", "--format=%s", "main", "--", BLOG).count("\n") == 1
    assert git(tmp / "home" / "publications", "log", "--format=%s").count("\n") == 1
    return "the others are served; one commit each by the next run"


@scenario("every destination", "a text that was changed by hand")
def changed_by_hand(tmp: Path) -> str:
    desk = Desk(tmp, {"name": "first"}, {"name": "second", "kind": "folder", "path": tmp / "site"})
    text = next((tmp / "home" / "store" / "digests" / "weekly").glob("*.md"))
    text.write_text(text.read_text() + "\nWe fixed 50 issues.\n")
    with pytest.raises(DataError) as caught:
        desk.publish()
    one_sentence(caught.value, "pre-publish check failed; nothing was published", "was changed after it was rendered")
    assert not (tmp / "site").exists()
    assert not (tmp / "home" / "publications").exists()
    return "refused in one sentence; nothing left anywhere"
