"""Pushing to a remote: secrets only in the environment, valid signatures, no influence of the user's configuration.

Faults are tested in tests/reliability.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from resources.errors import GitError
from resources.git.command import classify_remote_error
from resources.git.objects import CommitAuthor, CommitSpec, GitObjects, TreeEntry
from resources.git.remote import GitAccess, RemoteRepository
from tests.factories.git_repositories import History, at, git
from tests.fakes.git_servers import PASSWORD, USER, bare, http_git
from tests.needs import require_program

AUTHOR = CommitAuthor("Sparky", "sparky@localhost")
CHANGE = CommitSpec({"blog/week.md": b"# A week\n"}, "Publish", "", {"Sparky-Period": "weekly/2025-W46"})


def watched_git(folder: Path) -> str:
    """Return a PATH with a git that records its calls."""
    real = shutil.which("git")
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {folder}/argv\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_token_is_in_no_argument_no_file_no_trace_and_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("PATH", watched_git(tmp_path / "bin"))
    monkeypatch.setenv("GIT_TRACE_CURL", str(tmp_path / "trace"))
    monkeypatch.setenv("GIT_TRACE_REDACT", "0")
    repository = bare(tmp_path / "served" / "docs.git")
    with http_git(tmp_path / "served") as server:
        remote = RemoteRepository(
            server.url(repository), "main", tmp_path / "clone.git", GitAccess(USER, SecretStr(PASSWORD))
        )
        remote.publish(CHANGE, AUTHOR)
        with pytest.raises(GitError) as caught:
            RemoteRepository(remote.url, "gone", remote.clone_folder, remote.access).publish(CHANGE, AUTHOR)
    header = "c3Bhcmt5OmNvcnJlY3QtaG9yc2UtNw=="  # the pair as in the header
    places = [caplog.text, str(caught.value), repr(remote)]
    places += [one.read_text("utf-8", "replace") for one in tmp_path.rglob("*") if one.is_file()]
    assert (tmp_path / "bin" / "argv").read_text().count(" push ") == 1
    assert (tmp_path / "trace").stat().st_size > 0
    for text in places:
        assert PASSWORD not in text
        assert header not in text


def test_token_is_not_sent_unencrypted(tmp_path: Path) -> None:
    remote = RemoteRepository(
        "http://example.com/docs.git", "main", tmp_path / "clone.git", GitAccess(token=SecretStr("t"))
    )
    with pytest.raises(GitError, match="would cross the network in the clear"):
        remote.publish(CHANGE, AUTHOR)


def test_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="ssh_key_file = /nowhere: cannot be read"):
        GitAccess(ssh_key_file=Path("/nowhere")).build_environment("ssh://git@example.com/x.git")


def test_commit_is_signed_with_an_ssh_key_that_git_verifies(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(
        [require_program("ssh-keygen", "openssh-client"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True
    )
    repository = bare(tmp_path / "docs.git")
    signing = CommitAuthor("Sparky", "sparky@localhost", "ssh", str(key))
    RemoteRepository(f"file://{repository}", "main", tmp_path / "clone.git").publish(CHANGE, signing)
    (tmp_path / "signers").write_text(f"sparky@localhost {(tmp_path / 'key.pub').read_text()}")
    allowed = f"gpg.ssh.allowedSignersFile={tmp_path / 'signers'}"
    assert git(repository, "-c", allowed, "log", "-1", "--format=%G? %an", "main") == "G Sparky\n"


def test_commit_is_signed_with_gpg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    make = [
        require_program("gpg", "gnupg"),
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-generate-key",
        "sparky@localhost",
        "ed25519",
        "sign",
    ]
    subprocess.run(make, check=True, capture_output=True)
    repository = bare(tmp_path / "docs.git")
    signing = CommitAuthor("Sparky", "sparky@localhost", "gpg", "sparky@localhost")
    RemoteRepository(f"file://{repository}", "main", tmp_path / "clone.git").publish(CHANGE, signing)
    assert git(repository, "log", "-1", "--format=%G?", "main").strip() in {"G", "U"}
    subprocess.run(["gpgconf", "--kill", "all"], check=True, capture_output=True)


def test_foreign_files_stay_and_only_published_ones_are_in_the_commit(tmp_path: Path) -> None:
    repository = bare(tmp_path / "docs.git")
    done = RemoteRepository(f"file://{repository}", "main", tmp_path / "clone.git").publish(CHANGE, AUTHOR)
    assert done.edition == 1
    assert git(repository, "ls-tree", "-r", "--name-only", "main").split() == [
        "README.md",
        "blog/week.md",
        "theme/site.css",
    ]
    assert git(repository, "show", "--format=", "--name-only", "main").split() == ["blog/week.md"]


def test_empty_repository_gets_its_first_commit(tmp_path: Path) -> None:
    repository = bare(tmp_path / "docs.git", content=False)
    RemoteRepository(f"file://{repository}", "main", tmp_path / "clone.git").publish(CHANGE, AUTHOR)
    assert git(repository, "log", "--format=%s", "main") == "Publish\n"


def test_dry_run_writes_nothing_to_the_remote(tmp_path: Path) -> None:
    repository = bare(tmp_path / "docs.git")
    before = git(repository, "for-each-ref")
    done = RemoteRepository(f"file://{repository}", "main", tmp_path / "clone.git").publish(
        CHANGE, AUTHOR, dry_run=True
    )
    assert done.is_new
    assert done.diff.startswith("--- /dev/null\n+++ b/blog/week.md\n")
    assert git(repository, "for-each-ref") == before


def test_foreign_clone_is_left_unchanged(tmp_path: Path) -> None:
    repository = bare(tmp_path / "docs.git")
    git(tmp_path, "clone", "--quiet", str(repository), "theirs")
    with pytest.raises(GitError, match="not a clone that Sparky made"):
        RemoteRepository(f"file://{repository}", "main", tmp_path / "theirs").publish(CHANGE, AUTHOR)


def test_no_hook_filter_or_alias_of_the_user_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hooks").mkdir()
    for name in ("pre-push", "pre-commit", "post-index-change", "gpg", "filter"):
        (tmp_path / "hooks" / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/touched-by-{name}\nexit 1\n")
        (tmp_path / "hooks" / name).chmod(0o755)
    (tmp_path / "attributes").write_text("*.md text eol=crlf filter=evil\n")
    (tmp_path / "config").write_text(
        f"[core]\nhooksPath = {tmp_path}/hooks\nattributesFile = {tmp_path}/attributes\nautocrlf = true\n"
        f"[commit]\ngpgsign = true\n[push]\ngpgSign = true\n[gpg]\nprogram = {tmp_path}/hooks/gpg\n"
        f'[filter "evil"]\nclean = {tmp_path}/hooks/filter\nrequired = true\n'
    )
    repository = bare(tmp_path / "docs.git")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    remote = RemoteRepository(f"file://{repository}", "main", tmp_path / "clone.git")
    crlf = CommitSpec({"blog/week.md": b"# A week\r\n"}, "Publish")
    assert remote.publish(crlf, AUTHOR).is_new
    assert not remote.publish(crlf, AUTHOR).is_new
    assert (
        remote.objects.read_blob(remote.objects.resolve_commit("refs/sparky/main"), "blog/week.md") == b"# A week\r\n"
    )
    assert list(tmp_path.glob("touched-by-*")) == []


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_git_error_is_one_sentence_without_a_password(stderr: str, stdout: str) -> None:
    said = classify_remote_error(
        f"{stderr}\nfatal: unable to access 'https://ada:{PASSWORD}@example.com/': no", stdout
    ).reason
    assert "\n" not in said
    assert PASSWORD not in said


def test_files_of_a_commit_stay_what_they_are_when_a_caller_adds_one(tmp_path: Path) -> None:
    story = History()
    story.commit("First", at("2025-11-10T08:00"), {"blog/week.md": "# A week\n"})
    path = story.at_path(tmp_path / "origin")
    sha = git(path, "rev-parse", "HEAD").strip()
    objects = GitObjects(path / ".git", "origin")
    assert list(objects.list_entries(sha, "blog")) == ["week.md"]
    objects.list_entries(sha, "blog")["other.md"] = TreeEntry("100644", "")
    assert list(objects.list_entries(sha, "blog")) == ["week.md"]
    objects.list_entries(sha, "blog")["other.md"] = TreeEntry("100644", "")
    assert objects.read_blob(sha, "blog/other.md") is None
