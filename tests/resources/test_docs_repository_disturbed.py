"""Publishing here while processes are killed, race and hold locks, and on a machine set up against it."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from resources.errors import TransientError
from resources.git import locks as git_locks
from tests.factories.git_repositories import ADA, History, at, git, head
from tests.resources.docs_repository_helpers import PAGE, committed, log, publish

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
def test_killed_anywhere_and_run_again_it_leaves_one_commit(tmp_path: Path, last_command: str) -> None:
    # A git that kills who called it, when a command is asked for.
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
def test_a_lock_that_a_killed_git_left_is_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: str) -> None:
    monkeypatch.setattr(git_locks, "STALE_AFTER_SECONDS", 0.0)
    publish(tmp_path / "docs")
    (tmp_path / "docs" / ".git" / lock).touch()
    assert publish(tmp_path / "docs", "# Another\n").edition == 2
    assert not (tmp_path / "docs" / ".git" / lock).exists()


def test_a_repository_that_another_run_holds_for_too_long_may_be_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    # The kernel frees the lock of the dead.
    assert publish(tmp_path / "docs", "# Another\n").edition == 2


# --- The machine around it


def test_nothing_in_the_users_git_configuration_changes_bytes_or_runs_a_program(
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


def test_a_run_started_by_a_git_hook_does_not_touch_the_hooks_repository(tmp_path: Path) -> None:
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
