"""Publishing to a local repository: the newest commit holds exactly these files, also after kills and races."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import TransientError
from resources.git import locks as git_locks
from tests.factories.git_repositories import ADA, History, at, empty, git, head
from tests.resources.docs_repository_helpers import PAGE, committed, log, publish, refusal

# --- One commit a text


def test_first_text_makes_the_repository_and_its_first_commit(tmp_path: Path) -> None:
    done = publish(tmp_path / "docs")
    assert (done.is_new, done.edition, done.commit) == (True, 1, head(tmp_path / "docs"))
    assert done.diff == f"--- /dev/null\n+++ b/{PAGE}\n@@ -0,0 +1 @@\n+# A day\n"
    assert committed(tmp_path / "docs") == (tmp_path / "docs" / PAGE).read_bytes() == b"# A day\n"
    assert git(tmp_path / "docs", "status", "--porcelain") == ""
    assert log(tmp_path / "docs", "%an <%ae> %s") == [
        "Sparky <sparky@localhost> Publish the daily digest of 2025-11-12"
    ]


def test_commit_names_its_period_its_data_and_its_edition_in_trailers(tmp_path: Path) -> None:
    publish(tmp_path / "docs")
    trailers = git(tmp_path / "docs", "log", "-1", "--format=%(trailers:only,unfold)").split("\n")
    assert [one for one in trailers if one] == [
        "Sparky-Period: daily/2025-11-12", "Sparky-Data: sha256:abc", "Sparky-Edition: 1",
    ]  # fmt: skip


def test_same_text_again_makes_no_commit(tmp_path: Path) -> None:
    first = publish(tmp_path / "docs")
    again = publish(tmp_path / "docs")
    assert (again.is_new, again.diff) == (False, "")
    assert (again.commit, again.edition) == (first.commit, 1)
    assert len(log(tmp_path / "docs")) == 1


def test_changed_text_is_the_second_edition(tmp_path: Path) -> None:
    publish(tmp_path / "docs")
    second = publish(tmp_path / "docs", "# A better day\n")
    assert (second.is_new, second.edition) == (True, 2)
    assert second.diff == f"--- a/{PAGE}\n+++ b/{PAGE}\n@@ -1 +1 @@\n-# A day\n+# A better day\n"
    assert len(log(tmp_path / "docs")) == 2


def test_each_page_has_editions_of_its_own(tmp_path: Path) -> None:
    publish(tmp_path / "docs", {"one.md": "1\n"})
    publish(tmp_path / "docs", {"one.md": "2\n"})
    other = publish(tmp_path / "docs", {"two.md": "1\n"})
    assert other.edition == 1
    assert publish(tmp_path / "docs", {"one.md": "2\n"}).edition == 2


def test_manual_commit_in_between_keeps_the_count_of_editions(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    publish(docs)
    (docs / PAGE).write_text("# By hand\n")
    git(docs, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qam", "Mend a typing error")
    assert publish(docs, "# Another\n").edition == 2


def test_two_files_are_one_commit(tmp_path: Path) -> None:
    publish(tmp_path / "docs", {"one.md": "1\n", "deep/two.md": "2\n"})
    assert git(tmp_path / "docs", "show", "--format=", "--name-only", "HEAD").split() == ["deep/two.md", "one.md"]
    assert len(log(tmp_path / "docs")) == 1


@settings(max_examples=15)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_committed_byte_for_byte_and_known_again(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        docs = Path(folder, "docs")
        assert publish(docs, text).is_new
        assert committed(docs) == text.encode()
        assert not publish(docs, text).is_new


def test_foreign_files_in_the_repository_stay_unchanged(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    publish(docs)
    (docs / "theme.css").write_text("body {}\n")
    git(docs, "add", "theme.css")
    publish(docs, "# Another\n")
    assert git(docs, "show", "--format=", "--name-only", "HEAD").split() == [PAGE]
    assert git(docs, "status", "--porcelain").split() == ["A", "theme.css"]


def test_ignored_paths_are_published_too(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    publish(docs)
    (docs / ".gitignore").write_text("*\n")
    assert publish(docs, "# Another\n").is_new
    assert committed(docs) == b"# Another\n"


# --- Dry run


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(one): (one.lstat().st_mtime_ns, one.lstat().st_size) for one in folder.rglob("*")}


def test_dry_run_shows_the_diff_and_touches_nothing(tmp_path: Path) -> None:
    first = publish(tmp_path / "docs")
    before = snapshot(tmp_path)
    done = publish(tmp_path / "docs", "# Another\n", dry_run=True)
    assert (done.is_new, done.edition, done.commit) == (True, 1, first.commit)
    assert "-# A day\n+# Another\n" in done.diff
    assert publish(tmp_path / "docs", dry_run=True).diff == ""
    assert snapshot(tmp_path) == before


def test_dry_run_before_the_first_publication_makes_no_folder(tmp_path: Path) -> None:
    done = publish(tmp_path / "docs", dry_run=True)
    assert (done.is_new, done.edition, done.commit) == (True, 0, None)
    assert list(tmp_path.iterdir()) == []


def test_dry_run_ignores_the_checkout_around_it(tmp_path: Path) -> None:
    story = History()
    story.commit("Theirs", at("2025-11-10"), {PAGE: "# A day\n"})
    around = story.at_path(tmp_path / "around")
    (around / "docs").mkdir()  # empty: the repository may be created here
    assert publish(around / "docs", dry_run=True).diff.startswith("--- /dev/null\n")


# --- Foreign repositories and paths


def test_checkout_of_a_person_is_refused_and_left_unchanged(tmp_path: Path) -> None:
    story = History()
    story.commit("Theirs", at("2025-11-10"), {"a.txt": "1\n"})
    theirs = story.at_path(tmp_path / "theirs")
    before = snapshot(theirs)
    assert refusal(theirs).startswith(f"{theirs}: not a repository that Sparky made")
    assert refusal(theirs, dry_run=True) == refusal(theirs)
    assert snapshot(theirs) == before


@pytest.mark.parametrize("content", ["empty repository", "files"])
def test_folder_with_foreign_files_is_refused(tmp_path: Path, content: str) -> None:
    theirs = empty(tmp_path / "theirs") if content == "empty repository" else tmp_path / "theirs"
    if content == "files":
        theirs.mkdir()
        (theirs / "a.txt").write_text("theirs")
    assert "it never writes into somebody's checkout" in refusal(theirs)


def test_folder_inside_a_marked_repository_is_not_the_repository(tmp_path: Path) -> None:
    publish(tmp_path / "docs")
    inside = tmp_path / "docs" / "content"
    assert "not a repository that Sparky made" in refusal(inside)


def test_empty_folder_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    assert publish(tmp_path / "docs").is_new
    assert (tmp_path / "docs" / PAGE).read_text() == "# A day\n"


def test_repository_on_another_branch_is_refused_with_both_names(tmp_path: Path) -> None:
    publish(tmp_path / "docs")
    assert refusal(tmp_path / "docs", branch="gh-pages") == (
        f"{tmp_path}/docs: is on branch main, not gh-pages. Switch it back, or change the setting."
    )


def test_file_at_the_path_of_the_repository_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").write_text("a file")
    assert refusal(tmp_path / "docs") == f"{tmp_path}/docs: is a file, not a repository. Name an empty or new folder."
    assert refusal(tmp_path / "docs" / "deeper").startswith(f"{tmp_path}/docs/deeper: cannot be written: ")


def test_file_at_the_path_of_a_folder_is_named_and_nothing_is_committed(tmp_path: Path) -> None:
    publish(tmp_path / "docs", {"content": "a file\n"})
    assert refusal(tmp_path / "docs").startswith(f"{tmp_path}/docs: content is a file, where a folder has to be.")
    assert len(log(tmp_path / "docs")) == 1


@pytest.mark.parametrize(
    "path",
    ["../outside.md", "a/../../outside.md", "/tmp/outside.md", ".git/config", ".GIT/hooks/post-commit", "a/.git/x"],
)
def test_path_that_leaves_the_repository_is_refused(tmp_path: Path, path: str) -> None:
    problem = "is reserved by git" if ".git" in path.lower() else "leaves the folder"
    assert refusal(tmp_path / "docs", {path: "x"}) == f"{tmp_path}/docs: {path} {problem}"
    assert refusal(tmp_path / "docs", {path: "x"}, dry_run=True).endswith(f"{path} {problem}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("link", ["content", "content/blog", PAGE])
def test_symbolic_link_on_the_way_is_refused(tmp_path: Path, link: str) -> None:
    docs, outside = tmp_path / "docs", tmp_path / "outside"
    publish(docs, {"other.md": "x\n"})
    outside.mkdir()
    (docs / link).parent.mkdir(parents=True, exist_ok=True)
    (docs / link).symlink_to(outside)
    assert refusal(docs) == f"{docs / link}: is a symbolic link; Sparky does not write through it. Remove it."
    assert list(outside.iterdir()) == []


# --- Killed, raced, locked

WORK = """
import json, sys
from pathlib import Path
from tests.resources.docs_repository_helpers import publish
publish(Path(sys.argv[1]), json.loads(sys.argv[2]))
"""


def process(repository: Path, text: Mapping[str, str], **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WORK, str(repository), json.dumps(text)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(Path.cwd()), **environment})


@pytest.mark.parametrize("last_command", ["init", "config", "hash-object", "commit-tree", "update-ref", "update-index"])
def test_run_after_a_kill_at_any_command_leaves_one_commit(tmp_path: Path, last_command: str) -> None:
    # A git that kills its caller at a given command.
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "bin").mkdir()
    deadly = tmp_path / "bin" / "git"
    kill = f'for word; do [ "$word" = {last_command} ] && {{ kill -9 $PPID; exit 1; }}; done'
    deadly.write_text(f'#!/bin/sh\n{kill}\nexec {real} "$@"\n')
    deadly.chmod(deadly.stat().st_mode | stat.S_IXUSR)
    docs = tmp_path / "docs"
    killed = process(docs, {PAGE: "# A day\n"}, PATH=f"{deadly.parent}:{os.environ['PATH']}")
    assert killed.wait() == -9

    done = publish(docs)

    assert (done.is_new, done.edition) == (True, 1)
    assert len(log(docs)) == 1
    assert committed(docs) == b"# A day\n"
    assert git(docs, "status", "--porcelain") == ""


def test_processes_that_publish_the_same_at_once_leave_one_commit(tmp_path: Path) -> None:
    racing = [process(tmp_path / "docs", {PAGE: "# A day\n"}) for _ in range(3)]
    assert [one.wait() for one in racing] == [0, 0, 0]
    assert len(log(tmp_path / "docs")) == 1


def test_processes_that_publish_different_pages_at_once_leave_all_of_them(tmp_path: Path) -> None:
    racing = [process(tmp_path / "docs", {f"{number}.md": f"{number}\n"}) for number in range(3)]
    assert [one.wait() for one in racing] == [0, 0, 0]
    assert git(tmp_path / "docs", "ls-files").split() == ["0.md", "1.md", "2.md"]
    assert len(log(tmp_path / "docs")) == 3


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock", "refs/heads/main.lock"])
def test_lock_of_a_killed_git_is_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: str) -> None:
    monkeypatch.setattr(git_locks, "STALE_AFTER_SECONDS", 0.0)
    publish(tmp_path / "docs")
    (tmp_path / "docs" / ".git" / lock).touch()
    assert publish(tmp_path / "docs", "# Another\n").edition == 2
    assert not (tmp_path / "docs" / ".git" / lock).exists()


def test_repository_locked_for_too_long_is_a_retryable_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_locks, "MAX_LOCK_WAIT_SECONDS", 0.0)
    publish(tmp_path / "docs")
    holding = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(flush=True); time.sleep(99)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", holding, str(tmp_path / ".docs.lock")], stdout=subprocess.PIPE
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(TransientError, match="another run has held it for a minute"):
        publish(tmp_path / "docs", "# Another\n")
    holder.kill()
    holder.wait()
    holder.stdout.close()
    # The kernel releases the lock of a dead process.
    assert publish(tmp_path / "docs", "# Another\n").edition == 2


# --- The environment


def test_user_git_configuration_changes_no_byte_and_runs_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched, hooks = tmp_path / "touched", tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {touched}\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "template" / "hooks").mkdir(parents=True)
    (tmp_path / "template" / "hooks" / "post-commit").symlink_to(hooks / "post-commit")
    (tmp_path / "attributes").write_text("*.md text eol=crlf filter=evil\n")
    (tmp_path / "config").write_text(f"""
