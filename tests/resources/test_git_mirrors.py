"""Mirrors of remote repositories, and git's errors as one sentence."""

from pathlib import Path

import pytest

from resources.errors import GitError, GitNetworkError, TransientError
from resources.git.command import extract_error_line
from resources.git.mirrors import update_mirror
from resources.git.repository import open_repository
from resources.progress import use_progress
from sparky_assets.orchestration.resources import build_git_sources
from sparky_assets.settings.load import load_settings
from tests.factories.git_repositories import History, at, git, head
from tests.fakes.git_servers import bare, http_git
from tests.fakes.mail_server import certificate

# --- Mirrors


def test_url_is_mirrored_with_a_commit_graph(tmp_path: Path, origin: Path) -> None:
    seen: list[str] = []
    with use_progress(lambda what, done, total: seen.append(what)):
        place = update_mirror(f"file://{origin}", tmp_path / "mirrors")
    assert open_repository(place).status == "ok"
    assert head(place) == head(origin)
    assert (place / "objects" / "info" / "commit-graph").exists()
    assert set(seen) == {f"clone file://{origin}"}


def test_fetch_adds_new_commits_and_removes_deleted_branches(tmp_path: Path, origin: Path) -> None:
    git(origin, "branch", "aside")
    place = update_mirror(f"file://{origin}", tmp_path / "mirrors")
    git(origin, "branch", "-D", "aside")
    git(origin, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--allow-empty", "-qm", "Third")
    assert update_mirror(f"file://{origin}", tmp_path / "mirrors", fetch=False) == place
    assert head(place) == head(origin, "HEAD~1")
    assert update_mirror(f"file://{origin}", tmp_path / "mirrors") == place
    assert head(place) == head(origin)
    assert git(place, "branch", "--list").split() == ["*", "main"]


def test_https_remote_with_a_private_authority_is_read_by_its_ca_file(tmp_path: Path) -> None:
    """Regression: it used GIT_SSL_CAINFO, which no setting named."""
    served = tmp_path / "served"
    repository = bare(served / "docs.git")
    with http_git(served, certificate(tmp_path)) as server:
        server.login = ""
        url = server.url(repository)
        with pytest.raises(GitError, match=r"certificate"):
            update_mirror(url, tmp_path / "mirrors")
        place = update_mirror(url, tmp_path / "mirrors", ca_file=tmp_path / "ca.pem")
        assert head(place) == head(repository)
        assert update_mirror(url, tmp_path / "mirrors", ca_file=tmp_path / "ca.pem") == place
        file = tmp_path / "sparky.toml"
        file.write_text(f'[sources.git]\nrepositories = ["{url}"]\nca_file = "ca.pem"\n')
        sources = build_git_sources(load_settings(file))
        assert sources.ask_branch(url) == "main"
        (opened,), failed = sources.open_all()
        assert (opened.name, failed) == ("docs", ())


def test_urls_never_share_a_mirror(tmp_path: Path) -> None:
    urls = []
    for name in ("a/b", "a+b", "a b", "b"):
        story = History()
        story.commit(name, at("2025-11-10"))
        urls.append(f"file://{story.at_path(tmp_path / 'origins' / name, bare=True)}")
    places = [update_mirror(url, tmp_path / "mirrors") for url in urls]
    assert [git(place, "log", "--format=%s").strip() for place in places] == ["a/b", "a+b", "a b", "b"]


def test_unreachable_url_is_retryable_and_shows_no_password(tmp_path: Path) -> None:
    with pytest.raises(GitNetworkError) as caught:
        update_mirror("http://ada:secret@127.0.0.1:9/acme/tool.git", tmp_path / "mirrors")
    assert isinstance(caught.value, TransientError)
    assert "secret" not in str(caught.value)
    assert str(caught.value).startswith("http://127.0.0.1:9/acme/tool.git: fatal: unable to access")
    assert str(caught.value).endswith("Check the address, your access and the network.")


def test_remote_without_a_repository_is_named_and_leaves_no_mirror(tmp_path: Path) -> None:
    with pytest.raises(GitError) as caught:
        update_mirror(f"file://{tmp_path}/gone.git", tmp_path / "mirrors")
    assert str(caught.value).startswith(f"file://{tmp_path}/gone.git: fatal: ")
    assert list((tmp_path / "mirrors").iterdir()) == []


def test_interrupted_clone_is_never_taken_for_a_mirror(tmp_path: Path, origin: Path) -> None:
    broken = tmp_path / "broken"
    git(tmp_path, "clone", "--quiet", "--bare", str(origin), str(broken))
    for file in broken.rglob("*"):
        if file.is_file() and "objects" in file.parts:
            file.unlink()
    with pytest.raises(GitError):
        update_mirror(f"file://{broken}", tmp_path / "mirrors")
    assert list((tmp_path / "mirrors").iterdir()) == []


def test_unreachable_remote_leaves_the_mirror_unchanged(tmp_path: Path, origin: Path) -> None:
    place = update_mirror(f"file://{origin}", tmp_path / "mirrors")
    before = head(place)
    origin.rename(tmp_path / "away")
    with pytest.raises(GitError):
        update_mirror(f"file://{origin}", tmp_path / "mirrors")
    assert head(place) == before


# --- Errors of git


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ("Cloning into 'x'...\nfatal: repository 'https://ada:pw@host/x' not found\nhint: try",
         "fatal: repository 'https://host/x' not found"),
        ("fatal: unable to access 'https://ada:p@ss@host/x': 403", "fatal: unable to access 'https://host/x': 403"),
        ("\n  stderr: 'error: bad signature\nfatal: index file corrupt'", "error: bad signature"),
        ("warning: one\nwarning: two\n", "warning: two"),
        (b"fatal: \xff broken", "fatal: \ufffd broken"),
        ("", "git failed"),
    ],
)  # fmt: skip
def test_relevant_line_of_a_git_error_is_shown(stderr: str | bytes, said: str) -> None:
    assert extract_error_line(stderr) == said