[commit]
  gpgsign = true
  template = {tmp_path}/none
  cleanup = strip
[gpg]
  program = {hooks}/pre-commit
[core]
  autocrlf = true
  safecrlf = true
  hooksPath = {hooks}
  fsmonitor = {hooks}/pre-commit
  attributesFile = {tmp_path}/attributes
[filter "evil"]
  clean = sh -c 'touch {touched}; cat; echo evil'
  required = true
[init]
  templateDir = {tmp_path}/template
  defaultBranch = other
[i18n]
  commitEncoding = ISO-8859-1
  logOutputEncoding = UTF-16
[log]
  showSignature = true
[user]
  useConfigOnly = true
  name = Somebody
  email = somebody@example.com
[color]
  ui = always
[trailer "Sparky-Edition"]
  command = touch {touched}
""")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    docs = tmp_path / "docs"
    subject = "# Publish “ä”"
    first = publish(docs, "# A day\r\n\nnext — ü\n", subject=subject)
    assert not publish(docs, "# A day\r\n\nnext — ü\n").is_new
    second = publish(docs, "# Another\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert (first.edition, second.edition) == (1, 2)
    assert git(docs, "show", f"HEAD~1:{PAGE}") == "# A day\r\n\nnext — ü\n"
    assert log(docs, "%an %s")[-1] == f"Sparky {subject}"
    assert not touched.exists()
    assert log(docs, "%G?") == ["N", "N"]


def test_run_started_by_a_git_hook_does_not_touch_the_hooks_repository(tmp_path: Path) -> None:
    story = History()
    story.commit("Theirs", at("2025-11-10"), {"a.txt": "1\n"}, author=ADA)
    theirs = story.at_path(tmp_path / "theirs")
    before = git(theirs, "config", "--list"), head(theirs)
    around = {
        "GIT_DIR": str(theirs / ".git"),
        "GIT_WORK_TREE": str(theirs),
        "GIT_INDEX_FILE": str(theirs / ".git/index"),
    }
    assert process(tmp_path / "docs", {PAGE: "# A day\n"}, **around).wait() == 0
    assert (git(theirs, "config", "--list"), head(theirs)) == before
    assert committed(tmp_path / "docs") == b"# A day\n"
